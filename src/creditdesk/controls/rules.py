"""Roles and what each may do. Pure."""

from __future__ import annotations

from typing import Final

# A permission is the name of a command, `<room>.<verb>`; `<room>.*` is every command of a room.
# Reading is `<room>.read`. Sources: the roles of the design; duties pairs follow with approvals.
ROLES: Final[dict[str, frozenset[str]]] = {
    "collector": frozenset(
        {
            "read",
            "collections.log_activity",
            "collections.promise",
            "collections.preview",
            "collections.run",
            "collections.work",
            "contact.send",
            "contact.reply",
            "contact.hold",
            "contact.consent",
            "contact.resend",
            "disputes.open",
            "customers.edit",
        }
    ),
    "cash_applier": frozenset({"read", "cash.*", "disputes.open"}),
    "analyst": frozenset({"read", "credit.*", "orders.*", "customers.*"}),
    "resolver": frozenset({"read", "disputes.*", "invoices.credit", "contact.reply"}),
    "sales": frozenset({"read", "orders.check"}),
    "manager": frozenset(
        {
            "read",
            "collections.*",
            "contact.*",
            "customers.*",
            "policy.*",
            "credit.*",
            "orders.*",
            "disputes.*",
            "invoices.*",
            "cash.*",
            "imports.*",
            "insight.*",
            "day.*",
            "controls.retry_job",
            "controls.discard_job",
        }
    ),
    "auditor": frozenset({"read"}),
    "administrator": frozenset({"read", "controls.*", "imports.*"}),
    "system": frozenset({"*"}),
}


def permissions_of(roles: frozenset[str] | set[str]) -> frozenset[str]:
    """Return everything the roles may do together; unknown roles give nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
