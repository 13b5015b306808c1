"""Writers of the policy: drafts, versions, who read them; and the rates of others."""

from creditdesk.policy.services.acknowledging import acknowledge
from creditdesk.policy.services.drafting import change_draft, discard_draft, keep_draft
from creditdesk.policy.services.publishing import ensure_default, publish, submit, withdraw
from creditdesk.policy.services.rates import load_rates, load_reference_rates, set_reference_rate
from creditdesk.policy.services.settling import Verdict, settle_mail
from creditdesk.policy.services.telling import (
    ClaimedNotice,
    claim_notices,
    remind,
    remind_due,
    settle_notice,
    tell_staff,
    to_be_told,
)

__all__ = [
    "ClaimedNotice",
    "Verdict",
    "acknowledge",
    "change_draft",
    "claim_notices",
    "discard_draft",
    "ensure_default",
    "keep_draft",
    "load_rates",
    "load_reference_rates",
    "publish",
    "remind",
    "remind_due",
    "set_reference_rate",
    "settle_mail",
    "settle_notice",
    "submit",
    "tell_staff",
    "to_be_told",
    "withdraw",
]
