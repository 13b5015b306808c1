"""Writers of alerts: the day's look, people's handling, news, subscriptions, what is told."""

from creditdesk.monitoring.alerts.services.delivering import tell
from creditdesk.monitoring.alerts.services.handling import assign, close, snooze
from creditdesk.monitoring.alerts.services.news import (
    BureauChange,
    NewNews,
    dismiss,
    note_changes,
    tie,
)
from creditdesk.monitoring.alerts.services.raising import Raised, raise_alerts
from creditdesk.monitoring.alerts.services.subscribing import (
    Begun,
    key_of,
    subscribe,
    unsubscribe,
)

__all__ = [
    "Begun",
    "BureauChange",
    "NewNews",
    "Raised",
    "assign",
    "close",
    "dismiss",
    "key_of",
    "note_changes",
    "raise_alerts",
    "snooze",
    "subscribe",
    "tell",
    "tie",
    "unsubscribe",
]
