"""Writers of orders: check, decide anew, release, cancel, and what billing and time bring.

Every decision is made while holding the customer's turn; facts are read after it is held.
"""

from creditdesk.orders.services.authority import RELEASES
from creditdesk.orders.services.batches import RecheckResult, ToCheck, check_all, recheck_held
from creditdesk.orders.services.billing import Billing, bill, bill_outline
from creditdesk.orders.services.checking import check, recheck
from creditdesk.orders.services.choosing import (
    Choice,
    Outlook,
    choose,
    outlook,
    proposed_plan,
)
from creditdesk.orders.services.decisions import CheckResult, answer_of
from creditdesk.orders.services.moving import cancel, hold_expired, mark_billed, release
from creditdesk.orders.services.notes import comment
from creditdesk.orders.services.papers import attach
from creditdesk.orders.services.settling import Settled, settle_conditions
from creditdesk.orders.services.waits import ask, escalate_late, pause, resume

__all__ = [
    "RELEASES",
    "Billing",
    "CheckResult",
    "Choice",
    "Outlook",
    "RecheckResult",
    "Settled",
    "ToCheck",
    "answer_of",
    "ask",
    "attach",
    "bill",
    "bill_outline",
    "cancel",
    "check",
    "check_all",
    "choose",
    "comment",
    "escalate_late",
    "hold_expired",
    "mark_billed",
    "outlook",
    "pause",
    "proposed_plan",
    "recheck",
    "recheck_held",
    "release",
    "resume",
    "settle_conditions",
]
