from typing import ClassVar

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    name = "creditdesk.controls"
    label = "controls"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "controls_auditentry": (),
        "controls_approvalvote": (),
        "controls_signinevent": (),
        "controls_erasure": (),
        "controls_securitypolicy": (),
        "controls_personalvalue": ("salt", "value", "erasure_id"),
        "controls_publishedhead": (),
        "controls_seal": (),
        "controls_redaction": (),
    }
    # Append-only rows that may be blanked by rule: what is sealed is a salted digest of these.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "controls_auditentry": ("arguments", "outcome", "reason"),
        "controls_approvalvote": ("reason",),
        "controls_signinevent": ("name", "address", "agent", "detail"),
    }
