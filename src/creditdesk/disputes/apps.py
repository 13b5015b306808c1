from typing import ClassVar

from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "creditdesk.disputes"
    label = "disputes"
    default_auto_field = "django.db.models.BigAutoField"
    # Arguments of its commands that the audit trail keeps apart, to be erased.
    personal: ClassVar[frozenset[str]] = frozenset({"note"})
