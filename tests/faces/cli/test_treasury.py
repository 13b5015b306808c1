"""`creditdesk mandate`, `debit` and `refund`: kept, collected, written for the bank."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from creditdesk.contact import queries as contact
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.faces.cli import treasury as commands
from creditdesk.faces.cli.main import app
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError
from creditdesk.plumbing import clock, sql
from creditdesk.treasury import services as treasury
from tests.cash import stage
from tests.support.fixtures import TODAY
from tests.treasury.conftest import clerk, desk, manager, treasurer  # noqa: F401 - fixtures
from tests.treasury.test_debits import debtor, ready
from tests.treasury.test_refunds import IBAN, released

COLLECT = "2026-03-31"


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch, desk: Actor) -> None:  # noqa: F811 - a fixture
    clock.move(desk.at)
    monkeypatch.setattr(clock, "today", lambda *_: TODAY)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def add(**known: str) -> int:
    told = {"customer": "C1", "iban": IBAN, "holder": "Acorn", "signed_on": "2026-01-05",
            "scheme": "core", "reference": "", "company": "acme"} | known  # fmt: skip
    return commands.add_mandate(**told, is_once=False)


def collect(*, is_preview: bool = False, on: str = COLLECT) -> int:
    return commands.collect(collect_on=on, scheme="core", company="acme", is_preview=is_preview)


def test_a_mandate_is_added_listed_and_revoked(
    desk: Actor,  # noqa: F811 - a fixture
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage.customer(desk, "Acorn", number="C1")
    assert add() == 0
    assert "MND-2026-000001 is kept" in said(capsys)
    assert commands.list_mandates(company="acme") == 0
    assert f"MND-2026-000001  live  CORE  C1  Acorn  {IBAN}  2026-01-05  never" in said(capsys)
    treasury.ask_account_change(desk, "MND-2026-000001", iban="FR1420041010050500013M02606")
    commands.list_mandates(company="acme")
    assert "asks for FR1420041010050500013M02606" in said(capsys)
    assert commands.revoke_mandate(reference="MND-2026-000001", why="wrote", company="acme") == 0
    assert sql.scalar("SELECT state FROM treasury_mandate") == "revoked"


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"customer": "C9"}, "customer_unknown"),
        ({"iban": "DE00"}, "iban_wrong"),
        ({"signed_on": "31.02.2026"}, "date_malformed"),
        ({"scheme": "X"}, "scheme_unknown"),
        ({"company": "none"}, "company_unknown"),
    ],
)
def test_a_mandate_that_cannot_be_kept(desk: Actor, known: dict[str, str], code: str) -> None:  # noqa: F811 - a fixture
    stage.customer(desk, "Acorn", number="C1")
    with pytest.raises(DomainError) as caught:
        add(**known)
    assert caught.value.code == code
    assert sql.scalar("SELECT count(*) FROM treasury_mandate") == 0


def test_a_collection_is_looked_at_drawn_up_and_written(
    desk: Actor,  # noqa: F811 - a fixture
    manager: Actor,  # noqa: F811 - a fixture
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ready(desk)
    owed = [debtor(desk, n, minor=1_000 * (n + 1)) for n in range(2)]
    customers.add_contact(desk, owed[0][0], contact=NewContact(name="B", email="b@example.com"))
    assert collect(is_preview=True) == 0
    shown = said(capsys)
    assert "DD-2026-000001 collects 2 debits on 2026-03-31, 30.00 EUR" in shown
    assert "INV-1  20.00 EUR  MND-2026-000002  FRST" in shown
    assert "Nothing was drawn up" in shown
    assert sql.scalar("SELECT count(*) FROM treasury_run") == 0
    assert contact.mailbox(desk.company_id).rows == ()
    assert collect() == 0
    assert "Somebody else approves it" in said(capsys)
    with pytest.raises(Conflict) as early:
        commands.debit_file(reference="DD-2026-000001", out=tmp_path, company="acme")
    assert early.value.code == "run_without_file"
    treasury.approve_run(manager, "DD-2026-000001")
    assert commands.debit_file(reference="DD-2026-000001", out=tmp_path, company="acme") == 0
    [written] = tmp_path.iterdir()
    kept = bytes(sql.scalar("SELECT content FROM treasury_paymentfile"))
    assert (written.name, written.read_bytes()) == ("PF-2026-000001.xml", kept)
    assert sql.scalars("SELECT recorded_by FROM treasury_fileact") == ["command line"]
    assert commands.handed_over(reference="DD-2026-000001", company="acme") == 0
    commands.list_runs(company="acme")
    assert "DD-2026-000001  handed_over  CORE  2026-03-31  2  30.00 EUR  PF" in said(capsys)


def test_a_collection_that_cannot_be(desk: Actor, tmp_path: Path) -> None:  # noqa: F811 - a fixture
    ready(desk)
    debtor(desk)
    for act, code in (
        (lambda: collect(on="2026-03-17"), "collection_too_soon_for_customers"),
        (lambda: collect(on="soon"), "date_malformed"),
        (lambda: commands.debit_file(reference="DD-9", out=tmp_path, company=""), "run_unknown"),
        (lambda: commands.fetch(reference="PF-9", out=tmp_path, company=""),
         "payment_file_unknown"),
        (lambda: commands.handed_over(reference="DD-9", company=""), "run_unknown"),
    ):  # fmt: skip
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []
    assert sql.scalar("SELECT count(*) FROM treasury_run") == 0


def test_released_refunds_are_listed_and_their_file_written(
    desk: Actor,  # noqa: F811 - a fixture
    clerk: Actor,  # noqa: F811 - a fixture
    manager: Actor,  # noqa: F811 - a fixture
    treasurer: Actor,  # noqa: F811 - a fixture
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, _, file = released(desk, clerk, manager, treasurer)
    assert commands.list_refunds(company="acme") == 0
    line = said(capsys)
    for part in ("RFD-2026-000001  released", "40.00 EUR", IBAN, file.reference):
        assert part in line
    target = tmp_path / "refunds.xml"
    assert commands.fetch(reference=file.reference, out=target, company="acme") == 0
    assert file.sha256 in said(capsys)
    assert b"pain.001.001.09" in target.read_bytes()


def test_no_command_approves_or_releases() -> None:
    for name, verbs in (
        ("mandate", {"list", "add", "revoke"}),
        ("debit", {"list", "preview", "collect", "file", "handed-over"}),
        ("refund", {"list", "file"}),
    ):
        told = CliRunner().invoke(app, [name, "--help"]).output
        assert all(verb in told for verb in verbs)
        assert "approve" not in told.replace("approved", "").replace("approves", "")
        assert "release" not in told.replace("released", "")
