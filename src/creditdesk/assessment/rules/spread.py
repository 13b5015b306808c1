"""A financial statement: read in its unit, checked against itself, completed by what follows. Pure.

What is derived is arithmetic between stated lines, never an estimate, and is marked as derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from creditdesk.assessment.rules.items import BY_CODE, Amounts
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import MINOR_MAX, exponent, to_minor

Quality = Literal["audited", "reviewed", "compiled", "unaudited", "provisional"]
QUALITIES: Final[tuple[str, ...]] = (
    "audited",
    "reviewed",
    "compiled",
    "unaudited",
    "provisional",
)
UNITS: Final[tuple[int, ...]] = (1, 1_000, 1_000_000)
MONTHS_MAX: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One customer's statement of a period: whole minor units of `currency` by line.

    `unit` is what one unit of the paper was worth (1,000 for a statement in thousands); it bounds
    what rounding on the paper can explain.
    """

    period_end: date
    months: int
    currency: str
    amounts: Amounts
    unit: int = 1
    quality: str = "unaudited"


@dataclass(frozen=True, slots=True)
class Identity:
    """A sum that must hold: the total, and the signed lines that make it up."""

    code: str
    total: str
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """Every line but the total."""
        return (*self.plus, *self.minus)


# In the order in which one completes the next.
IDENTITIES: Final[tuple[Identity, ...]] = (
    Identity(
        "current_assets_add_up",
        "current_assets",
        ("cash", "receivables", "inventory", "other_current_assets"),
    ),
    Identity("assets_add_up", "total_assets", ("current_assets", "fixed_assets", "other_assets")),
    Identity(
        "current_liabilities_add_up",
        "current_liabilities",
        ("payables", "short_term_debt", "other_current_liabilities"),
    ),
    Identity(
        "liabilities_add_up",
        "total_liabilities",
        ("current_liabilities", "long_term_debt", "other_long_term_liabilities"),
    ),
    Identity("balance", "total_assets", ("total_liabilities", "equity")),
    Identity("gross_profit", "gross_profit", ("revenue",), ("cost_of_sales",)),
    Identity("ebit", "ebit", ("ebitda",), ("depreciation",)),
)
# A part that cannot exceed its whole.
WITHIN: Final[tuple[tuple[str, str], ...]] = (
    ("current_assets", "total_assets"),
    ("cash", "current_assets"),
    ("receivables", "current_assets"),
    ("inventory", "current_assets"),
    ("current_liabilities", "total_liabilities"),
    ("long_term_debt", "total_liabilities"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold on a statement: the check, the line, stated and expected minor units."""

    code: str
    item: str
    stated_minor: int
    expected_minor: int

    @property
    def difference_minor(self) -> int:
        """By how much the stated line is above the expected."""
        return self.stated_minor - self.expected_minor


@dataclass(frozen=True, slots=True)
class Spread:
    """A statement with every line that follows from the stated ones, and what does not hold."""

    sheet: Sheet
    amounts: Amounts
    derived: frozenset[str]
    findings: tuple[Finding, ...]


def sheet_of(
    typed: Mapping[str, Decimal | None],
    *,
    period_end: date,
    months: int,
    currency: str,
    unit: int = 1,
    quality: str = "unaudited",
) -> Sheet:
    """Return a statement typed in its unit as minor units; Invalid names the first bad field."""
    if unit not in UNITS:
        raise statement_unit_unknown(unit)
    if not 1 <= months <= MONTHS_MAX:
        raise statement_months_out_of_range(months)
    if quality not in QUALITIES:
        raise statement_quality_unknown(quality)
    amounts = {
        code: _minor(code, value, currency, unit)
        for code, value in typed.items()
        if value is not None
    }
    return Sheet(
        period_end=period_end, months=months, currency=currency, amounts=amounts, unit=unit,
        quality=quality,
    )  # fmt: skip


def _minor(code: str, value: Decimal, currency: str, unit: int) -> int:
    if code not in BY_CODE:
        raise statement_item_unknown(code)
    if not value.is_finite() or abs(value) * unit > MINOR_MAX // 10 ** exponent(currency):
        raise statement_amount_out_of_range(code)
    if value < 0 and not BY_CODE[code].may_be_negative:
        raise statement_amount_negative(code)
    return rounded_minor(value * unit, currency)


def rounded_minor(amount: Decimal, currency: str) -> int:
    """Return an amount of a statement in minor units; a fraction of one is rounded, half up."""
    return int(amount.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP))


def spread(sheet: Sheet) -> Spread:
    """Return the statement completed, with every check that fails beyond rounding on the paper."""
    amounts = dict(sheet.amounts)
    derived: set[str] = set()
    for _ in IDENTITIES:  # one may complete what another needs
        found = {code: minor for one in IDENTITIES for code, minor in _completed(one, amounts)}
        if not found:
            break
        amounts.update(found)
        derived.update(found)
    findings = [*_unequal(sheet, amounts, derived), *_beyond(sheet, amounts)]
    return Spread(sheet, amounts, frozenset(derived), tuple(findings))


def _completed(one: Identity, amounts: Amounts) -> list[tuple[str, int]]:
    """Return the single line of an identity that the others give, if exactly one is missing.

    A part is derived only where the identity has two lines; a list of parts may have others.
    """
    missing = [code for code in (one.total, *one.terms) if code not in amounts]
    if len(missing) != 1:
        return []
    code = missing[0]
    plus = sum(amounts[each] for each in one.plus if each != code)
    minus = sum(amounts[each] for each in one.minus if each != code)
    if code == one.total:
        return [(code, plus - minus)]
    if len(one.terms) > 2:  # noqa: PLR2004 - a total and two parts
        return []
    rest = amounts[one.total] - plus + minus
    value = rest if code in one.plus else -rest
    return [(code, value)] if value >= 0 or BY_CODE[code].may_be_negative else []


def _unequal(sheet: Sheet, amounts: Amounts, derived: set[str]) -> list[Finding]:
    found = []
    for one in IDENTITIES:
        lines = (one.total, *one.terms)
        if any(code not in amounts for code in lines) or derived & set(lines):
            continue
        expected = sum(amounts[c] for c in one.plus) - sum(amounts[c] for c in one.minus)
        if abs(amounts[one.total] - expected) > _rounding_minor(sheet, len(lines)):
            found.append(Finding(one.code, one.total, amounts[one.total], expected))
    return found


def _beyond(sheet: Sheet, amounts: Amounts) -> list[Finding]:
    return [
        Finding("part_above_whole", part, amounts[part], amounts[whole])
        for part, whole in WITHIN
        if part in amounts
        and whole in amounts
        and amounts[part] - amounts[whole] > _rounding_minor(sheet, 2)
    ]


def _rounding_minor(sheet: Sheet, lines: int) -> int:
    """Return what rounding each line of the paper to its unit can add up to."""
    return lines * to_minor(Decimal(sheet.unit), sheet.currency) // 2


def statement_unit_unknown(unit: int) -> Invalid:
    """Return the error of a unit no paper has."""
    return Invalid(
        "statement_unit_unknown",
        f"Statements are not written in units of {unit}",
        place=Place(field="unit"),
        mend="Give 1, 1000 or 1000000",
    )


def statement_months_out_of_range(months: int) -> Invalid:
    """Return the error of a period that is no business year."""
    return Invalid(
        "statement_months_out_of_range",
        f"A statement over {months} months cannot be assessed",
        place=Place(field="months"),
        mend="Give the months the statement covers, 1 to 24",
    )


def statement_quality_unknown(quality: str) -> Invalid:
    """Return the error of a quality not on the list."""
    return Invalid(
        "statement_quality_unknown",
        f"{quality[:40]!r} is no quality of a statement",
        place=Place(field="quality"),
        mend=f"Use one of {', '.join(QUALITIES)}",
    )


def statement_item_unknown(code: str) -> Invalid:
    """Return the error of a line the spread does not have."""
    return Invalid(
        "statement_item_unknown",
        f"{code[:40]!r} is no line of a statement",
        place=Place(field="items"),
        mend="Use the lines of the form",
    )


def statement_amount_out_of_range(code: str) -> Invalid:
    """Return the error of an amount that cannot be kept."""
    return Invalid(
        "statement_amount_out_of_range",
        "The amount cannot be kept",
        place=Place(field=code),
        mend="Check the amount and the unit of the statement",
    )


def statement_amount_negative(code: str) -> Invalid:
    """Return the error of a line below zero that cannot be."""
    return Invalid(
        "statement_amount_negative",
        "This line of a statement is never below zero",
        place=Place(field=code),
        mend="Write assets, liabilities and revenue as positive amounts",
    )
