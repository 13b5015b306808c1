"""Writers of orders: check, decide anew, release, cancel, and what billing and time bring.

Every decision is made while holding the customer's turn; facts are read after it is held.
"""

from creditdesk.orders.services.billing import Billing, bill, bill_outline
from creditdesk.orders.services.checking import RecheckResult, check, recheck, recheck_held
from creditdesk.orders.services.decisions import CheckResult, answer_of
from creditdesk.orders.services.moving import cancel, hold_expired, mark_billed, release

__all__ = [
    "Billing",
    "CheckResult",
    "RecheckResult",
    "answer_of",
    "bill",
    "bill_outline",
    "cancel",
    "check",
    "hold_expired",
    "mark_billed",
    "recheck",
    "recheck_held",
    "release",
]
