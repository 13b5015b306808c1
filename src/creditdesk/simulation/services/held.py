"""Large orders towards the end that the rules hold, left in every state a held order can be in.

What ordinary orders the rules happen to hold is chance; these are there whatever the dice say. Each
is well above its customer's limit, so that no payment of the last days lets it go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from functools import partial
from typing import Final

from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.orders import services as orders
from creditdesk.orders.services import Choice
from creditdesk.simulation.rules.characters import CHARACTERS
from creditdesk.simulation.rules.world import Firm
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.life import Life

TALKED_AT: Final = time(15, 20)
DAYS_TO_PAY: Final = 7
# Placed so many business days before the last, an order is past its goal when the demo opens.
LATE_DAYS: Final = 3
TIMES_PERCENT: Final = (140, 165, 190, 215)
MARGIN_PERCENT: Final = (14, 19, 23)
CONFIRMATION: Final = (
    b"%PDF-1.4\n% The simulated bank confirms that a transfer was ordered.\n%%EOF\n"
)

Act = Callable[[Life, date, str], None]


def begin(life: Life) -> None:
    """Plan when which of the orders is placed; those of a world too short for it all at once."""
    last = life.calendar.previous_business_day(life.until)
    first = life.calendar.roll(life.first, "following")
    for place, state in enumerate(STATES):
        ago = LATE_DAYS if state == "late" else 0
        day = max(life.calendar.add_business_days(last, -ago), first)
        agenda.plan(life, day, partial(_place, state=state, place=place))


def talk_about(life: Life, day: date) -> None:
    """On the last day worked, leave each of the orders in the state it was placed for."""
    if day == life.calendar.previous_business_day(life.until):
        for state, reference in life.kept_held.items():
            STATES[state](life, day, reference)


def _place(life: Life, day: date, *, state: str, place: int) -> None:
    """Let a customer that pays ask for more than its limit; nobody is left in a tiny world."""
    firms = _steady(life)
    if not firms:
        return
    firm = firms[place % len(firms)]
    total = life.limits[firm.number] * TIMES_PERCENT[place % len(TIMES_PERCENT)] // 100
    reference = life.next_number(life.house.order_prefix)
    orders.check(
        life.acting("system", day, agenda.AT),
        customer_number=firm.number,
        order_reference=reference,
        currency=firm.currency,
        total_minor=total,
        placed_on=day,
        margin_minor=total * MARGIN_PERCENT[place % len(MARGIN_PERCENT)] // 100,
    )
    life.kept_held[state] = reference


def _steady(life: Life) -> list[Firm]:
    """Return who neither fails nor grows nor is blocked, those with the largest limits first."""
    return sorted(
        (
            firm
            for firm in life.firms
            if firm.character != "failing"
            and CHARACTERS[firm.character].growth_a_month <= 1
            and firm.number not in life.blocked
        ),
        key=lambda firm: (-life.limits[firm.number], firm.number),
    )


def _wait(_life: Life, _day: date, _reference: str) -> None:
    """Nobody does anything: it waits."""


def _ask(life: Life, day: date, reference: str) -> None:
    actor = life.acting("sales", day, TALKED_AT)
    orders.ask(actor, reference, "The truck is booked for tomorrow; they announced a transfer.")


def _attach(life: Life, day: date, reference: str) -> None:
    analyst, sales = (life.acting(role, day, TALKED_AT) for role in ("analyst", "sales"))
    orders.comment(analyst, reference, "Please get us the confirmation of their bank.")
    paper = NewPaper(name="transfer confirmation.pdf", content=CONFIRMATION)
    orders.attach(sales, reference, paper=paper)


def _stop(life: Life, day: date, reference: str) -> None:
    actor = life.acting("analyst", day, TALKED_AT)
    orders.pause(actor, reference, "waiting for their half-year figures")


def _against(life: Life, day: date, reference: str, *, way: str) -> None:
    """Let the manager ship against what is proposed: a payment first, or instalments."""
    actor = life.acting("manager", day, TALKED_AT)
    found = orders.outlook(actor, reference)
    minor = max(one.pay_minor or one.plan_minor for one in found.options if one.way == way)
    choice = Choice(
        way="plan" if way == "plan" else "part_payment",
        reason="Good margin, pays when pressed.",
        minor=minor,
        pay_by=life.calendar.roll(day + timedelta(days=DAYS_TO_PAY), "following"),
    )
    orders.choose(actor, reference, choice)


def _refuse(life: Life, day: date, reference: str) -> None:
    actor = life.acting("manager", day, TALKED_AT)
    orders.choose(actor, reference, Choice(way="refuse", reason="Too much at once; ask for half."))


def _comment(life: Life, day: date, reference: str) -> None:
    actor = life.acting("sales", day, TALKED_AT)
    orders.comment(actor, reference, "Could be delivered in two parts.")


STATES: Final[Mapping[str, Act]] = {
    "late": _wait,
    "asked": _ask,
    "paper": _attach,
    "paused": _stop,
    "part_payment": partial(_against, way="part_payment"),
    "plan": partial(_against, way="plan"),
    "refused": _refuse,
    "commented": _comment,
    "fresh": _wait,
}
