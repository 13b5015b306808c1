"""Writers of the policy: drafts, versions, who read them; and the rates of others."""

from creditdesk.policy.services.acknowledging import acknowledge
from creditdesk.policy.services.drafting import change_draft, discard_draft, keep_draft
from creditdesk.policy.services.publishing import ensure_default, publish, submit, withdraw
from creditdesk.policy.services.rates import load_rates, load_reference_rates

__all__ = [
    "acknowledge",
    "change_draft",
    "discard_draft",
    "ensure_default",
    "keep_draft",
    "load_rates",
    "load_reference_rates",
    "publish",
    "submit",
    "withdraw",
]
