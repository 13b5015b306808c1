"""The database of every release is brought up to date, proves, and shows the same figures."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import sql as names
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.controls import queries as controls
from creditdesk.faces.cli import install
from creditdesk.insight import queries as insight
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing import embedded, sql
from creditdesk.plumbing.backups import programs
from creditdesk.plumbing.operation import queries as operation
from tests.support import database, live

DUMPS = sorted(Path(__file__).parent.glob("*.dump"))
# What a database consists of, as text: a migrated one must be like a new one.
COLUMNS = """
    SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
           || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
       AND a.attnum > 0 AND NOT a.attisdropped
"""
CONSTRAINTS = """
    SELECT conrelid::regclass || ' ' || contype::text || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u', 'x')
"""
INDEXES = "SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public'"
TRIGGERS = """
    SELECT tgrelid::regclass || ' ' || tgenabled::text || ' ' || pg_get_triggerdef(oid)
      FROM pg_trigger WHERE NOT tgisinternal
"""
RIGHTS = """
    SELECT c.relname || ' ' || coalesce(array_to_string(ARRAY(
           SELECT x::text FROM unnest(c.relacl) x WHERE x::text LIKE 'creditdesk_app=%%' ORDER BY 1
           ), ','), '')
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'S')
"""
# Names Django made up carry a digest that depends on when they were made.
MADE_UP = re.compile(r"_[0-9a-f]{8}(?=[ _]|$)|_[0-9a-f]{8}_(?:uniq|like|fk_\w+)")


def made_of(statement: str) -> list[str]:
    return sorted(MADE_UP.sub("", text) for text in sql.scalars(statement))


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def upgraded(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """The database of a release, restored and brought up to date."""
    dump: Path = request.param
    with psycopg.connect(os.environ[database.SERVER], autocommit=True) as connection:
        if connection.info.server_version < 180_000:
            pytest.skip("the dumps are of PostgreSQL 18")
        name = database.new_name()
        connection.execute(
            names.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                names.Identifier(name), names.Identifier(embedded.OWNER)
            )
        )
    before = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock():
        live._turn_to(name)
        try:
            arguments = ["--exit-on-error", "--single-transaction", "--no-owner", str(dump)]
            program = programs.folder_for(18) / "pg_restore"
            programs.run(program, arguments, programs.owner_address(), code="restore_failed")
            install.bring_up_to_date()
            yield dump
        finally:
            live._turn_to(before)
    database.drop(name)


def figures() -> dict[str, Any]:
    """The figures of this version, as `make_dump` wrote down those of the release."""
    told = {}
    for of in controls.companies():
        ages = {}
        for on in ("2026-11-16", "2026-11-06"):
            day = date.fromisoformat(on)
            ages[on] = sorted(
                [r.number, r.currency, r.total_minor, r.unapplied_minor]
                for r in insight.customer_rows(of.id, as_of=day)
            )
            ages[f"{on} totals"] = sorted(
                [t.currency, list(t.late_minor), t.total_minor, t.unapplied_minor]
                for t in insight.totals_by_currency(of.id, as_of=day)
            )
        balances = sorted([b.account, b.currency, b.minor] for b in ledger.balances(of.id))
        told[of.code] = {"ageing": ages, "balances": balances}
    return told


def test_it_proves_and_shows_the_same_figures(upgraded: Path) -> None:
    assert operation.migrations_pending() == 0
    companies = controls.companies()
    assert len(companies) == 2
    assert [str(one) for of in companies for one in insight.prove(of.id)] == []
    expected = json.loads(upgraded.with_suffix(".json").read_text(encoding="utf-8"))
    assert any(of["ageing"]["2026-11-16"] for of in expected.values())
    assert figures() == expected


def test_it_is_made_like_a_new_database(upgraded: Path) -> None:
    statements = (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, RIGHTS)
    found = [made_of(statement) for statement in statements]
    guards = operation.guards()
    assert [one for one in guards if one.triggers_on < 2 or one.may_delete] == []
    fresh = database.new_name()
    database.clone(fresh)
    name = connections["default"].settings_dict["NAME"]
    live._turn_to(fresh)
    try:
        expected = [made_of(statement) for statement in statements]
    finally:
        live._turn_to(name)
        database.drop(fresh)
    for old, new in zip(found, expected, strict=True):
        assert old == new


def test_every_release_has_a_dump_of_a_modest_size() -> None:
    assert "0.1.0" in [path.stem for path in DUMPS]
    assert all(path.stat().st_size < 400_000 for path in DUMPS)
    assert all(path.with_suffix(".json").exists() for path in DUMPS)
