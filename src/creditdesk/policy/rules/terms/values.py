"""Terms of payment as values: due dates, instalments, discount steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from creditdesk.kernel.calendars import Roll

Remainder = Literal["largest", "first", "last"]
DiscountTax = Literal["adjust_at_payment", "discounted_from_start", "no_adjustment"]
DiscountBase = Literal["with_tax", "without_tax"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An instalment: a fixed amount, a percent, or, with neither, an even share of the rest.

    Amounts come first; percents are of what they leave. Days of its own replace the terms' days.
    """

    percent: Decimal | None = None
    minor: int | None = None
    currency: str = ""
    net_days: int | None = None
    months_later: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A step of early-payment discount: for paying within days, or until a day of a month.

    `months_later` moves the month of `day_of_month`: 1 is the month after the invoice.
    """

    percent: Decimal
    within_days: int | None = None
    day_of_month: int | None = None
    months_later: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When an invoice falls due, in which parts, and what is given for paying early.

    Steps of a due date, in this order: an invoice issued after `cut_off_day` counts from the first
    of the next month; `months_later`; to the month's end (`from_month_end`); net days; to the
    month's end (`to_month_end`); on to `day_of_month` (31: the last day); off days not worked.
    """

    code: str
    net_days: int
    cut_off_day: int | None = None
    months_later: int = 0
    from_month_end: bool = False
    to_month_end: bool = False
    day_of_month: int | None = None
    instalment_percents: tuple[int, ...] = (100,)
    instalment_months: int = 1
    parts: tuple[Part, ...] = ()
    remainder: Remainder = "largest"
    roll: Roll = "none"
    discounts: tuple[Discount, ...] = ()
    discount_tax: DiscountTax = "adjust_at_payment"
    discount_base: DiscountBase = "with_tax"
    discount_on_freight: bool = True
    discount_after_part_payment: bool = False
    discount_roll: Roll = "none"


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of an invoice and when it falls due."""

    number: int
    due_on: date
    minor: int
