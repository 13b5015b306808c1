"""Every kind of damage, in every table and column, is found and named."""

from __future__ import annotations

import pytest

from creditdesk.audit_verifier import Finding, Head
from creditdesk.controls.audit import queries
from creditdesk.controls.audit import services as audit
from creditdesk.controls.audit.tables import HOUSE, blanked, sealed_tables
from creditdesk.controls.audit.verifying import verify
from creditdesk.plumbing.roles import erasable_tables
from tests.audit.conftest import HOUSE_TABLES, PUBLISHED, Sealed

TABLES = {sealed.table: sealed for sealed in sealed_tables()}
OF_COMPANIES = len(TABLES) - len(HOUSE_TABLES)
EVERY_TABLE = pytest.mark.parametrize("table", sorted(TABLES))


def found(sealed: Sealed) -> list[str]:
    """Return the damaged rows of company and house, without the number of the seal."""
    findings = verify(sealed.company_id).findings + verify(HOUSE).findings
    return [str(one).partition(" (seal")[0] for one in findings if one.table != "chain"]


def test_what_nobody_touched_holds(sealed: Sealed) -> None:
    for company_id, rows in ((sealed.company_id, 32), (sealed.other_id, 3)):
        report = verify(company_id)
        assert (report.findings, report.unsealed) == ((), 0)
        assert (report.seals, report.rows) == (OF_COMPANIES, rows * OF_COMPANIES)
        head = queries.head(company_id)
        assert head is not None
        assert report.head == head.head
    house = verify(HOUSE)
    assert HOUSE_TABLES == ["controls_signinevent"]
    assert (house.findings, house.seals, house.rows, house.unsealed) == ((), 1, 35, 0)


def names_of(table: str) -> list[str]:
    """Return the columns of a table that are sealed, as the database names them."""
    return sorted(name.removeprefix("~") for name in TABLES[table].columns)


@EVERY_TABLE
def test_a_changed_value_is_named_in_each_column(sealed: Sealed, table: str) -> None:
    """One byte, one cent, one day, one microsecond: a row for each column, all found."""
    ids, columns = sealed.ids[table], names_of(table)
    with sealed.vault.kept(table):
        changed = {}
        for record, column in zip(ids, [name for name in columns if name != "id"], strict=False):
            sealed.vault.change(table, column, record)
            changed[record] = column
        assert found(sealed) == [f"changed: {table} {i}, column {c}" for i, c in changed.items()]
        assert len(changed) == len(columns) - 1
    assert found(sealed) == []


@pytest.mark.parametrize("table", sorted(erasable_tables()))
def test_a_changed_salt_is_named_by_every_column_it_salts(sealed: Sealed, table: str) -> None:
    record = sealed.ids[table][0]
    names = ", ".join(sorted(erasable_tables()[table]))
    for salt in ("gen_random_uuid()", "NULL"):
        with sealed.vault.kept(table):
            sealed.vault.run(f"UPDATE {table} SET seal_salt = {salt} WHERE id = %s", record)
            assert found(sealed) == [f"changed: {table} {record}, column {names}"]


@pytest.mark.parametrize("table", sorted(erasable_tables()))
def test_a_row_blanked_without_a_rule_is_named(sealed: Sealed, table: str) -> None:
    record = sealed.ids[table][1]
    with sealed.vault.kept(table):
        sealed.vault.run(f"UPDATE {table} r SET {blanked(table)} WHERE id = %s", record)
        names = ", ".join(sorted(erasable_tables()[table]))
        assert found(sealed) == [f"changed: {table} {record}, column {names}"]


@EVERY_TABLE
def test_an_empty_value_that_is_filled_is_named(sealed: Sealed, table: str) -> None:
    record = sealed.ids[table][-1]
    kinds = sealed.vault.columns(table)
    nullable = [c for c in names_of(table) if kinds[c].is_nullable]
    for column in nullable:
        with sealed.vault.kept(table):
            sealed.vault.change(table, column, record)
            assert found(sealed) == [f"changed: {table} {record}, column {column}"]


@EVERY_TABLE
def test_a_row_given_another_number_is_missed(sealed: Sealed, table: str) -> None:
    record = sealed.ids[table][3]
    with sealed.vault.kept(table):
        sealed.vault.run(f"UPDATE {table} SET id = 999999999 WHERE id = %s", record)
        assert found(sealed) == [f"missing: {table} {record}", f"inserted: {table} 999999999"]


@EVERY_TABLE
@pytest.mark.parametrize("place", [0, 15, -1])
def test_a_deleted_row_is_named(sealed: Sealed, table: str, place: int) -> None:
    record = sealed.ids[table][place]
    with sealed.vault.kept(table):
        sealed.vault.run(f"DELETE FROM {table} WHERE id = %s", record)
        assert found(sealed) == [f"missing: {table} {record}"]


@EVERY_TABLE
def test_two_rows_that_change_places_are_named(sealed: Sealed, table: str) -> None:
    first, second = sealed.ids[table][4], sealed.ids[table][9]
    with sealed.vault.kept(table):
        for old, new in ((first, -1), (second, first), (-1, second)):
            sealed.vault.run(f"UPDATE {table} SET id = %s WHERE id = %s", new, old)
        assert found(sealed) == [f"swapped: {table} {first}", f"swapped: {table} {second}"]


@EVERY_TABLE
def test_a_row_forged_into_a_hole_between_sealed_ones_is_named(sealed: Sealed, table: str) -> None:
    hole, columns = sealed.holes[table], sealed.vault.columns(table)
    values = ", ".join(f'"{name}"' if name != "id" else str(hole) for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    with sealed.vault.kept(table):
        sealed.vault.run(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE id = %s",
            sealed.ids[table][0],
        )
        assert found(sealed) == [f"inserted: {table} {hole}"]


def test_a_row_moved_to_another_company_is_missed_here_and_forged_there(sealed: Sealed) -> None:
    record = sealed.ids["ledger_posting"][7]
    with sealed.vault.kept("ledger_posting"):
        sealed.vault.run(
            "UPDATE ledger_posting SET company_id = %s WHERE id = %s", sealed.other_id, record
        )
        assert found(sealed) == [f"changed: ledger_posting {record}, column company_id"]
        assert [one.kind for one in verify(sealed.other_id).findings] == ["inserted"]


def test_a_changed_personal_value_is_named(sealed: Sealed) -> None:
    record = sealed.ids["controls_personalvalue"][2]
    for damage, kind in (("value = 'Bea'", "changed"), ("value = NULL, salt = NULL", "missing")):
        with sealed.vault.kept("controls_personalvalue"):
            sealed.vault.run(f"UPDATE controls_personalvalue SET {damage} WHERE id = %s", record)
            assert found(sealed) == [f"{kind}: controls_personalvalue {record}, column value"]


SEAL_COLUMNS = (
    "sequence", "table", "columns", "after_id", "upto_id", "rows", "digest", "marks_digest",
    "previous", "head", "sealed_at", "entries", "marks",
)  # fmt: skip


@pytest.mark.parametrize("column", SEAL_COLUMNS)
def test_a_changed_seal_is_named(sealed: Sealed, column: str) -> None:
    with sealed.vault.kept("controls_seal"):
        record = sealed.vault.value(
            "SELECT id FROM controls_seal WHERE company_id = %s AND sequence = 4", sealed.company_id
        )
        sealed.vault.run("ALTER TABLE controls_seal DROP CONSTRAINT IF EXISTS seal_once")
        sealed.vault.change("controls_seal", column, int(str(record)))
        kinds = {one.kind for one in verify(sealed.company_id).findings if one.table == "chain"}
        assert kinds & {"seal_changed", "seal_missing"}
        first = verify(sealed.company_id).findings[0]
        assert first.table == "chain"
        assert first.record in (4, 5)


@pytest.mark.parametrize("count", [1, 3])
def test_a_cut_tail_of_seals_is_found(sealed: Sealed, count: int) -> None:
    last = queries.head(sealed.company_id)
    assert last is not None
    with sealed.vault.kept("controls_seal"):
        sealed.vault.run(
            "DELETE FROM controls_seal WHERE company_id = %s AND sequence > %s",
            sealed.company_id, last.sequence - count,
        )  # fmt: skip
        assert verify(sealed.company_id).findings[0] == Finding(
            "tail_cut", "chain", last.sequence, seal=last.sequence
        )


def test_a_seal_taken_out_of_the_middle_is_named(sealed: Sealed) -> None:
    with sealed.vault.kept("controls_seal"):
        sealed.vault.run(
            "DELETE FROM controls_seal WHERE company_id = %s AND sequence = 5", sealed.company_id
        )
        assert verify(sealed.company_id).findings[0] == Finding("seal_missing", "chain", 5)


def rewritten(sealed: Sealed, first: int) -> None:
    """Seal anew from a link on, as somebody who knows the code and owns the database would."""
    sealed.vault.run("DELETE FROM controls_publishedhead")
    sealed.vault.run("DELETE FROM controls_seal WHERE sequence >= %s", first)
    sealed.vault.run("DELETE FROM controls_sealhead")
    sealed.vault.run(
        "INSERT INTO controls_sealhead (company_id, sequence, head) SELECT DISTINCT ON (company_id)"
        " company_id, sequence, head FROM controls_seal ORDER BY company_id, sequence DESC"
    )
    audit.seal()


@pytest.mark.parametrize("first", [1, 6])
def test_a_consistent_rewrite_is_found_by_a_published_head(sealed: Sealed, first: int) -> None:
    (link,) = queries.seals_numbered(sealed.company_id, [10])
    published = Head(link.sequence, link.head)
    with sealed.vault.kept("controls_seal", "controls_sealhead", "ledger_posting", PUBLISHED):
        sealed.vault.change("ledger_posting", "minor", sealed.ids["ledger_posting"][0])
        rewritten(sealed, first)
        assert verify(sealed.company_id).findings == ()  # the chain alone cannot know
        assert verify(sealed.company_id, heads=[published]).findings == (
            Finding("head_differs", "chain", published.sequence, seal=published.sequence),
        )


def test_a_chain_cut_with_its_head_is_found_by_a_published_head(sealed: Sealed) -> None:
    published = Head(OF_COMPANIES, "00" * 32)
    with sealed.vault.kept("controls_seal", "controls_sealhead", PUBLISHED):
        sealed.vault.run("DELETE FROM controls_publishedhead")
        sealed.vault.run("DELETE FROM controls_seal")
        sealed.vault.run("DELETE FROM controls_sealhead")
        report = verify(sealed.company_id, heads=[published])
        assert report.findings == (Finding("tail_cut", "chain", OF_COMPANIES, seal=OF_COMPANIES),)
        assert report.unsealed == 32 * (OF_COMPANIES - 1)
