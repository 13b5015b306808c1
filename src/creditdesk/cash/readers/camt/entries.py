"""From an entry to its lines: one per payment, adding up to the entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.cash.readers.camt.exchanged import original_of
from creditdesk.cash.readers.camt.nodes import Node, account_of, day_of, minor_of, signed_minor
from creditdesk.cash.readers.statement import (
    Line,
    distinct,
    reason_in,
    reference_of,
    refusal,
    squeezed,
)

_OTHER_REFERENCES = ("TxId", "InstrId", "UETR")
_DETAIL_AMOUNTS = (
    ("Amt",),
    ("AmtDtls", "TxAmt", "Amt"),
    ("AmtDtls", "CntrValAmt", "Amt"),
    ("AmtDtls", "InstdAmt", "Amt"),
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the payments of one entry share."""

    node: Node
    file: str
    booked_on: date
    value_on: date | None
    currency: str
    minor: int
    is_reversal: bool
    code: str


def entry_lines(node: Node, file: str, created_on: date | None, line_no: int) -> list[Line]:
    """Return one line per payment of a booked entry, nothing for any other entry.

    `created_on` dates an entry that names neither booking nor value date.
    """
    if (node.values(("Sts", "Cd"), ("Sts",)) or "BOOK") != "BOOK":
        return []
    entry = _entry(node, file, created_on)
    details = [detail for group in node.all("NtryDtls") for detail in group.all("TxDtls")]
    details += node.all("TxDtls")  # version 1 has no NtryDtls
    known = [amount for detail in details if (amount := _detail_minor(detail, entry)) is not None]
    if not known or len(known) < len(details):
        return [_line(entry, details, entry.minor, line_no)]
    rest = entry.minor - sum(known)
    charges = rest and _charges(entry, details)
    if rest and abs(rest) != charges:
        raise refusal(
            "statement_unproved",
            f"the payments inside the entry do not add up to it ({_decimal(entry)})",
            file=file,
            line=node.line,
            field="TxDtls/Amt",
            mend="The batch is incomplete: ask the bank for the statement again",
        )
    lines = [
        _line(entry, [detail], minor, line_no + i, is_batch=len(details) > 1)
        for i, (detail, minor) in enumerate(zip(details, known, strict=True))
    ]
    if rest:
        lines.append(_charge_line(entry, rest, line_no + len(lines)))
    return lines


def _entry(node: Node, file: str, created_on: date | None) -> _Entry:
    amount = node.first("Amt")
    value_on = day_of(node, ("ValDt",), file)
    booked_on = day_of(node, ("BookgDt",), file) or value_on or created_on
    if booked_on is None:
        raise refusal(
            "statement_date_missing",
            "the entry has no booking date",
            file=file,
            line=node.line,
            field="BookgDt",
        )
    return _Entry(
        node=node,
        file=file,
        booked_on=booked_on,
        value_on=value_on,
        currency=amount.currency if amount else "",
        minor=signed_minor(node, file),
        is_reversal=node.value("RvslInd") in {"true", "1"},
        code=_code(node),
    )


def _decimal(entry: _Entry) -> str:
    return f"{entry.node.value('Amt')} {entry.currency}"


def _detail_minor(detail: Node, entry: _Entry) -> int | None:
    """Return what the payment moved in the entry's currency, or None where that is not said."""
    if "Amt" not in detail.children and "AmtDtls" not in detail.children:
        return None
    for path in _DETAIL_AMOUNTS:
        amount = detail.first(*path)
        if amount is not None and amount.currency == entry.currency:
            direction = detail.value("CdtDbtInd") or entry.node.value("CdtDbtInd")
            minor = minor_of(amount, entry.file, entry.node.line)
            return -minor if direction == "DBIT" else minor
    return None


def _charges(entry: _Entry, details: list[Node]) -> int:
    """Return the bank's charges named on the entry, or else on its payments, in minor units."""
    return _charged(entry.node, entry) or sum(_charged(detail, entry) for detail in details)


def _charged(node: Node, entry: _Entry) -> int:
    total = 0
    for charges in node.all("Chrgs"):
        whole = charges.first("TtlChrgsAndTaxAmt")
        parts = [whole] if whole else [*charges.all("Amt"), *_amounts(charges.all("Rcrd"))]
        total += sum(
            minor_of(part, entry.file, node.line)
            for part in parts
            if part.currency == entry.currency
        )
    return total


def _amounts(nodes: list[Node]) -> list[Node]:
    return [amount for node in nodes for amount in node.all("Amt")]


def _charge_line(entry: _Entry, minor: int, line_no: int) -> Line:
    return Line(
        line_no=line_no,
        booked_on=entry.booked_on,
        value_on=entry.value_on,
        minor=minor,
        currency=entry.currency,
        reference=reference_of(entry.node.value("AcctSvcrRef"), entry.node.value("NtryRef")),
        counterparty="",
        counterparty_account="",
        text=squeezed(entry.node.value("AddtlNtryInf")),
        structured_references=(),
        is_reversal=entry.is_reversal,
        code="CHRG",
    )


def _line(
    entry: _Entry, details: list[Node], minor: int, line_no: int, *, is_batch: bool = False
) -> Line:
    """Return the line of one payment, or of an entry whose payments cannot be told apart."""
    node = entry.node
    returned = entry.is_reversal or any(detail.first("RtrInf") for detail in details)
    side = "Dbtr" if (minor >= 0) != returned else "Cdtr"
    names = {_party(detail, side) for detail in details}
    accounts = {account_of(detail.first("RltdPties", side + "Acct")) for detail in details}
    remittances = [_remittance(detail) for detail in details]
    text = squeezed(*(part for parts, _ in remittances for part in parts))
    paid = original_of(node, details, minor, entry.currency)
    end_to_end = [detail.value("Refs", "EndToEndId") for detail in details]
    return Line(
        line_no=line_no,
        booked_on=entry.booked_on,
        value_on=entry.value_on,
        minor=minor,
        currency=entry.currency,
        reference=_reference(node, details, is_batch=is_batch),
        counterparty=names.pop() if len(names) == 1 else "",
        counterparty_account=accounts.pop() if len(accounts) == 1 else "",
        text=text or squeezed(*_additional(node, details)),
        structured_references=distinct(
            [reference for _, found in remittances for reference in found] + end_to_end
        ),
        is_reversal=returned,
        code=entry.code or next((code for each in details if (code := _code(each))), ""),
        return_reason=_why_returned(details, node) if returned else "",
        original_currency=paid.currency,
        original_minor=paid.minor,
        exchange_rate=paid.rate,
    )


def _why_returned(details: list[Node], node: Node) -> str:
    """Return the reason code of a return, from its own field or else from the bank's text."""
    ways = ("RtrInf", "Rsn", "Cd"), ("RtrInf", "Rsn", "Prtry"), ("RtrInf", "RtrRsn", "Cd")
    codes = {detail.values(*ways) for detail in details} - {""}
    if len(codes) == 1:
        return codes.pop()
    return "" if codes else reason_in(squeezed(*_additional(node, details)))


def _reference(node: Node, details: list[Node], *, is_batch: bool) -> str:
    """Return the bank's reference of the payment, else the entry's, else the payer's.

    In a batch the entry's reference comes last: its payments share it.
    """
    own, end_to_end = "", ""
    others: tuple[str, ...] = ()
    if len(details) == 1:
        references = details[0].first("Refs")
        if references is None:
            references = details[0]
        told = references.children
        own = references.value("AcctSvcrRef") if "AcctSvcrRef" in told else ""
        end_to_end = references.value("EndToEndId") if "EndToEndId" in told else ""
        others = tuple([references.value(name) for name in _OTHER_REFERENCES if name in told])
    of_entry = node.value("AcctSvcrRef")
    of_payment = (end_to_end, *others) if is_batch else (of_entry, end_to_end)
    return reference_of(own, *of_payment, of_entry, node.value("NtryRef"), *others)


def _additional(node: Node, details: list[Node]) -> list[str]:
    return [*(detail.value("AddtlTxInf") for detail in details), node.value("AddtlNtryInf")]


def _party(detail: Node, side: str) -> str:
    parties = detail.first("RltdPties")
    if parties is None:
        return ""
    return squeezed(
        parties.values(
            (side, "Nm"),
            (side, "Pty", "Nm"),
            (side, "Agt", "FinInstnId", "Nm"),
            (f"Ultmt{side}", "Nm"),
            (f"Ultmt{side}", "Pty", "Nm"),
        )
    )


def _remittance(detail: Node) -> tuple[list[str], list[str]]:
    """Return all parts of the remittance information, and the structured references among them."""
    information = detail.first("RmtInf")
    if information is None:
        return [], []
    parts = [unstructured.text for unstructured in information.all("Ustrd")]
    references: list[str] = []
    for structured in information.all("Strd"):
        documents = [
            document.values(("Nb",), ("RfrdDocNb",)) for document in structured.all("RfrdDocInf")
        ]
        creditor = structured.values(("CdtrRefInf", "Ref"), ("CdtrRefInf", "CdtrRef"))
        found = [reference for reference in (*documents, creditor) if reference]
        references += found
        parts += found
        parts += [additional.text for additional in structured.all("AddtlRmtInf")]
    return parts, references


def _code(node: Node) -> str:
    code = node.first("BkTxCd")
    if code is None:
        return ""
    domain = code.first("Domn")
    if domain is not None:
        parts = domain.value("Cd"), domain.value("Fmly", "Cd"), domain.value("Fmly", "SubFmlyCd")
        if told := "-".join(filter(None, parts)):
            return told
    return code.value("Prtry", "Cd")
