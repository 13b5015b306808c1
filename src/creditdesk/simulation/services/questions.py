"""Customers who say they have paid: a case until somebody has found the payment, or not."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from creditdesk.payments import services as payments
from creditdesk.payments.rules.cases import NewCase
from creditdesk.simulation.rules import ways
from creditdesk.simulation.rules.world import Firm
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.life import Life

DUE_DAYS: Final = 10
ANSWERS: Final = {
    "found": "It came in meanwhile and is applied.",
    "rejected": "No such payment came in; asked for the bank's confirmation.",
}


def ask(life: Life, day: date, firm: Firm) -> None:
    """Let the resolver open a case on a payment that is said to be on its way, and answer it."""
    late = sorted(
        (debt for debt in life.debts[firm.number].values() if debt.due_on < day),
        key=lambda debt: (debt.due_on, debt.number),
    )
    if not late:
        return
    [case] = payments.open_cases(
        life.acting("resolver", day, agenda.AT),
        [
            NewCase(
                kind="missing",
                customer_id=life.ids[firm.number],
                currency=firm.currency,
                minor=late[0].minor,
                due_on=day + timedelta(days=DUE_DAYS),
                note=f"{firm.person} says {late[0].number} was paid last week.",
            )
        ],
    )
    days = life.chance("question", case, firm.number).randint(*ways.ANSWERED_AFTER_DAYS)
    answer = partial(_answer, case=case, firm=firm, number=late[0].number)
    agenda.plan_in(life, day, days, answer)


def _answer(life: Life, day: date, *, case: str, firm: Firm, number: str) -> None:
    ending = "rejected" if life.debt(firm, number) is not None else "found"
    payments.close(
        life.acting("resolver", day, agenda.AT), case, ending=ending, answer=ANSWERS[ending]
    )
