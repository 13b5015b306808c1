"""The world before its first day: who is in it, and that chance repeats itself."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.customers.rules import account_fault, faults
from creditdesk.simulation.rules import world
from creditdesk.simulation.rules.characters import CHARACTERS, places
from creditdesk.simulation.rules.dice import dice
from creditdesk.simulation.rules.world import HOUSES, customer_counts, firms
from tests.support.machine import ROOT


def test_the_same_subject_draws_the_same_and_another_differs() -> None:
    first = [dice(7, "order", "D10007").random() for _ in range(3)]
    assert first[0] == first[1] == first[2]
    assert dice(7, "order", "D10014").random() != first[0]
    assert dice(8, "order", "D10007").random() != first[0]


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.code)
@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_every_customer_is_acceptable_and_of_its_own(house: world.House, seed: int) -> None:
    cast = firms(seed, house, 72)
    assert [fault for firm in cast for fault in faults(firm.account)] == []
    assert len({firm.account.name for firm in cast}) == 72
    assert len({firm.number for firm in cast}) == 72
    accounts = [account for firm in cast for account in firm.account.bank_accounts]
    assert len(set(accounts)) == 72
    assert [account for account in accounts if account_fault(account)] == []
    assert all(firm.email.endswith(".example") for firm in cast)
    assert all(firm.limit_minor > 0 for firm in cast)


def test_the_demo_has_every_character_three_currencies_and_groups() -> None:
    counts = customer_counts(120)
    assert counts == (60, 60)
    both = [f for house, n in zip(HOUSES, counts, strict=True) for f in firms(7, house, n)]
    assert {firm.character for firm in both} == set(CHARACTERS)
    assert {firm.currency for firm in both} == {"EUR", "GBP", "USD"}
    families = Counter(f.account.group_number for f in both if f.account.group_number)
    assert families
    assert min(families.values()) >= world.GROUP_FROM


@pytest.mark.parametrize(("customers", "expected"), [(1, (1, 1)), (2, (1, 1)), (12, (6, 6))])
def test_few_customers_still_give_each_company_one(
    customers: int, expected: tuple[int, int]
) -> None:
    assert customer_counts(customers) == expected


def test_another_seed_is_another_world() -> None:
    assert firms(7, HOUSES[0], 20) == firms(7, HOUSES[0], 20)
    assert firms(7, HOUSES[0], 20) != firms(8, HOUSES[0], 20)


@given(st.sampled_from(["DE", "GB", "NL", "AT"]), st.from_regex(r"[0-9A-Z]{14,18}", fullmatch=True))
def test_every_iban_proves(country: str, bban: str) -> None:
    assert account_fault(world.iban(country, bban)) == ""


def test_known_ibans() -> None:
    assert world.iban("DE", "370400440532013000") == "DE89370400440532013000"
    assert world.iban("GB", "WEST12345698765432") == "GB82WEST12345698765432"


def test_the_documented_characters_are_the_real_ones() -> None:
    page = (ROOT / "docs/explanation/simulation.md").read_text()
    table = page.partition("<!-- characters -->")[2].partition("<!-- /characters -->")[0]
    told = [[cell.strip() for cell in row.split("|")[1:4]] for row in table.splitlines()[3:] if row]
    real = [
        [c.code, str(c.weight), "–".join(f"{bound:.0%}" for bound in places(c.code))]
        for c in CHARACTERS.values()
    ]
    assert told == real
