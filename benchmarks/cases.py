"""A matching case: customers, open items and statement lines with what they truly settle.

The JSON of `--from-json` is told in docs/reference/matching-benchmark.md.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape as escaped

from creditdesk.kernel.money import from_minor, to_minor

ACCOUNT: Final = "DE02120300000000202051"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who owes; `bank_accounts` and `aliases` are known before the statement comes."""

    number: str
    name: str
    bank_accounts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An open invoice of a customer, by number; `minor` is open of it."""

    number: str
    customer: str
    issued_on: date
    due_on: date
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """A booked movement and its label: what it settles, invoice number → minor units.

    Not decidable: not even who knew everything in this case could tell what is meant.
    """

    kind: str
    booked_on: date
    currency: str
    minor: int
    text: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    structured_references: tuple[str, ...] = ()
    settles: tuple[tuple[str, int], ...] = ()
    is_decidable: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """A day before: the items that were new, and the lines that named what they settle.

    Matching learns from it; it is taken in before anything is measured.
    """

    on: date
    items: tuple[Item, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a matching is judged by."""

    customers: tuple[Customer, ...]
    items: tuple[Item, ...]
    lines: tuple[Line, ...]
    country: str = "DE"
    currency: str = "EUR"
    history: tuple[Past, ...] = ()

    @property
    def every_item(self) -> tuple[Item, ...]:
        """The items, those of the history too."""
        return (*self.items, *(item for past in self.history for item in past.items))


def read(path: Path) -> Case:
    """Return the case a file holds; ValueError, naming the place, where it has another shape."""
    told = json.loads(path.read_text(encoding="utf-8"))
    case = Case(
        customers=tuple(_each(told, "customers", _customer)),
        items=tuple(_each(told, "items", _item)),
        lines=tuple(_each(told, "lines", _line)),
        country=told.get("country") or "DE",
        currency=told.get("currency") or "EUR",
        history=tuple(_each({"history": told.get("history") or []}, "history", _past)),
    )
    _refuse_unknown(case)
    return case


def write(case: Case, path: Path) -> None:
    """Write the case in the shape `read` takes."""
    told = {
        "country": case.country,
        "currency": case.currency,
        "customers": [asdict(one) for one in case.customers],
        "items": [_told_item(one) for one in case.items],
        "lines": [_told_line(one) for one in case.lines],
        "history": [
            {
                "on": str(past.on),
                "items": [_told_item(one) for one in past.items],
                "lines": [_told_line(one) for one in past.lines],
            }
            for past in case.history
        ],
    }
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _written(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency):f}"


def _told_item(one: Item) -> dict[str, Any]:
    return {
        "number": one.number, "customer": one.customer, "issued_on": str(one.issued_on),
        "due_on": str(one.due_on), "currency": one.currency,
        "amount": _written(one.minor, one.currency),
    }  # fmt: skip


def _told_line(one: Line) -> dict[str, Any]:
    return {
        "kind": one.kind, "booked_on": str(one.booked_on), "currency": one.currency,
        "amount": _written(one.minor, one.currency), "text": one.text,
        "counterparty": one.counterparty, "counterparty_account": one.counterparty_account,
        "structured_references": list(one.structured_references),
        "settles": [
            {"number": number, "amount": _written(minor, one.currency)}
            for number, minor in one.settles
        ],
        "decidable": one.is_decidable,
    }  # fmt: skip


def _past(given: Mapping[str, Any]) -> Past:
    return Past(
        on=date.fromisoformat(given["on"]),
        items=tuple(_each(given, "items", _item)),
        lines=tuple(_each(given, "lines", _line)),
    )


def _each(told: Mapping[str, Any], name: str, make: Any) -> list[Any]:  # noqa: ANN401 - one of three
    found = []
    for place, given in enumerate(told[name]):
        try:
            found.append(make(given))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{name}[{place}]: {error!r}") from error
    return found


def _customer(given: Mapping[str, Any]) -> Customer:
    number = _text(given["number"])
    return Customer(
        number,
        given.get("name") or number,
        tuple(given.get("bank_accounts") or ()),
        tuple(given.get("aliases") or ()),
    )


def _item(given: Mapping[str, Any]) -> Item:
    return Item(
        number=_text(given["number"]),
        customer=_text(given["customer"]),
        issued_on=date.fromisoformat(given["issued_on"]),
        due_on=date.fromisoformat(given["due_on"]),
        currency=given["currency"],
        minor=_minor(given["amount"], given["currency"]),
    )


def _line(given: Mapping[str, Any]) -> Line:
    currency = given["currency"]
    settles = [
        (_text(each["number"]), _minor(each["amount"], currency)) for each in given["settles"]
    ]
    return Line(
        kind=given.get("kind") or "unnamed",
        booked_on=date.fromisoformat(given["booked_on"]),
        currency=currency,
        minor=_minor(given["amount"], currency),
        text=given.get("text") or "",
        counterparty=given.get("counterparty") or "",
        counterparty_account=given.get("counterparty_account") or "",
        structured_references=tuple(given.get("structured_references") or ()),
        settles=tuple(settles),
        is_decidable=given.get("decidable", True),
    )


def _text(given: object) -> str:
    """Return a number of a document or a customer, which is a text."""
    if not isinstance(given, str) or not given.strip():
        raise TypeError(f"the number {given!r} must be a text that says something")
    return given


def _minor(text: str, currency: str) -> int:
    """Return minor units of a decimal that stands as text, so that no float comes between."""
    if not isinstance(text, str):
        raise TypeError(f"the amount {text!r} must be a text")
    return to_minor(Decimal(text), currency)


def _refuse_unknown(case: Case) -> None:
    customers = {one.number for one in case.customers}
    items = case.every_item
    numbers = {one.number for one in items}
    if len(numbers) < len(items) or len(customers) < len(case.customers):
        raise ValueError("a number of a customer or an item stands twice")
    for item in items:
        if item.customer not in customers:
            raise ValueError(f"item {item.number} is of an unknown customer {item.customer}")
    told = [*case.lines, *(line for past in case.history for line in past.lines)]
    for place, line in enumerate(told):
        for number, _ in line.settles:
            if number not in numbers:
                raise ValueError(f"lines[{place}] settles an unknown item {number}")


def reference(place: int, *, of: str = "BENCHLINE") -> str:
    """Return the bank's reference of a line, by which its payment is found again."""
    return f"{of}{place:08d}"


def as_camt(case: Case, first: int, last: int, *, of: str = "BENCHLINE") -> bytes:
    """Return some of the lines as a camt.053 file that adds up, a statement per currency."""
    by_currency: dict[str, list[tuple[str, Line]]] = defaultdict(list)
    for place in range(first, min(last, len(case.lines))):
        line = case.lines[place]
        by_currency[line.currency].append((reference(place, of=of), line))
    statements = "".join(
        _statement(f"{of}-{first}-{currency}", currency, lines)
        for currency, lines in sorted(by_currency.items())
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>CASE</MsgId><CreDtTm>2026-11-21T18:00:00Z</CreDtTm></GrpHdr>"
        f"{statements}</BkToCstmrStmt></Document>"
    ).encode()


def escape(text: str) -> str:
    """Return the text as XML may hold it: banks leave out what it may not."""
    return escaped("".join(sign if sign.isprintable() else " " for sign in text))


def _statement(name: str, currency: str, lines: Sequence[tuple[str, Line]]) -> str:
    days = [line.booked_on for _, line in lines]
    total = sum(line.minor for _, line in lines)
    return (
        f"<Stmt><Id>{name}</Id><CreDtTm>2026-11-21T18:00:00Z</CreDtTm>"
        f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{_balance('OPBD', 0, currency, min(days))}{_balance('CLBD', total, currency, max(days))}"
        f"{''.join(_entry(told, line) for told, line in lines)}</Stmt>"
    )


def _balance(code: str, minor: int, currency: str, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(minor, currency)}"
        f"<Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def _amount(minor: int, currency: str) -> str:
    side = "CRDT" if minor >= 0 else "DBIT"
    amount = f"{from_minor(abs(minor), currency):f}"
    return f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def _entry(told_reference: str, line: Line) -> str:
    party = f"<Dbtr><Nm>{escape(line.counterparty)}</Nm></Dbtr>" if line.counterparty else ""
    if line.counterparty_account:
        kind = "IBAN" if line.counterparty_account[:2].isalpha() else "Othr"
        number = escape(line.counterparty_account)
        told = f"<IBAN>{number}</IBAN>" if kind == "IBAN" else f"<Othr><Id>{number}</Id></Othr>"
        party += f"<DbtrAcct><Id>{told}</Id></DbtrAcct>"
    remittance = f"<Ustrd>{escape(line.text)}</Ustrd>" if line.text else ""
    for each in line.structured_references:
        remittance += f"<Strd><CdtrRefInf><Ref>{escape(each)}</Ref></CdtrRefInf></Strd>"
    return (
        f"<Ntry>{_amount(line.minor, line.currency)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.booked_on}</Dt></BookgDt><ValDt><Dt>{line.booked_on}</Dt></ValDt>"
        f"<AcctSvcrRef>{told_reference}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
        "</BkTxCd><NtryDtls><TxDtls>"
        f"{f'<RltdPties>{party}</RltdPties>' if party else ''}"
        f"{f'<RmtInf>{remittance}</RmtInf>' if remittance else ''}"
        "</TxDtls></NtryDtls></Ntry>"
    )
