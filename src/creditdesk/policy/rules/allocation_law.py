"""What a payment that names nothing is counted towards, by country. Pure; no legal advice.

Rows are dated and name their texts. What a row does not name, the policy decides; a country without
a row goes by the policy alone. Everywhere here the debtor's own word comes first: money that names
a document pays that one and is not allocated at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from creditdesk.policy.rules.values import COMPONENTS, TIME_CLASSES, AllocationRules

# Whose word counts where the law leaves a choice: the debtor's, when paying; the debtor's if the
# creditor agrees; or the debtor's and, where there is none, the creditor's, which is the policy.
Choice = Literal["debtor", "debtor_if_agreed", "debtor_then_creditor"]
# The codes of late-payment law that are those of a country; others name no country.
_COUNTRIES: Final[Mapping[str, str]] = {"DE": "DE", "FR": "FR", "UK": "GB", "NO": "NO"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationLaw:
    """What the law of a country says from a day on; `names` are the components it puts in order.

    `applies_to` is empty for debts in general. `is_binding` holds against a policy that says
    something else; other rows give way to what was agreed.
    """

    country: str
    valid_from: date
    names: tuple[str, ...]
    choice: Choice
    sources: tuple[str, ...]
    applies_to: Literal["", "consumer_credit"] = ""
    is_binding: bool = False


_THREE: Final = ("costs", "interest", "principal")
_TWO: Final = ("interest", "principal")
LAWS: Final[tuple[AllocationLaw, ...]] = (
    AllocationLaw(
        country="AT", valid_from=date(1900, 1, 1), names=_TWO, choice="debtor_if_agreed",
        sources=("§§ 1415, 1416 ABGB",),
    ),
    AllocationLaw(
        country="CH", valid_from=date(1912, 1, 1), names=_THREE, choice="debtor_then_creditor",
        sources=("Art. 85, 86, 87 OR",),
    ),
    AllocationLaw(
        country="DE", valid_from=date(1900, 1, 1), names=_THREE, choice="debtor",
        sources=("§§ 366, 367 BGB",),
    ),
    AllocationLaw(
        country="DE", valid_from=date(2002, 1, 1), names=("costs", "principal", "interest"),
        choice="debtor", sources=("§ 497 (3) BGB",), applies_to="consumer_credit",
        is_binding=True,
    ),
    AllocationLaw(
        country="ES", valid_from=date(1900, 1, 1), names=_TWO, choice="debtor",
        sources=("Código Civil, art. 1172–1174",),
    ),
    AllocationLaw(
        country="FR", valid_from=date(1900, 1, 1), names=_TWO, choice="debtor",
        sources=("Code civil, art. 1253, 1254, 1256 (until 30 September 2016)",),
    ),
    AllocationLaw(
        country="FR", valid_from=date(2016, 10, 1), names=_TWO, choice="debtor",
        sources=("Code civil, art. 1342-10 and 1343-1",),
    ),
    AllocationLaw(
        country="GB", valid_from=date(1900, 1, 1), names=(), choice="debtor_then_creditor",
        sources=(("Common law: Cory Brothers & Co v Owners of the Turkish Steamship Mecca"
                 " [1897] AC 286"),),
    ),
    AllocationLaw(
        country="IT", valid_from=date(1942, 4, 21), names=_THREE, choice="debtor",
        sources=("Codice civile, art. 1193, 1194",),
    ),
    AllocationLaw(
        country="NL", valid_from=date(1992, 1, 1), names=_THREE, choice="debtor",
        sources=("Burgerlijk Wetboek 6:43, 6:44",),
    ),
    AllocationLaw(
        country="PT", valid_from=date(1967, 6, 1), names=_THREE, choice="debtor",
        sources=("Código Civil, art. 783–785",),
    ),
)  # fmt: skip


def allocation_law(country: str, on: date, *, applies_to: str = "") -> AllocationLaw | None:
    """Return what a country's law says on a day; nothing where no row is kept."""
    rows = [
        law
        for law in LAWS
        if law.country == country and law.applies_to == applies_to and law.valid_from <= on
    ]
    return rows[-1] if rows else None


def country_of(jurisdiction: str, country: str) -> str:
    """Return whose law counts: that which the policy names, or that of the debtor's country."""
    return _COUNTRIES.get(jurisdiction, "") if jurisdiction else country


def is_left_open(rules: AllocationRules) -> bool:
    """Whether a policy brings nothing into an order of its own, so that the law does."""
    return rules.order == AllocationRules().order


def arranged(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the pairs of time class and component: what is late first, within it what is named.

    Components that the law does not name come before those that it does.
    """
    components = (*(one for one in COMPONENTS if one not in names), *names)
    return tuple(f"{when}:{of}" for when in TIME_CLASSES for of in components)


def law_for(
    rules: AllocationRules, country: str, on: date, *, is_consumer: bool
) -> AllocationLaw | None:
    """Return the law that decides the order of a debtor; nothing where the policy does.

    A law that binds comes before the policy, every other one only fills what it leaves open.
    """
    if is_consumer and rules.consumers_on_credit:
        special = allocation_law(country, on, applies_to="consumer_credit")
        if special is not None and special.is_binding:
            return special
    law = allocation_law(country, on)
    return law if law is not None and law.names and is_left_open(rules) else None


def order_of(
    rules: AllocationRules, country: str, on: date, *, is_consumer: bool
) -> tuple[str, ...]:
    """Return the order in which money of a debtor pays that names nothing."""
    law = law_for(rules, country, on, is_consumer=is_consumer)
    return rules.order if law is None else arranged(law.names)
