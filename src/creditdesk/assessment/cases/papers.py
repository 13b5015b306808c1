"""Which papers from outside are taken into a case: by size, name and first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from creditdesk.kernel.errors import Invalid, Place

MEBIBYTE: Final = 1024 * 1024
SIZE_MAX: Final = 10 * MEBIBYTE
FILES_MAX: Final = 20
NAME_LENGTH_MAX: Final = 120
# The first bytes of each kind; none for plain text, which must be UTF-8 instead.
_BEGINS: Final = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "xlsx": (b"PK\x03\x04",),
    "csv": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPaper:
    """A paper somebody hands in, and what it is said to be."""

    name: str
    content: bytes
    kind: str = "other"


def checked(paper: NewPaper) -> NewPaper:
    """Return the paper under a plain name; Invalid where it is none that a case takes."""
    name = "".join(
        character for character in paper.name.replace("\\", "/").rpartition("/")[2]
        if character.isprintable()
    )[-NAME_LENGTH_MAX:]  # fmt: skip
    ending = name.rpartition(".")[2].lower()
    if not paper.content:
        raise paper_empty()
    if len(paper.content) > SIZE_MAX:
        raise paper_too_large()
    if ending not in _BEGINS or not _is_what_it_says(ending, paper.content):
        raise paper_unreadable()
    return NewPaper(name=name, content=paper.content, kind=paper.kind)


def _is_what_it_says(ending: str, content: bytes) -> bool:
    begins = _BEGINS[ending]
    if begins:
        return content.startswith(begins)
    try:
        return "\0" not in content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False


def paper_empty() -> Invalid:
    """Return the fault of a file without content."""
    return Invalid(
        "paper_empty", "The file is empty", place=Place(field="file"), mend="Choose another file"
    )


def paper_too_large() -> Invalid:
    """Return the fault of a file that is too large."""
    return Invalid(
        "paper_too_large",
        "The file is larger than 10 MiB",
        place=Place(field="file"),
        mend="Send it in parts, or scan it with fewer colours",
    )


def paper_unreadable() -> Invalid:
    """Return the fault of a file that is none of the kinds taken."""
    return Invalid(
        "paper_unreadable",
        "The file is no PDF, PNG, JPEG, XLSX or CSV, or not what its name says",
        place=Place(field="file"),
        mend="Save it as a PDF",
    )


def papers_too_many() -> Invalid:
    """Return the fault of a case that holds as many papers as it may."""
    return Invalid(
        "papers_too_many",
        "The case holds as many papers as it may",
        place=Place(field="file"),
        mend="Ask us for another way",
    )
