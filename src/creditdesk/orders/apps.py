from typing import ClassVar

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "creditdesk.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"
    # Arguments of its commands that the audit trail keeps apart, to be erased.
    personal: ClassVar[frozenset[str]] = frozenset({"text"})
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "orders_decision": (),
        "orders_note": (),
    }
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "orders_decision": ("reason",),
        "orders_note": ("text",),
    }
