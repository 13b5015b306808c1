from typing import ClassVar

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    name = "creditdesk.statements"
    label = "statements"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "statements_schedule": (),
        "statements_sent": (),
    }
