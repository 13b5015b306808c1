"""Arithmetic of figures and charts: shares, scales and places; nothing is drawn here.

Places come back as text ready for an SVG attribute ("12.50%"), so no template formats a number
in the reader's language where a drawing needs a decimal point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

from creditdesk.kernel.money import exponent, from_minor
from creditdesk.look.shapes import GaugePart, Number, PayDot

GROUP = "\u202f"  # narrow no-break space: groups stay together and copy as a space
MINUS = "\u2212"
LATE_STEPS_DAYS = (0, 30, 60, 90)
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60)
NICE_STEPS = (1, 2, 2.5, 5, 10)
MONTH_TICKS_MAX = 7
LABELS_APART_PERCENT = 26


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount cut for reading: sign, grouped whole part, decimals with their point."""

    plain: str
    sign: str
    whole: str
    decimals: str

    def __str__(self) -> str:
        return f"{self.sign}{self.whole}{self.decimals}"


def figure(minor: int, currency: str, point: str = ".") -> Figure:
    """Return the amount with the currency's own number of decimals behind the given mark."""
    places = exponent(currency)
    plain = f"{from_minor(minor, currency):.{places}f}"
    whole, _, decimals = plain.lstrip("-").partition(".")
    return Figure(
        plain=plain,
        sign=MINUS if minor < 0 else "",
        whole=grouped(int(whole)),
        decimals=f"{point}{decimals}" if decimals else "",
    )


def price(number: Decimal, currency: str, point: str = ".") -> str:
    """Return the price of one unit, with the currency's decimals and what it has beyond them."""
    beyond = -int(number.normalize().as_tuple().exponent)
    places = max(exponent(currency), beyond)
    whole, _, decimals = f"{abs(number):.{places}f}".partition(".")
    shown = grouped(int(whole)) + (f"{point}{decimals}" if decimals else "")
    return f"{MINUS}{shown}" if number < 0 else shown


def grouped(number: int) -> str:
    """Return a whole number in groups of three, with a real minus sign."""
    return f"{number:,}".replace(",", GROUP).replace("-", MINUS)


def percent(share: float) -> str:
    """Return a place or width as an SVG attribute; 0.125 is "12.50%"."""
    return f"{share * 100:.2f}%"


def late_bucket(late_days: int) -> int:
    """Return the ageing bucket: 0 not due, 1 to 30 days, 31 to 60, 61 to 90, over 90 days late."""
    return sum(late_days > edge for edge in LATE_STEPS_DAYS)


@dataclass(frozen=True, slots=True)
class Share:
    """A piece of a whole bar, from `start` on; `whole_percent` is for words."""

    start: str
    width: str
    whole_percent: int


def shares(values: Sequence[Number]) -> list[Share | None]:
    """Lay the values end to end over the full width; nothing and credits take no room."""
    sizes = [max(float(value), 0.0) for value in values]
    total = sum(sizes)
    if not total:
        return [None] * len(sizes)
    starts = [0.0, *accumulate(sizes)]
    return [
        Share(percent(start / total), percent(size / total), round(size / total * 100))
        if size
        else None
        for start, size in zip(starts, sizes, strict=False)
    ]


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis in even, readable steps that holds every value and zero."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """Return the values that get a line, from below."""
        count = round((self.high - self.low) / self.step)
        return [self.low + self.step * i for i in range(count + 1)]

    def height(self, value: Number) -> float:
        """Return how far up the axis a value stands, 0 to 1."""
        return (float(value) - self.low) / (self.high - self.low)


def scale(values: Sequence[Number], *, from_zero: bool = True, steps: int = 4) -> Scale:
    """Return an axis of about `steps` steps; without `from_zero` it may start near the lowest."""
    sizes = [float(value) for value in values] or [0.0]
    low, high = min(sizes), max(sizes)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if math.isclose(low, high):
        high = low + (abs(low) or 1.0)
    step = _nice_step((high - low) / steps)
    return Scale(math.floor(low / step) * step, math.ceil(high / step) * step, step)


def _nice_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in NICE_STEPS if nice * power >= rough * (1 - 1e-9))


def axis_number(value: float, step: float) -> str:
    """Return a tick label: grouped, thousands and millions shortened, decimals only if needed."""
    for size, suffix in ((1e6, " M"), (1e3, " k")):
        if step >= size:
            return _short(value / size) + suffix if value else "0"
    return _short(value)


def _short(value: float) -> str:
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.replace(",", GROUP).replace("-", MINUS)


def polyline(values: Sequence[Number], axis: Scale) -> str:
    """Return a path over a square of 100 by 100, first value at the left edge."""
    last = max(len(values) - 1, 1)
    places = (
        f"{i / last * 100:.1f} {(1 - axis.height(value)) * 100:.1f}"
        for i, value in enumerate(values)
    )
    return "M" + "L".join(places)


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on a time axis: `share` is 0 to 1 from the left."""

    on: date
    share: float


def month_ticks(first: date, last: date) -> list[Tick]:
    """Return month beginnings inside the span, thinned to a readable number."""
    span_days = (last - first).days
    if span_days <= 0:
        return [Tick(first, 0.5)]
    begin = first.year * 12 + first.month - 1
    months = range(begin, last.year * 12 + last.month)
    step = next(s for s in (*MONTH_STEPS, len(months)) if len(months) / s <= MONTH_TICKS_MAX)
    starts = [date(m // 12, m % 12 + 1, 1) for m in months if m % step == 0]
    return [
        Tick(start, (start - first).days / span_days) for start in starts if first <= start <= last
    ]


def time_share(on: date, first: date, last: date) -> float:
    """Return where a day stands between two days, 0 to 1; the middle when both are one day."""
    span_days = (last - first).days
    return (on - first).days / span_days if span_days else 0.5


def dot_kind(dot: PayDot, norm_high: int | None) -> str:
    """Return how a dot is drawn: open, later than the payer's own norm, or ordinary."""
    if dot.is_open:
        return "open"
    limit = norm_high if norm_high is not None else 0
    return "out" if dot.late_days > limit else "dot"


@dataclass(frozen=True, slots=True)
class GaugeShape:
    """Where the pieces, the limit, the insured sum and the excess of a gauge stand."""

    pieces: list[Share | None]
    room: str
    limit: str
    insured: str
    insured_below: bool
    excess_start: str
    excess_width: str


def gauge(parts: Sequence[GaugePart], limit_minor: int, insured_minor: int | None) -> GaugeShape:
    """Scale what is used against the limit; beyond the limit a piece is marked as excess."""
    used = sum(max(part.minor, 0) for part in parts)
    full = max(used, limit_minor, insured_minor or 0, 1) * 1.04
    sizes = [max(part.minor, 0) / full for part in parts]
    starts = [0.0, *accumulate(sizes)]
    limit = limit_minor / full
    insured = (insured_minor or 0) / full
    return GaugeShape(
        pieces=[
            Share(percent(start), percent(size), round(size * 100)) if size else None
            for start, size in zip(starts, sizes, strict=False)
        ],
        room=percent(limit),
        limit=percent(limit),
        insured=percent(insured) if insured_minor else "",
        insured_below=abs(limit - insured) * 100 < LABELS_APART_PERCENT,
        excess_start=percent(limit),
        excess_width=percent(used / full - limit) if used > limit_minor else "",
    )
