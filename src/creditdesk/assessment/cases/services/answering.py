"""What comes back by signed links: the form, references, papers, the answer to an offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from creditdesk.assessment.cases import rules
from creditdesk.assessment.cases.models import Application, Ask
from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.assessment.cases.services.deciding import decided_by_policy
from creditdesk.assessment.cases.services.ending import take_back
from creditdesk.assessment.cases.services.opening import open_if_met
from creditdesk.assessment.cases.services.taking import (
    locked_by_id,
    note_complete,
    put_fields,
    put_in,
    put_paper,
)
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.kernel.money import MINOR_MAX

DAYS_LATE_MAX: Final = 3_650
YEARS_MAX: Final = 200
FORMS: Final = frozenset({"form", "documents"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReference:
    """What a referee answers: since when known, highest credit, how late paid, and whether again.

    `days_late` is how many days after the due date they pay on average; 0 is on time or before.
    """

    years_known: int
    highest_minor: int
    currency: str
    days_late: int
    would_again: bool
    remark: str = ""


@command("assessment.answer")
def save_form(actor: Actor, ask_id: int, *, data: Mapping[str, str]) -> int:
    """Keep what the applicant filled in so far, empty fields taken away; return how many changed.

    Through the form while it is a draft, and through the link that asks for what is missing.
    """
    ask, row = _open(actor, ask_id, FORMS)
    if ask.kind == "form" and row.state != "draft":
        raise ask_over()
    count = put_fields(row, data)
    note_complete(actor, row)
    return count


@command("assessment.answer")
def send_form(actor: Actor, ask_id: int, *, data: Mapping[str, str]) -> str:
    """Keep the form and hand it in; return how the application stands then.

    Invalid where a field the class must give is empty: references and papers are chased instead.
    """
    ask, row = _open(actor, ask_id, FORMS)
    if ask.kind == "form" and row.state != "draft":
        raise ask_over()
    put_fields(row, data)
    lacks = [one for one in rules.REQUIRED[row.customer_class].fields if one not in row.data]
    if lacks:
        raise form_incomplete(lacks[0])
    if row.state == "draft":
        put_in(actor, row)
    else:
        note_complete(actor, row)
    _answered(actor, ask, {})
    decided_by_policy(actor, row)
    return row.state


@command("assessment.answer")
def hand_in(actor: Actor, ask_id: int, *, paper: NewPaper) -> int:
    """Put a paper the applicant uploads into the case; return its id."""
    ask, row = _open(actor, ask_id, FORMS)
    return put_paper(actor, row, paper, ask_id=ask.id)


@command("assessment.answer")
def answer_reference(actor: Actor, ask_id: int, *, new: NewReference) -> None:
    """Keep what a referee answers, once."""
    _require_sound(new)
    ask, row = _open(actor, ask_id, frozenset({"reference"}))
    if row.state not in rules.OPEN:
        raise ask_over()
    _answered(
        actor,
        ask,
        {
            "years_known": new.years_known,
            "highest_minor": new.highest_minor,
            "currency": new.currency,
            "days_late": new.days_late,
            "would_again": new.would_again,
            "remark": new.remark.strip()[:1000],
        },
    )
    note_complete(actor, row)


@command("assessment.answer")
def answer_offer(actor: Actor, ask_id: int, *, accepts: bool) -> str:
    """Take the answer to a counter-offer; accepted, the account is opened if all is met.

    Conflict once it has run out.
    """
    ask, row = _open(actor, ask_id, frozenset({"offer"}))
    if row.expires_on is not None and actor.today > row.expires_on:
        raise offer_over()
    row.state = rules.moved(row.state, "take_offer" if accepts else "refuse_offer")
    row.ended_on = None if accepts else actor.today
    row.save(update_fields=["state", "ended_on"])
    _answered(actor, ask, {"accepts": accepts})
    if accepts:
        open_if_met(actor, row)
    return row.state


@command("assessment.answer")
def take_application_back(actor: Actor, ask_id: int) -> str:
    """End an application because the applicant says so by the form's link."""
    ask, row = _open(actor, ask_id, FORMS)
    take_back(actor, row)
    _answered(actor, ask, {"withdrawn": True})
    return row.state


def _open(actor: Actor, ask_id: int, kinds: frozenset[str]) -> tuple[Ask, Application]:
    """Return what is asked and its application, both locked; Conflict once it is over."""
    found = Ask.objects.filter(company_id=actor.company_id, id=ask_id, kind__in=kinds).first()
    if found is None:
        raise NotFound("ask_unknown", "There is nothing at this address")
    row = locked_by_id(actor, found.application_id)
    ask = Ask.objects.select_for_update().get(id=ask_id)
    if ask.state != "open" or ask.expires_at <= actor.at:
        raise ask_over()
    return ask, row


def _answered(actor: Actor, ask: Ask, answer: Mapping[str, Any]) -> None:
    ask.state, ask.answer, ask.answered_at = "answered", dict(answer), actor.at
    ask.save(update_fields=["state", "answer", "answered_at"])


def _require_sound(new: NewReference) -> None:
    is_sound = (
        0 <= new.years_known <= YEARS_MAX
        and 0 <= new.highest_minor <= MINOR_MAX
        and 0 <= new.days_late <= DAYS_LATE_MAX
    )
    if not is_sound:
        raise reference_unsound()


def reference_unsound() -> Invalid:
    """Return the fault of an answer out of all bounds."""
    return Invalid(
        "reference_unsound",
        "One of the figures cannot be",
        place=Place(field="highest"),
        mend="Give years, an amount and days as whole positive figures",
    )


def form_incomplete(field: str) -> Invalid:
    """Return the fault of a form handed in without a field that is needed."""
    return Invalid(
        "form_incomplete",
        "The form cannot be handed in without this field",
        place=Place(field=field),
        mend="Fill it in, or save the form and go on later",
    )


def ask_over() -> Conflict:
    """Return the conflict of an answer that comes too late, or a second time."""
    return Conflict("ask_over", "This was answered before, or the address is no longer good")


def offer_over() -> Conflict:
    """Return the conflict of an offer that has run out."""
    return Conflict("offer_over", "The offer has run out")
