"""Figures of a credit department as pure arithmetic; each keeps the variant it was worked out by.

Sources: Credit Research Foundation (DSO, best possible DSO, average days delinquent, collection
effectiveness, shares); countback as credit managers walk it. Ratios are kept to six decimals, so
that the reader's one or two are rounded from the value itself; amounts stay in minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, NamedTuple

from creditdesk.kernel.money import convert

Unit = Literal["days", "percent", "minor", "count"]

BUCKETS: Final = ("not_due", "late_1_30", "late_31_60", "late_61_90", "late_91")
BUCKET_STARTS: Final = (1, 31, 61, 91)  # half-open: [1, 31), [31, 61), [61, 91), [91, ...)
KEPT_PLACES: Final = Decimal("0.000001")

# What a figure says about itself beside its value.
NO_SALES: Final = "no_sales"
LOWER_BOUND: Final = "lower_bound"  # more is owed than all known sales: the true figure is higher
NEGATIVE_RECEIVABLE: Final = "negative_receivable"
NEGATIVE_SALES: Final = "negative_sales"
NOTHING_TO_COLLECT: Final = "nothing_to_collect"
NOTHING_OWED: Final = "nothing_owed"
NO_PROMISES_DUE: Final = "no_promises_due"
NOTHING_RECEIVED: Final = "nothing_received"
NOTHING_WAITS: Final = "nothing_waits"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its value in `unit`, how it was worked out, and what to know about it.

    `value` is `None` where the figure has no meaning; a note then says why.
    """

    code: str
    variant: str
    unit: Unit
    value: Decimal | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthSales:
    """Credit sales of a month, or of the part of it that has passed, and its days."""

    days: int
    sales_minor: int


def bucket_of(due_on: date, as_of: date) -> int:
    """Return the place in `BUCKETS` of something due on a date: on its due date it is not late."""
    late_days = (as_of - due_on).days
    return sum(late_days >= start for start in BUCKET_STARTS)


def _kept(value: Decimal) -> Decimal:
    return value.quantize(KEPT_PLACES, ROUND_HALF_UP)


def _days_of_sales(code: str, variant: str, part_minor: int, sales_minor: int, days: int) -> Figure:
    if sales_minor <= 0:
        return Figure(code, variant, "days", None, (NO_SALES,))
    value = _kept(Decimal(part_minor) * days / sales_minor)
    notes = (NEGATIVE_RECEIVABLE,) if part_minor < 0 else ()
    return Figure(code, variant, "days", value, notes)


def dso_period_end(receivable_minor: int, *, sales_minor: int, days: int) -> Figure:
    """Return DSO as receivables at the end over credit sales of the period, times its days."""
    return _days_of_sales("dso", f"period_end_{days}_days", receivable_minor, sales_minor, days)


def dso_best_possible(current_minor: int, *, sales_minor: int, days: int) -> Figure:
    """Return what DSO would be if nothing were past due: only current receivables count."""
    variant = f"period_end_{days}_days"
    return _days_of_sales("dso_best_possible", variant, current_minor, sales_minor, days)


def dso_countback(receivable_minor: int, months: Sequence[MonthSales]) -> Figure:
    """Return DSO by exhaustion: months walked back from the latest until nothing is left.

    Each month whose sales are covered gives all its days, the last one a share. A month without
    sales gives its days and uses up nothing; one with more credit notes than sales likewise, and
    is noted. If all months are used up the figure is a lower bound and says so.
    """
    variant, notes = "countback_calendar_months", list[str]()
    if receivable_minor <= 0:
        notes = [NEGATIVE_RECEIVABLE] if receivable_minor < 0 else []
        return Figure("dso_countback", variant, "days", _kept(Decimal(0)), tuple(notes))
    left, days = Decimal(receivable_minor), Decimal(0)
    for month in months:
        if month.sales_minor < 0:
            notes.append(NEGATIVE_SALES)
        sales = max(month.sales_minor, 0)
        if left < sales:
            days += left * month.days / sales
            left = Decimal(0)
        else:
            days += month.days
            left -= sales
        if not left:
            break
    if left:
        notes.append(LOWER_BOUND)
    return Figure("dso_countback", variant, "days", _kept(days), tuple(dict.fromkeys(notes)))


def average_days_delinquent(
    receivable_minor: int, current_minor: int, *, sales_minor: int, days: int
) -> Figure:
    """Return DSO less best possible DSO, both of one variant."""
    variant = f"period_end_{days}_days"
    late_minor = receivable_minor - current_minor
    return _days_of_sales("average_days_delinquent", variant, late_minor, sales_minor, days)


def collection_effectiveness(
    *, begin_minor: int, sales_minor: int, end_minor: int, end_current_minor: int, months: int
) -> Figure:
    """Return CEI in percent: what was collected of what could have been; sales by the month."""
    variant = f"crf_{months}_months"
    monthly = Decimal(sales_minor) / months
    could = begin_minor + monthly - end_current_minor
    if could <= 0:
        return Figure("cei", variant, "percent", None, (NOTHING_TO_COLLECT,))
    value = _kept((begin_minor + monthly - end_minor) * 100 / could)
    return Figure("cei", variant, "percent", value)


def share(code: str, part_minor: int, whole_minor: int, *, variant: str) -> Figure:
    """Return the part in percent of the whole."""
    if whole_minor <= 0:
        return Figure(code, variant, "percent", None, (NOTHING_OWED,))
    return Figure(code, variant, "percent", _kept(Decimal(part_minor) * 100 / whole_minor))


def amount(code: str, minor: int, *, variant: str) -> Figure:
    """Return an amount in minor units of the company's currency as a figure."""
    return Figure(code, variant, "minor", Decimal(minor))


@dataclass(frozen=True, slots=True)
class PromisesDue:
    """Promises that fell due and were judged, in the company's currency, by outcome."""

    kept: int = 0
    part_kept: int = 0
    broken: int = 0
    kept_minor: int = 0
    part_kept_minor: int = 0
    broken_minor: int = 0


def promise_kept_rates(due: PromisesDue, *, days: int) -> tuple[Figure, Figure, Figure]:
    """Return kept by count, kept by amount, and part-kept by count, all in percent of those due."""
    count = due.kept + due.part_kept + due.broken
    minor = due.kept_minor + due.part_kept_minor + due.broken_minor
    variant = f"last_{days}_days"
    if not count:
        none = (NO_PROMISES_DUE,)
        return (
            Figure("promises_kept", f"by_count_{variant}", "percent", None, none),
            Figure("promises_kept_amount", f"by_amount_{variant}", "percent", None, none),
            Figure("promises_part_kept", f"by_count_{variant}", "percent", None, none),
        )
    return (
        share("promises_kept", due.kept, count, variant=f"by_count_{variant}"),
        share("promises_kept_amount", due.kept_minor, minor, variant=f"by_amount_{variant}"),
        share("promises_part_kept", due.part_kept, count, variant=f"by_count_{variant}"),
    )


@dataclass(frozen=True, slots=True)
class Matched:
    """How payments of the window were matched, as cash counts them; parts beside their wholes."""

    straight: int = 0
    payments: int = 0
    lines_hit: int = 0
    lines: int = 0
    undone: int = 0
    applied: int = 0
    oldest_days: int | None = None


def matching_rates(of: Matched, *, days: int) -> tuple[Figure, ...]:
    """Return straight through, line hit, false match in percent, and how long the oldest waits."""
    variant = f"received_last_{days}_days"
    rates = (
        ("straight_through", of.straight, of.payments),
        ("line_hit", of.lines_hit, of.lines),
        ("false_match", of.undone, of.applied),
    )
    oldest = None if of.oldest_days is None else _kept(Decimal(of.oldest_days))
    return (
        *(
            share(code, part, whole, variant=variant)
            if whole
            else Figure(code, variant, "percent", None, (NOTHING_RECEIVED,))
            for code, part, whole in rates
        ),
        Figure(
            "exceptions_oldest", "days_since_receipt", "days", oldest,
            () if oldest is not None else (NOTHING_WAITS,),
        ),
    )  # fmt: skip


def months_back(as_of: date, count: int) -> list[date]:
    """Return the first days of the month of `as_of` and of those before it, latest first."""
    index = as_of.year * 12 + as_of.month - 1
    return [date((index - n) // 12, (index - n) % 12 + 1, 1) for n in range(count)]


def days_in_month_until(first: date, as_of: date) -> int:
    """Return the days of a month that have passed by `as_of`, that day included."""
    following = (first + timedelta(days=31)).replace(day=1)
    return (min(following, as_of + timedelta(days=1)) - first).days


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one unit of each currency is worth in the company's currency, at one date."""

    currency: str
    rates: dict[str, Decimal] = field(default_factory=dict)

    def knows(self, currency: str) -> bool:
        """Whether amounts of the currency can be expressed in the company's."""
        return currency == self.currency or currency in self.rates

    def into(self, minor: int, currency: str) -> int:
        """Return the amount in the company's currency, rounded half up; unknown ones are zero."""
        if currency == self.currency:
            return minor
        rate = self.rates.get(currency, Decimal(0))
        return convert(minor, source=currency, target=self.currency, rate=rate)


WINDOW_DAYS: Final = 90
WINDOW_MONTHS: Final = 3
COUNTBACK_MONTHS: Final = 24
COLLECTED_DAYS: Final = 30
PROMISE_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the figures of a date are worked out from; amounts in minor units, tax included.

    All amounts are in the company's currency at the rates of `as_of`. Sales are recorded
    invoices less credit notes by their issue date: drafts and cash sales are none. Receivables
    are open items; unapplied money and credit stands apart and is not netted.
    """

    as_of: date
    receivable_minor: int
    not_due_minor: int
    over_90_minor: int
    begin_minor: int  # receivables WINDOW_DAYS earlier
    sales_minor: int  # credit sales of the last WINDOW_DAYS
    months: tuple[MonthSales, ...]  # latest first
    unapplied_minor: int
    unidentified_minor: int
    collected_minor: int  # money of known customers, received in the last COLLECTED_DAYS
    promises: PromisesDue
    matched: Matched = Matched()


def figures(of: Inputs) -> tuple[Figure, ...]:
    """Return every figure of the date in a fixed order, each with its variant."""
    window = {"sales_minor": of.sales_minor, "days": WINDOW_DAYS}
    overdue_minor = of.receivable_minor - of.not_due_minor
    return (
        amount("receivable", of.receivable_minor, variant="open_items"),
        amount("overdue", overdue_minor, variant="open_items"),
        share("overdue_share", overdue_minor, of.receivable_minor, variant="of_receivable"),
        share("over_90_share", of.over_90_minor, of.receivable_minor, variant="of_receivable"),
        dso_period_end(of.receivable_minor, **window),
        dso_countback(of.receivable_minor, of.months),
        dso_best_possible(of.not_due_minor, **window),
        average_days_delinquent(of.receivable_minor, of.not_due_minor, **window),
        collection_effectiveness(
            begin_minor=of.begin_minor,
            sales_minor=of.sales_minor,
            end_minor=of.receivable_minor,
            end_current_minor=of.not_due_minor,
            months=WINDOW_MONTHS,
        ),
        amount("collected", of.collected_minor, variant=f"last_{COLLECTED_DAYS}_days"),
        amount("unapplied", of.unapplied_minor, variant="money_and_credit"),
        share("unapplied_share", of.unapplied_minor, of.receivable_minor, variant="of_receivable"),
        amount("unidentified", of.unidentified_minor, variant="payer_unknown"),
        *promise_kept_rates(of.promises, days=PROMISE_DAYS),
        *matching_rates(of.matched, days=WINDOW_DAYS),
    )


@dataclass(frozen=True, slots=True)
class CustomerCause:
    """What one customer's documents moved; the largest few are named."""

    customer_id: int
    customer: str
    minor: int
    items: int
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a figure moved, over all customers, with the customers that moved most."""

    code: str
    minor: int
    items: int
    customers: int
    top: tuple[CustomerCause, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """A figure before and after, in the company's currency, and why; the causes sum to the change.

    Causes are at today's rates; what rates and rounding moved is a cause of its own.
    """

    code: str
    before_minor: int
    after_minor: int
    causes: tuple[Cause, ...]

    @property
    def change_minor(self) -> int:
        """How far the figure moved."""
        return self.after_minor - self.before_minor


class CauseRow(NamedTuple):
    """What one customer's documents moved in one currency, for one reason."""

    movement: str
    code: str
    customer_id: int
    customer: str
    currency: str
    minor: int
    items: int
    documents: Sequence[str]


TOP_CUSTOMERS: Final = 5
DOCUMENTS_NAMED: Final = 3
RATES: Final = "exchange_rates"


def movement(
    code: str, *, before_minor: int, after_minor: int, rows: Sequence[CauseRow], at: Exchange
) -> Movement:
    """Explain a change by its causes, the largest first; what they leave is the rates' doing."""
    by_code: dict[str, dict[int, CustomerCause]] = {}
    for row in rows:
        if row.movement != code:
            continue
        customers = by_code.setdefault(row.code, {})
        so_far = customers.get(row.customer_id)
        customers[row.customer_id] = CustomerCause(
            row.customer_id,
            row.customer,
            at.into(row.minor, row.currency) + (so_far.minor if so_far else 0),
            row.items + (so_far.items if so_far else 0),
            (*(so_far.documents if so_far else ()), *row.documents)[:DOCUMENTS_NAMED],
        )
    causes = [_cause(name, list(customers.values())) for name, customers in by_code.items()]
    rest = after_minor - before_minor - sum(cause.minor for cause in causes)
    if rest:
        causes.append(Cause(RATES, rest, 0, 0, ()))
    causes.sort(key=lambda cause: (-abs(cause.minor), cause.code))
    return Movement(code, before_minor, after_minor, tuple(causes))


def _cause(code: str, customers: list[CustomerCause]) -> Cause:
    customers.sort(key=lambda one: (-abs(one.minor), one.customer_id))
    return Cause(
        code,
        sum(one.minor for one in customers),
        sum(one.items for one in customers),
        len(customers),
        tuple(customers[:TOP_CUSTOMERS]),
    )
