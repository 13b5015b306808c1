"""Where money comes in another way than by a transfer of the customer's own: one page of hooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditdesk.simulation.rules import ways
from creditdesk.simulation.rules.statements import Movement
from creditdesk.simulation.rules.world import Firm
from creditdesk.simulation.services import (
    advising,
    agenda,
    applicants,
    debits,
    foreign,
    payers,
    refunds,
    returns,
    reviewing,
    telling,
)
from creditdesk.simulation.services.life import Debt, Life


def begin(life: Life) -> None:
    """Draw who pays how, and let the desk's people write down what they know of it."""
    life.ways = ways.ways(life.seed, life.house, life.firms)
    debits.begin(life)
    payers.begin(life)
    telling.begin(life)
    applicants.begin(life)
    reviewing.begin(life)
    agenda.plan(life, life.calendar.previous_business_day(life.until), refunds.leave_one)


def dressed(life: Life, day: date, firm: Firm, group: Sequence[Debt], booked: Movement) -> Movement:
    """Return a payment as it really comes: by another, announced, in another currency.

    What comes from a name nobody knows stays as it is. Now and then the bank takes it back.
    """
    if not booked.counterparty_account:
        return booked
    if life.ways.payer(firm.number) is not None:
        return payers.dressed(life, firm, booked)
    changed = foreign.dressed(life, day, firm, booked)
    if changed.currency:
        return changed
    told = advising.dressed(life, day, firm, booked)
    returns.plan(life, day, firm, group, told)
    return told


def book(life: Life, day: date, booked: dict[str, list[Movement]]) -> None:
    """Let the banks book what was planned for today, and payers of others make sums."""
    for currency, movements in booked.items():
        movements[:] = payers.joined(life, day, movements)
        movements += [one for one in life.bookings.get(day, []) if one.currency == currency]
    life.bookings.pop(day, None)
