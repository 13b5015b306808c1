from typing import ClassVar

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "creditdesk.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "customers_change": (),
        "customers_parent": (),
        "customers_analyst": (),
        "customers_callback": (),
    }
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "customers_callback": ("person", "phone", "note"),
    }
    # Arguments of its commands that the audit trail keeps apart, to be erased.
    personal: ClassVar[frozenset[str]] = frozenset(
        {
            "name", "email", "phone", "street", "postal_code", "city", "note", "holder",
            "aliases", "bank_accounts", "account", "contacts", "person", "bank_code",
        }
    )  # fmt: skip
    # Batches whose outcome says, in order, whose each element's values are.
    personal_batches: ClassVar[dict[str, tuple[str, str]]] = {
        "customers.create": ("new", "customer")
    }
