"""Writers of orders: check, decide anew, release, cancel, and what billing and time bring.

Every decision is made while holding the customer's turn; facts are read after it is held.
"""

from creditdesk.orders.services.billing import Billing, bill, bill_outline
from creditdesk.orders.services.checking import RecheckResult, check, recheck, recheck_held
from creditdesk.orders.services.choosing import (
    Choice,
    Outlook,
    Settled,
    choose,
    outlook,
    settle_conditions,
)
from creditdesk.orders.services.decisions import CheckResult, answer_of
from creditdesk.orders.services.moving import cancel, hold_expired, mark_billed, release
from creditdesk.orders.services.notes import comment
from creditdesk.orders.services.waits import ask, escalate_late, pause, resume

__all__ = [
    "Billing",
    "CheckResult",
    "Choice",
    "Outlook",
    "RecheckResult",
    "Settled",
    "answer_of",
    "ask",
    "bill",
    "bill_outline",
    "cancel",
    "check",
    "choose",
    "comment",
    "escalate_late",
    "hold_expired",
    "mark_billed",
    "outlook",
    "pause",
    "recheck",
    "recheck_held",
    "release",
    "resume",
    "settle_conditions",
]
