"""Costs, interest, principal by country: what a law fills, where it binds, where none is kept."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.policy.rules import COMPONENTS, TIME_CLASSES, AllocationRules
from creditdesk.policy.rules.allocation_law import (
    LAWS,
    allocation_law,
    arranged,
    country_of,
    law_for,
    order_of,
)

TODAY = date(2026, 11, 22)
OPEN = AllocationRules()
OWN = AllocationRules(order=tuple(
    f"{one}:{of}" for one in TIME_CLASSES for of in ("principal", "interest", "costs")
))  # fmt: skip
ON_CREDIT = AllocationRules(consumers_on_credit=True)
EVERY = sorted(OPEN.order)


@pytest.mark.parametrize(
    ("country", "on", "sources", "first_late"),
    [
        ("DE", TODAY, ("§§ 366, 367 BGB",), ["costs", "interest", "principal"]),
        ("AT", TODAY, ("§§ 1415, 1416 ABGB",), ["costs", "interest", "principal"]),
        ("CH", TODAY, ("Art. 85, 86, 87 OR",), ["costs", "interest", "principal"]),
        ("NL", TODAY, ("Burgerlijk Wetboek 6:43, 6:44",), ["costs", "interest", "principal"]),
        ("IT", TODAY, ("Codice civile, art. 1193, 1194",), ["costs", "interest", "principal"]),
        ("FR", date(2016, 10, 1), ("Code civil, art. 1342-10 and 1343-1",),
         ["costs", "interest", "principal"]),
        ("FR", date(2016, 9, 30),
         ("Code civil, art. 1253, 1254, 1256 (until 30 September 2016)",),
         ["costs", "interest", "principal"]),
    ],
)  # fmt: skip
def test_the_law_of_a_country_on_a_day(
    country: str, on: date, sources: tuple[str, ...], first_late: list[str]
) -> None:
    law = law_for(OPEN, country, on, is_consumer=False)
    assert law is not None
    assert law.sources == sources
    order = order_of(OPEN, country, on, is_consumer=False)
    assert [pair.partition(":")[2] for pair in order[:3]] == first_late
    assert sorted(order) == EVERY


@pytest.mark.parametrize("country", ["", "US", "GB", "SE", "XX"])
@pytest.mark.parametrize("rules", [OPEN, OWN])
def test_without_a_law_that_orders_the_policy_does(country: str, rules: AllocationRules) -> None:
    assert law_for(rules, country, TODAY, is_consumer=False) is None
    assert order_of(rules, country, TODAY, is_consumer=False) == rules.order


def test_a_policy_with_an_order_of_its_own_comes_before_a_law_that_gives_way() -> None:
    for country in {law.country for law in LAWS}:
        assert order_of(OWN, country, TODAY, is_consumer=False) == OWN.order


def test_consumer_credit_is_paid_principal_before_interest_in_germany_alone() -> None:
    """§ 497 (3) BGB: costs, then what is owed, then interest; it binds against the policy."""
    wanted = tuple(f"{one}:{of}" for one in TIME_CLASSES for of in
                   ("costs", "principal", "interest"))  # fmt: skip
    assert order_of(ON_CREDIT, "DE", TODAY, is_consumer=True) == wanted
    own = AllocationRules(order=OWN.order, consumers_on_credit=True)
    assert order_of(own, "DE", TODAY, is_consumer=True) == wanted
    assert order_of(ON_CREDIT, "DE", TODAY, is_consumer=False) == OPEN.order
    assert order_of(OPEN, "DE", TODAY, is_consumer=True) == OPEN.order
    assert order_of(ON_CREDIT, "AT", TODAY, is_consumer=True) == OPEN.order
    assert order_of(ON_CREDIT, "DE", date(2001, 12, 31), is_consumer=True) == OPEN.order


def test_every_row_names_its_text_and_stands_by_date() -> None:
    assert all(law.sources and set(law.names) <= set(COMPONENTS) for law in LAWS)
    assert len({(law.country, law.valid_from, law.applies_to) for law in LAWS}) == len(LAWS)
    for law in LAWS:
        found = allocation_law(law.country, law.valid_from, applies_to=law.applies_to)
        assert found == law


@given(st.permutations(COMPONENTS), st.integers(0, 3))
def test_what_a_law_does_not_name_comes_first(names: list[str], count: int) -> None:
    order = arranged(tuple(names[:count]))
    assert sorted(order) == EVERY
    of_late = [pair.partition(":")[2] for pair in order[:3]]
    assert of_late[3 - count :] == names[:count]


@pytest.mark.parametrize(
    ("jurisdiction", "country", "expected"),
    [("", "NL", "NL"), ("DE", "NL", "DE"), ("UK", "NL", "GB"), ("EU", "NL", ""),
     ("CONTRACT", "DE", ""), ("", "", "")],
)  # fmt: skip
def test_a_named_jurisdiction_comes_before_the_debtors_country(
    jurisdiction: str, country: str, expected: str
) -> None:
    assert country_of(jurisdiction, country) == expected
