"""Payments that come back: the bank books them, customers owe again, the desk ties the silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Final

from creditdesk.cash import services as cash
from creditdesk.kernel.errors import DomainError
from creditdesk.simulation import queries
from creditdesk.simulation.rules import ways
from creditdesk.simulation.rules.statements import Movement
from creditdesk.simulation.rules.world import Firm, pick
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.life import Debt, Life

# One comes back in the last days of every world and waits there for whoever looks at it.
LAST_DAYS: Final = (12, 5)
TIED_AFTER_DAYS: Final = (1, 5)
LATE: Final = "late return"


def plan(life: Life, day: date, firm: Firm, group: Sequence[Debt], booked: Movement) -> None:
    """Let the payer's bank take a transfer back, now and then; its invoices are owed again."""
    chance = life.chance("recall", booked.reference)
    is_last = _is_last(life, day)
    if not ways.is_recalled(chance) and not is_last:
        return
    back_on = life.calendar.add_business_days(day, 2 if is_last else chance.randint(2, 4))
    is_silent = is_last or chance.random() < ways.SILENT_RETURN_SHARE
    returned = Movement(
        minor=-booked.minor,
        reference=f"R{booked.reference}",
        counterparty=booked.counterparty,
        counterparty_account="" if is_silent else booked.counterparty_account,
        text="Return of funds" if life.house.country == "GB" else "Rückgabe Überweisung",
        end_to_end="" if is_silent else booked.reference,
        return_code=str(pick(chance, ways.RECALL_REASONS)),
        currency=booked.currency or firm.currency,
    )
    life.bookings[back_on].append(returned)
    owed = [replace(debt, minor=life.meant[booked.reference].parts[debt.number]) for debt in group]
    owe_again(life, back_on, owed, chance)
    if is_silent and not is_last:
        days = chance.randint(*TIED_AFTER_DAYS)
        agenda.plan_in(
            life, back_on, days, partial(_tie, line=returned.reference, of=booked.reference)
        )


def _is_last(life: Life, day: date) -> bool:
    """Whether this is the payment that comes back in the last days."""
    first, last = (life.until - timedelta(days=days) for days in LAST_DAYS)
    if not first <= day <= last or life.counters[LATE]:
        return False
    life.counters[LATE] += 1
    return True


def owe_again(life: Life, back_on: date, owed: Sequence[Debt], chance: Random) -> None:
    """Let customers enter what came back in their books again, and pay it some days later."""
    days = chance.randint(*ways.PAYS_AGAIN_DAYS)
    pay_on = life.calendar.add_business_days(back_on, days)
    agenda.plan(life, back_on, partial(_enter, owed=tuple(owed), pay_on=pay_on))


def _enter(life: Life, _: date, *, owed: Sequence[Debt], pay_on: date) -> None:
    for debt in owed:
        again = replace(debt, pay_on=pay_on, is_rest=True, is_contested=False, credits=[])
        life.debts[debt.firm.number][debt.number] = again


def _tie(life: Life, day: date, *, line: str, of: str) -> None:
    """Let the cash applier say which payment a return undoes that names none."""
    return_id = queries.waiting_return(life.company.id, line)
    payment = queries.payment_by_line(life.company.id, of)
    if return_id is None or payment is None:
        return
    actor = life.acting("cash_applier", day, agenda.AT)
    try:
        cash.tie_return(actor, return_id, payment_id=payment.payment_id)
    except DomainError:
        cash.set_return_aside(actor, return_id, reason="settled with the customer by telephone")
