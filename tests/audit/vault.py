"""Somebody who may do everything to the database: fills tables, and damages them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from creditdesk.controls.audit.tables import Sealed
from creditdesk.plumbing.roles import SALT
from tests.support import database

# How a value of each type is made from a number, so that two numbers make two values, and what
# the smallest change of one is.
MADE = {
    "bigint": "%s::bigint",
    "integer": "%s::integer",
    "smallint": "%s::smallint",
    "text": "'text ' || %s::text",
    "character varying": "lpad(%s::text, 3, '0')",
    "character": "lpad(%s::text, 3, '0')",
    "boolean": "(%s::bigint %% 2 = 0)",
    "date": "date '2026-01-01' + %s::integer",
    "timestamp with time zone": "timestamptz '2026-01-01 00:00Z' + %s::integer * interval '1 s'",
    "jsonb": """('{"amount": ' || %s::text || ', "list": ["a", "b"]}')::jsonb""",
    "bytea": "convert_to('bytes ' || %s::text, 'UTF8')",
    "numeric": "%s::numeric / 1000",
    "_text": "ARRAY['one', %s::text]",
    "_int8": "ARRAY[1, %s::bigint]",
    "inet": "inet '10.0.0.0' + %s::bigint",
    "uuid": "gen_random_uuid()",
}
CHANGED = {
    "bigint": "{0} + 1",
    "integer": "{0} + 1",
    "smallint": "{0} + 1",
    "text": "overlay({0} placing 'u' from 1 for 1)",
    "character varying": "overlay({0} placing 'X' from 3 for 1)",
    "character": "overlay({0} placing 'X' from 3 for 1)",
    "boolean": "NOT {0}",
    "date": "{0} + 1",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "jsonb": "jsonb_set({0}, '{{list,1}}', '\"c\"')",
    "bytea": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
    "numeric": "{0} + 0.01",
    "_text": "{0} || ARRAY['two']",
    "_int8": "{0} || 2::bigint",
    "inet": "{0} + 1",
}


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    is_nullable: bool


class Vault:
    """A superuser's connection to a test's own database; no trigger and no key stops it."""

    def __init__(self, name: str) -> None:
        url = database.with_database(os.environ[database.SERVER], name)
        self.connection = psycopg.connect(url, autocommit=True)
        self.run("SET session_replication_role = replica")
        self.run("SET timezone = 'UTC'")

    def close(self) -> None:
        self.connection.close()

    def run(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        cursor = self.connection.execute(sql.SQL(statement), values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: object) -> object:
        return self.run(statement, *values)[0][0]

    def columns(self, table: str) -> dict[str, Column]:
        rows = self.run(
            "SELECT column_name, CASE data_type WHEN 'ARRAY' THEN udt_name ELSE data_type END,"
            " is_nullable = 'YES' FROM information_schema.columns WHERE table_name = %s",
            table,
        )
        return {str(name): Column(str(name), str(kind), bool(null)) for name, kind, null in rows}

    def free(self, table: str) -> None:
        """Take the checks and unique constraints off, which damage would run into."""
        for (name,) in self.run(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass"
            " AND contype IN ('c', 'u')",
            table,
        ):
            self.run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')

    def fill(
        self, sealed: Sealed, company_id: int, count: int, *, nulls: bool = False
    ) -> list[int]:
        """Add rows with a value in each column, no two alike; return their ids."""
        columns = [c for c in self.columns(sealed.table).values() if c.name not in ("id", SALT)]
        names = ", ".join(f'"{column.name}"' for column in columns)
        first = int(str(self.value(f"SELECT count(*) + 100 FROM {sealed.table}")))
        ids = []
        for number in range(first, first + count):
            values, given = [], []
            for place, column in enumerate(columns):
                if column.name == "company_id":
                    values.append("%s")
                    given.append(company_id)
                elif column.is_nullable and (nulls or column.name == "erasure_id"):
                    values.append("NULL")
                else:
                    values.append(MADE[column.kind])
                    given.append(number + place)
            statement = (
                f"INSERT INTO {sealed.table} ({names}) VALUES ({', '.join(values)}) RETURNING id"
            )
            ids.append(int(str(self.value(statement, *given))))
        if sealed.table == "controls_personalvalue":
            self.run(
                "UPDATE controls_personalvalue SET value = 'Ann', salt = '\\x01', digest ="
                " encode(sha256('\\x01' || convert_to('Ann', 'UTF8')), 'hex') WHERE id = ANY(%s)",
                ids,
            )
        if sealed.table == "controls_redaction":
            self.run(
                "UPDATE controls_redaction SET erasure_id ="
                " (SELECT min(id) + 12 FROM controls_erasure) WHERE id = ANY(%s)",
                ids,
            )
        if sealed.table == "controls_publishedhead":
            self.run(
                "UPDATE controls_publishedhead p SET sequence = s.sequence,"
                " head = encode(s.head, 'hex') FROM controls_seal s WHERE p.id = ANY(%s)"
                " AND s.company_id = p.company_id AND s.sequence = 2",
                ids,
            )
        return ids

    def change(self, table: str, column: str, record: int) -> None:
        """Change the least of one value; an empty one is filled."""
        kind = self.columns(table)[column].kind
        changed = CHANGED[kind].format(f'"{column}"')
        self.run(
            f'UPDATE {table} SET "{column}" = coalesce({changed}, {MADE[kind]}) WHERE id = %s',
            *([1] * MADE[kind].count("%s")), record,
        )  # fmt: skip

    @contextmanager
    def kept(self, *tables: str) -> Iterator[None]:
        """Within the block the tables may be damaged; after it they are as they were."""
        for table in tables:
            self.run(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        try:
            yield
        finally:
            for table in tables:
                self.run(f"DELETE FROM {table}")
                self.run(f"INSERT INTO {table} SELECT * FROM kept_{table}")
                self.run(f"DROP TABLE kept_{table}")
