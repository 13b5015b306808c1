"""The product as it is typed, against a database of the test.

`creditdesk` runs a command as a process of its own; `here` runs the same command within the test,
which spares a start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from creditdesk.cash.models import BankLine, Payment
from creditdesk.contact.models import Message
from creditdesk.controls import queries as controls
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import main
from creditdesk.invoices import queries as invoices
from creditdesk.plumbing import clock
from tests.scenarios.real_files import Receipt, bank_file, rows_of, written
from tests.support.machine import bean_check, shared_data

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 3, 17)
YESTERDAY = date(2026, 3, 16)
ACCOUNT = "DE02120300000000202051"
REFUSED, SOME_REJECTED = 2, 3


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Type = Callable[..., Said]


def environment(database: str) -> dict[str, str]:
    """Point a child process at the test's own database."""
    told = dict(os.environ)
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        before, _, after = told[name].partition("?")
        told[name] = before.rpartition("/")[0] + f"/{database}" + (f"?{after}" if after else "")
    return told


@pytest.fixture
def creditdesk(committed_db: str) -> Type:
    """Type a command: `creditdesk("day", "--json")`."""

    def type_(*words: object, **more: str) -> Said:
        connections.close_all()
        done = subprocess.run(
            [sys.executable, "-m", "creditdesk", *map(str, words)],
            cwd=ROOT, env={**environment(committed_db), **more}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    return type_


@pytest.fixture
def here(
    committed_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Type:
    """Type a command that runs in this process."""

    def type_(*words: object, **more: str) -> Said:
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["creditdesk", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return type_


def days_ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def customer_file() -> bytes:
    return written(
        ["Customer No", "Name", "Country", "E-mail", "Credit limit", "Currency"],
        [
            ["C-1", "Birch Ltd", "DE", "ap@birch.example", "5000", "EUR"],
            ["C-2", "Alder GmbH", "DE", "kreditoren@alder.example", "", "EUR"],
            ["C-3", "Rowan SA", "FR", "", "1200", "EUR"],
        ],
    )


def invoice_rows() -> list[list[str]]:
    return [
        ["INV-1", "C-1", days_ago(75), days_ago(45), "100.00", "19.00", "EUR"],
        ["INV-2", "C-1", days_ago(20), days_ago(-10), "200.00", "38.00", "EUR"],
        ["INV-3", "C-2", days_ago(60), days_ago(30), "300.00", "57.00", "EUR"],
        ["INV-4", "C-9", days_ago(60), days_ago(30), "1.00", "0.19", "EUR"],
    ]


def invoice_file(rows: list[list[str]]) -> bytes:
    headings = ["Invoice", "Customer No", "Date", "Due date", "Net", "VAT", "Currency"]
    return written(headings, rows)


def opened(creditdesk: Type, folder: Path) -> None:
    """Found a company on the test's date and load its customers and invoices."""
    founded = creditdesk(
        "init", "--company", "shop", "--name", "The Shop", "--sender", "credit@shop.example"
    )
    assert (founded.status, founded.err) == (0, "")
    clock.move(datetime(2026, 3, 17, 9, 30, tzinfo=UTC))
    for kind, content in (("customers", customer_file()), ("invoices", invoice_file([]))):
        (folder / f"{kind}.csv").write_bytes(content)
    assert creditdesk("import", "customers", folder / "customers.csv").status == 0


def test_from_an_empty_database_to_a_proved_day(
    creditdesk: Type, here: Type, tmp_path: Path
) -> None:
    opened(creditdesk, tmp_path)
    of = controls.company_by_code("shop")
    assert sorted(customers.by_number(of.id)) == ["C-1", "C-2", "C-3"]

    # Good rows go in, the bad one comes back in a file that says why and can be loaded again.
    file, rejected = tmp_path / "invoices.csv", tmp_path / "rejected.csv"
    file.write_bytes(invoice_file(invoice_rows()))
    loaded = creditdesk("import", "invoices", file, "--rejected", rejected)
    assert loaded.status == SOME_REJECTED
    assert "3 taken in, 0 known already, 1 rejected" in loaded.out
    assert "customer_unknown" in loaded.out
    [back] = rows_of(rejected)
    assert (back["Invoice"], back["line"], back["field"]) == ("INV-4", "5", "customer_number")
    assert "C-9" in back["why"]
    rejected.write_text(rejected.read_text(encoding="utf-8-sig").replace("C-9", "C-2"), "utf-8")
    loaded = here("import", "invoices", rejected)
    assert (loaded.status, "1 taken in" in loaded.out) == (0, True)

    # The bank file is read without the database, then taken in; twice brings nothing new.
    bank = tmp_path / "bank.csv"
    bank.write_bytes(
        bank_file(
            ACCOUNT, "EUR",
            [Receipt(YESTERDAY, 11_900, "INV-1", "Birch"), Receipt(YESTERDAY, 555, "?", "Nobody")],
        )
    )  # fmt: skip
    [statement] = creditdesk(
        "bank", "read", bank, "--json", DATABASE_URL="postgresql://nowhere.invalid/x"
    ).json
    lines = statement.pop("lines")
    assert statement == {
        "format": "csv", "account": ACCOUNT, "currency": "EUR", "statement": "",
        "from": YESTERDAY.isoformat(), "to": YESTERDAY.isoformat(),
        "opening_minor": 5_000_000, "closing_minor": 5_012_455, "proof": "proved",
    }  # fmt: skip
    assert lines[0] == {
        "line": 2, "booked_on": YESTERDAY.isoformat(), "value_on": None, "minor": 11_900,
        "currency": "EUR", "reference": "", "counterparty": "Birch", "account": "",
        "text": "INV-1",
    }  # fmt: skip
    assert BankLine.objects.count() == 0
    first = creditdesk("bank", "load", bank)
    assert "bank.csv: 2 lines, 2 new, 2 payments" in first.out
    assert "1 payments applied, 1 left for a person" in first.out
    assert "bank.csv: 2 lines, 0 new, 0 payments" in here("bank", "load", bank).out
    assert Payment.objects.count() == 2

    # The day: INV-1 is paid, INV-2 is not due, so only Alder is written to.
    done = creditdesk("day", "--json", "--bank", bank)
    assert done.status == 0, done.err
    [day] = done.json
    assert (day["company"], day["business_date"], day["missed_dates"]) == ("shop", "2026-03-17", [])
    by_step = {step.pop("step"): step for step in day["steps"]}
    assert list(by_step) == [
        "take_in", "match", "catch_up", "judge_promises", "rate_payers",
        "issue_recurring", "screen_names",
        "expire_reservations",
        "recheck_orders", "reconcile", "raise_alerts", "charge_interest", "contact", "applications",
        "start_reviews", "tell_policy",
        "statements", "send", "keep_accounts", "worklist", "learn", "morning", "publish_head",
        "prove",
    ]  # fmt: skip
    assert by_step["take_in"] == {"files": 1, "lines_new": 0, "refused": []}
    assert by_step["contact"]["by_step"] == {"second": 1}
    assert by_step["send"]["sent"] == 1
    assert by_step["prove"] == {"differences": []}
    assert [row.recipient for row in Message.objects.all()] == ["kreditoren@alder.example"]
    assert invoices.invoice(of.id, "INV-1").open_minor == 0

    books, decisions, chain, house = creditdesk("verify").out.splitlines()
    assert house == "house: the chain holds: 0 rows in 0 seals"
    assert books == "shop: the books hold"
    assert decisions.startswith("shop: ")
    assert decisions.endswith("decisions replay to the same result")
    assert chain.startswith("shop: the chain holds: ")


def test_a_broken_bank_file_is_refused_with_file_line_field_and_mend(
    creditdesk: Type, here: Type, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.sta"
    broken.write_text(
        ":20:X\r\n:25:DE02120300000000202051\r\n:28C:1/1\r\n:60F:C260316EUR100,00\r\n"
        ":61:2603160316C50,00NTRFNONREF\r\n:86:INV-1\r\n:62F:C260316EUR999,00\r\n-\r\n"
    )
    told = creditdesk("bank", "read", broken, "--json")
    assert (told.status, told.out) == (REFUSED, "")
    error = json.loads(told.err)
    assert {key: error[key] for key in ("error", "file", "line", "field")} == {
        "error": "statement_unproved", "file": "broken.sta", "line": 7, "field": "closing balance",
    }  # fmt: skip
    assert error["message"]
    assert error["mend"]
    told = here("bank", "read", broken)
    assert told.status == REFUSED
    for part in ("broken.sta", "line 7", "closing balance", error["mend"], "[statement_unproved]"):
        assert part in told.err


@pytest.mark.needs("bean-check")
def test_the_journal_is_accepted_by_beancount(here: Type, tmp_path: Path) -> None:
    opened(here, tmp_path)
    (tmp_path / "invoices.csv").write_bytes(invoice_file(invoice_rows()[:3]))
    assert here("import", "invoices", tmp_path / "invoices.csv").status == 0
    journal = tmp_path / "books.beancount"
    assert here("export", "beancount", journal, "--company", "shop").status == 0
    program = bean_check()
    assert program is not None
    checked = subprocess.run([program, str(journal)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    early = here("export", "beancount", "-", "--as-of", days_ago(61))
    assert "INV-1" not in early.out or "INV-3" not in early.out
    assert early.out.count(" * ") < journal.read_text().count(" * ")


def test_verify_says_so_and_fails_when_the_books_were_corrupted(
    creditdesk: Type, here: Type, tmp_path: Path
) -> None:
    opened(here, tmp_path)
    (tmp_path / "invoices.csv").write_bytes(invoice_file(invoice_rows()[:3]))
    assert here("import", "invoices", tmp_path / "invoices.csv").status == 0
    assert here("seal").status == 0
    assert here("verify").status == 0
    # As owner and with the guards off: what an intruder with the owner's password could do.
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_posting DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_posting SET minor = minor + 1 WHERE minor = 10000")
        assert cursor.rowcount == 1
        cursor.execute("ALTER TABLE ledger_posting ENABLE TRIGGER USER")
    told = creditdesk("verify")
    assert told.status == 1
    assert "INV-1" in told.err
    assert "shop: changed: ledger_posting" in told.err
    assert "column minor" in told.err
    assert told.out == "house: the chain holds: 0 rows in 0 seals\n"


def test_a_month_is_closed_and_reopened(here: Type, tmp_path: Path) -> None:
    opened(here, tmp_path)
    assert (here("period", "list").status, here("period", "list").out) == (0, "")
    (tmp_path / "invoices.csv").write_bytes(invoice_file(invoice_rows()[:3]))
    assert here("import", "invoices", tmp_path / "invoices.csv").status == 0
    first = here("period", "list").out.splitlines()[0].split()
    assert (first[0], first[3]) == ("shop", "open")
    month = first[2][:7]
    told = here("period", "close", month, "--soft")
    assert told.out == f"shop: {first[1]} to {first[2]} is soft_closed; closed up to no day\n"
    told = here("period", "close", first[2])
    assert told.out == f"shop: {first[1]} to {first[2]} is closed; closed up to {first[2]}\n"
    for words, code in (
        (("close", month), "period_closed_already"),
        (("close", "2999-12"), "period_not_over"),
        (("close", "next month"), "date_malformed"),
        (("reopen", month, "--reason", " "), "reason_missing"),
        (("reopen", "1999-12", "--reason", "x"), "period_unknown"),
    ):
        told = here("period", *words)
        assert (told.status, told.err.endswith(f"[{code}]\n")) == (REFUSED, True), told.err
    assert here("period", "reopen", month, "--reason", "one more").status == 0
    assert here("period", "list").out.splitlines()[0].endswith(" open")
    assert here("verify").status == 0


def test_what_cannot_be_done_is_said_in_one_line(here: Type, tmp_path: Path) -> None:
    assert "company_missing" in here("verify").err
    opened(here, tmp_path)
    file = tmp_path / "customers.csv"
    for words, code in (
        (("import", "suppliers", file), "import_kind_unknown"),
        (("import", "customers", file, "--map", "name=Nom"), "column_unknown"),
        (("import", "customers", file, "--option", "dates=dmy"), "option_unknown"),
        (("export", "ledger-cli", tmp_path / "x"), "export_unknown"),
        (("verify", "--company", "other"), "company_unknown"),
    ):
        told = here(*words)
        assert (told.status, told.err.count("\n")) == (REFUSED, 1), told.err
        assert told.err.startswith("creditdesk: ")
        assert told.err.endswith(f"[{code}]\n")


def test_a_user_and_a_key_are_made(here: Type, tmp_path: Path) -> None:
    opened(here, tmp_path)
    told = here(
        "user", "add", "anna", "--role", "collector", "--role", "sales", "--full-name", "Anna Ash",
        CREDITDESK_PASSWORD="correct horse battery",
    )  # fmt: skip
    assert (told.status, told.out) == (0, "anna may sign in as collector, sales\n")
    key = here("api-key", "web shop", "--role", "sales")
    assert key.status == 0
    assert key.out.startswith("cd_")
    actor = controls.key_actor(key.out.strip())
    assert actor is not None
    assert (actor.may("orders.check"), actor.may("cash.apply")) == (True, False)


@pytest.mark.needs("shared-data")
def test_real_files_go_in_by_the_command_line(creditdesk: Type, here: Type, tmp_path: Path) -> None:
    data = shared_data()
    assert data is not None
    assert (
        creditdesk("init", "--company", "real", "--currency", "USD", "--country", "US").status == 0
    )
    told = here("import", "customers", data / "companies" / "northwind" / "customers.csv")
    assert (told.status, "91 taken in" in told.out) == (0, True), told.err
    open_list = data / "late_payment" / "b2b_open.csv"
    told = creditdesk("import", "invoices", open_list, "--create-customers")
    assert (told.status, "9700 taken in, 0 known already, 0 rejected" in told.out) == (0, True)
    assert "name_customer                → customer_name" in told.out
    assert "0 taken in, 9700 known already" in here("import", "invoices", open_list).out
    files = [
        *sorted((data / "bank" / "bai2").glob("*.bai2")),
        *sorted((data / "bank" / "mt940" / "jejik").glob("*.sta")),
    ]
    told = here("bank", "load", *files)
    assert told.status == REFUSED  # some were altered when they were made anonymous
    refused = [line for line in told.err.splitlines() if line.startswith("creditdesk: ")]
    assert len(refused) + told.out.count(" lines, ") == len(files)
    assert all("[statement_" in line for line in refused)
    assert here("verify").status == 0
