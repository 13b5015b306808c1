"""What happened with a customer, from every room, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.urls import reverse
from django.utils.translation import gettext

from creditdesk.cash.queries import PaymentRow
from creditdesk.collections import wording as collections_wording
from creditdesk.collections.queries import ActivityRow, PromiseRow
from creditdesk.contact import wording as contact_wording
from creditdesk.contact.queries import MessageRow, ReplyRow, VerdictRow
from creditdesk.credit.queries import LimitRow
from creditdesk.customers.queries import ChangeRow
from creditdesk.disputes.queries import DisputeRow
from creditdesk.faces.desk import words
from creditdesk.look import words as look_words
from creditdesk.look.shapes import TimelineEntry
from creditdesk.look.tags.figures import money_text
from creditdesk.orders.queries import OrderRow

QUOTE_LENGTH_MAX = 160
# Checks of the gate that fail by the calendar alone.
ROUTINE = frozenset({"pause", "hours", "business_day", "new_step"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rooms know of one customer."""

    messages: Sequence[MessageRow]
    verdicts: Sequence[VerdictRow]
    replies: Sequence[ReplyRow]
    activities: Sequence[ActivityRow]
    promises: Sequence[PromiseRow]
    payments: Sequence[PaymentRow]
    disputes: Sequence[DisputeRow]
    orders: Sequence[OrderRow]
    changes: Sequence[ChangeRow]
    limits: Sequence[LimitRow]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `is_day` when only its date is known."""

    at: datetime
    icon: str
    title: str
    text: str = ""
    href: str = ""
    is_day: bool = False


def entries(facts: Facts, *, today: date, zone: str, most: int) -> list[TimelineEntry]:
    """Return what comes next, then what happened, the newest first, at most so many."""
    found = sorted(_events(facts), key=lambda one: one.at, reverse=True)[:most]
    here = ZoneInfo(zone)
    return [
        *_coming(facts, today),
        *(
            TimelineEntry(_when(one, today, here), one.icon, one.title, one.text, one.href)
            for one in found
        ),
    ]


def count(facts: Facts) -> int:
    """Return how many things happened in all that is known."""
    return sum(1 for _ in _events(facts))


def _when(event: Event, today: date, zone: ZoneInfo) -> str:
    local = event.at if event.is_day else event.at.astimezone(zone)
    if local.date() == today:
        return (
            gettext("today") if event.is_day else gettext("today %(at)s") % {"at": f"{local:%H:%M}"}
        )
    form = "MMMd" if local.year == today.year else "yMMM"
    return format_skeleton(form, local.date(), locale=look_words.locale())


def _day(on: date) -> datetime:
    """Return the end of a day as a moment, so that the day's own clock times stand below it."""
    return datetime.combine(on, time(23, 59), tzinfo=UTC)


def _coming(facts: Facts, today: date) -> Iterator[TimelineEntry]:
    for promise in facts.promises:
        if promise.status == "open":
            yield TimelineEntry(
                look_words.day(promise.due_on),
                "clock",
                gettext("Next: promised money"),
                gettext("%(amount)s by then, %(left)s.")
                % {
                    "amount": money_text(promise.minor, promise.currency),
                    "left": look_words.lateness((today - promise.due_on).days),
                },
                is_next=True,
            )


def _events(facts: Facts) -> Iterator[Event]:
    yield from map(_message, facts.messages)
    yield from map(_refusal, _first_told(facts.verdicts))
    yield from map(_reply, facts.replies)
    yield from map(_activity, facts.activities)
    for promise in facts.promises:
        yield from _promise(promise)
    yield from map(_payment, facts.payments)
    for dispute in facts.disputes:
        yield from _dispute(dispute)
    yield from map(_order, facts.orders)
    yield from map(_change, facts.changes)
    yield from map(_limit, facts.limits)


def _message(row: MessageRow) -> Event:
    what = collections_wording.step(row.step) if row.step else row.subject
    state = {
        "sent": gettext("sent to %(to)s"),
        "queued": gettext("waits to be sent to %(to)s"),
        "handed_over": gettext("handed over to the mail server for %(to)s, not confirmed"),
        "failed": gettext("could not be sent to %(to)s"),
        "withdrawn": gettext("withdrawn: %(why)s"),
    }.get(row.status, row.status)
    why = contact_wording.status_reason(row.status_reason)
    text = state % {"to": row.recipient_name or row.recipient, "why": why}
    at = row.sent_at or row.queued_at
    return Event(at, "mail", f"{what}:", text, reverse("message", args=[row.reference]))


def _is_telling(row: VerdictRow) -> bool:
    """Whether a refusal says something about the customer, not only that it is too soon."""
    return not row.allowed and not _failed_codes(row) <= ROUTINE


def _first_told(verdicts: Sequence[VerdictRow]) -> Iterator[VerdictRow]:
    """Yield the telling refusals, but of several in a row for the same reasons only the first."""
    before: frozenset[str] = frozenset()
    for row in sorted(verdicts, key=lambda one: one.id):
        failed = frozenset(_failed_codes(row)) - ROUTINE
        if _is_telling(row) and failed != before:
            yield row
        before = failed


def _failed_codes(row: VerdictRow) -> set[str]:
    return {str(one["code"]) for one in row.reasons if not one.get("passed")}


def _refusal(row: VerdictRow) -> Event:
    failed = [
        contact_wording.sentence(one)
        for one in row.reasons
        if not one.get("passed") and str(one["code"]) not in ROUTINE
    ]
    return Event(
        row.recorded_at, "shield", gettext("Not written to:"), "; ".join(failed) or row.purpose
    )


def _reply(row: ReplyRow) -> Event:
    said = " ".join(row.body_text.split())[:QUOTE_LENGTH_MAX]
    title = gettext("%(who)s wrote:") % {"who": row.sender}
    return Event(row.received_at, "inbox", title, f"“{said}”", reverse("replies"))


def _activity(row: ActivityRow) -> Event:
    kinds = {
        "call": gettext("Call"),
        "note": gettext("Note"),
        "visit": gettext("Visit"),
        "email": gettext("E-mail"),
        "letter": gettext("Letter"),
    }
    outcome = f" · {collections_wording.outcome(row.outcome)}" if row.outcome else ""
    title = gettext("%(what)s by %(who)s%(outcome)s:") % {
        "what": kinds.get(row.kind, row.kind),
        "who": row.recorded_by,
        "outcome": outcome,
    }
    icon = "phone" if row.kind == "call" else "note"
    note = row.note
    if row.follow_up_on:
        again = gettext("Follow up on %(day)s.") % {"day": look_words.day(row.follow_up_on)}
        note = f"{note} {again}".strip()
    return Event(row.recorded_at, icon, title, note)


def _promise(row: PromiseRow) -> Iterator[Event]:
    money = {
        "reference": row.reference,
        "amount": money_text(row.minor, row.currency),
        "day": look_words.day(row.due_on),
        "received": money_text(row.received_minor, row.currency),
    }
    yield Event(
        _day(row.promised_on),
        "promise",
        gettext("Promise %(reference)s:") % money,
        gettext("%(amount)s by %(day)s") % money,
        is_day=True,
    )
    if row.judged_on and row.status != "open":
        yield Event(
            _day(row.judged_on),
            "check" if row.status == "kept" else "alert",
            gettext("Promise %(reference)s %(how)s:")
            % {**money, "how": collections_wording.promise_status(row.status)},
            gettext("%(received)s of %(amount)s came in by %(day)s") % money,
            is_day=True,
        )


def _payment(row: PaymentRow) -> Event:
    text = ""
    if row.unapplied_minor:
        text = gettext("%(left)s of it not yet applied") % {
            "left": money_text(row.unapplied_minor, row.currency)
        }
    title = gettext("Paid %(amount)s") % {"amount": money_text(row.total_minor, row.currency)}
    href = reverse("payment", args=[row.reference])
    return Event(_day(row.received_on), "bank", title, text, href, is_day=True)


def _dispute(row: DisputeRow) -> Iterator[Event]:
    href = reverse("dispute", args=[row.reference])
    about = gettext("%(amount)s of %(invoice)s") % {
        "amount": money_text(row.disputed_minor, row.currency),
        "invoice": row.invoice_number,
    }
    text = f"{about}. {row.note}" if row.note else about
    title = gettext("Dispute %(reference)s:") % {"reference": row.reference}
    yield Event(_day(row.opened_on), "dispute", title, text[:QUOTE_LENGTH_MAX], href, is_day=True)
    if row.resolved_on:
        title = gettext("Dispute %(reference)s ended:") % {"reference": row.reference}
        yield Event(_day(row.resolved_on), "check", title, row.resolution, href, is_day=True)


def _order(row: OrderRow) -> Event:
    word, _ = words.order_status(row.status)
    title = gettext("Order %(reference)s: %(state)s") % {"reference": row.reference, "state": word}
    icon = "hold" if row.status == "held" else "cart"
    amount = money_text(row.total_minor, row.currency)
    return Event(row.recorded_at, icon, title, amount, reverse("order", args=[row.reference]))


def _change(row: ChangeRow) -> Event:
    title = gettext("%(field)s changed by %(who)s:") % {
        "field": words.customer_field(row.field),
        "who": row.recorded_by,
    }
    before = row.before or look_words.NOTHING
    return Event(row.recorded_at, "edit", title, f"{before} → {row.after or look_words.NOTHING}")


def _limit(row: LimitRow) -> Event:
    title = gettext("Limit set to %(amount)s") % {"amount": money_text(row.minor, row.currency)}
    text = gettext("from %(day)s by %(who)s") % {
        "day": look_words.day(row.valid_from),
        "who": row.recorded_by,
    }
    return Event(row.recorded_at, "shield", title, f"{text}. {row.reason}".strip())
