"""What replaced foreign keys of cash refuses what names nothing, or what is somebody else's."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import roles, sql
from tests.cash import stage

pytestmark = pytest.mark.django_db
LINE = """
    INSERT INTO cash_bankline (company_id, account_id, statement_id, fingerprint, ordinal, line_no,
                               booked_on, currency, minor, structured_references, is_reversal,
                               recorded_at, reference, counterparty, counterparty_account, text,
                               code)
    SELECT %s, %s, %s, 'f' || n, 1, n, '2026-03-10', 'EUR', 5, '{}', FALSE, now(),
           '', '', '', '', ''
      FROM generate_series(1, 3) n
"""
PAYMENT = """
    INSERT INTO cash_payment (company_id, reference, bank_line_id, received_on, currency,
                              total_minor, unapplied_minor, on_account, recorded_at)
    VALUES (%s, 'PAY-x', %s, '2026-03-10', 'EUR', 5, 5, FALSE, now())
"""
MATCH = """
    INSERT INTO cash_match (company_id, payment_id, method, is_certain, reasons, proposals,
                            policy_version, recorded_at, recorded_by)
    VALUES (%s, %s, 'none', FALSE, '[]', '[]', 1, now(), 'x')
"""
ALLOCATION = """
    INSERT INTO cash_allocation (company_id, payment_id, item_id, minor, applied_on, recorded_at,
                                 recorded_by, undone_by)
    VALUES (%s, %s, %s, 5, '2026-03-10', now(), 'x', '')
"""
TABLES = ("cash_bankline", "cash_payment", "cash_match", "cash_allocation", "invoices_item")


@pytest.fixture
def paid(desk: Actor) -> dict[str, int]:
    """One invoice paid in full, and a line of money that went out; the ids of each row."""
    acorn = stage.customer(desk, "Acorn Foods")
    stage.invoice(desk, acorn, "INV-2026-00012", 10_000)
    lines = [stage.Paid(minor=10_000, text="INV-2026-00012"), stage.Paid(minor=-500, text="fee")]
    stage.take_in(desk, *lines)
    cash.match(desk)
    return {table: int(sql.scalar(f"SELECT min(id) FROM {table}")) for table in TABLES} | {
        "account": int(sql.scalar("SELECT id FROM cash_bankaccount")),
        "statement": int(sql.scalar("SELECT id FROM cash_statement")),
        "outgoing": int(sql.scalar("SELECT id FROM cash_bankline WHERE minor < 0")),
    }


def counts() -> dict[str, int]:
    return {table: int(sql.scalar(f"SELECT count(*) FROM {table}")) for table in TABLES}


def refused(statement: str, given: list[int]) -> None:
    before = counts()
    with pytest.raises(IntegrityError, match="does not have"), transaction.atomic():
        sql.execute(statement, given)
    assert counts() == before


NOBODYS = 999_999_999


def test_a_line_belongs_to_a_statement_of_its_account(desk: Actor, paid: dict[str, int]) -> None:
    company, account, statement = desk.company_id, paid["account"], paid["statement"]
    refused(LINE, [company, account, NOBODYS])
    refused(LINE, [company, NOBODYS, statement])
    refused(LINE, [company + 1, account, statement])
    assert sql.execute(LINE, [company, account, statement]) == 3


def test_a_payment_belongs_to_a_line_of_its_company(desk: Actor, paid: dict[str, int]) -> None:
    refused(PAYMENT, [desk.company_id, NOBODYS])
    refused(PAYMENT, [desk.company_id + 1, paid["outgoing"]])
    assert sql.execute(PAYMENT, [desk.company_id, paid["outgoing"]]) == 1


def test_a_match_belongs_to_a_payment_of_its_company(desk: Actor, paid: dict[str, int]) -> None:
    refused(MATCH, [desk.company_id, NOBODYS])
    refused(MATCH, [desk.company_id + 1, paid["cash_payment"]])
    assert sql.execute(MATCH, [desk.company_id, paid["cash_payment"]]) == 1


def test_an_allocation_names_payment_and_item_of_its_company(
    desk: Actor, paid: dict[str, int]
) -> None:
    company, payment, item = desk.company_id, paid["cash_payment"], paid["invoices_item"]
    refused(ALLOCATION, [company, NOBODYS, item])
    refused(ALLOCATION, [company, payment, NOBODYS])
    refused(ALLOCATION, [company + 1, payment, item])
    assert sql.execute(ALLOCATION, [company, payment, item]) == 1


def test_what_is_copied_is_asked_as_well(desk: Actor, paid: dict[str, int]) -> None:
    before = counts()
    with pytest.raises(IntegrityError, match="names item 999999999"), transaction.atomic():
        sql.copy_columns(
            "cash_allocation",
            {"payment_id": [paid["cash_payment"]] * 2, "item_id": [paid["invoices_item"], NOBODYS]},
            {
                "company_id": desk.company_id, "minor": 5, "applied_on": stage.PAID,
                "recorded_at": desk.at, "recorded_by": "x", "undone_by": "",
            },
        )  # fmt: skip
    assert counts() == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM cash_payment",
        "UPDATE cash_payment SET id = id + 1000",
        "UPDATE cash_payment SET bank_line_id = 999999999",
        "UPDATE cash_payment SET company_id = company_id + 1",
        "DELETE FROM cash_allocation",
        "UPDATE cash_allocation SET payment_id = 999999999",
        "UPDATE cash_allocation SET item_id = 999999999",
        "DELETE FROM invoices_item",
        "UPDATE invoices_item SET id = id + 1000",
        "UPDATE invoices_item SET invoice_id = 999999999",
    ],
)
@pytest.mark.usefixtures("paid")
def test_what_others_name_is_kept(statement: str) -> None:
    before = counts()
    with pytest.raises(IntegrityError, match="are kept"), transaction.atomic():
        sql.execute(statement)
    assert counts() == before


def test_guards_that_are_off_are_told() -> None:
    """As the owner of the tables could switch them off; the doctor names each."""
    wanted = {table: names for table, names in roles.guards().items() if table in TABLES}
    assert wanted.keys() == set(TABLES)
    with connection.cursor() as cursor:
        assert not [one for one in roles.weaknesses(cursor) if one.partition(":")[0] in TABLES]

    class Blind:
        """A cursor that sees no trigger."""

        def execute(self, query: object, params: object = None, /) -> None:
            """Ask nothing."""

        def fetchall(self) -> list[tuple[str]]:
            """Return that there is none."""
            return []

    told = roles.weaknesses(Blind())
    for table, names in wanted.items():
        assert {f"{table}: the trigger {name} is off" for name in names} <= set(told)
