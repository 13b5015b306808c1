"""What the day makes of what it sees, and what people may do with an alert. Pure."""

from creditdesk.monitoring.alerts.rules.judging import (
    Kept,
    Move,
    Seen,
    fell_by,
    judged,
    reached,
    slower_by,
)
from creditdesk.monitoring.alerts.rules.news import (
    INSOLVENT,
    KINDS,
    Reported,
    as_kind,
    changes,
)
from creditdesk.monitoring.alerts.rules.outcomes import OUTCOMES

__all__ = [
    "INSOLVENT",
    "KINDS",
    "OUTCOMES",
    "Kept",
    "Move",
    "Reported",
    "Seen",
    "as_kind",
    "changes",
    "fell_by",
    "judged",
    "reached",
    "slower_by",
]
