"""Terms of payment: when what falls due, and what is given for paying early. Pure."""

from creditdesk.policy.rules.terms.codes import read_terms
from creditdesk.policy.rules.terms.dates import due_date, instalments
from creditdesk.policy.rules.terms.discounts import (
    Cost,
    DiscountSplit,
    Offer,
    TaxLine,
    annual_cost,
    earned,
    expected_minor,
    offers,
    split_discount,
    tax_from_start,
    taxes_within,
)
from creditdesk.policy.rules.terms.values import (
    Discount,
    DiscountBase,
    DiscountTax,
    Instalment,
    Part,
    Remainder,
    Terms,
)

__all__ = [
    "Cost",
    "Discount",
    "DiscountBase",
    "DiscountSplit",
    "DiscountTax",
    "Instalment",
    "Offer",
    "Part",
    "Remainder",
    "TaxLine",
    "Terms",
    "annual_cost",
    "due_date",
    "earned",
    "expected_minor",
    "instalments",
    "offers",
    "read_terms",
    "split_discount",
    "tax_from_start",
    "taxes_within",
]
