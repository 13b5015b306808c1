"""Writer of the seller's particulars: a new record from a date; nothing is written over."""

from __future__ import annotations

from dataclasses import asdict

from creditdesk.controls.commands import command
from creditdesk.invoices.documents.codelists import code_lists
from creditdesk.invoices.documents.drafts import Missing, Particulars, missing_of_seller
from creditdesk.invoices.models import Seller
from creditdesk.invoices.services.wanting import refuse_missing
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place

TEXT_LENGTH_MAX = 500


@command("invoices.set_seller")
def set_seller(actor: Actor, given: Particulars) -> int:
    """Have invoices from a date on name the seller so; return the record's id.

    Invalid, naming field and mend, when an invoice of this seller would lack something.
    """
    told = asdict(given)
    for field, value in told.items():
        if isinstance(value, str) and (len(value) > TEXT_LENGTH_MAX or not _printable(value)):
            raise Invalid(
                "text_malformed",
                "The text is too long or has invisible characters",
                place=Place(field=field),
                mend="Correct it",
            )
    found = missing_of_seller(given)
    if given.country not in code_lists().countries:
        found.append(Missing("seller_country_missing", "country"))
    refuse_missing(found)
    row = Seller.objects.create(
        company_id=actor.company_id, **told, recorded_at=actor.at, recorded_by=actor.name
    )
    return row.id


def _printable(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)
