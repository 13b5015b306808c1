from typing import ClassVar

from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "creditdesk.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "insight_decisionexport": (),
        "insight_exporteddecision": (),
    }
