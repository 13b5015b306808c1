"""What the plumbing reads."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing.models import File


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A kept file with its bytes."""

    id: int
    name: str
    sha256: str
    content: bytes


def kept_file(company_id: int, file_id: int) -> KeptFile:
    """Return a kept file of the company; NotFound otherwise."""
    row = File.objects.filter(company_id=company_id, id=file_id).first()
    if row is None:
        raise NotFound("file_unknown", "There is no such file")
    if row.size_bytes and not row.content:
        raise NotFound("file_erased", "The file was erased by rule; its digest is kept")
    return KeptFile(row.id, row.name, row.sha256, bytes(row.content))
