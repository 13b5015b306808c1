from typing import ClassVar

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "creditdesk.policy"
    label = "policy"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "policy_policy": ("withdrawn_at", "withdrawn_by"),
        "policy_publication": (),
        "policy_acknowledgement": (),
        "policy_notice": ("status", "answer", "handed_over_at"),
    }
