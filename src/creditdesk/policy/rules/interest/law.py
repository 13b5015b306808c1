"""What the law gives a creditor who is paid late, as dated data with sources. No legal advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, get_args

from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.policy.rules.interest.rates import BBK, BOE, ECB, NORGES

# `stepped`: the reference rate of each half-year counts for its days; `frozen`: the one of the
# half-year in which the debt became late counts for its whole life; `agreed`: no reference rate.
Fixing = Literal["stepped", "frozen", "agreed"]
DayCount = Literal["actual/365", "actual/360", "actual/actual", "30/360"]
DAY_COUNTS: Final[tuple[str, ...]] = get_args(DayCount)
PRINCIPAL_FIRST: Final = ("principal", "interest", "costs")
COSTS_FIRST: Final = ("costs", "interest", "principal")
ALLOCATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "principal_first": PRINCIPAL_FIRST,
    "costs_first": COSTS_FIRST,
}


@dataclass(frozen=True, slots=True)
class Band:
    """Fixed compensation for a debt of at least `from_minor`."""

    from_minor: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One state of the law on late payment, for debts that became late from `valid_from` on.

    Margins are percentage points over the reference rate; none for consumers means that the law
    gives no rate against them. Interest is simple; it runs from the day after the due date up to
    and with the day of payment.
    """

    code: str
    valid_from: date
    fixing: Fixing
    reference: str = ""
    margin_percent: Decimal = Decimal(0)
    consumer_margin_percent: Decimal | None = None
    day_count: DayCount = "actual/365"
    currency: str = ""
    compensation: tuple[Band, ...] = ()
    compensation_beside_agreed_rate: bool = True
    allocation: tuple[str, ...] = PRINCIPAL_FIRST
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


FORTY_EURO: Final = (Band(0, 4_000),)
LAWS: Final[tuple[Law, ...]] = (
    Law(
        code="EU", valid_from=date(2013, 3, 16), fixing="stepped", reference=ECB,
        margin_percent=Decimal(8), currency="EUR", compensation=FORTY_EURO,
        sources=("Directive 2011/7/EU, Art. 2(6)–(7), 3 and 6",),
        notes=("national_law_may_give_more",),
    ),
    Law(
        code="DE", valid_from=date(2002, 1, 1), fixing="stepped", reference=BBK,
        margin_percent=Decimal(8), consumer_margin_percent=Decimal(5), currency="EUR",
        allocation=COSTS_FIRST, sources=("§§ 247, 288, 289, 367 BGB (until 28 July 2014)",),
    ),
    Law(
        code="DE", valid_from=date(2014, 7, 29), fixing="stepped", reference=BBK,
        margin_percent=Decimal(9), consumer_margin_percent=Decimal(5), currency="EUR",
        compensation=FORTY_EURO, allocation=COSTS_FIRST,
        sources=("§§ 247, 288 (1), (2), (5), 289, 367 (1) BGB",),
    ),
    Law(
        code="FR", valid_from=date(2013, 1, 1), fixing="stepped", reference=ECB,
        margin_percent=Decimal(10), currency="EUR", compensation=FORTY_EURO,
        sources=("Code de commerce, art. L441-10 II and D441-5 (before 2019: L441-6)",),
        notes=("agreed_rate_not_below_three_times_the_legal_rate",),
    ),
    Law(
        code="UK", valid_from=date(2002, 8, 7), fixing="frozen", reference=BOE,
        margin_percent=Decimal(8), currency="GBP",
        compensation=(Band(0, 4_000), Band(100_000, 7_000), Band(1_000_000, 10_000)),
        compensation_beside_agreed_rate=False,
        sources=(
            "Late Payment of Commercial Debts (Interest) Act 1998, ss. 1, 4, 5A, 6, 8",
            "Late Payment of Commercial Debts (Rate of Interest) (No. 3) Order 2002",
        ),
        notes=("not_where_the_contract_has_a_substantial_remedy",),
    ),
    Law(
        code="NO", valid_from=date(2013, 3, 16), fixing="stepped", reference=NORGES,
        margin_percent=Decimal(8), consumer_margin_percent=Decimal(8), currency="NOK",
        sources=("Forsinkelsesrenteloven (LOV-1976-12-17-100) §§ 2, 3",),
        notes=("compensation_in_kroner_is_set_each_half_year",),
    ),
    Law(
        code="US", valid_from=date(1900, 1, 1), fixing="agreed", currency="USD",
        sources=("the contract; usury law of the state",),
        notes=("state_usury_law_not_checked",),
    ),
    Law(
        code="CONTRACT", valid_from=date(1900, 1, 1), fixing="agreed",
        sources=("the contract",), notes=("law_of_the_contract_not_checked",),
    ),
)  # fmt: skip
OTHER_NAMES: Final[Mapping[str, str]] = {
    "GB": "UK", "GERMANY": "DE", "FRANCE": "FR", "NORWAY": "NO", "USA": "US",
    "NONE": "CONTRACT",
}  # fmt: skip
# States that apply the directive; those with a law of their own here are left out.
EU_STATES: Final = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DK", "EE", "ES", "FI", "GR", "HR", "HU", "IE", "IT", "LT",
     "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip


def law_of(code: str, late_on: date) -> Law:
    """Return the law for a debt that became late on a day.

    Raises Invalid (`jurisdiction_unknown`) and Refused (`law_unknown_then`).
    """
    name = OTHER_NAMES.get(code.strip().upper(), code.strip().upper())
    states = [law for law in LAWS if law.code == name]
    if not states:
        raise Invalid(
            "jurisdiction_unknown",
            f"There is no law on late payment for {code[:40]!r}",
            place=Place(field="jurisdiction"),
            mend=f"Use one of {', '.join(dict.fromkeys(law.code for law in LAWS))}.",
        )
    current = [law for law in states if law.valid_from <= late_on]
    if not current:
        raise Refused(
            "law_unknown_then",
            f"What {name} law gave on {late_on} is not known here",
            jurisdiction=name,
            late_on=late_on.isoformat(),
        )
    return current[-1]


def law_of_country(country: str) -> str:
    """Return the code of the law for a debtor's country; empty where none is kept."""
    if country in EU_STATES:
        return "EU"
    return {"DE": "DE", "FR": "FR", "GB": "UK", "NO": "NO", "US": "US"}.get(country, "")
