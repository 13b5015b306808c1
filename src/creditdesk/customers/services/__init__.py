"""Writers of the customers: accounts, people, terms, how payers are recognised, imports."""

from creditdesk.customers.services.accounts import (
    create,
    edit,
    ensure,
    grant_terms,
    put_in_group,
    set_terms,
)
from creditdesk.customers.services.analysts import name_analyst
from creditdesk.customers.services.banking import (
    BankChangeResult,
    ask_bank_change,
    call_back,
    withdraw_bank_change,
)
from creditdesk.customers.services.families import set_parent, set_parents
from creditdesk.customers.services.lifecycle import (
    OBSTACLES,
    close,
    hold_open,
    obstacles,
    reopen,
    require_open,
    sleep,
    wake,
)
from creditdesk.customers.services.looking import keep, note_look
from creditdesk.customers.services.merging import Moves, merge, undo_merge
from creditdesk.customers.services.opening import like, open_accounts
from creditdesk.customers.services.payers import add_bank_accounts, learn_names, learn_payer
from creditdesk.customers.services.people import add_contact, edit_contact, remove_contact

__all__ = [
    "OBSTACLES",
    "BankChangeResult",
    "Moves",
    "add_bank_accounts",
    "add_contact",
    "ask_bank_change",
    "call_back",
    "close",
    "create",
    "edit",
    "edit_contact",
    "ensure",
    "grant_terms",
    "hold_open",
    "keep",
    "learn_names",
    "learn_payer",
    "like",
    "merge",
    "name_analyst",
    "note_look",
    "obstacles",
    "open_accounts",
    "put_in_group",
    "remove_contact",
    "reopen",
    "require_open",
    "set_parent",
    "set_parents",
    "set_terms",
    "sleep",
    "undo_merge",
    "wake",
    "withdraw_bank_change",
]
