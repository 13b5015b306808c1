"""Writers of recurring invoices: set up, changed, paused, resumed, ended; and what falls due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.utils import translation

from creditdesk.controls import services as controls
from creditdesk.controls.commands import command
from creditdesk.invoices import issued_queries
from creditdesk.invoices.documents.drafts import Draft
from creditdesk.invoices.documents.values import Period
from creditdesk.invoices.models import RecurringDocument, RecurringPlan
from creditdesk.invoices.recurring import queries, rules
from creditdesk.invoices.recurring.queries import PlanRow
from creditdesk.invoices.recurring.rules import Rhythm, Turn
from creditdesk.invoices.services.issuing import issue, outline
from creditdesk.invoices.services.papers import ENGLISH, LANGUAGES, Paper
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Place, Refused
from creditdesk.look import words
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import take_references

ISSUE: Final = "invoices.issue_recurring"
TEXT_LENGTH_MAX: Final = 1_000
# A worker of the house that does not answer is no fault of the plan: it is tried again.
PASSING: Final = frozenset({"validation_unavailable", "page_unavailable"})
_LOCK = """
    SELECT id FROM invoices_recurringplan WHERE company_id = %s AND reference = %s FOR UPDATE
"""
_INVOICE = "SELECT id FROM invoices_invoice WHERE company_id = %s AND number = %s"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A plan that stopped because its document was refused."""

    reference: str
    code: str
    why: str


@dataclass(slots=True)
class RecurringResult:
    """What came of the plans that were due: numbers issued, plans stopped, plans left for later."""

    issued: list[str] = field(default_factory=list)
    stopped: list[Stopped] = field(default_factory=list)
    left: list[Stopped] = field(default_factory=list)


@command("invoices.plan_recurring")
def set_up(actor: Actor, *, title: str, draft: Draft, rhythm: Rhythm) -> str:
    """Have invoices like the draft issued in a rhythm; return the plan's reference.

    The first is worked out as if issued today: what would be refused then is refused now. Turns
    before today are caught up with the next day run.
    """
    controls.require_issuing(actor)
    rules.refuse_faults(rhythm)
    _refuse_texts(title, draft)
    first = rules.turns(rhythm, 1, 1)[0]
    outline(actor, draft_of(actor, draft, first))
    reference = take_references(actor, "RIN", 1)[0]
    RecurringPlan.objects.create(
        company_id=actor.company_id,
        reference=reference,
        title=title.strip(),
        next_on=first.on,
        recorded_at=actor.at,
        recorded_by=actor.name,
        unit=rhythm.unit,
        every=rhythm.every,
        day_of_month=rhythm.day_of_month,
        starts_on=rhythm.starts_on,
        ends_on=rhythm.ends_on,
        count=rhythm.count,
        in_arrears=rhythm.in_arrears,
        customer_id=draft.customer_id,
        currency=draft.currency,
        **_said(draft),
    )
    return reference


@command("invoices.plan_recurring")
def change(actor: Actor, reference: str, *, title: str, draft: Draft) -> None:
    """Have the documents still to come say something else; customer and rhythm stay."""
    plan = _locked(actor, reference)
    _refuse_ended(plan)
    if (draft.customer_id, draft.currency) != (plan.customer_id, plan.currency):
        raise Invalid(
            "recurring_of_another",
            "A recurring invoice keeps its customer and currency",
            place=Place(field="customer"),
            mend="End it and set up another",
        )
    _refuse_texts(title, draft)
    outline(actor, draft_of(actor, draft, plan.to_come(1)[0]))
    _write(plan, title=title.strip(), **_said(draft))


@command("invoices.plan_recurring")
def pause(actor: Actor, reference: str) -> None:
    """Issue nothing of the plan until it is resumed; again changes nothing."""
    plan = _locked(actor, reference)
    _refuse_ended(plan)
    _write(plan, status=RecurringPlan.Status.PAUSED, stopped_code="", stopped_why="")


@command("invoices.plan_recurring")
def resume(actor: Actor, reference: str, *, skip_missed: bool = False) -> None:
    """Go on with a paused or stopped plan; turns missed meanwhile are made up for, or skipped."""
    plan = _locked(actor, reference)
    _refuse_ended(plan)
    number = plan.next_turn
    if skip_missed:
        number = rules.first_from(plan.rhythm, number, actor.today)
    _move_to(plan, number, status=RecurringPlan.Status.ACTIVE)


@command("invoices.plan_recurring")
def finish(actor: Actor, reference: str) -> None:
    """End the plan for good; what was issued stands. Again changes nothing."""
    plan = _locked(actor, reference)
    _write(plan, status=RecurringPlan.Status.ENDED, next_on=None)


def run_due(actor: Actor) -> RecurringResult:
    """Issue what is due of every plan, a document per turn, each in a transaction of its own.

    Turns missed come one after the other. A plan whose document is refused stops with the reason
    and keeps no other waiting; interrupted anywhere, the next run goes on from there.
    """
    if not actor.may(ISSUE):
        raise Refused("not_permitted", f"{actor.name} may not do {ISSUE}", command=ISSUE)
    result = RecurringResult()
    for reference in queries.due(actor.company_id, actor.today):
        _catch_up(actor, reference, result)
    return result


def _catch_up(actor: Actor, reference: str, result: RecurringResult) -> None:
    try:
        while number := issue_next(actor, reference):
            result.issued.append(number)
    except Conflict as error:
        result.left.append(Stopped(reference, error.code, error.message))
    except (Invalid, NotFound, Refused) as error:
        told = Stopped(reference, error.code, str(error))
        if error.code in PASSING:
            result.left.append(told)
        elif stop(actor, reference, code=error.code, why=str(error)):
            result.stopped.append(told)


@command(ISSUE)
def issue_next(actor: Actor, reference: str) -> str:
    """Issue the plan's next document if it is due, and return its number; else an empty text.

    Plan, document, books and numbers commit together: who comes second, or again, finds the turn
    taken.
    """
    plan = _locked(actor, reference)
    if plan.status != RecurringPlan.Status.ACTIVE or not plan.next_on:
        return ""
    if plan.next_on > actor.today:
        return ""
    turn = plan.to_come(1)[0]
    [number] = issue(actor, [draft_of(actor, plan.draft, turn)])
    RecurringDocument.objects.create(
        company_id=actor.company_id,
        plan_id=plan.id,
        turn=turn.number,
        due_on=turn.on,
        from_on=turn.from_on,
        through_on=turn.through_on,
        invoice_id=int(sql.scalar(_INVOICE, [actor.company_id, number])),
        recorded_at=actor.at,
    )
    _move_to(plan, turn.number + 1, status=plan.status)
    return number


@command(ISSUE)
def stop(actor: Actor, reference: str, *, code: str, why: str) -> bool:
    """Stop an active plan with the reason its document was refused for; return whether it was."""
    plan = _locked(actor, reference)
    if plan.status != RecurringPlan.Status.ACTIVE:
        return False
    _write(
        plan,
        status=RecurringPlan.Status.STOPPED,
        stopped_code=code,
        stopped_why=why[:TEXT_LENGTH_MAX],
    )
    return True


def draft_of(actor: Actor, draft: Draft, turn: Turn) -> Draft:
    """Return the draft of a turn: its period, and its texts with placeholders filled in.

    Texts are in the language the customer's documents are in.
    """
    _, language = issued_queries.buyer(actor.company_id, draft.customer_id)
    values = _values(turn, language if language in LANGUAGES else ENGLISH)
    return replace(
        draft,
        period=Period(start=turn.from_on, end=turn.through_on),
        note=rules.filled(draft.note, values),
        order_reference=rules.filled(draft.order_reference, values),
        buyer_reference=rules.filled(draft.buyer_reference, values),
        lines=tuple(
            replace(
                line,
                name=rules.filled(line.name, values),
                description=rules.filled(line.description, values),
            )
            for line in draft.lines
        ),
    )


def _values(turn: Turn, language: str) -> dict[str, str]:
    with translation.override(language):
        start, end = words.day(turn.from_on), words.day(turn.through_on)
        month = words.month(turn.from_on)
    return {
        "period": month if rules.is_whole_month(turn) else f"{start} – {end}",
        "from": start,
        "to": end,
        "month": month,
        "year": str(turn.from_on.year),
        "turn": str(turn.number),
    }


@dataclass(frozen=True, slots=True)
class Ahead:
    """A document to come: its turn, what it would come to, or why it would be refused today."""

    turn: Turn
    paper: Paper | None
    refused: str = ""


def ahead(actor: Actor, plan: PlanRow, most: int = queries.SHOWN_AHEAD) -> list[Ahead]:
    """Return the next documents of a plan as they would be issued today; writes nothing."""
    return [_seen(actor, plan.draft, turn) for turn in plan.to_come(most)]


def ahead_of(
    actor: Actor, draft: Draft, rhythm: Rhythm, most: int = queries.SHOWN_AHEAD
) -> list[Ahead]:
    """Return the first documents of a plan that is not set up yet; Invalid for its rhythm."""
    rules.refuse_faults(rhythm)
    _refuse_texts("-", draft)
    first, *others = rules.turns(rhythm, 1, most)
    shown = [Ahead(first, outline(actor, draft_of(actor, draft, first)))]
    return [*shown, *(_seen(actor, draft, turn) for turn in others)]


def ahead_changed(
    actor: Actor, plan: PlanRow, title: str, draft: Draft, most: int = queries.SHOWN_AHEAD
) -> list[Ahead]:
    """Return the next documents of a plan if it said this; Invalid for what cannot be said."""
    _refuse_ended(plan)
    _refuse_texts(title, draft)
    first, *others = plan.to_come(most)
    shown = [Ahead(first, outline(actor, draft_of(actor, draft, first)))]
    return [*shown, *(_seen(actor, draft, turn) for turn in others)]


def _seen(actor: Actor, draft: Draft, turn: Turn) -> Ahead:
    try:
        return Ahead(turn, outline(actor, draft_of(actor, draft, turn)))
    except DomainError as error:
        return Ahead(turn, None, str(error))


def _said(draft: Draft) -> dict[str, object]:
    return {
        "terms_code": draft.terms_code,
        "order_reference": draft.order_reference,
        "buyer_reference": draft.buyer_reference,
        "exemption_reason": draft.exemption_reason,
        "discount_percent": draft.discount_percent,
        "note": draft.note,
        "lines": queries.lines_text(draft.lines),
    }


def _refuse_texts(title: str, draft: Draft) -> None:
    """Raise Invalid for a missing title, dates a plan cannot have, or a placeholder unknown."""
    if not title.strip() or len(title) > TEXT_LENGTH_MAX or not title.isprintable():
        raise Invalid(
            "recurring_title_invalid",
            "A recurring invoice needs a name to find it by",
            place=Place(field="title"),
            mend="Give it a short name",
        )
    for field_name in ("issued_on", "due_on", "delivered_on"):
        if getattr(draft, field_name) is not None:
            raise Invalid(
                "recurring_dated",
                "Of recurring invoices the plan and the terms say the dates",
                place=Place(field=field_name),
                mend="Leave it empty, and choose terms",
            )
    for place, text in _texts(draft):
        unknown = rules.unknown_placeholders(text)
        if unknown:
            raise Invalid(
                "placeholder_unknown",
                f"{{{unknown[0][:40]}}} means nothing",
                place=Place(field=place),
                mend="Use " + ", ".join(f"{{{name}}}" for name in rules.PLACEHOLDERS),
            )


def _texts(draft: Draft) -> Sequence[tuple[str, str]]:
    return [
        ("note", draft.note),
        ("order_reference", draft.order_reference),
        ("buyer_reference", draft.buyer_reference),
        *((f"lines[{n}].name", one.name) for n, one in enumerate(draft.lines, 1)),
        *((f"lines[{n}].description", one.description) for n, one in enumerate(draft.lines, 1)),
    ]


def _locked(actor: Actor, reference: str) -> PlanRow:
    """Return the plan as it stands once nobody else is at it."""
    sql.scalars(_LOCK, [actor.company_id, reference])
    return queries.plan(actor.company_id, reference)


def _refuse_ended(plan: PlanRow) -> None:
    if plan.status == RecurringPlan.Status.ENDED:
        raise Conflict("recurring_ended", f"{plan.reference} has ended", plan=plan.reference)


def _move_to(plan: PlanRow, number: int, *, status: str) -> None:
    """Let the turn of a number be the next, or the plan end where there is none."""
    turn = rules.turn(plan.rhythm, number)
    _write(
        plan,
        next_turn=number,
        next_on=turn.on if turn else None,
        status=status if turn else RecurringPlan.Status.ENDED,
        stopped_code="",
        stopped_why="",
    )


def _write(plan: PlanRow, **changed: object) -> None:
    RecurringPlan.objects.filter(id=plan.id).update(**changed)
