"""Files of payments leave through one gate: proved, kept with its verdict, fetched, handed over.

The gate writes what it checked beside the bytes; whoever fetches the file later gets these bytes
or an error, never others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing.services import take_references
from creditdesk.treasury.models import FileAct, PaymentFile
from creditdesk.treasury.services.schemas import require_valid

GATE_VERSION: Final = 1
FETCHED, HANDED_OVER, CANCELLED = "fetched", "handed_over", "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that means to leave: what it says it holds, and what was checked on the way."""

    kind: str
    message_id: str
    schema: str
    content: bytes
    account: str
    currency: str
    payments: int
    total_minor: int
    execute_on: date
    checks: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file as it is given out."""

    reference: str
    filename: str
    content: bytes
    sha256: str


def next_message_id(actor: Actor) -> str:
    """Return the next message id, which the bank repeats in what it answers."""
    return take_references(actor, "PF", 1)[0]


def keep_file(actor: Actor, new: NewFile) -> PaymentFile:
    """Pass a file through the gate and keep it with the verdict; Refused if it is not valid."""
    require_valid(new.content, new.schema)
    digest = sha256(new.content).hexdigest()
    verdict = {
        "gate": GATE_VERSION,
        "schema": new.schema,
        "payments": new.payments,
        "total_minor": new.total_minor,
        "sha256": digest,
        **new.checks,
    }
    return PaymentFile.objects.create(
        company_id=actor.company_id, reference=new.message_id, kind=new.kind,
        message_id=new.message_id, schema=new.schema, filename=f"{new.message_id}.xml",
        content=new.content, sha256=digest, account=new.account, currency=new.currency,
        payments=new.payments, total_minor=new.total_minor, execute_on=new.execute_on,
        verdict=verdict, recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip


def proved_file(actor: Actor, reference: str) -> PaymentFile:
    """Return a file whose bytes are those that were kept; Conflict where they are not."""
    row = PaymentFile.objects.filter(company_id=actor.company_id, reference=reference).first()
    if row is None:
        raise NotFound("payment_file_unknown", f"There is no file {reference!r}")
    found = sha256(bytes(row.content)).hexdigest()
    if found != row.sha256 or found != row.verdict.get("sha256"):
        raise Conflict(
            "payment_file_altered",
            "The file is not what was released; it is not given out. Call whoever keeps the system",
            file=reference,
        )
    return row


@command("treasury.fetch_file")
def fetch_file(actor: Actor, reference: str) -> FetchedFile:
    """Return a file for the bank, and keep who fetched it when; Refused once it was cancelled."""
    row = proved_file(actor, reference)
    if FileAct.objects.filter(file=row, act=CANCELLED).exists():
        raise Refused("payment_file_cancelled", "The file was cancelled and is not given out")
    note_act(actor, row, FETCHED)
    return FetchedFile(row.reference, row.filename, bytes(row.content), row.sha256)


def note_act(actor: Actor, row: PaymentFile, act: str, note: str = "") -> None:
    """Keep what was done with a file."""
    FileAct.objects.create(
        company_id=actor.company_id, file=row, act=act, sha256=row.sha256, note=note,
        recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
