"""A database whose every protected table holds sealed rows of two companies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.controls.audit import services as audit
from creditdesk.controls.audit.tables import company_of, sealed_tables
from tests.audit.vault import Vault
from tests.support import live
from tests.support.fixtures import founded

ROWS = 31
HOUSE_TABLES = [one.table for one in sealed_tables() if company_of(one.table) != "r.company_id"]
PUBLISHED = "controls_publishedhead"  # filled last: it names heads that are there


@dataclass
class Sealed:
    """What was sealed: per table the ids of the company's rows; `other` stands in between."""

    vault: Vault
    company_id: int
    other_id: int
    ids: dict[str, list[int]]
    holes: dict[str, int]


@pytest.fixture(scope="module")
def sealed(django_db_blocker: DjangoDbBlocker) -> Iterator[Sealed]:
    """Every table filled and sealed; one number of each was given out and never used."""
    with live.own_database(django_db_blocker) as name, closing(Vault(name)) as vault:
        company, other = founded("acme").id, founded("other").id
        ids: dict[str, list[int]] = {}
        holes = {}
        for table in sorted(sealed_tables(), key=lambda one: one.table == PUBLISHED):
            if table.table == PUBLISHED:
                audit.seal()
            vault.free(table.table)
            ids[table.table] = vault.fill(table, company, ROWS)
            holes[table.table] = ids[table.table].pop(20)
            vault.run(f"DELETE FROM {table.table} WHERE id = %s", holes[table.table])
            vault.fill(table, other, 3)
            ids[table.table] += vault.fill(table, company, 2, nulls=True)
        audit.seal()
        yield Sealed(vault, company, other, ids, holes)
