"""Papers put to orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper put to an order."""

    id: int
    file_id: int
    name: str
    size_bytes: int
    recorded_at: datetime
    recorded_by: str


_PAPER = "SELECT id, file_id, name, size_bytes, recorded_at, recorded_by FROM orders_paper"


def papers(company_id: int, order_id: int) -> list[PaperRow]:
    """Return the papers of an order, in the order they came."""
    return sql.fetch(
        PaperRow,
        f"{_PAPER} WHERE company_id = %s AND order_id = %s ORDER BY id",
        [company_id, order_id],
    )


def paper(company_id: int, order_id: int, paper_id: int) -> PaperRow:
    """Return a paper of an order; NotFound when the order has none such."""
    found = sql.fetch_one(
        PaperRow,
        f"{_PAPER} WHERE company_id = %s AND order_id = %s AND id = %s",
        [company_id, order_id, paper_id],
    )
    if found is None:
        raise NotFound("order_paper_unknown", "The order has no such paper")
    return found
