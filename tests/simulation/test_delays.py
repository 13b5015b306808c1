"""The simulated world pays as late as the invoices it was measured on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import correlation, mean, pvariance

import pytest

from benchmarks import fit_delays
from benchmarks.fit_delays import Paid
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.simulation.rules import behaviour
from creditdesk.simulation.rules.characters import CHARACTERS
from creditdesk.simulation.rules.delays import (
    SERVICES,
    TRADE,
    Population,
    disputed_share,
    drawn_days,
    typical_days,
)
from creditdesk.simulation.rules.world import HOUSES, firms
from tests.support import machine

CUSTOMERS, INVOICES = 1500, 20
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Sample:
    """A population beside the file it was measured on."""

    measured: list[Paid]
    drawn: list[Paid]


def drawn(population: Population) -> list[Paid]:
    """Invoices of customers spread evenly over both orders: how late, how quarrelsome."""
    chance = Random(11)
    found = []
    for customer in range(CUSTOMERS):
        place = (customer + 0.5) / CUSTOMERS
        contests = disputed_share(population, customer * GOLDEN % 1)
        for _ in range(INVOICES):
            is_disputed = chance.random() < contests
            days = drawn_days(chance, population, place, is_disputed=is_disputed)
            found.append(Paid(str(customer), 10 ** chance.uniform(2, 5), days, is_disputed))
    return found


@pytest.fixture(scope="module", params=[(fit_delays.trade, TRADE), (fit_delays.services, SERVICES)])
def sample(request: pytest.FixtureRequest) -> Sample:
    read: Callable[[Path], list[Paid]]
    read, population = request.param
    return Sample(read(folder()), drawn(population))


def folder() -> Path:
    found = machine.shared_data()
    assert found is not None
    return found / "late_payment"


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """The largest difference between two distribution functions (Kolmogorov and Smirnov)."""
    left, right = sorted(one), sorted(other)
    return max(
        abs(bisect_right(left, at) / len(left) - bisect_right(right, at) / len(right))
        for at in {*left, *right}
    )


def days(paid: Sequence[Paid]) -> list[int]:
    return [one.delay_days for one in paid]


def late_share(paid: Sequence[Paid]) -> float:
    return mean(one.delay_days > 0 for one in paid)


def between_share(paid: Sequence[Paid]) -> float:
    """Which part of the variance lies between customers, within a quarter either way."""
    cut = [replaced(one) for one in paid]
    customers = fit_delays.by_customer(cut)
    middle = mean(days(cut))
    between = sum(len(of) * (mean(days(of)) - middle) ** 2 for of in customers.values())
    return between / len(cut) / pvariance(days(cut))


def replaced(one: Paid) -> Paid:
    return Paid(one.customer, one.amount, max(-60, min(60, one.delay_days)), one.is_disputed)


@pytest.mark.needs("shared-data")
def test_delays_are_distributed_as_measured(sample: Sample) -> None:
    assert distance(days(sample.measured), days(sample.drawn)) < 0.06
    assert abs(late_share(sample.measured) - late_share(sample.drawn)) < 0.04


@pytest.mark.needs("shared-data")
@pytest.mark.parametrize("percent", [5, 10, 25, 50, 75, 90])
def test_quantiles_are_those_measured(sample: Sample, percent: int) -> None:
    measured, simulated = (
        sorted(days(paid))[len(paid) * percent // 100] for paid in (sample.measured, sample.drawn)
    )
    assert abs(measured - simulated) <= 2


@pytest.mark.needs("shared-data")
def test_customers_differ_from_each_other_as_much_as_measured(sample: Sample) -> None:
    assert abs(between_share(sample.measured) - between_share(sample.drawn)) < 0.15


@pytest.mark.needs("shared-data")
def test_the_amount_hardly_matters_in_both(sample: Sample) -> None:
    for paid in (sample.measured, sample.drawn):
        assert abs(correlation([one.amount for one in paid], days(paid))) < 0.1


@pytest.mark.needs("shared-data")
def test_disputes_are_as_frequent_as_uneven_and_as_late_as_measured() -> None:
    measured = fit_delays.services(folder())
    simulated = drawn(SERVICES)
    shares, late = [], []
    for paid in (measured, simulated):
        by_customer = fit_delays.by_customer(paid)
        shares.append([mean(one.is_disputed for one in of) for of in by_customer.values()])
        late.append([late_share([o for o in paid if o.is_disputed == of]) for of in (False, True)])
    assert abs(mean(shares[0]) - mean(shares[1])) < 0.03
    assert distance(*shares) < 0.15
    assert all(abs(one - other) < 0.08 for one, other in zip(*late, strict=True))


@pytest.mark.parametrize("population", [TRADE, SERVICES], ids=lambda one: one.code)
def test_later_places_pay_later(population: Population) -> None:
    typical = [typical_days(population, n / 200) for n in range(201)]
    assert typical == sorted(typical)
    assert typical[0] == population.typical[0][1]
    assert typical[-1] == population.typical[-1][1]


def test_a_whole_company_pays_as_its_population_does() -> None:
    """Characters, weekends and payment runs leave the shape as it was drawn."""
    calendar, chance = BusinessCalendar(), Random(5)
    for house, population in zip(HOUSES, (TRADE, SERVICES), strict=True):
        found = []
        for firm in firms(7, house, 400):
            if CHARACTERS[firm.character].pays_at_month_end or firm.needs_call:
                continue
            for _ in range(10):
                due_on = date(2026, 3, 2) + timedelta(days=chance.randrange(84))
                paid = behaviour.payment_date(
                    chance, firm, due_on=due_on, issued_on=due_on - timedelta(days=30),
                    end=date(2027, 12, 31), calendar=calendar,
                )  # fmt: skip
                assert paid is not None
                found.append((paid - due_on).days)
        expected = [
            max(-29, drawn_days(chance, population, chance.random())) for _ in range(20_000)
        ]
        assert distance(found, expected) < 0.13
