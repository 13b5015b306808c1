"""Lists of orders as pages: filtered, sorted, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditdesk.orders.queries import ORDER, OrderRow
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a list of orders, and how many there are in all."""

    rows: tuple[OrderRow, ...]
    total: int
    page: int
    size: int


_SORTS: Mapping[str, str] = {
    "reference": "o.reference",
    "number": "c.number",
    "customer": "lower(c.name)",
    "placed_on": "o.placed_on",
    "status": "o.status",
    "currency": "o.currency",
    "total": "o.total_minor",
}
SORTS: Mapping[str, str] = {
    f"{sign}{key}": f"{expression}{way}, o.id{way}"
    for key, expression in _SORTS.items()
    for sign, way in (("", ""), ("-", " DESC"))
}
_WANTED = """
     WHERE o.company_id = %(company_id)s AND (%(status)s = '' OR o.status = %(status)s)
       AND (%(like)s = '%%' OR o.reference ILIKE %(like)s OR c.number ILIKE %(like)s
            OR c.name ILIKE %(like)s)
"""
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def listing(
    company_id: int,
    *,
    status: str = "",
    text: str = "",
    sort: str = "-placed_on",
    page: int = 1,
    size: int = 50,
) -> OrderPage:
    """Return a page of orders, of one state or all; past the end the last."""
    like = f"%{text.strip().translate(_LIKE_ESCAPES)}%" if text.strip() else "%"
    params = {"company_id": company_id, "status": status, "like": like}
    total = int(
        sql.scalar(
            "SELECT count(*) FROM orders_order o"
            f" JOIN customers_customer c ON c.id = o.customer_id {_WANTED}",
            params,
        )
    )
    number = min(max(page, 1), max(-(-total // size), 1))
    rows = sql.fetch(
        OrderRow,
        f"{ORDER} {_WANTED} ORDER BY {SORTS[sort]} LIMIT %(size)s OFFSET %(offset)s",
        {**params, "size": size, "offset": (number - 1) * size},
    )
    return OrderPage(tuple(rows), total, number, size)
