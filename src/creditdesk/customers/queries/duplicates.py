"""Accounts that may be one and the same: by identifier, by bank account, by name and place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from creditdesk.plumbing import sql

# What names a business for good, the surest first; a bank account or a name is shared at times.
IDENTIFIERS: Final = ("vat_number", "lei", "duns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What an account to be opened is compared by."""

    vat_number: str = ""
    lei: str = ""
    duns: str = ""
    name_key: str = ""
    postal_code: str = ""
    accounts: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class LikeRow:
    """An open account that is like another, and by what."""

    id: int
    number: str
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two open accounts that may be one: the older first."""

    first_id: int
    first_number: str
    first_name: str
    second_id: int
    second_number: str
    second_name: str
    by: str


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A merge that stands, or was taken back."""

    id: int
    duplicate_id: int
    duplicate_number: str
    survivor_id: int
    survivor_number: str
    reason: str
    recorded_at: datetime
    recorded_by: str
    undone_at: datetime | None


_KEY = "regexp_replace(upper({}), '[^0-9A-Z]', '', 'g')"
_LIKE = f"""
    SELECT c.id, c.number, c.name, found.by
      FROM customers_customer c
      CROSS JOIN LATERAL (VALUES
            ('vat_number', %(vat_number)s <> ''
                           AND {_KEY.format("c.vat_number")} = %(vat_number)s),
            ('lei', %(lei)s <> '' AND {_KEY.format("c.lei")} = %(lei)s),
            ('duns', %(duns)s <> '' AND {_KEY.format("c.duns")} = %(duns)s),
            ('bank_account', EXISTS (SELECT 1 FROM customers_bankdetail b
                WHERE b.customer_id = c.id AND b.account_key = ANY(%(accounts)s::text[]))),
            ('name', c.name_key = %(name_key)s
                     AND (%(postal_code)s IN ('', c.postal_code) OR c.postal_code = ''))
           ) AS found (by, is_met)
     WHERE c.company_id = %(company_id)s AND c.status <> 'closed' AND found.is_met
     ORDER BY c.id, found.by LIMIT 20
"""
_SAME = """
    SELECT {key} AS key, array_agg(c.id ORDER BY c.id) AS ids FROM {source}
     WHERE c.company_id = %(company_id)s AND c.status <> 'closed' AND {key} <> ''
     GROUP BY 1 HAVING count(DISTINCT c.id) BETWEEN 2 AND 10
"""
_SOURCES = (
    ("vat_number", _KEY.format("c.vat_number"), "customers_customer c"),
    ("lei", _KEY.format("c.lei"), "customers_customer c"),
    ("duns", _KEY.format("c.duns"), "customers_customer c"),
    (
        "bank_account",
        "b.account_key",
        "customers_bankdetail b JOIN customers_customer c ON c.id = b.customer_id",
    ),
    ("name", "c.name_key || '|' || c.postal_code", "customers_customer c"),
)
_EVERY_SAME = " UNION ALL ".join(
    f"SELECT {n} AS rank, '{by}' AS by, s.ids FROM ({_SAME.format(key=key, source=source)}) s"
    for n, (by, key, source) in enumerate(_SOURCES)
)
_PAIRS = f"""
    WITH same AS (
        {_EVERY_SAME}
    ), pair AS (
        SELECT DISTINCT ON (a.id, b.id) a.id AS first_id, b.id AS second_id, same.rank, same.by
          FROM same, unnest(same.ids) AS a (id), unnest(same.ids) AS b (id)
         WHERE a.id < b.id
         ORDER BY a.id, b.id, same.rank
    )
    SELECT a.id, a.number, a.name, b.id, b.number, b.name, p.by
      FROM pair p JOIN customers_customer a ON a.id = p.first_id
           JOIN customers_customer b ON b.id = p.second_id
     ORDER BY p.rank, a.name, a.id, b.id LIMIT %(limit)s
"""


def likeness(company_id: int, like: Likeness) -> list[LikeRow]:
    """Return the open accounts that are like one to be opened, once for each likeness."""
    return sql.fetch(
        LikeRow,
        _LIKE,
        {
            "company_id": company_id,
            "vat_number": like.vat_number,
            "lei": like.lei,
            "duns": like.duns,
            "name_key": like.name_key,
            "postal_code": like.postal_code,
            "accounts": sql.array(like.accounts),
        },
    )


def likely_duplicates(company_id: int, *, limit: int = 200) -> list[PairRow]:
    """Return pairs of open accounts that may be one, the surest likeness first.

    What more than ten share, such as the account of a factor, makes nobody a duplicate.
    """
    return sql.fetch(PairRow, _PAIRS, {"company_id": company_id, "limit": limit})


def merges(company_id: int, *, customer_id: int | None = None) -> list[MergeRow]:
    """Return what was merged, the latest first; of one account on either side."""
    return sql.fetch(
        MergeRow,
        """
        SELECT m.id, m.duplicate_id, d.number, m.survivor_id, s.number, m.reason,
               m.recorded_at, m.recorded_by, m.undone_at
          FROM customers_merge m JOIN customers_customer d ON d.id = m.duplicate_id
               JOIN customers_customer s ON s.id = m.survivor_id
         WHERE m.company_id = %(company_id)s
           AND (%(id)s::bigint IS NULL OR %(id)s IN (m.duplicate_id, m.survivor_id))
         ORDER BY m.id DESC LIMIT 200
        """,
        {"company_id": company_id, "id": customer_id},
    )
