"""Settings of calls that subscriptions to alerts make: which networks of the house they may reach.

Without `CREDITDESK_WEBHOOK_NETWORKS` public addresses are called and no other.
"""

from __future__ import annotations

import os
from ipaddress import ip_network

from django.core.exceptions import ImproperlyConfigured


def networks(given: str) -> tuple[str, ...]:
    """Return the networks as named; what is none ends the start."""
    named = tuple(part.strip() for part in given.split(",") if part.strip())
    for one in named:
        try:
            ip_network(one)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"CREDITDESK_WEBHOOK_NETWORKS must hold networks as 10.1.0.0/16, not {one[:40]!r}"
            ) from error
    return named


HOOK_NETWORKS = networks(os.environ.get("CREDITDESK_WEBHOOK_NETWORKS", ""))
