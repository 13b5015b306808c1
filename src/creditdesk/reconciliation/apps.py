from typing import ClassVar

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "creditdesk.reconciliation"
    label = "reconciliation"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "reconciliation_reconciliation": (),
        "reconciliation_difference": (),
        "reconciliation_explanation": (),
    }
