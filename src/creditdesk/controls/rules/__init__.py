"""What each role may do, which duties must not meet, and when a second person is asked. Pure."""

from creditdesk.controls.rules.approvals import APPROVALS, State, state_of
from creditdesk.controls.rules.asking import ASKED_AGAIN, MAY_BE_ASKED, is_recent
from creditdesk.controls.rules.books import BOOK_ERP, BOOK_OWN, BOOKS
from creditdesk.controls.rules.duties import (
    ACTS_COUNT_DAYS,
    DUTIES,
    EXCEPTION_DAYS_MAX,
    ON_ONE_DOCUMENT,
    PAIRS,
    Pair,
    clashes,
    conflicts,
    denied,
    holds,
    opposites,
    sides,
)
from creditdesk.controls.rules.roles import MACHINE, ROLES, permissions_of

__all__ = [
    "ACTS_COUNT_DAYS",
    "APPROVALS",
    "ASKED_AGAIN",
    "BOOKS",
    "BOOK_ERP",
    "BOOK_OWN",
    "DUTIES",
    "EXCEPTION_DAYS_MAX",
    "MACHINE",
    "MAY_BE_ASKED",
    "ON_ONE_DOCUMENT",
    "PAIRS",
    "ROLES",
    "Pair",
    "State",
    "clashes",
    "conflicts",
    "denied",
    "holds",
    "is_recent",
    "opposites",
    "permissions_of",
    "sides",
    "state_of",
]
