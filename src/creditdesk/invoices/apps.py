from typing import ClassVar

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "creditdesk.invoices"
    label = "invoices"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "invoices_invoice": ("unapplied_minor",),
        "invoices_closure": (),
        "invoices_charge": (),
        "invoices_chargepaper": (),
        "invoices_seller": (),
        "invoices_issueddocument": (),
        "invoices_issuedline": (),
        "invoices_issuedtax": (),
        "invoices_deliveryevidence": (),
        "invoices_issuedallowance": (),
        "invoices_issuedoffer": (),
        "invoices_replacement": (),
        "invoices_recurringdocument": (),
        "invoices_writeoff": (),
    }
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "invoices_invoice": ("order_reference", "customer_reference", "reason"),
        "invoices_deliveryevidence": ("note",),
        "invoices_writeoff": ("reason",),
    }
    # Triggers that must stand and be enabled on these tables, in place of foreign keys.
    guards: ClassVar[dict[str, tuple[str, ...]]] = {
        "invoices_item": ("known_documents", "kept"),
    }
    personal: ClassVar[frozenset[str]] = frozenset(
        {"contact_name", "contact_phone", "contact_email", "email", "recipient_name"}
    )
