"""Which tables are sealed, which of their columns, and the text a row is sealed as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.apps import apps

from creditdesk.audit_verifier import DIGESTED
from creditdesk.plumbing import sql
from creditdesk.plumbing.roles import SALT, append_only_tables, erasable_tables

# The chain itself: its links prove each other.
CHAIN = "controls_seal"
# The chain of the installation: of what belongs to no company, such as the journal of the door.
HOUSE = 0


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table whose rows are sealed, and the columns that are, by name."""

    table: str
    columns: tuple[str, ...]

    @property
    def is_salted(self) -> bool:
        """Whether rows of the table bear a salt."""
        return any(name.startswith(DIGESTED) for name in self.columns)


@cache
def sealed_tables() -> tuple[Sealed, ...]:
    """Return every append-only table of the house but the chain, by name.

    Columns that may change are left out; those that may be erased are sealed as salted digests;
    every other is sealed as it is.
    """
    found = []
    for table, changing in sorted(append_only_tables().items()):
        if table != CHAIN:
            digested = erasable_tables().get(table, ())
            plain = _columns_of(table) - set(changing) - set(digested)
            found.append(
                Sealed(table, (*sorted(plain), *(f"{DIGESTED}{name}" for name in sorted(digested))))
            )
    return tuple(found)


@cache
def _columns_of(table: str) -> frozenset[str]:
    models = {model._meta.db_table: model for model in apps.get_models()}  # noqa: SLF001 - documented API
    fields = models[table]._meta.concrete_fields  # noqa: SLF001 - documented API
    return frozenset(str(field.column) for field in fields)


def company_of(table: str) -> str:
    """Return SQL for whose chain a row `r` belongs to: its company's, or the house's."""
    return "r.company_id" if "company_id" in _columns_of(table) else f"{HOUSE}::bigint"


class _Column(NamedTuple):
    name: str
    kind: str


def text_of(table: str, columns: tuple[str, ...]) -> str:
    """Return SQL for a row `r`'s canonical text: a JSON list of the columns' texts.

    Bytes stand as the hexadecimal SHA-256 of their content, what may be erased as that of salt
    and value.
    """
    return _row_text(_texts(table, columns))


def leaf_of(table: str, columns: tuple[str, ...]) -> str:
    """Return SQL for the digest of a row `r`."""
    return _leaf(_texts(table, columns))


def leaf_and_marks(table: str, columns: tuple[str, ...]) -> tuple[str, str]:
    """Return SQL for the digest of a row `r` and for its marks: two bytes of digest per column."""
    texts = _texts(table, columns)
    return _leaf(texts), _marks(texts)


def _leaf(texts: Sequence[str]) -> str:
    return f"sha256(convert_to({_row_text(texts)}, 'UTF8'))"


def _row_text(texts: Sequence[str]) -> str:
    return f"to_json(ARRAY[{', '.join(texts)}])::text"


def _marks(texts: Sequence[str]) -> str:
    return " || ".join(
        rf"substr(sha256(convert_to(coalesce({text}, '\N'), 'UTF8')), 1, 2)" for text in texts
    )


def _texts(table: str, columns: tuple[str, ...]) -> list[str]:
    kinds = _kinds(table)
    return [_text(table, name, kinds[name.removeprefix(DIGESTED)]) for name in columns]


def _text(table: str, name: str, kind: str) -> str:
    if name.startswith(DIGESTED):
        return _digested(table, name.removeprefix(DIGESTED), kind)
    return f"""encode(sha256(r."{name}"), 'hex')""" if kind == BYTES else f'r."{name}"::text'


def _digested(table: str, name: str, kind: str) -> str:
    """Return SQL for the digest of salt and value; of a blanked value the digest that was kept."""
    return f"""CASE WHEN r.{SALT} IS NULL AND {_is_blank(name, kind)}
        THEN coalesce((SELECT d.digests ->> '{name}' FROM controls_redaction d
                        WHERE d."table" = '{table}' AND d.record = r.id), {_salted(name, kind)})
        ELSE {_salted(name, kind)} END"""


def _salted(name: str, kind: str) -> str:
    value = f'r."{name}"' if kind == BYTES else f"""convert_to(r."{name}"::text, 'UTF8')"""
    return f"""encode(sha256(coalesce(uuid_send(r.{SALT}), ''::bytea) || {value}), 'hex')"""


def _is_blank(name: str, kind: str) -> str:
    if kind == ADDRESS:
        return f'r."{name}" IS NULL'
    return f'r."{name}" = {BLANKS[kind]}'


# What stands in place of an erased value, by type; an address is emptied, an empty value left so.
BYTES, ADDRESS = "bytea", "inet"
BLANKS = {
    "text": "'erased'",
    "jsonb": """'{"erased": true}'::jsonb""",
    BYTES: "''::bytea",
    "text[]": "'{}'::text[]",
    ADDRESS: "NULL::inet",
}


def digests_of(table: str) -> str:
    """Return SQL for the digests of what may be erased of a row `r`, by column, as JSON."""
    kinds = _kinds(table)
    pairs = ", ".join(
        f"'{name}', {_salted(name, kinds[name])}" for name in erasable_tables()[table]
    )
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def blanked(table: str) -> str:
    """Return the SET clause that blanks what may be erased of a row `r`, and its salt."""
    kinds = _kinds(table)
    parts = [
        f'"{name}" = CASE WHEN r."{name}" IS NULL THEN NULL ELSE {BLANKS[kinds[name]]} END'
        for name in erasable_tables()[table]
    ]
    return ", ".join([*parts, f"{SALT} = NULL"])


def missing_columns(table: str, columns: tuple[str, ...]) -> list[str]:
    """Return the columns a seal names that the table no longer has."""
    kinds = _kinds(table)
    return [name for name in columns if name.removeprefix(DIGESTED) not in kinds]


def _kinds(table: str) -> dict[str, str]:
    """Return column → its type, as the database has it."""
    rows = sql.fetch(
        _Column,
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    return {row.name: row.kind for row in rows}
