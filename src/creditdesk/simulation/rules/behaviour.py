"""What customers do: order, pay, quote, answer. Pure functions of chance, character and date."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from creditdesk.kernel.calendars import BusinessCalendar, month_end
from creditdesk.simulation.rules import characters, names
from creditdesk.simulation.rules.characters import CHARACTERS
from creditdesk.simulation.rules.delays import POPULATIONS, drawn_days, typical_days
from creditdesk.simulation.rules.world import Firm

DAYS_A_MONTH: Final = 30.4
BUSINESS_DAYS_A_WEEK: Final = 5


@dataclass(frozen=True, slots=True)
class Quote:
    """What a payer wrote: free text, and references in the bank's structured field."""

    text: str
    structured: tuple[str, ...] = ()


def order_chance(firm: Firm, day: date, first: date) -> float:
    """Return the chance that a customer orders on a business day."""
    character = CHARACTERS[firm.character]
    months = min(characters.GROWTH_MONTHS_MAX, (day - first).days / DAYS_A_MONTH)
    season = 1 + character.season * math.sin(2 * math.pi * day.timetuple().tm_yday / 365)
    growth = math.pow(character.growth_a_month, months)
    a_week = characters.ORDERS_A_WEEK * math.sqrt(firm.size) * season * growth
    return a_week / BUSINESS_DAYS_A_WEEK


def order_net_minor(chance: Random, firm: Firm) -> int:
    """Return the net amount of an order in minor units: skewed, larger for larger customers."""
    median = math.log(characters.ORDER_MEDIAN_MINOR * math.sqrt(firm.size))
    drawn = chance.lognormvariate(median, characters.ORDER_SIGMA)
    return max(characters.ORDER_LEAST_MINOR, round(drawn))


def payment_date(
    chance: Random,
    firm: Firm,
    *,
    due_on: date,
    issued_on: date,
    end: date,
    calendar: BusinessCalendar,
    is_disputed: bool = False,
) -> date | None:
    """Return when the customer means to pay an invoice, or `None` when it no longer can.

    What falls on a day without banks moves to the business day nearest to it.
    """
    character = CHARACTERS[firm.character]
    if character.pays_at_month_end:
        return calendar.roll(month_end(due_on), "preceding")
    population = POPULATIONS[firm.population]
    days = drawn_days(chance, population, firm.place, is_disputed=is_disputed)
    days += round(character.worsening_days_a_month * _worse_for_months(firm, due_on, end))
    if firm.needs_call:
        days += characters.NEEDS_CALL_DAYS
    planned = _nearest(max(due_on + timedelta(days=days), issued_on + timedelta(days=1)), calendar)
    if typical_days(population, firm.place) >= characters.PAYMENT_RUN_FROM_DAYS:
        planned = _payment_run(planned, firm.payment_run, calendar)
    return None if has_stopped(firm, planned, end) else max(planned, issued_on)


def _nearest(day: date, calendar: BusinessCalendar) -> date:
    before, after = calendar.roll(day, "preceding"), calendar.roll(day, "following")
    return before if day - before < after - day else after


def _payment_run(planned: date, weekday: int | None, calendar: BusinessCalendar) -> date:
    """Return the payment run nearest to the day."""
    if weekday is None:
        return planned
    shift = (weekday - planned.weekday() + 3) % 7 - 3
    return calendar.roll(planned + timedelta(days=shift), "following")


def _stops_on(firm: Firm, end: date) -> date:
    return end - timedelta(days=firm.fails_days_before_end)


def _worse_for_months(firm: Firm, day: date, end: date) -> float:
    """Return for how many months a failing customer has been getting slower."""
    if not firm.fails_days_before_end:
        return 0
    since = _stops_on(firm, end) - timedelta(days=characters.WORSENS_FOR_DAYS)
    return max(0.0, (day - since).days / DAYS_A_MONTH)


def has_stopped(firm: Firm, day: date, end: date) -> bool:
    """Whether the customer is insolvent on that day."""
    return firm.fails_days_before_end > 0 and day > _stops_on(firm, end)


def is_known_to_fail(firm: Firm, day: date, end: date) -> bool:
    """Whether the desk has heard by that day that the customer is insolvent."""
    return has_stopped(firm, day - timedelta(days=characters.BLOCKED_AFTER_DAYS), end)


def rounded_up_minor(chance: Random, minor: int) -> int:
    """Return what is paid for what is owed: the same, or now and then the next round hundred."""
    if chance.random() >= characters.ROUNDED_UP_SHARE:
        return minor
    return minor + -minor % 10_000


def short_minor(chance: Random, firm: Firm, minor: int) -> int:
    """Return what the customer leaves out when it pays an invoice; mostly nothing."""
    if chance.random() >= CHARACTERS[firm.character].short_share:
        return 0
    return max(1, minor * chance.randint(*characters.SHORT_THOUSANDTHS) // 1000)


def quote(
    chance: Random,
    firm: Firm,
    numbers: Sequence[str],
    credit_numbers: Sequence[str] = (),
    *,
    is_short: bool = False,
) -> Quote:
    """Return how a payment of these documents is worded, in the customer's habit."""
    drawn = chance.random()
    if firm.quoting == "name" or drawn < characters.FORGOTTEN_SHARE:
        return Quote(chance.choice(("Zahlung", "payment", "acc. statement", "wie besprochen", "")))
    if drawn < characters.FORGOTTEN_SHARE + characters.SLIP_SHARE:
        return Quote(" ".join(_slip(chance, number) for number in numbers))
    habit = firm.quoting
    if habit == "structured" and not credit_numbers and not is_short:
        return Quote("", tuple(numbers))
    text = _WRITE.get(habit, _exact)(chance, firm, numbers)
    if credit_numbers:
        text += " less credit " + ", ".join(credit_numbers)
    if is_short:
        text += chance.choice((" less discount", " abzgl. Skonto", " less damaged goods", ""))
    return Quote(text)


def _exact(_: Random, firm: Firm, numbers: Sequence[str]) -> str:
    word = "Rechnung" if firm.account.language == "de" else "Invoice"
    return f"{word} {', '.join(numbers)}"


def _lower(_: Random, __: Firm, numbers: Sequence[str]) -> str:
    return " ".join(number.lower().replace("-", " ") for number in numbers)


def _digits(_: Random, __: Firm, numbers: Sequence[str]) -> str:
    return " / ".join("".join(c for c in number if c.isdigit()) for number in numbers)


def _prose(chance: Random, firm: Firm, numbers: Sequence[str]) -> str:
    opening = chance.choice(("Kd.-Nr.", "Cust.") if firm.account.language == "de" else ("Acct",))
    return f"{opening} {firm.number} {'+'.join(number.replace('-', '') for number in numbers)}"


_WRITE: Final = {"exact": _exact, "lower": _lower, "digits": _digits, "prose": _prose}


def _slip(chance: Random, number: str) -> str:
    """Return the number with one digit mistyped."""
    at = chance.choice([i for i, c in enumerate(number) if c.isdigit()][-3:])
    return number[:at] + str((int(number[at]) + chance.randint(1, 8)) % 10) + number[at + 1 :]


def stranger(chance: Random) -> str | None:
    """Return the unknown name from which a payment comes, or `None` when the payer is known."""
    if chance.random() >= characters.STRANGER_SHARE:
        return None
    return chance.choice(names.STRANGERS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer says when written to or called: a kind, and the words."""

    kind: str
    text: str


ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    "dispute": (
        "Part of the delivery was damaged. We will not pay {number} before this is settled.",
        "The price on {number} is not what was agreed; please correct it.",
        "Two positions of {number} never arrived. Please check with your warehouse.",
    ),
    "promise": (
        "Sorry for the delay. We will transfer the amount on {date}.",
        "Our payment run is on {date}; you will have it then.",
    ),
    "paid": ("We paid this last week, please check your bank.", "This should be with you already."),
    "copy": ("Could you send us a copy of {number}? We cannot find it.",),
    "away": ("I am out of the office until Monday. In urgent cases call our head office.",),
}
_KINDS: Final = (("copy", 30), ("paid", 16), ("away", 24), ("promise", 30))


def answers_letter(chance: Random, firm: Firm) -> bool:
    """Whether the customer answers a reminder."""
    return chance.random() < CHARACTERS[firm.character].reply_share


def letter_answer(chance: Random, *, is_disputing: bool) -> str:
    """Return the kind of answer to a reminder."""
    if is_disputing:
        return "dispute"
    return str(chance.choices([k for k, _ in _KINDS], [w for _, w in _KINDS])[0])


def words(chance: Random, kind: str, *, number: str, on: date) -> str:
    """Return what an answer of that kind says."""
    return chance.choice(ANSWERS[kind]).format(number=number, date=f"{on:%d %B}")


def call_outcome(chance: Random, firm: Firm, *, is_disputing: bool) -> str:
    """Return what a call ends in: a promise, nobody there, a message left, or a dispute."""
    drawn = chance.random()
    if is_disputing and drawn < 0.6:  # noqa: PLR2004 - the rest is not reached
        return "dispute"
    if drawn < CHARACTERS[firm.character].promise_share:
        return "promise"
    return "not_reached" if drawn < 0.85 else "left_message"  # noqa: PLR2004 - two in three unreached


def keeps_promise(chance: Random, firm: Firm) -> bool:
    """Whether a promise is kept."""
    return chance.random() < CHARACTERS[firm.character].kept_share


def is_disputed(chance: Random, firm: Firm) -> bool:
    """Whether the customer contests an invoice."""
    return chance.random() < max(CHARACTERS[firm.character].disputed_share, firm.disputed_share)
