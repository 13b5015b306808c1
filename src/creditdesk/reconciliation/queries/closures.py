"""What the ERP said it settled, and whether that was taken back here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """A closure with its document, its file, and since when it is undone."""

    id: int
    number: str
    customer_number: str
    customer_name: str
    currency: str
    how: str
    minor: int
    closed_on: date
    reference: str
    import_reference: str
    recorded_at: datetime
    recorded_by: str
    undone_on: date | None

    @property
    def is_undone(self) -> bool:
        """Whether its posting was reversed."""
        return self.undone_on is not None


@dataclass(frozen=True, slots=True)
class ClosurePage:
    """One page of closures, and how many there are in all."""

    rows: tuple[ClosureRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class _Id:
    id: int
    is_undone: bool


_FROM = """
      FROM invoices_closure c
      JOIN invoices_item i ON i.id = c.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
      JOIN customers_customer u ON u.id = i.customer_id
      LEFT JOIN plumbing_importrun r ON r.id = c.import_run_id
      LEFT JOIN ledger_posting p
             ON p.source_id = c.id AND p.source_kind = 'undo_closure_' || c.how
     WHERE c.company_id = %(company_id)s
       AND (%(import)s = '' OR r.reference = %(import)s)
       AND (%(numbers)s::text[] IS NULL OR v.number = ANY(%(numbers)s))
       AND (%(text)s = '' OR v.number ILIKE %(like)s OR u.name ILIKE %(like)s
            OR u.number ILIKE %(like)s OR c.reference ILIKE %(like)s)
"""
_ROWS = f"""
    SELECT c.id, v.number, u.number, u.name, i.currency, c.how, c.minor, c.closed_on, c.reference,
           COALESCE(r.reference, ''), c.recorded_at, c.recorded_by, p.effective_on {_FROM}
     ORDER BY c.id DESC LIMIT %(size)s OFFSET %(offset)s
"""
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def closures(
    company_id: int, *, import_reference: str = "", text: str = "", page: int = 1, size: int = 50
) -> ClosurePage:
    """Return a page of closures, newest first, of one import or with these words."""
    params = _params(company_id, import_reference, text.strip(), None)
    params |= {"size": size, "offset": (max(page, 1) - 1) * size}
    rows = sql.fetch(ClosureRow, _ROWS, params)
    total = int(sql.scalar(f"SELECT count(*) {_FROM}", params))
    return ClosurePage(tuple(rows), total, max(page, 1), size)


def closure_ids(
    company_id: int, *, import_reference: str = "", numbers: Sequence[str] | None = None
) -> list[int]:
    """Return the closures not undone of an import, of these documents, or both; NotFound if none.

    Neither given is none: nothing is meant by all.
    """
    found: list[int] = []
    if import_reference or numbers:
        params = _params(company_id, import_reference, "", numbers)
        statement = f"SELECT c.id, p.id IS NOT NULL {_FROM} ORDER BY c.id"
        found = [one.id for one in sql.fetch(_Id, statement, params) if not one.is_undone]
    if not found:
        raise NotFound("closure_unknown", "There is no closure like that, or all were undone")
    return found


def _params(
    company_id: int, import_reference: str, text: str, numbers: Sequence[str] | None
) -> dict[str, object]:
    return {
        "company_id": company_id,
        "import": import_reference,
        "text": text,
        "like": f"%{text.translate(_LIKE_ESCAPES)}%",
        "numbers": None if numbers is None else list(numbers),
    }
