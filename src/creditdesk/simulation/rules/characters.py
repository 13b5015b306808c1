"""The characters and every number behind them; documented in docs/explanation/simulation.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """How a kind of customer buys, pays and answers.

    `weight` is its share among customers. Characters stand in the order in which they pay: each
    takes its share of the places of its company's population (`rules/delays.py`), which says how
    late it pays. Other shares are chances from 0 to 1: of an invoice to be disputed or paid short,
    of a reminder to be answered, of a call to end in a promise, of a promise to be kept.
    `growth_a_month` multiplies orders for half a year; `season` is the swing around the mean.
    `limit_months` is how many months of sales the credit limit covers.
    """

    code: str
    weight: int
    disputed_share: float = 0.006
    short_share: float = 0.005
    reply_share: float = 0.15
    promise_share: float = 0.35
    kept_share: float = 0.9
    growth_a_month: float = 1.0
    season: float = 0.0
    limit_months: float = 3.2
    pays_at_month_end: bool = False
    worsening_days_a_month: float = 0.0
    fails: bool = False


CHARACTERS: Final[dict[str, Character]] = {
    c.code: c
    for c in (
        Character(code="prompt", weight=42, short_share=0.002),
        Character(code="growing", weight=6, growth_a_month=1.16, limit_months=2.3),
        Character(code="seasonal", weight=6, season=0.75),
        Character(code="disputing", weight=5, disputed_share=0.1, reply_share=0.5),
        Character(code="short_payer", weight=5, short_share=0.18),
        Character(code="month_end", weight=5, pays_at_month_end=True),
        Character(code="slow", weight=18),
        Character(code="failing", weight=3, promise_share=0.7, kept_share=0.3,
                  worsening_days_a_month=9, fails=True, limit_months=3.4),
        Character(code="promising", weight=5, promise_share=0.85, kept_share=0.65,
                  reply_share=0.35, limit_months=4.0),
        Character(code="very_slow", weight=5, promise_share=0.45, kept_share=0.7,
                  limit_months=4.5),
    )
}  # fmt: skip


def places(code: str) -> tuple[float, float]:
    """Return from which place to which the customers of a character stand in their population."""
    codes = list(CHARACTERS)
    before = sum(CHARACTERS[one].weight for one in codes[: codes.index(code)])
    total = sum(character.weight for character in CHARACTERS.values())
    return before / total, (before + CHARACTERS[code].weight) / total


# Orders grow for half a year, then stay: in two years they would be thirty times as many.
GROWTH_MONTHS_MAX: Final = 6.0
# Of what the services population contests, the demo keeps so much: a wholesaler's goods are seldom
# argued about as often as metered services are.
DISPUTED_SCALE: Final = 0.1
# A customer whose usual delay is at least so long waits for the weekday of its payment run.
PAYMENT_RUN_FROM_DAYS: Final = 3
# Customers who fail pay nothing from so many days before their end in the first world told of; in
# longer ones the ends spread over its days.
FAILS_DAYS_BEFORE_END: Final = 48
WORSENS_FOR_DAYS: Final = 150
BLOCKED_AFTER_DAYS: Final = 24
# So many customers are not there on the first day, but join within this part of the world's days.
JOINING_SHARE: Final = 0.1
JOINING_WITHIN: Final = 0.6
# Some pay only after a call: by themselves so many days later. Some have a mailbox that is gone.
NEEDS_CALL_SHARE: Final = 0.03
NEEDS_CALL_DAYS: Final = 60
BOUNCING_SHARE: Final = 0.02
# Some payments are rounded up; some bank files arrive a day late, which holds the next run.
ROUNDED_UP_SHARE: Final = 0.005
LATE_FILE_SHARE: Final = 0.02
# Orders: how many a week from a customer of size 1, how large (median net, minor units), and how
# skewed (sigma of the logarithm: 0.85 puts the largest tenth at three times the median and more).
ORDERS_A_WEEK: Final = 1.45
ORDER_MEDIAN_MINOR: Final = 138_000
ORDER_SIGMA: Final = 0.85
ORDER_LEAST_MINOR: Final = 3_900
# Size of a customer: logarithm spread; a fifth of the customers buys about half of everything.
SIZE_SIGMA: Final = 0.55
SIZE_MOST: Final = 4.0
# Deliveries leave one to so many business days after the order was accepted.
DELIVERY_DAYS_MAX: Final = 4
# Of what customers take, so much is called off from standing agreements and needs no order check.
CALLED_OFF_SHARE: Final = 0.35
# Weekdays (0 is Monday) on which a customer makes its payment run; None pays on any business day.
PAYMENT_RUNS: Final[tuple[tuple[int | None, int], ...]] = (
    (None, 40), (0, 4), (1, 14), (2, 10), (3, 22), (4, 10),
)  # fmt: skip
# How customers quote what they pay, with weights; `behaviour.quote` writes each.
QUOTING: Final[tuple[tuple[str, int], ...]] = (
    ("exact", 40), ("lower", 16), ("digits", 12), ("structured", 14), ("prose", 10), ("name", 8),
)  # fmt: skip
# Per payment: no reference at all, a slip in a digit, money from somebody unknown.
FORGOTTEN_SHARE: Final = 0.05
SLIP_SHARE: Final = 0.03
STRANGER_SHARE: Final = 0.03
# Some invoices are paid twice; the second payment stays on the customer's account.
TWICE_SHARE: Final = 0.004
# A short payment leaves out between so many thousandths of an invoice.
SHORT_THOUSANDTHS: Final = (10, 45)
# Of disputes so many end in a credit note, over so many hundredths of the contested invoice.
CREDITED_SHARE: Final = 0.6
CREDITED_HUNDREDTHS: Final = (8, 60)
DISPUTE_DAYS: Final = (5, 24)
# Reminders move a debtor: this share of the late pays within days of a letter.
MOVED_BY_LETTER_SHARE: Final = 0.22
# Complaints arrive so many days after the invoice.
COMPLAINT_DAYS: Final = (4, 14)
# Staff: calls a day per company; days until an exception, a reply is worked (chances by weight).
CALLS_A_DAY: Final = 4
EXCEPTION_DAYS: Final[tuple[tuple[int, int], ...]] = (
    (0, 15), (2, 20), (6, 25), (14, 25), (30, 15),
)  # fmt: skip
REPLY_DAYS: Final[tuple[tuple[int, int], ...]] = ((0, 25), (1, 35), (4, 40))
# Held orders: released by the manager with this chance a day, cancelled after so many days.
RELEASE_SHARE: Final = 0.18
CANCEL_AFTER_DAYS: Final = 14
# Customers that grow get a higher limit each quarter; failing ones are blocked.
RAISE_LIMIT_EVERY_DAYS: Final = 75
RAISE_LIMIT_PERCENT: Final = 140
RAISE_LIMIT_TIMES_MAX: Final = 3
