"""Open and resolve disputes; an open dispute holds reminders about its item."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from creditdesk.cash.events import DeductionTaken, ShortfallSolved, ShortPaid
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.controls.commands import acts_on, command
from creditdesk.controls.privacy import rules as privacy
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.disputes import queries
from creditdesk.disputes.events import DisputeResolved, DisputesOpened
from creditdesk.disputes.models import Dispute
from creditdesk.disputes.rules import (
    NOTE_CHARACTERS_MAX,
    REASONS,
    RESOLUTIONS,
    NewDispute,
    speaks_for_itself,
)
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies

INSERT = """
    INSERT INTO disputes_dispute
        (company_id, reference, customer_id, item_id, reason, disputed_minor, currency, note,
         status, opened_on, opened_by, resolution, recorded_at)
    SELECT %(company_id)s, reference, customer_id, item_id, reason, minor, currency, note, 'open',
           COALESCE(opened_on, %(today)s), %(by)s, '', %(at)s
      FROM unnest(%(references)s::text[], %(customers)s::bigint[], %(items)s::bigint[],
                  %(reasons)s::text[], %(minors)s::bigint[], %(currencies)s::text[],
                  %(notes)s::text[], %(opened_on)s::date[])
           AS given (reference, customer_id, item_id, reason, minor, currency, note, opened_on)
     ORDER BY item_id
    ON CONFLICT (item_id) WHERE status = 'open' DO NOTHING
    RETURNING reference
"""
_RESOLVE = """
    UPDATE disputes_dispute
       SET status = 'resolved', resolved_on = %s, resolution = %s, note = %s
     WHERE company_id = %s AND reference = %s AND status = 'open'
"""


@command("disputes.open")
def open(actor: Actor, disputes: Sequence[NewDispute]) -> list[str]:  # noqa: A001 - reads disputes.open
    """Open a dispute on each item and hold its reminders; return the references, in order.

    Conflict when an item is in dispute already; then none is opened.
    """
    items = invoices.items_by_id(actor.company_id, [d.item_id for d in disputes])
    for dispute in disputes:
        _check(dispute, items.get(dispute.item_id))
    references = _write(actor, disputes, items)
    if len(references) < len(disputes):
        raise Conflict("already_disputed", "An item is in dispute already")
    return references


def open_for_short_payments(actor: Actor, events: Sequence[ShortPaid]) -> None:
    """Open a dispute for each short payment that speaks for itself.

    Reacts at once, in the payment's transaction. Items in dispute already are left as they are.
    """
    policy = policies.in_force(actor.company_id, actor.today)
    below_percent = policy.matching.short_payment_opens_dispute_percent
    items = invoices.items_by_id(actor.company_id, [event.item_id for event in events])
    known = queries.open_item_ids(actor.company_id, items)
    deductions = {
        event.item_id: NewDispute(event.item_id, "short_payment", event.short_minor)
        for event in events
        if event.item_id in items
        and event.item_id not in known
        and speaks_for_itself(event.short_minor, items[event.item_id].total_minor, below_percent)
    }
    _write(actor, list(deductions.values()), items)


def open_for_deductions(actor: Actor, events: Sequence[DeductionTaken]) -> None:
    """Dispute what was held back for a reason; a dispute of the mere short payment gets the reason.

    Reacts at once, in the payment's transaction. Conflict where the item is in dispute for
    another reason. What only an advice says opens nothing: whether a short payment is disputed
    was decided by the policy before.
    """
    items = invoices.items_by_id(actor.company_id, [event.item_id for event in events])
    for event in events:
        new = NewDispute(event.item_id, event.reason, event.minor, event.note)
        _check(new, items.get(event.item_id))
        if _short_payment_of(actor, event.item_id).update(
            reason=event.reason, disputed_minor=event.minor, note=event.note
        ):
            continue
        if event.is_advised:
            continue
        if not _write(actor, [new], items):
            raise Conflict("already_disputed", "An item is in dispute already")


def end_for_solved(actor: Actor, events: Sequence[ShortfallSolved]) -> None:
    """End the disputes of mere short payments that somebody dealt with otherwise.

    Reacts at once: what was given away counts as credited, what stays open as to be paid.
    """
    for event in events:
        reference = _short_payment_of(actor, event.item_id).values_list("reference", flat=True)
        for one in list(reference):
            _end(actor, one, "customer_pays" if event.way == "left_open" else "credited", "")


def _short_payment_of(actor: Actor, item_id: int) -> QuerySet[Dispute]:
    return Dispute.objects.filter(
        company_id=actor.company_id, item_id=item_id, status=Dispute.Status.OPEN,
        reason="short_payment",
    )  # fmt: skip


@command("disputes.resolve")
def resolve(actor: Actor, reference: str, *, resolution: str, note: str = "") -> None:
    """End a dispute and let reminders about its item go on; Conflict if it ended before."""
    if resolution not in RESOLUTIONS:
        raise Refused("resolution_unknown", f"A dispute cannot end by {resolution!r}")
    _end(actor, reference, resolution, note)


def _end(actor: Actor, reference: str, resolution: str, note: str) -> None:
    """End an open dispute, lift its hold and say so."""
    found = queries.dispute(actor.company_id, reference)
    notes = "\n".join(filter(None, (found.note, note)))
    moved = [actor.today, resolution, notes, actor.company_id, reference]
    if not sql.execute(_RESOLVE, moved):
        raise Conflict("dispute_not_open", "The dispute has been resolved already")
    acts_on("customer", [found.customer_id])
    contact.lift_holds(actor, [source_of(reference)])
    announce(
        actor,
        [DisputeResolved(reference=reference, item_id=found.item_id, resolution=resolution)],
    )


def source_of(reference: str) -> str:
    """Return the source under which a dispute holds reminders."""
    return f"dispute:{reference}"


def _check(dispute: NewDispute, item: OpenItemRow | None) -> None:
    if item is None:
        raise NotFound("item_unknown", "There is no such item", item_id=dispute.item_id)
    if dispute.reason not in REASONS:
        raise Invalid(
            "reason_unknown",
            f"{dispute.reason!r} is no reason of a dispute",
            place=Place(field="reason"),
            mend=f"Use one of {', '.join(REASONS)}",
        )
    if len(dispute.note) > NOTE_CHARACTERS_MAX:
        raise Invalid("note_too_long", "The note is too long", place=Place(field="note"))
    minor = item.open_minor if dispute.disputed_minor is None else dispute.disputed_minor
    if not 0 < minor <= item.open_minor:
        raise Refused(
            "disputed_amount",
            f"Between nothing and the open amount of {item.number} can be disputed",
            open_minor=item.open_minor,
            disputed_minor=minor,
        )


def _write(
    actor: Actor, disputes: Sequence[NewDispute], items: dict[int, OpenItemRow]
) -> list[str]:
    """Insert what is not in dispute yet, place the holds, announce; return the new references."""
    if not disputes:
        return []
    references = take_references(actor, "DSP", len(disputes))
    written = set(
        sql.scalars(
            INSERT,
            {
                "company_id": actor.company_id,
                "today": actor.today,
                "by": actor.name,
                "at": actor.at,
                "references": references,
                "customers": [items[d.item_id].customer_id for d in disputes],
                "items": [d.item_id for d in disputes],
                "reasons": [d.reason for d in disputes],
                "minors": [d.disputed_minor or items[d.item_id].open_minor for d in disputes],
                "currencies": [items[d.item_id].currency for d in disputes],
                "notes": [d.note for d in disputes],
                "opened_on": [d.opened_on for d in disputes],
            },
        )
    )
    opened = [
        (reference, items[dispute.item_id])
        for reference, dispute in zip(references, disputes, strict=True)
        if reference in written
    ]
    contact.place_holds(
        actor,
        [
            NewHold(item.customer_id, item.item_id, "dispute", source_of(reference))
            for reference, item in opened
        ],
    )
    if opened:
        announce(
            actor,
            [
                DisputesOpened(
                    references=tuple(reference for reference, _ in opened),
                    item_ids=tuple(item.item_id for _, item in opened),
                )
            ],
        )
    return [reference for reference, _ in opened]


def erase_personal(case: Case) -> Part:
    """Erase what was noted on settled disputes; an open one keeps its note as evidence."""
    if case.subject.kind != "customer":
        return Part(())
    mine = Dispute.objects.filter(
        company_id=case.actor.company_id, customer_id=case.subject.id
    ).exclude(note__in=("", ERASED))
    settled = mine.exclude(status=Dispute.Status.OPEN)
    kept = mine.count() - settled.count()
    return Part(
        (
            Line("dispute_notes", settled.update(note=ERASED)),
            Line("dispute_notes", kept, kept=True, reason="claims"),
        )
    )


def retain(case: Case) -> tuple[Line, ...]:
    """Erase notes on settled disputes older than business letters are kept."""
    since = privacy.first_kept_moment(case.country, "letters", case.actor.today)
    old = Dispute.objects.filter(company_id=case.actor.company_id, recorded_at__lt=since)
    settled = old.exclude(note__in=("", ERASED)).exclude(status=Dispute.Status.OPEN)
    count = settled.exclude(customer_id__in=case.held).update(note=ERASED)
    return (Line("dispute_notes", count),)
