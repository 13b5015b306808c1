from typing import ClassVar

from django.apps import AppConfig


class ContactConfig(AppConfig):
    name = "creditdesk.contact"
    label = "contact"
    default_auto_field = "django.db.models.BigAutoField"
    # Arguments of its commands that the audit trail keeps apart, to be erased.
    personal: ClassVar[frozenset[str]] = frozenset(
        {"recipient", "recipient_name", "sender", "subject", "body", "note"}
    )
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "contact_verdict": (),
        "contact_priorcontact": (),
        "contact_attachment": (),
    }
