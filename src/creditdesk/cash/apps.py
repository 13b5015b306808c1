from typing import ClassVar

from django.apps import AppConfig


class CashConfig(AppConfig):
    name = "creditdesk.cash"
    label = "cash"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "cash_bankline": (),
        "cash_match": (),
        "cash_statement": (),
    }
