"""`python -m benchmarks.interest --json FILE`: late interest and compensation of given cases.

Reads cases as `docs/how-to/late-interest.md` has them and prints one JSON answer. Status 0: all
worked out; 1: some cases were refused, each with a code and its field; 2: the file is no use.
No database is asked: the reference rates are those of the product and those in the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from creditdesk.kernel.calendars import day_of
from creditdesk.kernel.errors import DomainError, Invalid, Place
from creditdesk.kernel.money import from_minor, to_minor
from creditdesk.policy.rules.interest import (
    ALLOCATIONS,
    DAY_COUNTS,
    PUBLISHED,
    Answer,
    Change,
    Claim,
    Costs,
    ReferenceRate,
    Suspension,
    claimed,
    is_reference_rate,
    law_of,
)

BYTES_MAX = 10_000_000
DAYS_MAX = 36_500
EXACT_PLACES = Decimal("0.000001")
# Other names a field may be given by.
ALIASES: Mapping[str, str] = {
    "principal": "amount", "due_date": "due_on", "paid_on": "until", "as_of": "until",
    "rate": "rate_percent", "contract_rate": "agreed_percent", "part_payments": "payments",
    "credit_notes": "credits", "date": "on", "country": "jurisdiction",
}  # fmt: skip
CASE_FIELDS = frozenset(
    {"id", "jurisdiction", "amount", "currency", "due_on", "late_from", "until", "days",
     "consumer", "agreed_percent", "rate_percent", "usury_cap_percent", "day_count", "allocation",
     "payments", "credits", "disputes", "costs", "compensation"}
)  # fmt: skip
Rates = dict[tuple[str, date], ReferenceRate]


def main(argv: list[str] | None = None) -> int:
    """Work out the cases of a file, print the answer, return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interest", description=__doc__)
    parser.add_argument("--json", required=True, type=Path, metavar="FILE", dest="file")
    asked = parser.parse_args(argv)
    try:
        cases, rates = _read(asked.file)
    except DomainError as error:
        print(json.dumps({"error": _error(error)}, ensure_ascii=False))
        return 2
    answers = [_answered(case, n, rates) for n, case in enumerate(cases)]
    refused = sum("error" in answer for answer in answers)
    report = {"cases": len(answers), "refused": refused, "answers": answers}
    print(json.dumps(report, ensure_ascii=False))
    return 1 if refused else 0


def _read(path: Path) -> tuple[list[Any], Rates]:
    """Return the cases of a file and the reference rates to use."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise _fault("file_too_large", "", "is larger than 10 MB", "Split the file.")
        given = json.loads(path.read_bytes(), parse_float=Decimal, parse_constant=_no_number)
    except OSError as error:
        raise _fault("file_unreadable", "", "cannot be read", "Give a file that exists.") from error
    except (ValueError, RecursionError) as error:
        raise _fault("json_malformed", "", f"is no JSON: {error}", "Mend the JSON.") from error
    rates = dict(PUBLISHED)
    if isinstance(given, Mapping) and ("cases" in given or "reference_rates" in given):
        _known(given, frozenset({"cases", "reference_rates"}), "")
        rates |= _rates(given.get("reference_rates", []))
        given = given.get("cases")
    cases = [given] if isinstance(given, Mapping) else given
    if not isinstance(cases, list) or not cases:
        raise _fault("cases_missing", "cases", "holds no case", "Give a list of one or more.")
    return cases, rates


def _rates(given: object) -> Rates:
    found: Rates = {}
    for n, row in enumerate(_listed(given, "reference_rates")):
        path = f"reference_rates[{n}]"
        fields = _fields(row, frozenset({"reference", "valid_on", "percent", "source"}), path)
        code, on = (
            str(fields.get("reference", "")),
            _day(fields.get("valid_on"), f"{path}.valid_on"),
        )
        percent = _number(fields.get("percent"), f"{path}.percent")
        if not is_reference_rate(code, on, percent):
            raise _fault(
                "reference_rate_invalid", path, "is no rate of a half-year",
                "Give ecb_mro, boe_base or bbk_base, 1 January or 1 July, and a percent.",
            )  # fmt: skip
        found[code, on] = ReferenceRate(percent, str(fields.get("source", "given")))
    return found


def _answered(case: object, n: int, rates: Rates) -> dict[str, Any]:
    named = str(case.get("id", n + 1)) if isinstance(case, Mapping) else str(n + 1)
    path = f"cases[{n}]"
    try:
        claim = _claim(_fields(case, CASE_FIELDS, path), path)
        return {"id": named, **_shown(claim, claimed(claim, rates))}
    except DomainError as error:
        return {"id": named, "error": _error(error, path)}


def _claim(given: Mapping[str, Any], path: str) -> Claim:
    """Return a case as the rules take it; every fault names its field."""
    currency = _text(given, "currency", path)
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise _fault("currency_malformed", f"{path}.currency", "is no currency", "Like EUR.")

    def money(value: object, field: str) -> int:
        return _minor(value, currency, f"{path}.{field}")

    def rows(name: str, *needed: str) -> list[dict[str, Any]]:
        listed = _listed(given.get(name, []), f"{path}.{name}")
        return [
            _row(row, (*needed, "amount"), f"{path}.{name}[{n}]", currency)
            for n, row in enumerate(listed)
        ]

    start, until = _dates(given, path)
    late_on = start["due_on"] + timedelta(days=1) if "due_on" in start else start["late_from"]
    return Claim(
        law=law_of(_text(given, "jurisdiction", path), late_on),
        currency=currency,
        principal_minor=money(given.get("amount"), "amount"),
        until=until,
        is_consumer=_flag(given, "consumer", path, default=False),
        agreed_percent=_percent(given, "agreed_percent", path),
        statutory_percent=_percent(given, "rate_percent", path),
        highest_percent=_percent(given, "usury_cap_percent", path),
        day_count=_choice(given, "day_count", DAY_COUNTS, path),
        allocation=ALLOCATIONS.get(_choice(given, "allocation", (*ALLOCATIONS,), path) or ""),
        changes=(
            *(Change(row["on"], row["amount"]) for row in rows("payments", "on")),
            *(
                Change(row["on"], row["amount"], "credit", since_due=row["since_due"])
                for row in rows("credits", "on", "since_due")
            ),
        ),
        suspensions=tuple(
            Suspension(row["from"], row["until"], row["amount"])
            for row in rows("disputes", "from", "until")
        ),
        costs=tuple(Costs(row["on"], row["amount"]) for row in rows("costs", "on")),
        with_compensation=_flag(given, "compensation", path, default=True),
        **start,
    )  # fmt: skip


def _dates(given: Mapping[str, Any], path: str) -> tuple[dict[str, date], date]:
    """Return the day the count starts from, by its name, and the day it ends."""
    named = [name for name in ("due_on", "late_from") if given.get(name) is not None]
    if len(named) != 1:
        raise _fault(
            "start_unclear", f"{path}.due_on", "is not given, or late_from beside it",
            "Give either due_on or late_from.",
        )  # fmt: skip
    start = _day(given[named[0]], f"{path}.{named[0]}")
    if given.get("until") is not None:
        until = _day(given["until"], f"{path}.until")
    elif given.get("days") is not None:
        days = _number(given["days"], f"{path}.days")
        if days != int(days) or not 0 <= days <= DAYS_MAX:
            raise _fault("days_invalid", f"{path}.days", "is no number of days", "Like 45.")
        until = start + timedelta(days=int(days))
    else:
        raise _fault("until_missing", f"{path}.until", "is missing", "Give until, or days.")
    if until < start:
        raise _fault("until_before_due", f"{path}.until", f"lies before {start}", "Swap the dates.")
    return {named[0]: start}, until


def _row(given: object, names: tuple[str, ...], path: str, currency: str) -> dict[str, Any]:
    fields = _fields(given, frozenset(names), path)
    found: dict[str, Any] = {}
    for name in names:
        if name == "since_due":
            found[name] = _flag(fields, name, path, default=False)
        elif name == "amount":
            found[name] = _minor(fields.get(name), currency, f"{path}.{name}")
        else:
            found[name] = _day(fields.get(name), f"{path}.{name}")
    if "from" in found and found["until"] < found["from"]:
        raise _fault("until_before_from", f"{path}.until", "lies before its start", "Swap them.")
    return found


def _fields(given: object, known: frozenset[str], path: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise _fault("case_malformed", path, "has no fields", "Give names and values.")
    named = {key if key in known else ALIASES.get(key, key): value for key, value in given.items()}
    _known(named, known, path)
    if len(named) < len(given):
        raise _fault("field_twice", path, "names a field twice", "Give each field once.")
    return named


def _known(given: Mapping[str, Any], known: frozenset[str], path: str) -> None:
    for key in given:
        if key not in known:
            field = f"{path}.{key}".lstrip(".")
            raise _fault("field_unknown", field, "is not known", f"Use {', '.join(sorted(known))}.")


def _listed(given: object, path: str) -> list[object]:
    if not isinstance(given, list):
        raise _fault("list_expected", path, "is no list", "Give a list.")
    return given


def _text(given: Mapping[str, Any], name: str, path: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise _fault("field_missing", f"{path}.{name}", "is missing or no text", "Fill it in.")
    return value


def _flag(given: Mapping[str, Any], name: str, path: str, *, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise _fault("flag_expected", f"{path}.{name}", "is not true or false", "Give one of them.")
    return value


def _choice(given: Mapping[str, Any], name: str, known: tuple[str, ...], path: str) -> Any:  # noqa: ANN401 - one of the known texts, or none
    value = given.get(name)
    if value is not None and value not in known:
        raise _fault(
            "choice_unknown", f"{path}.{name}", "is not known", f"Use one of {', '.join(known)}."
        )
    return value


def _day(value: object, path: str) -> date:
    try:
        return day_of(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _fault("date_malformed", path, "is no date", "Write it as 2026-01-31.") from error


def _number(value: object, path: str) -> Decimal:
    is_number = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    try:
        number = Decimal(value) if is_number else Decimal("NaN")  # type: ignore[arg-type]
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _fault("number_malformed", path, "is no number", "Write it as 10.15.")
    return number


def _minor(value: object, currency: str, path: str) -> int:
    number = _number(value, path)
    try:
        minor = to_minor(number, currency)
    except ValueError as error:
        raise _fault("amount_malformed", path, str(error), "Round it to the currency.") from error
    if minor <= 0:
        raise _fault("amount_not_positive", path, "is not above zero", "Give a positive amount.")
    return minor


def _percent(given: Mapping[str, Any], name: str, path: str) -> Decimal | None:
    if given.get(name) is None:
        return None
    number = _number(given[name], f"{path}.{name}")
    if not 0 <= number <= 1_000:
        raise _fault("percent_out_of_range", f"{path}.{name}", "is no yearly rate", "Like 10.15.")
    return number


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _shown(claim: Claim, answer: Answer) -> dict[str, Any]:
    def amount(minor: int, currency: str = claim.currency) -> str:
        return f"{from_minor(minor, currency):f}"

    exact = Decimal(answer.interest_exact.numerator) / answer.interest_exact.denominator
    own = answer.compensation_currency in ("", claim.currency)
    owed = answer.principal_open_minor + answer.interest_open_minor + answer.costs_open_minor
    return {
        "jurisdiction": claim.law.code,
        "currency": claim.currency,
        "interest": amount(answer.interest_minor),
        "interest_minor": answer.interest_minor,
        "interest_exact_minor": f"{exact.quantize(EXACT_PLACES):f}",
        "compensation": amount(
            answer.compensation_minor, answer.compensation_currency or claim.currency
        ),
        "compensation_minor": answer.compensation_minor,
        "compensation_currency": answer.compensation_currency or claim.currency,
        "total": amount(answer.interest_minor + answer.compensation_minor) if own else None,
        "open": {
            "principal": amount(answer.principal_open_minor),
            "interest": amount(answer.interest_open_minor),
            "costs": amount(answer.costs_open_minor),
            "total": amount(owed),
            "overpaid": amount(answer.overpaid_minor),
        },
        "days": sum(one.days for one in answer.segments),
        "day_count": claim.day_count or claim.law.day_count,
        "allocation": list(claim.allocation or claim.law.allocation),
        "rounding": "once, half up, to the minor unit",
        "segments": _segments(claim, answer, amount),
        "sources": list(claim.law.sources),
        "notes": [*claim.law.notes, "no_legal_advice"],
    }


def _segments(claim: Claim, answer: Answer, amount: Callable[[int], str]) -> list[dict[str, Any]]:
    first = timedelta(days=1) if claim.due_on is not None else timedelta(0)
    return [
        {
            "first_day": (one.start + first).isoformat(),
            "last_day": (one.end + first - timedelta(days=1)).isoformat(),
            "days": one.days,
            "year_days": one.year_days,
            "balance": amount(one.balance_minor),
            "percent": f"{one.percent:f}",
        }
        for one in answer.segments
    ]


def _error(error: DomainError, path: str = "") -> dict[str, str]:
    field, mend = path, ""
    if isinstance(error, Invalid):
        field, mend = error.place.field or path, error.mend
        if path and not field.startswith(path):
            field = f"{path}.{field}"
    return {"code": error.code, "field": field, "message": error.message, "mend": mend}


def _fault(code: str, field: str, what: str, mend: str) -> Invalid:
    return Invalid(code, f"{field or 'The file'} {what}", place=Place(field=field), mend=mend)


if __name__ == "__main__":
    sys.exit(main())
