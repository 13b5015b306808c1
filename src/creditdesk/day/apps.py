from typing import ClassVar

from django.apps import AppConfig


class DayConfig(AppConfig):
    name = "creditdesk.day"
    label = "day"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {"day_policyletter": ()}
