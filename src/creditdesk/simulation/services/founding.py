"""Before the first day: companies, people who sign in, rules, rates, customers, limits."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from creditdesk.controls import queries as controls_queries
from creditdesk.controls import services as controls
from creditdesk.controls.queries import CompanyRow
from creditdesk.credit import services as credit
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import services as customers
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from creditdesk.simulation import queries
from creditdesk.simulation.rules.dice import dice
from creditdesk.simulation.rules.world import HOUSES, Firm

FOUNDER: Final = "simulation"
# What one euro was worth; from there the rates wander a little every week.
FIRST_RATES: Final = (("GBP", Decimal("0.8560")), ("USD", Decimal("1.1240")))
WANDER_BASIS_POINTS: Final = 45


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who may sign in to the demo; the password is printed, it guards nothing."""

    username: str
    password: str
    title: str
    name: str
    roles: tuple[str, ...]


LOGINS: Final[tuple[Login, ...]] = (
    Login("maren", "quay-4711", "credit manager", "Maren Voss",
          ("manager",)),
    Login("tobias", "dial-2208", "collector", "Tobias Lenz", ("collector", "write_off_clerk")),
    Login("aisha", "till-3095", "cash applier", "Aisha Rahman", ("cash_applier",)),
    Login("oscar", "purse-6402", "cashier", "Oscar Lindqvist", ("cashier",)),
    Login("edward", "loan-6180", "credit analyst", "Edward Pryce", ("analyst",)),
    Login("nuria", "knot-7342", "dispute resolver", "Nuria Campos", ("resolver", "sales")),
    Login("ingrid", "seal-5516", "auditor", "Ingrid Solheim", ("auditor",)),
    Login("jonas", "gate-8127", "administrator", "Jonas Feld", ("administrator",)),
    Login("bruno", "bill-5093", "biller", "Bruno Adler", ("biller",)),
    Login("theo", "vault-6427", "treasurer", "Theo Brandt", ("treasurer",)),
    Login("petra", "card-1964", "master data", "Petra Hale", ("master_data",)),
)  # fmt: skip


def logins() -> tuple[Login, ...]:
    """Return who may sign in to this demo; one made by an older version may lack some."""
    known = queries.usernames()
    return tuple(login for login in LOGINS if login.username in known)


def found(seed: int, first: date, until: date) -> None:
    """Found both companies with rules, exchange rates and people; repeatable."""
    policy.load_rates(_rates(seed, first, until), source=FOUNDER)
    for login in LOGINS:
        forename, _, surname = login.name.partition(" ")
        controls.add_user(
            login.username,
            password=login.password,
            first_name=forename,
            last_name=surname,
            email=f"{login.username}@corvendale.example",
        )
    for house in HOUSES:
        company_id = controls.found_company(
            house.code, name=house.name, currency=house.currency, country=house.country,
            timezone=house.timezone, language=house.language, address=house.address,
            sender_email=house.sender_email, phone=house.phone,
        )  # fmt: skip
        actor = controls_queries.system_actor(controls_queries.company(company_id), FOUNDER)
        policy.ensure_default(actor, valid_from=first - timedelta(days=1))
        for login in LOGINS:
            for role in login.roles:
                controls.grant(login.username, company_id=company_id, role=role, by=FOUNDER)
        policy.keep_draft(person("analyst", controls_queries.company(company_id)), stricter())


def stricter() -> dict[str, Any]:
    """Return what the analyst would have the rules say: less time, earlier reminders, four eyes."""
    given: dict[str, Any] = copy.deepcopy(dict(DEFAULT))
    given["orders"] |= {"overdue_days_max": 14, "overdue_minimum_minor": 10_000,
                        "limit_tolerance_percent": "5"}  # fmt: skip
    given["ladder"][1]["days_late"] = 3
    given["ladder"][2] |= {"days_late": 14, "pay_within_days": 5}
    given["ladder"][3]["days_late"] = 30
    given["limits"]["by_class"][2]["minor"] = 7_500_000
    given["reviews"]["by_class"][3]["every_months"] = 2
    given["authority"]["matrix"] = [
        {"subject": "order_release", "alone_minor": 5_000_000},
        {"subject": "limit", "role": "analyst", "alone_minor": 2_500_000},
    ]
    return given


def _rates(seed: int, first: date, until: date) -> Iterator[tuple[str, str, date, Decimal]]:
    """Yield a rate per currency and week, wandering by small steps."""
    for quote, first_rate in FIRST_RATES:
        rate = first_rate
        chance = dice(seed, "rate", quote)
        day = first - timedelta(days=7)
        while day <= until:
            yield "EUR", quote, day, rate
            step = Decimal(chance.randint(-WANDER_BASIS_POINTS, WANDER_BASIS_POINTS)) / 10_000
            rate = (rate * (1 + step)).quantize(Decimal("0.0001"))
            day += timedelta(days=7)


# Neighbours in the list are not granted on neighbouring days.
STRIDE_DAYS: Final = 37


def open_accounts(
    actor: Actor, firms: Sequence[Firm], *, granted_over_days: int = 1
) -> dict[str, int]:
    """Open the customers with their limits; return number → id.

    Limits were granted over so many days before, so that they are not all reviewed on one.
    """
    ids = customers.create(actor, new=[firm.account for firm in firms])
    of_number = {firm.number: customer_id for firm, customer_id in zip(firms, ids, strict=True)}
    credit.set_limits(
        actor,
        [
            NewLimit(
                customer_id=of_number[firm.number],
                minor=firm.limit_minor,
                currency=firm.currency,
                valid_from=actor.today - timedelta(days=STRIDE_DAYS * n % granted_over_days),
                reason="opening review",
            )
            for n, firm in enumerate(firms)
        ],
    )
    return of_number


def person(role: str, of: CompanyRow) -> Actor:
    """Return the demo's holder of a role as an actor of a company, now."""
    login = next(login for login in LOGINS if role in login.roles)
    user_id = queries.user_id(login.username)
    return controls_queries.user_actor(user_id, login.username, of)
