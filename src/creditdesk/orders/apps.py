from typing import ClassVar

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "creditdesk.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {"orders_decision": ()}
