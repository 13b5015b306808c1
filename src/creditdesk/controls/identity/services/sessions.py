"""Sessions: when each was last seen, and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef

AGENT_LENGTH_MAX = 200


def see_session(key: str, *, user_id: int, address: str | None, agent: str, at: datetime) -> None:
    """Record that the session is at work now, from where and in what."""
    UserSession.objects.update_or_create(
        session_key=key,
        defaults={
            "user_id": user_id,
            "ip": address or "0.0.0.0",  # noqa: S104 - unknown, not an address to listen on
            "user_agent": agent[:AGENT_LENGTH_MAX],
            "last_seen_at": at,
        },
        create_defaults={
            "user_id": user_id,
            "ip": address or "0.0.0.0",  # noqa: S104 - as above
            "user_agent": agent[:AGENT_LENGTH_MAX],
            "last_seen_at": at,
            "created_at": at,
        },
    )


@transaction.atomic
def end_sessions(user_id: int, *, only: Sequence[int] | None = None, but: str | None = None) -> int:
    """End sessions of the user: the numbered ones, or all but that of the key; return how many."""
    found = UserSession.objects.filter(user_id=user_id)
    if only is not None:
        found = found.filter(id__in=only)
    if but is not None:
        found = found.exclude(session_key=but)
    keys = list(found.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    found.delete()
    return len(keys)


@transaction.atomic
def forget_expired_sessions(*, at: datetime) -> None:
    """Delete sessions that ran out by the moment, and what was noted about ended ones."""
    Session.objects.filter(expire_date__lt=at).delete()
    there = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(there)).delete()
