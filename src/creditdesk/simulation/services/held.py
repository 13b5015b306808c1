"""What goes on around the orders that are still held when the simulated days end.

Sales ask for one, the analyst stops the clock of another, the manager lets one ship against part
payment and refuses one: each state of the queue is there to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import Final

from creditdesk.orders import services as orders
from creditdesk.orders.services import Choice
from creditdesk.simulation.services.life import Life

TALKED_AT: Final = time(15, 20)
DAYS_TO_PAY: Final = 7


def talk_about(life: Life, day: date) -> None:
    """On the last day worked, leave the orders still held in different states, the oldest first."""
    if day != life.calendar.previous_business_day(life.until):
        return
    for reference, act in zip(sorted(life.held), _ACTS, strict=False):
        act(life, day, reference)


def _ask(life: Life, day: date, reference: str) -> None:
    actor = life.acting("sales", day, TALKED_AT)
    orders.ask(actor, reference, "The truck is booked for tomorrow; they announced a transfer.")


def _stop(life: Life, day: date, reference: str) -> None:
    actor = life.acting("analyst", day, TALKED_AT)
    orders.pause(actor, reference, "waiting for their half-year figures")


def _against_payment(life: Life, day: date, reference: str) -> None:
    actor = life.acting("manager", day, TALKED_AT)
    outlook = orders.outlook(actor, reference)
    paid = [one.pay_minor for one in outlook.options if one.way == "part_payment"]
    if paid:
        choice = Choice(
            way="part_payment",
            reason="Good margin, pays when pressed.",
            minor=paid[0],
            pay_by=day + timedelta(days=DAYS_TO_PAY),
        )
        orders.choose(actor, reference, choice)


def _comment(life: Life, day: date, reference: str) -> None:
    actor = life.acting("sales", day, TALKED_AT)
    orders.comment(actor, reference, "Could be delivered in two parts.")


_ACTS: Final[Sequence[Callable[[Life, date, str], None]]] = (
    _ask, _stop, _against_payment, _comment,
)  # fmt: skip
