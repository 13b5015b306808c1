"""What charts and lists are given: plain values, already in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Number = int | float | Decimal
Tone = Literal["", "info", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class BarRow:
    """One column of a bar chart: `shown` is the value in words, `href` opens its documents."""

    label: str
    value: Number
    shown: str = ""
    href: str = ""
    tone: Literal["", "was", "good", "bad", "a0", "a1", "a2", "a3", "a4"] = ""


@dataclass(frozen=True, slots=True)
class PayDot:
    """One invoice in a pay-behaviour plot; open ones stand at their lateness of today."""

    due_on: date
    late_days: int
    label: str
    href: str = ""
    shown: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One value of a series; `shown` is the value in words."""

    label: str
    value: Number
    shown: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class TrendSeries:
    """A named line; all series of one chart have the same labels in the same order."""

    name: str
    points: tuple[TrendPoint, ...]
    kind: Literal["line", "compare", "goal"] = "line"


@dataclass(frozen=True, slots=True)
class GaugePart:
    """A piece of what is used: an age bucket, released orders, or the order at hand."""

    kind: Literal["a0", "a1", "a2", "a3", "a4", "order", "this"]
    label: str
    minor: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of a ladder or a page of a form."""

    label: str
    note: str = ""
    state: Literal["done", "now", "next"] = "next"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened, or (`is_next`) what comes next."""

    when: str
    icon: str
    title: str
    text: str = ""
    href: str = ""
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class MailItem:
    """A line of the open-items table in a message; amounts in minor units."""

    reference: str
    note: str
    open_minor: int


@dataclass(frozen=True, slots=True)
class PageMark:
    """Which page of how many rows a list shows; pages count from 1."""

    number: int
    per_page: int
    total: int

    @property
    def first(self) -> int:
        """Return the number of the first row shown, 0 when there is none."""
        return min((self.number - 1) * self.per_page + 1, self.total)

    @property
    def last(self) -> int:
        """Return the number of the last row shown."""
        return min(self.number * self.per_page, self.total)

    @property
    def earlier(self) -> int | None:
        """Return the page before, if there is one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def later(self) -> int | None:
        """Return the page after, if there is one."""
        return self.number + 1 if self.last < self.total else None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as `look/letter.html` prints it: on A4, the address in the envelope's window."""

    language: str
    sender_name: str
    sender_lines: tuple[str, ...]
    reach: tuple[str, ...]
    recipient_lines: tuple[str, ...]
    written_on: date
    customer_number: str
    reference: str
    subject: str
    text: str
