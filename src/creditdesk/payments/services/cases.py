"""Questions about payments: opened, worked on, answered; the evidence stays attached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditdesk.cash import queries as cash
from creditdesk.contact import queries as contact
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.payments.events import CaseClosed, CasesOpened
from creditdesk.payments.models import Case, CaseEntry
from creditdesk.payments.rules import cases as rules
from creditdesk.payments.rules.cases import NewCase
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import keep_file, take_references

EVIDENCE_BYTES_MAX = 20 * 1024 * 1024
NAME_LENGTH_MAX = 200


@command("payments.open_case")
def open_cases(actor: Actor, new: Sequence[NewCase]) -> list[str]:
    """Open a case for each question; return the references, in order."""
    for one in new:
        _check(actor, one)
    references = take_references(actor, "PCA", len(new))
    for reference, one in zip(references, new, strict=True):
        found = Case.objects.create(
            company_id=actor.company_id,
            reference=reference,
            kind=one.kind,
            state=rules.OPEN,
            customer_id=_customer_of(actor, one),
            payment_id=one.payment_id,
            item_id=one.item_id,
            currency=one.currency,
            minor=one.minor,
            due_on=one.due_on,
            owner="" if actor.is_machine else actor.name,
            opened_on=actor.today,
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
        _write(actor, found, "opened", note=one.note, notice_id=one.notice_id)
    acts_on("payment", [one.payment_id for one in new if one.payment_id is not None])
    if references:
        kinds = tuple(one.kind for one in new)
        announce(actor, [CasesOpened(references=tuple(references), kinds=kinds)])
    return references


def _check(actor: Actor, one: NewCase) -> None:
    if one.kind not in rules.KINDS:
        raise Invalid(
            "case_kind_unknown",
            f"{one.kind!r} is no question about a payment",
            place=Place(field="kind"),
            mend=f"Use one of {', '.join(rules.KINDS)}",
        )
    if one.payment_id is None and one.item_id is None and one.customer_id is None:
        raise Invalid(
            "case_about_nothing",
            "A case is about a payment, an invoice or a customer",
            place=Place(field="about"),
            mend="Open it from there",
        )
    _check_note(one.note)
    of = actor.company_id
    if one.payment_id is not None and not cash.payments_by_id(of, [one.payment_id]):
        raise NotFound("payment_unknown", "There is no such payment")
    if one.item_id is not None and not invoices.items_by_id(of, [one.item_id]):
        raise NotFound("item_unknown", "There is no such open item")
    if one.customer_id is not None:
        customers.customer_by_id(of, one.customer_id)


def _check_note(note: str) -> None:
    if len(note) > rules.NOTE_CHARACTERS_MAX:
        raise Invalid("note_too_long", "The note is too long", place=Place(field="note"))


def _customer_of(actor: Actor, one: NewCase) -> int | None:
    """Return whose question it is: named, or the payer's, or the invoice's customer."""
    if one.customer_id is not None:
        return one.customer_id
    if one.item_id is not None:
        return invoices.items_by_id(actor.company_id, [one.item_id])[one.item_id].customer_id
    found = cash.payments_by_id(actor.company_id, [one.payment_id or 0])
    return next((row.customer_id for row in found.values()), None)


@command("payments.work_case")
def note(actor: Actor, reference: str, text: str) -> None:
    """Add what was said or found out to a case."""
    if not text.strip():
        raise Invalid("value_missing", "Nothing was given", place=Place(field="note"))
    _check_note(text)
    _write(actor, _live(actor, reference), "noted", note=text)


@command("payments.work_case")
def attach(actor: Actor, reference: str, *, filename: str, content: bytes) -> None:
    """Keep a file as evidence with a case, byte for byte."""
    if not content:
        raise Invalid("file_empty", "The file is empty", place=Place(file=filename))
    if len(content) > EVIDENCE_BYTES_MAX:
        raise Invalid(
            "evidence_too_large",
            "Evidence may have at most 20 MiB",
            place=Place(file=filename),
            mend="Cut it into parts, or keep a picture of less detail",
        )
    found = _live(actor, reference)
    name = filename.replace("\0", "")[:NAME_LENGTH_MAX] or "evidence"
    _write(actor, found, "attached", file_id=keep_file(actor, name, content), file_name=name)


@command("payments.work_case")
def attach_mail(actor: Actor, reference: str, mail_id: int) -> None:
    """Keep a mail of the mailbox as evidence with a case, once; NotFound where there is none."""
    contact.mail(actor.company_id, mail_id)
    found = _live(actor, reference)
    if CaseEntry.objects.filter(case_id=found.id, mail_id=mail_id).exists():
        raise Conflict("mail_attached", "The mail is with the case already")
    _write(actor, found, "attached", mail_id=mail_id)


@command("payments.work_case")
def move_on(actor: Actor, reference: str, *, state: str, note: str = "") -> None:
    """Let a case wait for somebody outside, be answered, or be worked on again."""
    _check_note(note)
    found = _live(actor, reference)
    if state == rules.CLOSED or not rules.may_become(found.state, state):
        raise Refused("case_state", f"A case that is {found.state} cannot become {state[:40]!r}")
    _change(actor, found, state=state)
    _write(actor, found, state, note=note)


@command("payments.work_case")
def take(actor: Actor, reference: str, *, due_on: date | None = None) -> None:
    """Make a case one's own, and say until when it is to be answered, if that changes."""
    found = _live(actor, reference)
    Case.objects.filter(company_id=actor.company_id, id=found.id).update(
        owner=actor.name, due_on=due_on or found.due_on
    )
    _write(actor, found, "taken")


@command("payments.close_case")
def close(actor: Actor, reference: str, *, ending: str, answer: str = "") -> None:
    """End a case with its answer; Conflict if it ended before."""
    if ending not in rules.ENDINGS:
        raise Invalid(
            "case_ending_unknown",
            f"A case cannot end by {ending[:40]!r}",
            place=Place(field="ending"),
            mend=f"Use one of {', '.join(rules.ENDINGS)}",
        )
    _check_note(answer)
    found = _live(actor, reference)
    _change(actor, found, state=rules.CLOSED, ending=ending, closed_on=actor.today)
    _write(actor, found, rules.CLOSED, note=answer)
    announce(actor, [CaseClosed(reference=reference, ending=ending)])


def _change(actor: Actor, found: Case, **values: object) -> None:
    changed = Case.objects.filter(
        company_id=actor.company_id, id=found.id, state=found.state
    ).update(**values)
    if not changed:
        raise Conflict("case_changed", "The case was changed meanwhile; look again")


def _live(actor: Actor, reference: str) -> Case:
    found = (
        Case.objects.select_for_update()
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if found is None:
        raise NotFound("case_unknown", f"There is no case {reference!r}")
    if found.state == rules.CLOSED:
        raise Conflict("case_closed", "The case is closed already")
    return found


def _write(
    actor: Actor,
    found: Case,
    act: str,
    *,
    note: str = "",
    file_id: int | None = None,
    file_name: str = "",
    mail_id: int | None = None,
    notice_id: int | None = None,
) -> None:
    CaseEntry.objects.create(
        company_id=actor.company_id,
        case_id=found.id,
        act=act,
        note=note,
        file_id=file_id,
        file_name=file_name,
        mail_id=mail_id,
        notice_id=notice_id,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )


def told_of(
    actor: Actor,
    case_id: int,
    notice_id: int,
    *,
    state: str,
    due_on: date | None,
    ending: str = "",
) -> None:
    """Bring a case to what the provider says; what a person closed stays closed, and is noted."""
    found = Case.objects.select_for_update().get(company_id=actor.company_id, id=case_id)
    _write(actor, found, "told", notice_id=notice_id)
    if found.state == rules.CLOSED:
        return
    closed_on = actor.today if state == rules.CLOSED else None
    _change(actor, found, state=state, due_on=due_on, ending=ending, closed_on=closed_on)
    if closed_on is not None:
        announce(actor, [CaseClosed(reference=found.reference, ending=ending)])
