from typing import ClassVar

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "creditdesk.monitoring"
    label = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"
    # Arguments of its commands that the audit trail keeps apart, to be erased.
    personal: ClassVar[frozenset[str]] = frozenset({"note", "url"})
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "monitoring_payerrating": (),
        "monitoring_alertstep": (),
        "monitoring_news": ("customer_id", "state", "settled_at", "settled_by"),
    }
    # What news and notes say of people may be blanked by rule.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "monitoring_alertstep": ("body",),
        "monitoring_news": ("body",),
    }
