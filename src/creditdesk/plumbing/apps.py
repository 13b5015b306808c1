from typing import ClassVar

from django.apps import AppConfig


class PlumbingConfig(AppConfig):
    name = "creditdesk.plumbing"
    label = "plumbing"
    default_auto_field = "django.db.models.BigAutoField"
    # Tables the application role may only add to; the columns named may be updated.
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {"plumbing_event": (), "plumbing_file": ()}
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "plumbing_event": ("data",),
        "plumbing_file": ("name", "content"),
    }
