from typing import ClassVar

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "creditdesk.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {"orders_decision": ()}
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {"orders_decision": ("reason",)}
