from typing import ClassVar

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "creditdesk.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"
    # Arguments of its commands that the audit trail keeps apart, to be erased.
    personal: ClassVar[frozenset[str]] = frozenset({"note", "answer"})
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "payments_notice": ("state", "outcome", "settled_at"),
        "payments_payoutpart": (),
    }
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {"payments_notice": ("body",)}
