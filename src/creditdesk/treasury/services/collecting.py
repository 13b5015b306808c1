"""Collections: drawn up and announced to customers, approved by another, handed to the bank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import IntegrityError, transaction

from creditdesk.contact import services as contact
from creditdesk.contact.rules import Draft, NewHold
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import DirectDebitRules
from creditdesk.treasury import letters
from creditdesk.treasury.models import Creditor, Mandate, Run, RunLine
from creditdesk.treasury.queries import collectable as reads
from creditdesk.treasury.rules import mandates, pain, runs, target
from creditdesk.treasury.rules.mandates import Leave
from creditdesk.treasury.rules.runs import Due, Line
from creditdesk.treasury.services.files import (
    CANCELLED,
    HANDED_OVER,
    NewFile,
    keep_file,
    next_message_id,
    note_act,
    proved_file,
)

CURRENCY = "EUR"
HOLD_KIND = "direct_debit"
_WHY = {
    "collection_not_on_a_bank_day": "The banks settle nothing on that day",
    "collection_too_soon_for_the_bank": "The bank needs the file earlier than that",
    "collection_too_soon_for_customers": "Customers must be told earlier than that",
}


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a collection stands after somebody dealt with it; `untold` customers have no address.

    `debits` are told by drawing it up.
    """

    run_id: int
    reference: str
    state: str
    lines: int
    total_minor: int
    untold: int = 0
    file: str = ""
    debits: tuple[Line, ...] = ()


def hold_source(end_to_end: str) -> str:
    """Return the name under which a debit holds reminders about its item."""
    return f"debit:{end_to_end}"


@command("treasury.draw_up_run")
def draw_up_run(actor: Actor, *, collect_on: date, scheme: str = "CORE") -> RunResult:
    """Draw up what is collected on a day, and tell the customers; nothing leaves yet.

    Items due by then of customers with a live mandate, each in one live run at most; what is
    contested, promised or came back is left out. Raises Refused on a day too soon or no bank day.
    """
    rules = policies.in_force(actor.company_id, actor.today).direct_debit
    _require_day(actor, collect_on, scheme, rules)
    creditor = _creditor(actor)
    leaves = _live_mandates(actor, scheme, collect_on, rules)
    found = reads.due_items(actor.company_id, set(leaves), until=collect_on, on=actor.today)
    chosen, untold = _told(actor, collect_on, creditor, leaves, _chosen(found, leaves), rules)
    if not chosen:
        raise Refused("nothing_to_collect", "Nothing is due that may be collected on that day")
    reference = take_references(actor, "DD", 1)[0]
    lines = _lines(reference, chosen, leaves)
    run = Run.objects.create(
        company_id=actor.company_id, reference=reference, scheme=scheme, collect_on=collect_on,
        state="drawn_up", lines_total=len(lines), total_minor=sum(one.minor for one in lines),
        digest=runs.seal(reference, collect_on, scheme, lines), made_at=actor.at,
        made_by=actor.name, made_by_id=actor.user_id,
    )  # fmt: skip
    _write_lines(actor, run, lines, leaves)
    contact.place_holds(
        actor,
        [
            NewHold(one.customer_id, one.item_id, HOLD_KIND, hold_source(one.end_to_end))
            for one in lines
        ],
    )
    acts_on("collection", [run.id])
    return replace(_result(run, untold=untold), debits=tuple(lines))


def _require_day(actor: Actor, on: date, scheme: str, rules: DirectDebitRules) -> None:
    if scheme not in mandates.SCHEMES:
        raise Invalid(
            "scheme_unknown", "The scheme is CORE or B2B", place=Place(field="scheme"),
            mend="Choose one.",
        )  # fmt: skip
    lead = rules.lead_days_b2b if scheme == mandates.B2B else rules.lead_days_core
    why = runs.why_not_on(
        on, actor.today, target.CALENDAR, lead_days=lead, notice_days=rules.prenotify_days
    )
    if why:
        raise Refused(why, _WHY[why])


def _creditor(actor: Actor) -> Creditor:
    row = Creditor.objects.filter(company_id=actor.company_id).first()
    if row is None:
        raise Refused(
            "creditor_missing", "Say first under which creditor identifier the company collects"
        )
    return row


def leave_of(row: Mandate) -> Leave:
    """Return a mandate as the rules look at it."""
    return Leave(
        state=row.state, scheme=row.scheme, is_recurrent=row.is_recurrent,
        signed_on=row.signed_on, used_on=row.used_on, has_pending_change=bool(row.pending_iban),
    )  # fmt: skip


def _live_mandates(
    actor: Actor, scheme: str, on: date, rules: DirectDebitRules
) -> dict[int, Mandate]:
    """Return the mandates that may be collected on, locked, by customer."""
    rows = (
        Mandate.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, state="live", scheme=scheme)
        .order_by("id")
    )
    return {
        row.customer_id: row
        for row in rows
        if not mandates.why_not(leave_of(row), on, months=rules.mandate_months)
    }


def _chosen(found: Sequence[Due], leaves: Mapping[int, Mandate]) -> list[Due]:
    """Return what is collected: of a one-off mandate the oldest item only."""
    chosen: list[Due] = []
    once: set[int] = set()
    for one in found:
        if not leaves[one.customer_id].is_recurrent:
            if one.customer_id in once:
                continue
            once.add(one.customer_id)
        chosen.append(one)
    return chosen


def _told(
    actor: Actor,
    collect_on: date,
    creditor: Creditor,
    leaves: Mapping[int, Mandate],
    chosen: Sequence[Due],
    rules: DirectDebitRules,
) -> tuple[list[Due], int]:
    """Queue a notice to each customer; return what may be collected of those who are told."""
    if not rules.prenotify_days or not chosen:
        return list(chosen), 0
    of: dict[int, list[Due]] = {}
    for one in chosen:
        of.setdefault(one.customer_id, []).append(one)
    people = customers.primary_contacts(actor.company_id, of)
    accounts = customers.customers_by_id(actor.company_id, of)
    drafts = []
    for customer_id, items in of.items():
        person, account = people.get(customer_id), accounts[customer_id]
        mandate = leaves[customer_id]
        language = (person.language if person else "") or account.language
        subject, body = letters.prenotification(
            language=language, amount_minor=sum(one.open_minor for one in items),
            collect_on=collect_on, mandate=mandate.reference, creditor=creditor.identifier,
            account_end=mandate.iban[-4:], numbers=[one.number for one in items],
        )  # fmt: skip
        drafts.append(
            Draft(
                customer_id=customer_id, customer_name=account.name,
                recipient=person.email if person else "",
                recipient_name=person.name if person else "",
                contact_id=person.id if person else None, purpose="prenotification",
                language=language, country=account.country, currency=CURRENCY, subject=subject,
                body=body,
            )
        )  # fmt: skip
    outcomes = contact.queue(actor, drafts).outcomes
    told = {key for key, outcome in zip(of, outcomes, strict=True) if outcome.allowed}
    return [one for one in chosen if one.customer_id in told], len(of) - len(told)


def _lines(reference: str, chosen: Sequence[Due], leaves: Mapping[int, Mandate]) -> list[Line]:
    return [
        Line(
            end_to_end=f"{reference}-{n}", mandate=leaves[one.customer_id].reference,
            customer_id=one.customer_id, item_id=one.item_id, minor=one.open_minor,
            sequence=mandates.sequence_of(leave_of(leaves[one.customer_id])),
            iban=leaves[one.customer_id].iban,
        )
        for n, one in enumerate(chosen, start=1)
    ]  # fmt: skip


def _write_lines(
    actor: Actor, run: Run, lines: Sequence[Line], leaves: Mapping[int, Mandate]
) -> None:
    tried = reads.attempts(actor.company_id, [one.item_id for one in lines])
    try:
        with transaction.atomic():
            RunLine.objects.bulk_create(
                RunLine(
                    company_id=actor.company_id, run=run, mandate=leaves[one.customer_id],
                    customer_id=one.customer_id, item_id=one.item_id, end_to_end=one.end_to_end,
                    minor=one.minor, sequence=one.sequence, iban=one.iban, state="live",
                    attempt=tried.get(one.item_id, 0) + 1,
                )
                for one in lines
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            "item_in_another_run", "An item is in another collection by now; draw it up again"
        ) from error


@command("treasury.approve_run")
def approve_run(actor: Actor, reference: str) -> RunResult:
    """Approve a collection and write its file; by somebody else than who drew it up.

    Raises Conflict where a debit is not as it was drawn up, more is asked than is open by now, or
    a mandate ended.
    """
    if actor.user_id is None:
        raise Refused("run_needs_a_person", "Only a person who is signed in approves a collection")
    run = _locked(actor, reference, ("drawn_up",))
    if actor.user_id == run.made_by_id:
        raise Refused("own_run", "Nobody approves the collection they drew up")
    rules = policies.in_force(actor.company_id, actor.today).direct_debit
    rows = list(run.lines.select_related("mandate").order_by("id"))
    _require_unaltered(run, rows)
    _require_open(actor, run, rows, rules)
    creditor, message_id = _creditor(actor), next_message_id(actor)
    own = pain.OwnSide(
        name=creditor.name, iban=creditor.iban, bic=creditor.bic, identifier=creditor.identifier
    )
    content = pain.direct_debits(
        message_id, actor.at, own, run.collect_on, _debits(actor, rows), scheme=run.scheme
    )
    file = keep_file(
        actor,
        NewFile(
            kind="direct_debits", message_id=message_id, schema=pain.DIRECT_DEBIT,
            content=content, account=creditor.iban, currency=CURRENCY, payments=len(rows),
            total_minor=run.total_minor, execute_on=run.collect_on,
            checks={"run": run.reference, "digest": run.digest, "drawn_up_by": run.made_by,
                    "approved_by": actor.name},
        ),
    )  # fmt: skip
    run.state, run.file = "approved", file
    run.approved_at, run.approved_by = actor.at, actor.name
    run.save(update_fields=["state", "file", "approved_at", "approved_by"])
    acts_on("collection", [run.id])
    return _result(run)


def _require_unaltered(run: Run, rows: Sequence[RunLine]) -> None:
    lines = [
        Line(
            end_to_end=row.end_to_end, mandate=row.mandate.reference, customer_id=row.customer_id,
            item_id=row.item_id, minor=row.minor, sequence=row.sequence, iban=row.iban,
        )
        for row in rows
    ]  # fmt: skip
    sealed = runs.seal(run.reference, run.collect_on, run.scheme, lines)
    if sealed != run.digest or sum(row.minor for row in rows) != run.total_minor:
        raise Conflict("run_altered", f"{run.reference} is not what was drawn up; cancel it")


def _require_open(actor: Actor, run: Run, rows: Sequence[RunLine], rules: DirectDebitRules) -> None:
    """Refuse where more is asked than is open, or a mandate is not what it was."""
    open_now = reads.open_of(actor.company_id, [row.item_id for row in rows])
    for row in rows:
        if open_now.get(row.item_id, 0) < row.minor:
            raise Conflict(
                "item_changed", f"Less is open by now of what {row.end_to_end} collects; cancel it"
            )
        why = mandates.why_not(leave_of(row.mandate), run.collect_on, months=rules.mandate_months)
        if why or row.mandate.iban != row.iban:
            raise Conflict(
                why or "mandate_changed", f"The mandate of {row.end_to_end} changed; cancel it"
            )


def _debits(actor: Actor, rows: Sequence[RunLine]) -> list[pain.Debit]:
    accounts = customers.customers_by_id(actor.company_id, {row.customer_id for row in rows})
    return [
        pain.Debit(
            end_to_end=row.end_to_end, minor=row.minor, currency=CURRENCY,
            holder=row.mandate.holder, iban=row.iban, bic=row.mandate.bic, text=row.end_to_end,
            mandate=row.mandate.reference, signed_on=row.mandate.signed_on,
            sequence=row.sequence, was_iban=row.mandate.amended_from,
            town=accounts[row.customer_id].city, country=accounts[row.customer_id].country,
        )
        for row in rows
    ]  # fmt: skip


@command("treasury.hand_over_run")
def hand_over_run(actor: Actor, reference: str) -> RunResult:
    """Say that the bank has the file; from now on the run cannot be cancelled."""
    run = _locked(actor, reference, ("approved",))
    if run.file is None:
        raise RuntimeError("an approved run has a file")
    note_act(actor, proved_file(actor, run.file.reference), HANDED_OVER)
    run.state = "handed_over"
    run.save(update_fields=["state"])
    used = Mandate.objects.filter(id__in=run.lines.values("mandate_id"))
    used.update(used_on=run.collect_on, amended_from="")
    return _result(run)


@command("treasury.draw_up_run")
def cancel_run(actor: Actor, reference: str, *, why: str) -> RunResult:
    """Cancel a collection before the bank has it: its items may be dunned and collected again."""
    if not why.strip():
        raise Invalid(
            "reason_missing", "Say why it is cancelled", place=Place(field="why"),
            mend="Say it in a few words.",
        )  # fmt: skip
    run = _locked(actor, reference, ("drawn_up", "approved"))
    if run.file is not None:
        note_act(actor, run.file, CANCELLED, why.strip())
    run.state, run.why = "cancelled", why.strip()
    run.save(update_fields=["state", "why"])
    run.lines.update(state="cancelled")
    contact.lift_holds(actor, [hold_source(each.end_to_end) for each in run.lines.all()])
    return _result(run)


def _locked(actor: Actor, reference: str, states: Sequence[str]) -> Run:
    run = (
        Run.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if run is None:
        raise NotFound("run_unknown", f"There is no collection {reference!r}")
    if run.state not in states:
        raise Conflict("run_changed", f"{reference} is {run.state} by now; look again")
    return run


def _result(run: Run, *, untold: int = 0) -> RunResult:
    return RunResult(
        run.id, run.reference, run.state, run.lines_total, run.total_minor, untold,
        run.file.reference if run.file else "",
    )  # fmt: skip
