from typing import ClassVar

from django.apps import AppConfig


class CashConfig(AppConfig):
    name = "creditdesk.cash"
    label = "cash"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "cash_adjustment": ("undone_on", "undone_at", "undone_by"),
        "cash_bankline": (),
        "cash_deposit": (
            "credited_on", "credited_at", "credited_by", "voided_at", "voided_by", "void_reason",
        ),
        "cash_depositcredit": ("undone_at", "undone_by"),
        "cash_match": (),
        "cash_realised": (),
        "cash_matchingmodel": (),
        "cash_move": (),
        "cash_receipt": (
            "payment_id", "deposit_id", "cancelled_on", "cancelled_at", "cancelled_by",
            "cancel_reason",
        ),
        "cash_statement": (),
        "cash_tillcount": ("deposit_id",),
    }  # fmt: skip
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "cash_bankline": (
            "reference", "counterparty", "counterparty_account", "text", "structured_references",
        ),
        "cash_receipt": ("cheque_number", "drawer", "drawer_bank", "note"),
    }  # fmt: skip
    # Triggers that must stand and be enabled on these tables, in place of foreign keys.
    guards: ClassVar[dict[str, tuple[str, ...]]] = {
        "cash_bankline": ("known_statements",),
        "cash_payment": ("known_lines", "kept"),
        "cash_match": ("known_payments",),
        "cash_move": ("known_payments",),
        "cash_allocation": ("known_payments", "known_items", "kept"),
    }
