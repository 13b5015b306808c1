from typing import ClassVar

from django.apps import AppConfig


class ContactConfig(AppConfig):
    name = "creditdesk.contact"
    label = "contact"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "contact_verdict": (),
        "contact_priorcontact": (),
    }
