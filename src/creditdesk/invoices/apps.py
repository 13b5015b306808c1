from typing import ClassVar

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "creditdesk.invoices"
    label = "invoices"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "invoices_invoice": ("unapplied_minor",),
        "invoices_closure": (),
        "invoices_seller": (),
        "invoices_issueddocument": (),
        "invoices_issuedline": (),
        "invoices_issuedtax": (),
    }
    personal: ClassVar[frozenset[str]] = frozenset(
        {"contact_name", "contact_phone", "contact_email"}
    )
