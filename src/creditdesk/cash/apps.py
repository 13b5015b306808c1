from typing import ClassVar

from django.apps import AppConfig


class CashConfig(AppConfig):
    name = "creditdesk.cash"
    label = "cash"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "cash_adjustment": ("undone_on", "undone_at", "undone_by"),
        "cash_bankline": (),
        "cash_match": (),
        "cash_realised": (),
        "cash_matchingmodel": (),
        "cash_move": (),
        "cash_statement": (),
    }
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "cash_bankline": (
            "reference", "counterparty", "counterparty_account", "text", "structured_references",
        )
    }  # fmt: skip
    # Triggers that must stand and be enabled on these tables, in place of foreign keys.
    guards: ClassVar[dict[str, tuple[str, ...]]] = {
        "cash_bankline": ("known_statements",),
        "cash_payment": ("known_lines", "kept"),
        "cash_match": ("known_payments",),
        "cash_move": ("known_payments",),
        "cash_allocation": ("known_payments", "known_items", "kept"),
    }
