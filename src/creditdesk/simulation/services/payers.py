"""Customers for whom somebody else pays: what is said of them, and sums for several at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from creditdesk.cash import services as cash
from creditdesk.simulation.rules.statements import Movement
from creditdesk.simulation.rules.world import Firm
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.life import Life, Meant


def begin(life: Life) -> None:
    """Let the cash applier say of the payers that are known for whom they pay."""
    actor = life.acting("cash_applier", life.first, agenda.AT)
    for firm in life.firms:
        payer = life.ways.payer(firm.number)
        if payer is not None and payer.is_known:
            cash.relate_payer(
                actor,
                payer_account=payer.account,
                payer_name=payer.name,
                customer_number=firm.number,
                kind=payer.kind,
            )


def dressed(life: Life, firm: Firm, booked: Movement) -> Movement:
    """Return the payment as it comes from who pays for the customer."""
    payer = life.ways.payer(firm.number)
    if payer is None:
        return booked
    meant = life.meant[booked.reference]
    life.meant[booked.reference] = replace(meant, is_paid_by_another=True)
    return replace(booked, counterparty=payer.name, counterparty_account=payer.account)


def joined(life: Life, day: date, movements: Sequence[Movement]) -> list[Movement]:
    """Return the payments of a day where who pays for others makes one sum of several."""
    of: dict[str, list[Movement]] = defaultdict(list)
    alone: list[Movement] = []
    for movement in movements:
        is_sum = movement.minor > 0 and bool(movement.text)
        is_sum = is_sum and life.ways.pays_for_others(movement.counterparty_account)
        (of[movement.counterparty_account] if is_sum else alone).append(movement)
    return alone + [_sum(life, day, parts) for parts in of.values()]


def _sum(life: Life, day: date, parts: Sequence[Movement]) -> Movement:
    if len(parts) == 1:
        return parts[0]
    meant = [life.meant.pop(one.reference) for one in parts]
    firms = tuple(dict.fromkeys(one.firm for one in meant))
    whole = Meant(
        firms[0],
        {number: minor for one in meant for number, minor in one.parts.items()},
        firms,
        is_paid_by_another=True,
    )
    return replace(
        parts[0],
        minor=sum(one.minor for one in parts),
        reference=life.remember(day, whole),
        text=" ".join(one.text for one in parts),
    )
