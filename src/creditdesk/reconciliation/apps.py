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
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {"reconciliation_explanation": ("note",)}
