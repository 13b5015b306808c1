"""Files named on the command line: read whole, or refused before they fill the memory."""

from __future__ import annotations

from pathlib import Path

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.plumbing.tables import FILE_BYTES_MAX


def content_of(file: Path) -> bytes:
    """Return what a file holds; Invalid, with nothing read, where no door would take so much.

    The file stays where it is: its owner has it.
    """
    with file.open("rb") as opened:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise _too_large(file)
        content = opened.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:  # it grew, or is none that says its size
        raise _too_large(file)
    return content


def _too_large(file: Path) -> Invalid:
    return Invalid(
        "file_too_large",
        "the file is larger than 100 MB",
        place=Place(file=file.name),
        mend="Split it.",
    )
