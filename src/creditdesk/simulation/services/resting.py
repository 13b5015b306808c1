"""Accounts that no longer buy: one asleep, one closed, and a duplicate that became another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.life import Life

# By which number they are known after the prefix of their company: behind those of the others.
ASLEEP, CLOSED, DUPLICATE = "98001", "98008", "98015"
# More than the months after which the policy lets a quiet account fall asleep.
QUIET_DAYS: Final = 900
CLOSED_DAYS_AGO: Final = 24
MERGED_DAYS_AGO: Final = 11


def begin(life: Life) -> None:
    """Open the accounts, long ago or now, and plan when two of them end."""
    system = life.acting("system", life.first, agenda.AT)
    long_ago = replace(system, today=life.first - timedelta(days=QUIET_DAYS))
    customers.create(long_ago, new=[_account(life, ASLEEP, "Altbau Renovation Partners")])
    ended, doubled = customers.create(
        system,
        new=[
            _account(life, CLOSED, "Ludlow & Sons Fitters"),
            _account(life, DUPLICATE, f"{_survivor(life)[1]} (old account)"),
        ],
    )
    _plan(life, CLOSED_DAYS_AGO, partial(_close, customer_id=ended))
    _plan(life, MERGED_DAYS_AGO, partial(_merge, duplicate_id=doubled))


def _account(life: Life, number: str, name: str) -> NewCustomer:
    return NewCustomer(
        number=f"{life.house.customer_prefix}{number}", name=name,
        currency=life.house.currency, country=life.house.country, language=life.house.language,
        city="Ostbruck", street="Mill Lane 3", postal_code="40117",
    )  # fmt: skip


def _survivor(life: Life) -> tuple[int, str]:
    """Return whom the duplicate doubles: the last of the firms that buy in the house's currency."""
    own = [one for one in life.firms if one.currency == life.house.currency]
    firm = max(own or life.firms, key=lambda one: one.number)
    return life.ids[firm.number], firm.account.name


def _plan(life: Life, days_ago: int, act: Callable[[Life, date], None]) -> None:
    first = life.calendar.roll(life.first, "following")
    wanted = life.calendar.roll(life.until - timedelta(days=days_ago), "preceding")
    agenda.plan(life, max(wanted, first), act)


def _close(life: Life, day: date, *, customer_id: int) -> None:
    actor = life.acting("master_data", day, agenda.AT)
    customers.close(actor, customer_id, reason="gave up the business; nothing is open")


def _merge(life: Life, day: date, *, duplicate_id: int) -> None:
    actor = life.acting("master_data", day, agenda.AT)
    survivor_id, _ = _survivor(life)
    customers.merge(
        actor, duplicate_id, survivor_id=survivor_id, reason="opened twice for the same firm"
    )
