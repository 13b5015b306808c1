"""How one customer stands, for the eye: items with their state, the gauge, how it pays."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from django.urls import reverse
from django.utils.translation import gettext

from creditdesk.collections import wording as collections_wording
from creditdesk.collections.queries import StepRow
from creditdesk.credit.queries import Standing
from creditdesk.insight.rules import BUCKETS, Exchange, bucket_of
from creditdesk.invoices.queries import OpenItemRow, SettledItem, UnappliedCreditNote
from creditdesk.look.shapes import GaugePart, PayDot, Tone
from creditdesk.look.tags.figures import amount_text

AGE_KINDS: Final[tuple[Literal["a0", "a1", "a2", "a3", "a4"], ...]] = ("a0", "a1", "a2", "a3", "a4")
NORM_ITEMS_MIN = 8
RECENT_ITEMS = 8


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An open item with how it stands in a word."""

    item: OpenItemRow
    late_days: int
    state: str
    tone: Tone
    href: str


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """What is open, late and free in one currency."""

    currency: str
    open_minor: int
    late_minor: int
    late_count: int
    free_minor: int
    buckets: tuple[int, ...]
    bucket_links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayBehaviour:
    """How late items were paid, dot by dot, and what is usual for this payer."""

    dots: list[PayDot]
    norm_low: int | None
    norm_high: int | None
    median_days: int | None
    recent_days: int | None
    sentence: str


def item_lines(
    items: Iterable[OpenItemRow],
    *,
    today: date,
    disputed: Collection[int],
    promised: Collection[int],
    steps: Mapping[int, StepRow],
) -> list[ItemLine]:
    """Return the items, the oldest due first, each with the most telling word."""
    found = []
    for item in sorted(items, key=lambda one: (one.due_on, one.number, one.instalment)):
        late = (today - item.due_on).days
        state, tone = _state(item, late, disputed, promised, steps.get(item.item_id))
        found.append(ItemLine(item, late, state, tone, reverse("invoice", args=[item.number])))
    return found


def _state(
    item: OpenItemRow,
    late_days: int,
    disputed: Collection[int],
    promised: Collection[int],
    step: StepRow | None,
) -> tuple[str, Tone]:
    if item.item_id in disputed:
        return gettext("In dispute"), "info"
    if item.item_id in promised:
        return gettext("Promised"), "info"
    if item.open_minor < item.total_minor:
        return gettext("Part paid"), "warn" if late_days > 0 else "info"
    # Level 0 is the word before the due date: once late, it says nothing any more.
    if step is not None and step.level > 0 and late_days > 0:
        return collections_wording.step(step.step), "warn"
    return (gettext("Late"), "bad") if late_days > 0 else (gettext("Not due"), "")


def totals(
    items: Iterable[OpenItemRow],
    notes: Iterable[UnappliedCreditNote],
    money: Mapping[str, int],
    *,
    number: str,
    today: date,
) -> list[CurrencyTotal]:
    """Return what is open by currency; `money` is received and not yet applied."""
    buckets: dict[str, list[int]] = defaultdict(lambda: [0] * len(BUCKETS))
    late_counts: dict[str, int] = defaultdict(int)
    free: dict[str, int] = defaultdict(int, money)
    for item in items:
        bucket = bucket_of(item.due_on, today)
        buckets[item.currency][bucket] += item.open_minor
        late_counts[item.currency] += bucket > 0
    for note in notes:
        free[note.currency] += note.unapplied_minor
    link = reverse("ageing-customer", args=[number])
    return [
        CurrencyTotal(
            currency,
            sum(buckets[currency]),
            sum(buckets[currency][1:]),
            late_counts[currency],
            free[currency],
            tuple(buckets[currency]),
            (link,) * len(BUCKETS),
        )
        for currency in sorted({*buckets, *(code for code, minor in free.items() if minor)})
    ]


def gauge_parts(
    amounts: Sequence[CurrencyTotal], reserved: Mapping[str, int], exchange: Exchange, number: str
) -> tuple[GaugePart, ...]:
    """Return what the limit is used by, by age, less what is free, in the limit's currency."""
    sizes = [
        sum(exchange.into(one.buckets[place], one.currency) for one in amounts)
        for place in range(len(BUCKETS))
    ]
    free = sum(exchange.into(one.free_minor, one.currency) for one in amounts)
    for place, size in enumerate(sizes):
        taken = min(size, free)
        sizes[place], free = size - taken, free - taken
    labels = (
        gettext("Not due, less free credit"),
        gettext("1–30 days late"),
        gettext("31–60 days late"),
        gettext("61–90 days late"),
        gettext("More than 90 days late"),
    )
    href = reverse("ageing-customer", args=[number])
    parts = [
        GaugePart(kind, label, size, href)
        for kind, label, size in zip(AGE_KINDS, labels, sizes, strict=True)
        if size
    ]
    ordered = sum(exchange.into(minor, currency) for currency, minor in reserved.items())
    if ordered:
        parts.append(GaugePart("order", gettext("Ordered, not yet invoiced"), ordered))
    return tuple(parts)


def pay_behaviour(
    settled: Sequence[SettledItem], items: Iterable[OpenItemRow], today: date
) -> PayBehaviour:
    """Return how late each item was; the norm is the middle 80 % of those paid, if enough are."""
    paid = [
        PayDot(
            one.due_on,
            (one.settled_on - one.due_on).days,
            one.number,
            reverse("invoice", args=[one.number]),
            amount_text(one.total_minor, one.currency),
        )
        for one in settled
    ]
    still_open = [
        PayDot(
            one.due_on,
            (today - one.due_on).days,
            one.number,
            reverse("invoice", args=[one.number]),
            amount_text(one.open_minor, one.currency),
            is_open=True,
        )
        for one in items
        if one.due_on < today
    ]
    late = [dot.late_days for dot in paid]
    median = round(statistics.median(late)) if late else None
    recent = round(statistics.median(late[:RECENT_ITEMS])) if late else None
    low = high = None
    if len(late) >= NORM_ITEMS_MIN:
        tenths = statistics.quantiles(late, n=10, method="inclusive")
        low, high = round(tenths[0]), round(tenths[-1])
    dots = sorted([*paid, *still_open], key=lambda dot: dot.due_on)
    return PayBehaviour(dots, low, high, median, recent, _behaviour(median, recent, high))


def _behaviour(median: int | None, recent: int | None, high: int | None) -> str:
    if median is None or recent is None:
        return gettext("Nothing has been paid yet, so nothing is known of how this customer pays.")
    if high is not None and recent > high:
        return gettext("Drifting: the last ones came %(recent)d days late, usually %(median)d.") % {
            "recent": recent,
            "median": median,
        }
    if median <= 0:
        return gettext("Pays on time as a rule.")
    return gettext("Pays %(median)d days late as a rule; the last ones %(recent)d.") % {
        "median": median,
        "recent": recent,
    }


def over_limit(standing: Standing) -> bool:
    """Whether more is used than the limit allows."""
    return standing.available_minor is not None and standing.available_minor < 0
