"""The journal for Beancount: what it says, and that an unmodified bean-check accepts it."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from creditdesk.kernel.actor import Actor
from creditdesk.kernel.money import from_minor
from creditdesk.ledger import export, queries, services
from creditdesk.ledger.rules import (
    BANK,
    RECEIVABLE,
    REVENUE,
    UNAPPLIED,
    UNIDENTIFIED,
    VAT_OUTPUT,
    Posting,
)
from tests.support.machine import bean_check

TINY = {"EUR": 1, "JPY": 7, "KWD": 1_001}


def move(
    debit: str, credit: str, minor: int, source: tuple[str, int], *, on: date, **more: object
) -> Posting:
    kind, number = source
    return Posting(
        debit=debit, credit=credit, minor=minor, effective_on=on, source_kind=kind,
        source_id=number, **{"currency": "EUR", **more},  # type: ignore[arg-type]
    )  # fmt: skip


def books(actor: Actor) -> None:
    """Post two customers, three currencies, taxes, a payment, an undo and an unknown account."""
    march = date(2026, 3, 2)
    paid = move(
        UNAPPLIED, RECEIVABLE, 5_000, ("allocation", 1), on=date(2026, 3, 9), customer_id=7,
        item_id=1,
    )  # fmt: skip
    postings = [
        move(RECEIVABLE, REVENUE, 10_000, ("item", 1), on=march, customer_id=7, item_id=1),
        move(RECEIVABLE, VAT_OUTPUT, 1_900, ("item", 1), on=march, customer_id=7, item_id=1),
        move(BANK, UNIDENTIFIED, 5_000, ("payment", 1), on=date(2026, 3, 9)),
        move(UNIDENTIFIED, UNAPPLIED, 5_000, ("payer", 1), on=date(2026, 3, 9), customer_id=7),
        paid,
        paid.reversed(on=date(2026, 3, 12)),
        move("write_off", RECEIVABLE, 100, ("write_off", 1), on=date(2026, 3, 13), customer_id=7),
    ]
    postings += [
        move(RECEIVABLE, REVENUE, minor, ("item", 10 + n), on=march, customer_id=8, currency=code)
        for n, (code, minor) in enumerate(TINY.items())
    ]
    services.post(actor, postings)


def asserted(lines: list[str]) -> dict[tuple[str, str], Decimal]:
    """Return the totals the journal asserts, by account and currency."""
    found = {}
    for line in lines:
        words = line.split()
        if words[1:2] == ["balance"]:
            found[words[2], words[-1]] = Decimal(words[3])
    return found


def added_up(lines: list[str]) -> dict[tuple[str, str], Decimal]:
    """Return the sums of the journal's own postings, by account and currency."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        words = line.split()
        if line.startswith("  ") and len(words) == 3:
            sums[words[0], words[2]] += Decimal(words[1])
    return dict(sums)


def test_the_journal_says_what_was_posted(actor: Actor) -> None:
    books(actor)
    lines = list(
        export.beancount_lines(actor.company_id, title='A "B" \\ C\n', customers={7: 'Kö "7"'})
    )
    assert lines[0] == 'option "title" "A \\"B\\" \\\\ C "'
    assert "2026-03-02 open Assets:Receivable:C7" in lines
    assert lines[lines.index("2026-03-02 open Assets:Receivable:C7") + 1] == (
        '  customer: "Kö \\"7\\""'
    )
    start = lines.index('2026-03-02 * "item 1"')
    assert lines[start + 1 : start + 11] == [
        '  source: "item:1"',
        '  recorded: "2026-03-16T09:00:00+00:00"',
        "  Assets:Receivable:C7  100.00 EUR",
        "    item: 1",
        "  Income:Revenue  -100.00 EUR",
        "    item: 1",
        "  Assets:Receivable:C7  19.00 EUR",
        "    item: 1",
        "  Liabilities:Vat-Output  -19.00 EUR",
        "    item: 1",
    ]
    assert "  Assets:Receivable:C8  7 JPY" in lines
    assert "  Assets:Receivable:C8  1.001 KWD" in lines
    assert "2026-03-14 balance Equity:Other:A-write-off  1.00 ~ 0 EUR" in lines


@pytest.mark.parametrize("as_of", [None, date(2026, 3, 9), date(2026, 3, 12)])
def test_the_asserted_totals_are_ours_and_the_journals(actor: Actor, as_of: date | None) -> None:
    books(actor)
    lines = list(export.beancount_lines(actor.company_id, as_of))
    expected = {
        (export.account_name(b.account), b.currency): from_minor(b.minor, b.currency)
        for b in queries.balances(actor.company_id, as_of=as_of)
        if b.account not in export.BY_CUSTOMER
    }
    for account in sorted(export.BY_CUSTOMER):
        for row in queries.customer_balances(actor.company_id, account, as_of=as_of):
            name = export.account_name(account, row.customer_id)
            expected[name, row.currency] = from_minor(row.minor, row.currency)
    found = asserted(lines)
    assert {key: total for key, total in found.items() if total} == {
        key: total for key, total in expected.items() if total
    }
    assert found == added_up(lines)


def test_empty_books_make_an_empty_journal(actor: Actor) -> None:
    assert list(export.beancount_lines(actor.company_id)) == ['option "title" "creditdesk"']


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("write_off", "Equity:Other:A-write-off"),
        ("9 Überträge", "Equity:Other:A-9-x20--xdc-bertr-xe4-ge"),
    ],
)
def test_any_account_code_makes_a_valid_name(code: str, name: str) -> None:
    assert export.account_name(code) == name


def checked(journal: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "books.beancount"
    path.write_text("\n".join(journal) + "\n")
    program = bean_check()
    assert program
    return subprocess.run([program, str(path)], check=False, capture_output=True, text=True)


@pytest.mark.needs("bean-check")
@pytest.mark.parametrize("as_of", [None, date(2026, 3, 9)])
def test_bean_check_accepts_the_journal(actor: Actor, tmp_path: Path, as_of: date | None) -> None:
    books(actor)
    services.post(
        actor, [move("9 Überträge", BANK, 3, ("other", 1), on=date(2026, 3, 1), customer_id=None)]
    )
    lines = list(
        export.beancount_lines(actor.company_id, as_of, title='"\\', customers={7: '\\"ü\n"'})
    )
    result = checked(lines, tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.needs("bean-check")
@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("  Assets:Receivable:C8  0.01 EUR", "  Assets:Receivable:C8  0.02 EUR"),
        (
            "2026-03-14 balance Assets:Receivable:C8  0.01 ~ 0 EUR",
            "2026-03-14 balance Assets:Receivable:C8  0.02 ~ 0 EUR",
        ),
    ],
)
def test_bean_check_would_see_one_cent(
    actor: Actor, tmp_path: Path, line: str, instead: str
) -> None:
    books(actor)
    lines = list(export.beancount_lines(actor.company_id))
    lines[lines.index(line)] = instead
    assert checked(lines, tmp_path).returncode != 0
