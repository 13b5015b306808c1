"""Payments of dollar invoices that arrive in the house's own currency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from creditdesk.kernel.money import convert
from creditdesk.policy import queries as policy
from creditdesk.simulation.rules import ways
from creditdesk.simulation.rules.statements import Movement
from creditdesk.simulation.rules.world import Firm
from creditdesk.simulation.services.life import Life


def dressed(life: Life, day: date, firm: Firm, booked: Movement) -> Movement:
    """Return the payment as its bank changed it, now and then, at its own rate."""
    meant = life.meant[booked.reference]
    chance = life.chance("currency", booked.reference)
    is_foreign = firm.currency != life.house.currency and len(meant.parts) == 1
    if not is_foreign or chance.random() >= ways.OWN_CURRENCY_SHARE:
        return booked
    rate = policy.rates_into(life.house.currency, day)[firm.currency]
    rate *= 1 - Decimal(chance.randint(*ways.BANK_SPREAD_THOUSANDTHS)) / 1000
    life.meant[booked.reference] = replace(meant, is_exchanged=True)
    return replace(
        booked,
        minor=convert(booked.minor, source=firm.currency, target=life.house.currency, rate=rate),
        currency=life.house.currency,
    )
