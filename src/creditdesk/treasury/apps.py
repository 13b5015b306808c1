from typing import ClassVar

from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    name = "creditdesk.treasury"
    label = "treasury"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "treasury_paymentfile": (),
        "treasury_fileact": (),
        "treasury_mandatechange": (),
    }
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "treasury_paymentfile": ("content",),
        "treasury_mandatechange": ("before", "after"),
    }
