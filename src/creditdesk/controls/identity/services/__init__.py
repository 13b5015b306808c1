"""Writers about users: the door, sessions, and what administrators do."""

from creditdesk.controls.identity.services.door import (
    Visitor,
    admit,
    charge,
    note,
    spend_code,
)
from creditdesk.controls.identity.services.sessions import (
    end_sessions,
    forget_expired_sessions,
    see_session,
)
from creditdesk.controls.identity.services.users import (
    forget_factors,
    lock,
    set_password,
    set_provider_roles,
    unlock,
)

__all__ = [
    "Visitor",
    "admit",
    "charge",
    "end_sessions",
    "forget_expired_sessions",
    "forget_factors",
    "lock",
    "note",
    "see_session",
    "set_password",
    "set_provider_roles",
    "spend_code",
    "unlock",
]
