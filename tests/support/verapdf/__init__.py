"""What veraPDF, the reference validator of PDF/A and PDF/UA, says of files of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.support.machine import verapdf

PROFILES: Final = ("3a", "ua1")


def broken(folder: Path, pdfs: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return the clauses that each file breaks, as `profile clause-test`; all asked in one go.

    `folder` takes the files meanwhile. A file that was not looked into by every profile raises.
    """
    python = verapdf()
    assert python
    for name, pdf in pdfs.items():
        (folder / f"{name}.pdf").write_bytes(pdf)
    paths = {str(folder / f"{name}.pdf"): name for name in pdfs}
    program = [python, str(Path(__file__).with_name("__main__.py"))]
    done = subprocess.run(
        [*program, ",".join(PROFILES), *paths], check=False, capture_output=True, text=True
    )
    sys.stderr.write(done.stderr)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    asked = [(path, profile) for path in paths for profile in PROFILES]
    assert [(one["file"], one["profile"]) for one in told] == asked
    assert all(one["checks"] > 500 for one in told), "veraPDF hardly looked into a file"
    found: dict[str, list[str]] = {name: [] for name in pdfs}
    for one in told:
        found[paths[one["file"]]] += [f"{one['profile']} {clause}" for clause in one["broken"]]
    return found
