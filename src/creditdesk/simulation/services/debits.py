"""Direct debits: mandates, collections by four hands, what the bank books and takes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.kernel.errors import Refused
from creditdesk.simulation import queries
from creditdesk.simulation.queries import Debit
from creditdesk.simulation.rules import ways
from creditdesk.simulation.rules.orders_to_banks import Ordered, ordered
from creditdesk.simulation.rules.statements import Movement
from creditdesk.simulation.services import agenda, returns
from creditdesk.simulation.services.life import Debt, Life, Meant
from creditdesk.treasury import services as treasury
from creditdesk.treasury.rules import target

CREDITOR: Final = "DE98ZZZ09999999999"
SIGNED_DAYS_BEFORE: Final = (20, 400)


def begin(life: Life) -> None:
    """Give the mandates that were signed before the first day, and plan the first collection."""
    if not life.ways.debited:
        return
    day = life.first
    treasury.set_creditor(
        life.acting("manager", day, agenda.AT),
        identifier=CREDITOR,
        called=life.house.name,
        iban=life.house.accounts[0].identifier,
    )
    master_data = life.acting("master_data", day, agenda.AT)
    for firm in life.firms:
        if firm.number not in life.ways.debited:
            continue
        days = life.chance("mandate", firm.number).randint(*SIGNED_DAYS_BEFORE)
        treasury.give_mandate(
            master_data,
            life.ids[firm.number],
            iban=firm.account.bank_accounts[0],
            holder=firm.account.name,
            signed_on=day - timedelta(days=days),
        )
    life.debited.update(life.ways.debited)
    agenda.plan(life, life.calendar.roll(day + timedelta(days=1), "following"), _collect)


def _collect(life: Life, day: date) -> None:
    """Draw a collection up, approve it, hand it to the bank; each is another person's act."""
    soon = day + timedelta(days=ways.COLLECT_EVERY_DAYS)
    agenda.plan(life, life.calendar.roll(soon, "following"), _collect)
    collect_on = _both(day + timedelta(days=ways.NOTICE_DAYS), life.calendar)
    try:
        run = treasury.draw_up_run(
            life.acting("cash_applier", day, agenda.AT), collect_on=collect_on
        )
    except Refused as refused:
        if refused.code != "nothing_to_collect":
            raise
        return
    found = queries.debits(life.company.id, run.reference)
    for debt in _debts(life, found):
        debt.pay_on = None
        life.collecting.add(debt.number)
    approved = treasury.approve_run(life.acting("manager", day, agenda.AT), run.reference)
    treasurer = life.acting("treasurer", day, agenda.AT)
    file = treasury.fetch_file(treasurer, approved.file)
    treasury.hand_over_run(treasurer, run.reference)
    _at_bank(life, collect_on, ordered(file.content), found)


def _both(day: date, calendar: BusinessCalendar) -> date:
    """Return the first day from then on on which the desk works and euros are settled."""
    while not (calendar.is_business_day(day) and target.CALENDAR.is_business_day(day)):
        day += timedelta(days=1)
    return day


def _debts(life: Life, found: Sequence[Debit]) -> list[Debt]:
    owed = [life.debts[life.of_id[one.customer_id].number].get(one.number) for one in found]
    return [debt for debt in owed if debt is not None]


def _at_bank(life: Life, on: date, told: Sequence[Ordered], found: Sequence[Debit]) -> None:
    """Let the bank credit each block in one sum, and plan what will come back of it."""
    by_name = {one.end_to_end: one for one in found}
    blocks: dict[str, list[Ordered]] = defaultdict(list)
    for one in told:
        blocks[one.block].append(one)
    for name, of in blocks.items():
        debits = [by_name[one.end_to_end] for one in of]
        firms = tuple(dict.fromkeys(life.of_id[one.customer_id] for one in debits))
        meant = Meant(firms[0], {one.number: one.minor for one in debits}, firms)
        life.bookings[on].append(
            Movement(
                minor=sum(one.minor for one in of),
                reference=life.remember(on, meant),
                counterparty=life.house.name,
                text=f"SEPA-Sammellastschrift {name} Anzahl {len(of)}",
                currency=of[0].currency,
            )
        )
    agenda.plan(life, on, partial(_collected, found=tuple(found), told=tuple(told)))


def _collected(life: Life, day: date, *, found: Sequence[Debit], told: Sequence[Ordered]) -> None:
    """Strike what was collected from the customers' books; some of it comes back."""
    accounts = {one.end_to_end: one for one in told}
    for one in found:
        firm = life.of_id[one.customer_id]
        life.collecting.discard(one.number)
        debt = life.debts[firm.number].pop(one.number, None)
        chance = life.chance("debit", one.end_to_end)
        reason = ways.debit_reason(chance)
        if not reason or debt is None:
            continue
        back_on = life.calendar.add_business_days(day, chance.randint(*ways.RETURNED_AFTER_DAYS))
        minor = one.minor + chance.choice(ways.RETURN_CHARGES_MINOR)
        life.bookings[back_on].append(
            Movement(
                minor=-minor,
                reference=f"R{one.end_to_end}",
                counterparty=accounts[one.end_to_end].name,
                counterparty_account=accounts[one.end_to_end].account,
                text=f"Rücklastschrift {one.end_to_end}",
                end_to_end=one.end_to_end,
                return_code=reason,
                currency="EUR",
            )
        )
        debt.minor = one.minor
        if reason in ways.RETRIED_REASONS:
            agenda.plan(life, back_on, partial(_owe_for_retry, debt=debt))
            continue
        returns.owe_again(life, back_on, [debt], chance)
        if reason in ways.STOPPING_REASONS:
            agenda.plan(life, back_on, partial(_pay_oneself, number=firm.number))


def _owe_for_retry(life: Life, _: date, *, debt: Debt) -> None:
    """Owe it again and wait for the next collection."""
    debt.pay_on, debt.is_rest = None, True
    life.debts[debt.firm.number][debt.number] = debt


def _pay_oneself(life: Life, day: date, *, number: str) -> None:
    """Let a customer whose mandate ended pay by transfer what no collection is under way for."""
    life.debited.discard(number)
    for debt in life.debts[number].values():
        is_waiting = debt.pay_on is None and debt.number not in life.collecting
        if is_waiting and not debt.is_contested:
            debt.pay_on = max(debt.due_on, life.calendar.add_business_days(day, 3))
