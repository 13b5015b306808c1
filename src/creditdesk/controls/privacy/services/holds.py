"""Holds: of whom nothing is erased, neither on request nor on schedule, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditdesk.controls.commands import command
from creditdesk.controls.models import RetentionHold
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.rules import Subject
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing import sql

# Why: a case before a court, an order of an authority, an inquiry of our own.
HELD: Final = "erasure_held"
REASONS: Final = ("litigation", "authority", "inquiry")


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold that stands."""

    subject_kind: str
    subject_id: int
    reason: str
    placed_at: datetime
    placed_by: str


def standing(company_id: int) -> list[HoldRow]:
    """Return the holds that stand in a company, oldest first."""
    return sql.fetch(
        HoldRow,
        "SELECT subject_kind, subject_id, reason, placed_at, placed_by"
        " FROM controls_retentionhold WHERE company_id = %s AND lifted_at IS NULL ORDER BY id",
        [company_id],
    )


def held(company_id: int, kind: rules.SubjectKind) -> frozenset[int]:
    """Return of whom of a kind a hold stands."""
    return frozenset(one.subject_id for one in standing(company_id) if one.subject_kind == kind)


def refuse_held(company_id: int, subject: Subject) -> None:
    """Refuse to erase a person of whom a hold says so (GDPR Article 17(3)(b) and (e))."""
    for hold in standing(company_id):
        if (hold.subject_kind, hold.subject_id) == (subject.kind, subject.id):
            raise Refused(
                "erasure_held",
                f"A hold stands since {hold.placed_at.date()}: {hold.reason}",
                reason=hold.reason,
            )


@command("privacy.hold")
def hold(actor: Actor, *, kind: str, subject_id: int, reason: str) -> None:
    """Nothing of the person is erased from now on, until the hold is lifted."""
    for value, known, name in ((kind, rules.KINDS, "kind"), (reason, REASONS, "reason")):
        if value not in known:
            raise Invalid(
                "hold_unknown",
                f"{value!r} is no {name} of a hold",
                place=Place(field=name),
                mend=f"Use one of {', '.join(known)}",
            )
    row, is_new = RetentionHold.objects.get_or_create(
        company_id=actor.company_id,
        subject_kind=kind,
        subject_id=subject_id,
        lifted_at=None,
        defaults={"reason": reason, "placed_at": actor.at, "placed_by": actor.name},
    )
    if not is_new and row.reason != reason:
        raise Conflict("hold_standing", f"Another hold stands already: {row.reason}")


@command("privacy.lift_hold")
def lift(actor: Actor, *, kind: str, subject_id: int) -> None:
    """End the hold on the person; NotFound when none stands."""
    lifted = RetentionHold.objects.filter(
        company_id=actor.company_id, subject_kind=kind, subject_id=subject_id, lifted_at=None
    ).update(lifted_at=actor.at, lifted_by=actor.name)
    if not lifted:
        raise NotFound("no_hold", "No hold stands on this person")
