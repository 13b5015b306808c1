"""The written rules: what they say, and how they are read. Pure."""

from creditdesk.policy.rules.reading import DEFAULT, parse
from creditdesk.policy.rules.values import (
    Authority,
    ContactRules,
    Instalment,
    MatchingRules,
    OrderRules,
    Policy,
    PromiseRules,
    Step,
    Subject,
    Terms,
    crossed,
    due_date,
    instalments,
    is_rate,
)

__all__ = [
    "DEFAULT",
    "Authority",
    "ContactRules",
    "Instalment",
    "MatchingRules",
    "OrderRules",
    "Policy",
    "PromiseRules",
    "Step",
    "Subject",
    "Terms",
    "crossed",
    "due_date",
    "instalments",
    "is_rate",
    "parse",
]
