"""Whose books count in a company: its own, or those of an ERP."""

from __future__ import annotations

from datetime import date

from creditdesk.controls import queries, rules
from creditdesk.controls.commands import command
from creditdesk.controls.models import Company
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place, Refused


def require_book(book: str) -> None:
    """Invalid unless the word says whose books count."""
    if book not in rules.BOOKS:
        raise Invalid(
            "book_unknown",
            f"{book!r} does not say whose books count",
            place=Place(field="book"),
            mend=f"Use {' or '.join(rules.BOOKS)}",
        )


@command("controls.set_book")
def set_book(actor: Actor, *, book: str) -> bool:
    """Let the company's own books count, or those of its ERP; return whether that is a change."""
    require_book(book)
    rows = Company.objects.filter(id=actor.company_id).exclude(book=book)
    return rows.update(book=book) > 0


def mark_live(actor: Actor, *, since: date) -> None:
    """Note the cut-over date of a company whose going live was signed."""
    Company.objects.filter(id=actor.company_id).update(live_since=since)


def require_issuing(actor: Actor) -> None:
    """Refuse to issue a document where the ERP is the book."""
    if queries.company(actor.company_id).book == rules.BOOK_ERP:
        raise Refused(
            "book_is_erp",
            "Documents of this company are issued in its ERP and arrive here by file or API",
        )
