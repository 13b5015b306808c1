"""Groups by parent: the top of each customer's group, its members, how that came about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.customers.rules import DEPTH_MAX, Link
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class _Placed:
    top_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class ParentRow:
    """Whom a customer belongs to from a date; an empty number: to nobody."""

    parent_number: str
    parent_name: str
    valid_from: date
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A customer in the tree of its group; `depth` 0 is the top."""

    id: int
    number: str
    name: str
    status: str
    depth: int
    parent_id: int | None
    parent_number: str


_PARENT_OF = """
    SELECT p.parent_id FROM customers_parent p
     WHERE p.customer_id = {of} AND p.valid_from <= %(as_of)s
     ORDER BY p.valid_from DESC, p.id DESC LIMIT 1
"""
_UP = f"""
    WITH RECURSIVE up AS (
        SELECT c.id AS customer_id, c.id AS at_id, 0 AS depth FROM customers_customer c
         WHERE c.company_id = %(company_id)s AND c.id = ANY(%(ids)s::bigint[])
        UNION ALL
        SELECT up.customer_id, p.parent_id, up.depth + 1
          FROM up CROSS JOIN LATERAL ({_PARENT_OF.format(of="up.at_id")}) p
         WHERE p.parent_id IS NOT NULL AND up.depth < {DEPTH_MAX}
    )
    SELECT DISTINCT ON (customer_id) at_id, customer_id FROM up ORDER BY customer_id, depth DESC
"""
_DOWN = f"""
    WITH RECURSIVE down AS (
        SELECT c.id AS top_id, c.id AS customer_id, NULL::bigint AS parent_id, 0 AS depth
          FROM customers_customer c
         WHERE c.company_id = %(company_id)s AND c.id = ANY(%(ids)s::bigint[])
        UNION
        SELECT down.top_id, child.customer_id, down.customer_id, down.depth + 1
          FROM down
          JOIN customers_parent child ON child.parent_id = down.customer_id
               AND child.valid_from <= %(as_of)s
         WHERE down.depth < {DEPTH_MAX}
           AND ({_PARENT_OF.format(of="child.customer_id")}) = down.customer_id
    )
"""


def group_of(company_id: int, customer_ids: Iterable[int], as_of: date) -> Mapping[int, int]:
    """Return customer → top of its group on a date; who belongs to nobody is the top itself.

    Ids of other companies are left out. One statement however many are asked.
    """
    rows = sql.fetch(
        _Placed,
        _UP,
        {"company_id": company_id, "ids": sql.array(sorted(set(customer_ids))), "as_of": as_of},
        planned=True,
    )
    return {row.customer_id: row.top_id for row in rows}


def members_of(
    company_id: int, top_ids: Iterable[int], as_of: date
) -> Mapping[int, tuple[int, ...]]:
    """Return for each of the customers itself and everybody below it on a date, by id."""
    rows = sql.fetch(
        _Placed,
        f"{_DOWN} SELECT top_id, customer_id FROM down ORDER BY top_id, customer_id",
        {"company_id": company_id, "ids": sql.array(sorted(set(top_ids))), "as_of": as_of},
        planned=True,
    )
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[row.top_id].append(row.customer_id)
    return {top: tuple(ids) for top, ids in found.items()}


def tree(company_id: int, customer_id: int, as_of: date) -> list[TreeRow]:
    """Return everybody of a customer's group on a date, each parent right before its children."""
    top = group_of(company_id, [customer_id], as_of).get(customer_id, customer_id)
    rows = sql.fetch(
        TreeRow,
        f"{_DOWN} SELECT c.id, c.number, c.name, c.status, d.depth, d.parent_id,"
        " coalesce(p.number, '')"
        " FROM down d JOIN customers_customer c ON c.id = d.customer_id"
        " LEFT JOIN customers_customer p ON p.id = d.parent_id"
        " ORDER BY d.depth, c.name, c.id",
        {"company_id": company_id, "ids": sql.array([top]), "as_of": as_of},
    )
    below: dict[int | None, list[TreeRow]] = defaultdict(list)
    for row in rows:
        below[row.parent_id].append(row)
    return _in_order(below, None)


def _in_order(below: Mapping[int | None, list[TreeRow]], parent_id: int | None) -> list[TreeRow]:
    found: list[TreeRow] = []
    for row in below.get(parent_id, []):
        found += [row, *_in_order(below, row.id)]
    return found


def tops(company_id: int, as_of: date) -> list[TreeRow]:
    """Return the customers that head a group on a date, by name."""
    return sql.fetch(
        TreeRow,
        f"""
        WITH live AS (
            SELECT DISTINCT ON (customer_id) customer_id, parent_id FROM customers_parent
             WHERE company_id = %(company_id)s AND valid_from <= %(as_of)s
             ORDER BY customer_id, valid_from DESC, id DESC)
        SELECT c.id, c.number, c.name, c.status, 0, NULL::bigint, '' FROM customers_customer c
         WHERE c.company_id = %(company_id)s
           AND c.id IN (SELECT parent_id FROM live)
           AND ({_PARENT_OF.format(of="c.id")}) IS NULL
         ORDER BY c.name, c.id
        """,
        {"company_id": company_id, "as_of": as_of},
    )


def parent_history(company_id: int, customer_id: int) -> list[ParentRow]:
    """Return whom a customer belonged to, the latest first."""
    return sql.fetch(
        ParentRow,
        """
        SELECT coalesce(c.number, ''), coalesce(c.name, ''), p.valid_from, p.recorded_at,
               p.recorded_by
          FROM customers_parent p LEFT JOIN customers_customer c ON c.id = p.parent_id
         WHERE p.company_id = %s AND p.customer_id = %s ORDER BY p.valid_from DESC, p.id DESC
        """,
        [company_id, customer_id],
    )


def links(company_id: int) -> list[Link]:
    """Return every link of the company in the order of its recording."""
    return sql.fetch(
        Link,
        "SELECT customer_id, parent_id, valid_from FROM customers_parent WHERE company_id = %s"
        " ORDER BY id",
        [company_id],
    )
