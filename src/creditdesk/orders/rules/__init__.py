"""May this order ship, how long may that take to say, and what can be done about it. Pure."""

from creditdesk.orders.rules.checking import (
    ACTIVE,
    MOVES,
    Decision,
    Facts,
    Fired,
    Further,
    Outcome,
    Severity,
    ceiling_minor,
    decide,
    expiry,
    moves_to,
    percent_used,
)
from creditdesk.orders.rules.comparing import is_better
from creditdesk.orders.rules.options import Option, Way, Weighed, options
from creditdesk.orders.rules.plans import PARTS, PARTS_MAX, Instalment, instalments, standing
from creditdesk.orders.rules.requests import Request
from creditdesk.orders.rules.turnaround import Hours, due_at, minutes_between, percentile

__all__ = [
    "ACTIVE",
    "MOVES",
    "PARTS",
    "PARTS_MAX",
    "Decision",
    "Facts",
    "Fired",
    "Further",
    "Hours",
    "Instalment",
    "Option",
    "Outcome",
    "Request",
    "Severity",
    "Way",
    "Weighed",
    "ceiling_minor",
    "decide",
    "due_at",
    "expiry",
    "instalments",
    "is_better",
    "minutes_between",
    "moves_to",
    "options",
    "percent_used",
    "percentile",
    "standing",
]
