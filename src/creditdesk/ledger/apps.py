from typing import ClassVar

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "creditdesk.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "ledger_posting": (),
        "ledger_account": (),
        "ledger_periodact": (),
        "ledger_softclosedpass": (),
    }
    # Triggers that must stand and be enabled on these tables, beside those that keep them.
    guards: ClassVar[dict[str, tuple[str, ...]]] = {
        "ledger_posting": ("guard_periods", "known_accounts"),
    }
