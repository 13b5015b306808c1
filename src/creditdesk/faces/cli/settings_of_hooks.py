"""The settings of calls that tell of alerts, as the reference tells them."""

from __future__ import annotations

# Name, what counts without it, what it is for.
SETTINGS: tuple[tuple[str, str, str], ...] = (
    (
        "CREDITDESK_WEBHOOK_NETWORKS",
        "none",
        (
            "Networks that calls of subscriptions may reach although they are not public, such as"
            " `10.1.0.0/16`, separated by commas."
        ),
    ),
)
