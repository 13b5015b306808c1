"""Which tables are sealed, which of their columns, and the text a row is sealed as."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.apps import apps

from creditdesk.plumbing import sql
from creditdesk.plumbing.roles import append_only_tables

# The chain itself: its links prove each other.
CHAIN = "controls_seal"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table whose rows are sealed, and the columns that are, by name."""

    table: str
    columns: tuple[str, ...]


@cache
def sealed_tables() -> tuple[Sealed, ...]:
    """Return every append-only table of the house but the chain, by name.

    Columns that may change are left out; every other is sealed. A chain is a company's: what belongs
    to none, the journal of the door, is append-only without being sealed.
    """
    models = {model._meta.db_table: model for model in apps.get_models()}  # noqa: SLF001 - documented API
    found = []
    for table, changing in sorted(append_only_tables().items()):
        if table != CHAIN:
            fields = models[table]._meta.concrete_fields  # noqa: SLF001 - documented API
            columns = {str(field.column) for field in fields}
            if "company_id" not in columns:
                continue
            found.append(Sealed(table, tuple(sorted(columns - set(changing)))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    is_bytes: bool


def text_of(table: str, columns: tuple[str, ...]) -> str:
    """Return SQL for a row `r`'s canonical text: a JSON list of the columns' texts.

    Bytes stand as the hexadecimal SHA-256 of their content.
    """
    return f"to_json(ARRAY[{', '.join(_texts(table, columns))}])::text"


def marks_of(table: str, columns: tuple[str, ...]) -> str:
    """Return SQL for the marks of a row `r`: two bytes of digest per column."""
    return " || ".join(
        rf"substr(sha256(convert_to(coalesce({text}, '\N'), 'UTF8')), 1, 2)"
        for text in _texts(table, columns)
    )


def leaf_of(table: str, columns: tuple[str, ...]) -> str:
    """Return SQL for the digest of a row `r`."""
    return f"sha256(convert_to({text_of(table, columns)}, 'UTF8'))"


def _texts(table: str, columns: tuple[str, ...]) -> list[str]:
    kinds = _kinds(table)
    return [
        f"""encode(sha256(r."{name}"), 'hex')""" if kinds[name] else f'r."{name}"::text'
        for name in columns
    ]


def missing_columns(table: str, columns: tuple[str, ...]) -> list[str]:
    """Return the columns a seal names that the table no longer has."""
    return [name for name in columns if name not in _kinds(table)]


def _kinds(table: str) -> dict[str, bool]:
    """Return column → whether it holds bytes, as the database has them."""
    rows = sql.fetch(
        _Column,
        "SELECT attname, atttypid = 'bytea'::regtype FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    return {row.name: row.is_bytes for row in rows}
