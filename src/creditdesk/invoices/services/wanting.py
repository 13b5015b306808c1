"""What particulars are missing, told with field and mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext, gettext_noop

from creditdesk.invoices.documents.drafts import Missing
from creditdesk.kernel.errors import Invalid, Place

_OF_SELLER: Final = gettext_noop("Fill it in under Seller on invoices")
_OF_BUYER: Final = gettext_noop("Fill it in on the customer's page")
WORDS: Final[Mapping[str, str]] = {
    "seller_missing": gettext_noop("Nobody has written down yet who the seller on invoices is"),
    "seller_name_missing": gettext_noop("The seller's name is missing"),
    "seller_street_missing": gettext_noop("The seller's street is missing"),
    "seller_city_missing": gettext_noop("The seller's town is missing"),
    "seller_country_missing": gettext_noop("The seller's country is missing or no country code"),
    "seller_tax_number_missing": gettext_noop("The seller has neither a VAT ID nor a tax number"),
    "seller_account_missing": gettext_noop("The account to pay to is missing"),
    "seller_account_malformed": gettext_noop("The account is no IBAN: its check digits are wrong"),
    "seller_unidentified": gettext_noop(
        "The seller has neither a VAT ID nor a number in a register"
    ),
    "buyer_name_missing": gettext_noop("The customer's name is missing"),
    "buyer_city_missing": gettext_noop("The customer's town is missing"),
    "buyer_country_missing": gettext_noop("The customer's country is missing"),
}


def refuse_missing(found: Sequence[Missing], place: str = "") -> None:
    """Raise Invalid for what is missing: the first as the error, all of it said."""
    if not found:
        return
    first = found[0]
    mend = _OF_BUYER if first.code.startswith("buyer") else _OF_SELLER
    raise Invalid(
        first.code,
        "; ".join(dict.fromkeys(gettext(WORDS[each.code]) for each in found)),
        place=Place(field=f"{place}{first.field}"),
        mend=gettext(mend),
        missing=[each.code for each in found],
    )
