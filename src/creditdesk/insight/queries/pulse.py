"""A few numbers of every company, for whoever watches the installation."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.plumbing import sql

_PULSE = """
    SELECT c.id, c.code,
           (SELECT count(*) FROM invoices_item i WHERE i.company_id = c.id AND i.open_minor > 0)
      FROM controls_company c ORDER BY c.code
"""
_MESSAGES = """
    SELECT c.code, m.status, count(*)
      FROM contact_message m JOIN controls_company c ON c.id = m.company_id
     GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """How much is open in a company."""

    company_id: int
    code: str
    open_items: int


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How many messages of a company stand in a status."""

    code: str
    status: str
    count: int


def pulse() -> list[Pulse]:
    """Return the numbers of every company."""
    return sql.fetch(Pulse, _PULSE)


def message_counts() -> list[MessageCount]:
    """Return how many messages stand in each status, by company."""
    return sql.fetch(MessageCount, _MESSAGES)
