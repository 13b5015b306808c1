from typing import ClassVar

from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "creditdesk.collections"
    label = "collections"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "collections_steptaken": (),
        "collections_namedfee": (),
    }
    # Arguments of its commands that the audit trail keeps apart, to be erased.
    personal: ClassVar[frozenset[str]] = frozenset({"note"})
