"""The loop of days: morning at the desk, people at work, customers and banks in the evening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from creditdesk.cash import services as cash
from creditdesk.contact.transport import NOWHERE
from creditdesk.controls import queries as controls_queries
from creditdesk.controls import services as controls
from creditdesk.day import services as days
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import clock, sql
from creditdesk.policy import queries as policy
from creditdesk.simulation import queries
from creditdesk.simulation.rules import pace
from creditdesk.simulation.rules.world import HOUSES, House, customer_counts, firms
from creditdesk.simulation.services import (
    agenda,
    covering,
    desk,
    founding,
    held,
    issuing,
    outside,
    processes,
    resting,
    reviewing,
    truth,
    unlike,
)
from creditdesk.simulation.services.life import Life, Vault, moment

FOUNDED_AT: Final = time(7, 0)
FILES_ARRIVE_AT: Final = time(7, 45)
MORNING: Final = time(8, 5)
GRANTED_OVER_DAYS: Final = 240
OPENING_BALANCE_MINOR: Final = 18_400_000
ROLES: Final = ("collector", "cash_applier", "resolver", "analyst", "manager", "biller",
                 "master_data", "treasurer", "sales")  # fmt: skip


def live(
    *,
    days: int,
    customers: int,
    seed: int,
    until: date,
    tell: Callable[[date], None],
    side_by_side: bool = True,
) -> None:
    """Live the days before `until` in both companies, and leave the morning of `until` to come.

    Afterwards the clock stands at `until`, 08:05 in the company that wakes last, the bank files
    of that morning are in, and `is_complete` says so. `tell` hears of each date once. Side by
    side each company is lived by a process of its own; the figures are the same either way.
    Refused where companies exist.
    """
    if controls_queries.companies():
        raise Refused("company_exists", "A demo company is made only in an empty installation")
    for house in HOUSES:
        if not policy.calendar(house.country, until).is_business_day(until):
            raise Refused("until_no_business_day", f"{until} is no business day; name another")
    first = until - timedelta(days=days)
    with clock.held_at(moment(HOUSES[0], first, FOUNDED_AT)):
        founding.found(seed, first, until)
    worlds = [
        processes.World(house.code, seed, count, first, until)
        for house, count in zip(HOUSES, customer_counts(customers), strict=True)
    ]
    for day in processes.side_by_side(worlds, lived) if side_by_side else _in_turn(worlds):
        tell(day)
    _finish(seed, until)


def _in_turn(worlds: list[processes.World]) -> Iterator[date]:
    """Live the companies in this process, all of them through one date after the other."""
    for of_day in zip(*(lived(world) for world in worlds), strict=True):
        yield of_day[0]


def lived(world: processes.World) -> Iterator[date]:
    """Live one company, yielding each date when it is over; no mail leaves the machine."""
    kept, settings.SMTP_URL = settings.SMTP_URL, NOWHERE
    # A demo broken off by a crash is made anew, so its commits need not wait for the disk; what
    # finishes it does, and everything before it is on the disk then too.
    sql.execute("SET synchronous_commit TO off")
    try:
        life = begin(world)
        for n in range((world.until - world.first).days):
            day = world.first + timedelta(days=n)
            if life.calendar.is_business_day(day):
                live_day(life, day)
            yield day
        issuing.issue_some(life)
        covering.cover_some(life)
        reviewing.leave_some(life)
        deliver_files(life)
        truth.compare(life)
    finally:
        settings.SMTP_URL = kept
        sql.execute("RESET synchronous_commit")


def begin(world: processes.World) -> Life:
    """Open the customers of a company and return its life on the eve of the first day."""
    house = next(house for house in HOUSES if house.code == world.code)
    of = controls_queries.company_by_code(house.code)
    everybody = firms(world.seed, house, world.customers, (world.until - world.first).days)
    cast = tuple(firm for firm in everybody if not firm.joins_after_days)
    with clock.held_at(moment(house, world.first, FOUNDED_AT)):
        people = {role: founding.person(role, of) for role in ROLES}
        people["system"] = controls_queries.system_actor(of, founding.FOUNDER)
        ids = founding.open_accounts(people["system"], cast, granted_over_days=GRANTED_OVER_DAYS)
        for account in house.accounts:
            cash.open_account(people["system"], account.identifier, account.currency, account.name)
    life = Life(
        seed=world.seed,
        house=house,
        company=of,
        first=world.first,
        until=world.until,
        calendar=policy.calendar(house.country, world.until),
        policy=policy.in_force(of.id, world.first),
        firms=cast,
        ids=ids,
        people=people,
        vaults=_vaults(house),
        of_id={ids[firm.number]: firm for firm in cast},
        limits={firm.number: firm.limit_minor for firm in cast},
        to_come=tuple(firm for firm in everybody if firm.joins_after_days),
    )
    with clock.held_at(moment(house, world.first, agenda.AT)):
        unlike.begin(life)
        held.begin(life)
        resting.begin(life)
    outside.bank_day(life, life.calendar.previous_business_day(world.first))
    return life


def _vaults(house: House) -> dict[str, Vault]:
    return {account.currency: Vault(account, OPENING_BALANCE_MINOR) for account in house.accounts}


def live_day(life: Life, day: date) -> None:
    """Live one business day: the desk's morning, its people, then customers and banks.

    Every day asks the same of the database, so each statement is planned once for all of them.
    """
    with sql.all_planned():
        _morning(life, day)
        for at, act in PROGRAMME:
            with clock.held_at(life.moment(day, at)):
                act(life, day)


def _morning(life: Life, day: date) -> None:
    with clock.held_at(life.moment(day, MORNING)):
        arrivals = [days.Arrival(file.filename, file.content) for file in life.files]
        life.files.clear()
        following = life.calendar.next_business_day(day)
        left = pace.left_out(day, following, first=life.first, until=life.until)
        days.run(life.acting("system", day, MORNING), arrivals=arrivals, without=left)


PROGRAMME: Final[tuple[tuple[time, Callable[[Life, date], None]], ...]] = (
    (outside.NEWCOMERS_AT, outside.newcomers),
    (outside.POST_AT, outside.answer_letters),
    (outside.POST_AT, outside.complain),
    (desk.CASH_AT, desk.clear_cash),
    (desk.CALLS_AT, desk.read_replies),
    (desk.CALLS_AT, desk.work_list),
    (desk.DISPUTES_AT, desk.settle_disputes),
    (outside.ORDERS_AT, outside.place_orders),
    (desk.CREDIT_AT, desk.decide_credit),
    (agenda.AT, agenda.work),
    (held.TALKED_AT, held.talk_about),
    (desk.POST_LEAVES_AT, desk.send_waiting),
    (outside.INVOICES_AT, outside.invoice_deliveries),
    (outside.BANKS_AT, outside.bank_day),
)


def deliver_files(life: Life) -> None:
    """Take in the bank files of the last morning, so that the bank is fresh when the day runs."""
    with clock.held_at(life.moment(life.until, FILES_ARRIVE_AT)):
        actor = life.acting("system", life.until, FILES_ARRIVE_AT)
        for file in life.files:
            cash.take_in(actor, filename=file.filename, content=file.content)
        life.files.clear()


@transaction.atomic
def _finish(seed: int, until: date) -> None:
    """Set the clock to the morning that is to come, and mark the demo as finished."""
    clock.move(max(moment(house, until, MORNING) for house in HOUSES))
    for of in controls_queries.companies():
        actor = controls_queries.system_actor(of, founding.FOUNDER)
        controls.audit(actor, queries.FINISHED, {"seed": seed, "until": until.isoformat()})
