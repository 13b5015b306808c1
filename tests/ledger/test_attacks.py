"""Every append-only table attacked: as the application's role, and as the owner of the tables.

What the owner can do by DDL, such as switching a trigger off, cannot be refused; it is seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import psycopg
import pytest
from psycopg import errors, sql

from creditdesk.plumbing import embedded, roles
from tests.support import database

# Who logged in as a superuser and only assumed a role can leave it again.
pytestmark = pytest.mark.needs("role-logins")
# Each with the columns that may change: freely, or to be blanked by rule.
TABLES = [(table, roles.changing_columns(table)) for table in sorted(roles.append_only_tables())]
ERASABLE = sorted(roles.erasable_tables().items())
NAMES = [name for name, _ in TABLES]
Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def name() -> Iterator[str]:
    """A database with one row in every append-only table.

    The rows are made up, so foreign keys and checks are dropped from this copy first.
    """
    name = database.new_name()
    database.clone(name)
    with psycopg.connect(database.with_database(os.environ[database.SERVER], name)) as connection:
        for table, _ in TABLES:
            _fill(connection, table)
    yield name
    database.drop(name)


def _fill(connection: Connection, table: str) -> None:
    loose = connection.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'c')",
        [table],
    )
    for (constraint,) in loose.fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                sql.Identifier(table), sql.Identifier(str(constraint))
            )
        )
    connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
    made = [
        (name, _value(kind, place))
        for place, (name, kind) in enumerate(_columns(connection, table))
    ]
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.Identifier(name) for name, _ in made),
            sql.SQL(", ").join(sql.Literal(value) for _, value in made),
        )
    )
    connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))


def _value(kind: str, place: int) -> str:
    """Return a value of a type as text; whole numbers differ from column to column."""
    return {
        "date": "2026-01-31",
        "timestamp with time zone": "2026-01-31 12:00+00",
        "inet": "192.0.2.7",
        "boolean": "true",
        "jsonb": "{}",
        "bytea": "\\x00",
        "ARRAY": "{}",
        "uuid": "00000000-0000-0000-0000-000000000001",
    }.get(kind, str(place + 1))


def _columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    found = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'"
        " ORDER BY ordinal_position",
        [table],
    )
    return [(str(name), str(kind)) for name, kind in found.fetchall()]


def connected(name: str, role: str) -> Connection:
    return psycopg.connect(database.role_url(name, role), autocommit=True)


@pytest.fixture(scope="module")
def application(name: str) -> Iterator[Connection]:
    with connected(name, embedded.APPLICATION) as connection:
        yield connection


@pytest.fixture(scope="module")
def owner(name: str) -> Iterator[Connection]:
    with connected(name, embedded.OWNER) as connection:
        yield connection


def digest(connection: Connection, table: str) -> object:
    row = connection.execute(
        sql.SQL("SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM {} t").format(
            sql.Identifier(table)
        )
    ).fetchone()
    assert row is not None
    assert row[0] == 1
    return row


def fixed_columns(connection: Connection, table: str, free: Sequence[str]) -> list[str]:
    return [column for column, _ in _columns(connection, table) if column not in free]


def rewriting(table: str, columns: Sequence[str]) -> list[str]:
    """Return every way to rewrite or remove rows by a statement."""
    one = columns[-1]
    returns_null = f"BEGIN DELETE FROM {table}; RETURN; END"
    return [
        *(f'UPDATE {table} SET "{column}" = "{column}"' for column in columns),
        f"DELETE FROM {table}",
        f"DELETE FROM ONLY {table} WHERE id > 0",
        f"TRUNCATE {table}",
        f"TRUNCATE {table} CASCADE",
        (
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table}"
            f' ON CONFLICT (id) DO UPDATE SET "{one}" = EXCLUDED."{one}"'
        ),
        (
            f"MERGE INTO {table} t USING {table} s ON t.id = s.id"
            f' WHEN MATCHED THEN UPDATE SET "{one}" = s."{one}"'
        ),
        f"MERGE INTO {table} t USING {table} s ON t.id = s.id WHEN MATCHED THEN DELETE",
        f"WITH gone AS (DELETE FROM {table} RETURNING id) SELECT * FROM gone",
        f"CREATE TEMP VIEW door_{table} AS SELECT * FROM {table}; DELETE FROM door_{table}",
        (
            f"CREATE FUNCTION pg_temp.door_{table}() RETURNS void LANGUAGE plpgsql SECURITY DEFINER"
            f" AS $$ {returns_null} $$; SELECT pg_temp.door_{table}()"
        ),
        f"DO $$ {returns_null} $$",
    ]


def ruling(table: str) -> list[str]:
    """Return every way to change the rules of a table first."""
    return [
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"ALTER TABLE {table} DISABLE TRIGGER append_only",
        f"DROP TRIGGER append_only ON {table}",
        (
            f"CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        ),
        f"CREATE RULE door AS ON INSERT TO {table} DO ALSO DELETE FROM {table}",
        f"ALTER TABLE {table} RENAME TO elsewhere",
        f"ALTER TABLE {table} ADD COLUMN more text",
        f"ALTER TABLE {table} OWNER TO {embedded.APPLICATION}",
        f"DROP TABLE {table}",
        f"DROP TABLE {table} CASCADE",
        f"CREATE INDEX door ON {table} (id)",
        f"CREATE POLICY door ON {table} USING (true)",
        f"CREATE TEMP TABLE door_below () INHERITS ({table})",
    ]


AROUND = [
    "SET session_replication_role = replica",
    f"SET ROLE {embedded.OWNER}",
    f"SET SESSION AUTHORIZATION {embedded.OWNER}",
    (
        "CREATE OR REPLACE FUNCTION plumbing_refuse_v1() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN OLD; END $$"
    ),
    (
        "CREATE OR REPLACE FUNCTION ledger_guard_periods_v1() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NULL; END $$"
    ),
    "DROP FUNCTION plumbing_refuse_v1() CASCADE",
    f"ALTER ROLE {embedded.APPLICATION} SUPERUSER",
    f"GRANT {embedded.OWNER} TO {embedded.APPLICATION}",
    "CREATE FUNCTION door() RETURNS void LANGUAGE sql AS 'SELECT'",
    "CREATE TABLE door (id int)",
    "DROP SCHEMA public CASCADE",
    "UPDATE pg_trigger SET tgenabled = 'D'",
    "CREATE EVENT TRIGGER door ON ddl_command_end EXECUTE FUNCTION plumbing_refuse_v1()",
]


@pytest.mark.parametrize(("table", "free"), TABLES, ids=NAMES)
def test_the_application_rewrites_nothing(
    application: Connection, table: str, free: tuple[str, ...]
) -> None:
    before = digest(application, table)
    for attempt in [*rewriting(table, fixed_columns(application, table, free)), *ruling(table)]:
        assert _refused(application, attempt) == "InsufficientPrivilege", attempt
    assert digest(application, table) == before


@pytest.mark.parametrize(("table", "columns"), ERASABLE, ids=[name for name, _ in ERASABLE])
def test_what_may_be_blanked_by_rule_is_not_rewritten(
    application: Connection, table: str, columns: tuple[str, ...]
) -> None:
    before = digest(application, table)
    for column in (*columns, roles.SALT):
        same = f'UPDATE {table} SET "{column}" = "{column}"'
        assert _refused(application, same) == "RestrictViolation", column
    assert digest(application, table) == before


@pytest.mark.parametrize("attempt", AROUND)
def test_the_application_does_not_get_around_its_role(
    application: Connection, attempt: str
) -> None:
    assert _refused(application, attempt) == "InsufficientPrivilege"


@pytest.mark.parametrize(("table", "free"), TABLES, ids=NAMES)
def test_copying_over_a_row_changes_nothing(
    application: Connection, table: str, free: tuple[str, ...]
) -> None:
    before = digest(application, table)
    with application.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as out:
        kept = b"".join(bytes(part) for part in out)
    with (
        pytest.raises(errors.UniqueViolation),
        application.cursor() as cursor,
        cursor.copy(f"COPY {table} FROM STDIN") as into,
    ):
        into.write(kept)
    assert digest(application, table) == before


@pytest.mark.parametrize(("table", "free"), TABLES, ids=NAMES)
def test_the_rights_are_exactly_the_declared_ones(
    application: Connection, table: str, free: tuple[str, ...]
) -> None:
    application.execute(f"GRANT ALL ON {table} TO {embedded.APPLICATION}".encode())  # warns only
    granted = {
        column
        for column, _ in _columns(application, table)
        if _may(application, "has_column_privilege(%s, %s, 'UPDATE')", table, column)
    }
    assert granted == set(free)
    rights = ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES", "UPDATE")
    assert not [
        right for right in rights if _may(application, "has_table_privilege(%s, %s)", table, right)
    ]
    for right in ("SELECT", "INSERT"):
        assert _may(application, "has_table_privilege(%s, %s)", table, right)


def _may(connection: Connection, question: str, *given: str) -> bool:
    row = connection.execute(f"SELECT {question}".encode(), given).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize(("table", "free"), TABLES, ids=NAMES)
def test_the_owner_rewrites_nothing_either(
    owner: Connection, table: str, free: tuple[str, ...]
) -> None:
    before = digest(owner, table)
    for attempt in rewriting(table, fixed_columns(owner, table, free)):
        # What others refer to cannot be truncated alone, whoever asks.
        unable = {"FeatureNotSupported"} if attempt == f"TRUNCATE {table}" else set()
        assert _refused(owner, attempt) in {"RestrictViolation", *unable}, attempt
    assert _refused(owner, "SET session_replication_role = replica") == "InsufficientPrivilege"
    assert digest(owner, table) == before


@pytest.mark.parametrize("table", NAMES)
def test_no_parent_takes_protected_rows_along(table: str) -> None:
    """No foreign key of a protected table deletes or changes with its parent."""
    with connected(os.environ[database.TEMPLATE], embedded.APPLICATION) as connection:
        found = connection.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass"
            " AND (confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'))",
            [table],
        ).fetchall()
    assert found == []


def test_what_the_owner_switches_off_is_seen(name: str, owner: Connection) -> None:
    """DDL of the owner cannot be refused, so it is named by `creditdesk verify`."""
    assert seen(name) == []
    for table, _free in TABLES:
        for weakening, mending in (
            ("ALTER TABLE {} DISABLE TRIGGER append_only", "ALTER TABLE {} ENABLE TRIGGER USER"),
            (
                "ALTER TABLE {} DISABLE TRIGGER append_only_whole",
                "ALTER TABLE {} ENABLE TRIGGER USER",
            ),
            (
                f"GRANT DELETE ON {{}} TO {embedded.APPLICATION}",
                f"REVOKE DELETE ON {{}} FROM {embedded.APPLICATION}",
            ),
            (
                f"GRANT UPDATE (id) ON {{}} TO {embedded.APPLICATION}",
                f"REVOKE UPDATE (id) ON {{}} FROM {embedded.APPLICATION}",
            ),
        ):
            owner.execute(weakening.format(table).encode())
            assert [one for one in seen(name) if one.startswith(f"{table}:")], weakening
            owner.execute(mending.format(table).encode())
    assert seen(name) == []
    owner.execute("ALTER TABLE ledger_posting DISABLE TRIGGER guard_periods")
    assert [one for one in seen(name) if "guard_periods" in one]
    owner.execute("ALTER TABLE ledger_posting ENABLE TRIGGER guard_periods")


def seen(name: str) -> list[str]:
    """Return what the product sees of this database."""
    with connected(name, embedded.APPLICATION) as connection, connection.cursor() as cursor:
        return roles.weaknesses(cursor)


def _refused(connection: Connection, statements: str) -> str:
    """Run the statements as one transaction; return by which error all of it was rolled back."""
    try:
        connection.execute(statements.encode())
    except psycopg.Error as error:
        return type(error).__name__
    return ""
