"""camt.052, camt.053 and camt.054 of any version, large files entry by entry in bounded memory.

Elements are found by their local names, so namespaces and versions do not matter. Only booked
entries become lines; a batch becomes one line per payment, and its payments must add up to it.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from xml.etree import ElementTree as ET

from lxml import etree

from creditdesk.cash.readers.camt.entries import entry_lines
from creditdesk.cash.readers.camt.nodes import (
    Element,
    Node,
    account_of,
    day_of,
    local_name,
    node_of,
    signed_minor,
)
from creditdesk.cash.readers.camt.usual import usual_reports
from creditdesk.cash.readers.statement import (
    NO_BALANCES,
    PROVED,
    Line,
    Statement,
    is_currency,
    proved,
    refusal,
    squeezed,
)
from creditdesk.kernel.errors import Invalid

REPORTS = {"Rpt": "camt.052", "Stmt": "camt.053", "Ntfctn": "camt.054"}
OPENING = ("OPBD", "PRCD", "ITBD")
CLOSING = ("CLBD", "ITBD")

_REPORT_NAMES = frozenset(REPORTS)
_TAGS = ("{*}Rpt", "{*}Stmt", "{*}Ntfctn", "{*}Ntry")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")


@dataclass(slots=True)
class _Report:
    """A statement under construction: its element, its lines so far and the count of entries."""

    element: Element
    format: str
    file: str
    lines: list[Line] = field(default_factory=list)
    entries: int = 0
    created_on: date | None = None
    done: Element | None = None


def read(data: bytes, file: str) -> list[Statement]:
    """Return the statements of a camt file; refuse DOCTYPEs, broken XML and wrong sums."""
    with contextlib.suppress(Invalid, RecursionError):  # said below, with its place in the file
        usual = usual_reports(data, _REPORT_NAMES)
        if usual is not None:
            return _of_usual(usual, file)
    try:
        return list(_statements(data, file))
    except etree.XMLSyntaxError as error:
        if "ncoding" not in str(error) and "UTF-8" not in str(error):
            raise _broken(error, file) from error
    # Not what its declaration says: the one other encoding banks use is Windows-1252.
    text = _DECLARATION.sub(b"", data).decode("cp1252", errors="replace")
    try:
        return list(_statements(text.encode(), file))
    except etree.XMLSyntaxError as error:
        raise _broken(error, file) from error


def read_share(data: bytes, file: str, share: int, shares: int) -> list[Statement] | None:
    """Return the statements with only this share of each one's entries, proved by nobody yet.

    None where the file is not of the usual kind, or something is wrong: `read` then says what.
    """
    try:
        usual = usual_reports(data, _REPORT_NAMES)
        return None if usual is None else _of_usual(usual, file, share, shares)
    except (Invalid, RecursionError):
        return None


def _of_usual(
    elements: list[ET.Element], file: str, share: int = 0, shares: int = 1
) -> list[Statement]:
    """Return the statements of reports read whole, proved; or a share of them, unproved.

    Lines of a share are numbered as if each entry before it were one line.
    """
    found: list[Statement] = []
    first_line = 1
    for element in elements:
        report = _Report(element, REPORTS[local_name(element.tag)], file)
        entries = [child for child in element if local_name(child.tag) == "Ntry"]
        begin, end = (len(entries) * one // shares for one in (share, share + 1))
        for entry in entries[begin:end]:
            _add_entry(report, entry, first_line + begin)
        found.append(_statement(report, is_whole=shares == 1))
        first_line += begin + len(report.lines) + len(entries) - end
    return found


def _broken(error: etree.XMLSyntaxError, file: str) -> Invalid:
    return refusal(
        "statement_unreadable",
        f"the XML is broken: {error.msg}",
        file=file,
        line=error.lineno or None,
        mend="The file is cut off or altered: fetch it from the bank again",
    )


def _statements(data: bytes, file: str) -> Iterator[Statement]:
    events = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        tag=_TAGS,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    report: _Report | None = None
    first_line = 1
    for event, element in events:
        name = local_name(element.tag)
        if event == "start":
            if name in REPORTS and report is None:
                _refuse_doctype(element, file)
                report = _Report(element, REPORTS[name], file)
        elif report is not None and name == "Ntry" and element.getparent() is report.element:
            _add_entry(report, element, first_line)
            _let_go(report, element)
        elif report is not None and element is report.element:
            yield _statement(report)
            first_line += len(report.lines)
            report = None
            element.clear()
    _refuse_other_xml(events.root, file)


def _refuse_other_xml(root: etree._Element, file: str) -> None:
    names = [local_name(each.tag) for each in (root, *islice(root, 3))]
    if not any(name.startswith("BkToCstmr") for name in names):
        raise refusal(
            "statement_unreadable",
            f"this is XML, but {names[0][:40]!r} is no camt message",
            file=file,
            mend="Fetch the statement as camt.053",
        )


def _add_entry(report: _Report, element: Element, first_line: int) -> None:
    """Add the lines of an entry."""
    if not report.entries:
        report.created_on = _created(report)
    report.entries += 1
    report.lines += entry_lines(
        node_of(element), report.file, report.created_on, first_line + len(report.lines)
    )


def _let_go(report: _Report, element: Element) -> None:
    """Let go of the entry before this one, on which the parser still stands."""
    if report.done is not None:
        report.element.remove(report.done)
    report.done = element


def _refuse_doctype(element: etree._Element, file: str) -> None:
    """Refuse a document that declares a DOCTYPE, by whatever encoding it was hidden."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise refusal(
            "statement_entities_forbidden",
            "the XML declares a DOCTYPE, which no bank does",
            file=file,
        )


def _created(report: _Report) -> date | None:
    """Return the day the report was made, for notifications that date no entry."""
    return day_of(node_of(report.element, without="Ntry"), (), report.file, name="CreDtTm")


def _statement(report: _Report, *, is_whole: bool = True) -> Statement:
    header = node_of(report.element, without="Ntry")
    currency = _currency(header, report)
    _refuse_foreign(report, currency, header.line)
    balances = [
        (_kind(balance), balance)
        for balance in header.all("Bal")
        # Some banks repeat balances in a reporting currency; only the account's own can prove it.
        if (amount := balance.first("Amt")) is not None and amount.currency == currency
    ]
    opening = _balance(balances, OPENING, last=False)
    closing = _balance(balances, CLOSING, last=True)
    if opening is closing:
        opening = None
    opening_minor = signed_minor(opening, report.file) if opening else None
    closing_minor = signed_minor(closing, report.file) if closing else None
    proof = NO_BALANCES
    if is_whole:
        proof = _proof(report, header, currency, opening_minor, closing_minor)
    return Statement(
        format=report.format,
        account=account_of(header.first("Acct")),
        currency=currency,
        statement_id=squeezed(header.value("Id")),
        from_date=day_of(header, ("FrToDt",), report.file, "Fr") or _dated(opening, report.file),
        to_date=_dated(closing, report.file) or day_of(header, ("FrToDt",), report.file, "To"),
        opening_minor=opening_minor,
        closing_minor=closing_minor,
        proof=proof,
        lines=tuple(report.lines),
    )


def _kind(balance: Node) -> str:
    return balance.values(("Tp", "CdOrPrtry", "Cd"), ("Tp", "Cd"))


def _balance(
    balances: list[tuple[str, Node]], kinds: tuple[str, ...], *, last: bool
) -> Node | None:
    for kind in kinds:
        found = [balance for code, balance in balances if code == kind]
        if found:
            return found[-1 if last else 0]
    return None


def _dated(balance: Node | None, file: str) -> date | None:
    return day_of(balance, ("Dt",), file) if balance else None


def _proof(
    report: _Report, header: Node, currency: str, opening: int | None, closing: int | None
) -> str:
    """Return what the balances prove; refuse where they, or the count of entries, disagree.

    An intraday report (camt.052) may list only what is new since the last one, so there a sum that
    does not fit proves nothing and refuses nothing.
    """
    balances = (opening, closing)
    if report.format == "camt.052" and not _connected(balances, report.lines):
        balances = (None, None)
    proof = proved(report.file, currency, balances, report.lines, line=header.line)
    stated = header.value("TxsSummry", "TtlNtries", "NbOfNtries")
    if proof != PROVED and stated and stated != str(report.entries):
        raise refusal(
            "statement_unproved",
            f"the statement counts {stated[:20]} entries but holds {report.entries}",
            file=report.file,
            line=header.line,
            field="NbOfNtries",
        )
    return proof


def _connected(balances: tuple[int | None, int | None], lines: list[Line]) -> bool:
    opening, closing = balances
    return opening is not None and opening + sum(line.minor for line in lines) == closing


def _currency(header: Node, report: _Report) -> str:
    """Return the account's currency: as said, else of booked balances, entries, any balance."""
    stated = [(_kind(each), each.first("Amt")) for each in header.all("Bal")]
    booked = [amount.currency for kind, amount in stated if amount and kind in (*OPENING, *CLOSING)]
    candidates = (
        header.value("Acct", "Ccy"),
        *booked,
        *(line.currency for line in report.lines[:1]),
        *(amount.currency for _, amount in stated if amount),
    )
    currency = next((each for each in candidates if is_currency(each)), "")
    if not currency:
        raise refusal(
            "statement_currency_missing",
            "neither the account nor a balance nor an entry names a currency",
            file=report.file,
            line=header.line,
            field="Acct/Ccy",
        )
    return currency


def _refuse_foreign(report: _Report, currency: str, line: int | None) -> None:
    foreign = next((each for each in report.lines if each.currency != currency), None)
    if foreign is not None:
        raise refusal(
            "statement_currency_mixed",
            f"movement {foreign.line_no} is in {foreign.currency}, the account in {currency}",
            file=report.file,
            line=line,
            field="Ntry/Amt/@Ccy",
        )
