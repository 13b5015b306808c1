"""Writers of the customers: accounts, people, terms, how payers are recognised, imports."""

from creditdesk.customers.services.accounts import (
    create,
    edit,
    ensure,
    put_in_group,
    set_terms,
)
from creditdesk.customers.services.families import set_parent, set_parents
from creditdesk.customers.services.payers import add_bank_accounts, learn_names, learn_payer
from creditdesk.customers.services.people import add_contact, edit_contact, remove_contact

__all__ = [
    "add_bank_accounts",
    "add_contact",
    "create",
    "edit",
    "edit_contact",
    "ensure",
    "learn_names",
    "learn_payer",
    "put_in_group",
    "remove_contact",
    "set_parent",
    "set_parents",
    "set_terms",
]
