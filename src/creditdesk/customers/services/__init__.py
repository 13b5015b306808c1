"""Writers of the customers: accounts, people, terms, how payers are recognised, imports."""

from creditdesk.customers.services.accounts import (
    create,
    edit,
    ensure,
    grant_terms,
    put_in_group,
    set_terms,
)
from creditdesk.customers.services.payers import add_bank_accounts, learn_names, learn_payer
from creditdesk.customers.services.people import add_contact, edit_contact, remove_contact

__all__ = [
    "add_bank_accounts",
    "add_contact",
    "create",
    "edit",
    "edit_contact",
    "ensure",
    "grant_terms",
    "learn_names",
    "learn_payer",
    "put_in_group",
    "remove_contact",
    "set_terms",
]
