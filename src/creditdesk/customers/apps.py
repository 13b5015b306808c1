from typing import ClassVar

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "creditdesk.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {"customers_change": ()}
