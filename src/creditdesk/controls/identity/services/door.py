"""The door: every try is charged before the secret is looked at, so that no two slip through.

Counting and writing happen under one advisory lock per name and per address: with any number of
web processes exactly as many tries are looked at as the limits allow.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from creditdesk.controls.identity import rules
from creditdesk.controls.identity.rules import Limits, Try
from creditdesk.controls.models import SignInEvent, User
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import clock, sql

NAME_LENGTH_MAX, AGENT_LENGTH_MAX, DIGEST_LENGTH = 150, 300, 24
KNOWN_DAYS = 30
NEWS_A_MINUTE = 3
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
FAILED = """
    SELECT t.at, t.name, host(t.address) FROM controls_signinevent t
    WHERE t.event = 'tried' AND t.what = %(what)s AND t.at > %(since)s
      AND (t.name = %(name)s OR t.address = %(address)s::inet)
      AND NOT EXISTS (SELECT 1 FROM controls_signinevent a
                      WHERE a.name = t.name AND a.id > t.id AND a.at > %(since)s
                        AND ((a.event = 'admitted' AND a.what = t.what
                              AND a.address IS NOT DISTINCT FROM t.address)
                             OR a.event = 'unlocked'))
"""
KNOWN = """
    SELECT EXISTS (SELECT 1 FROM controls_signinevent
                   WHERE name = %s AND address = %s::inet AND event = 'admitted' AND at > %s)
"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who stands at the door: the name as typed, and where the request comes from."""

    name: str
    address: str | None
    agent: str = ""


def charge(what: str, visitor: Visitor, *, at: datetime | None = None) -> None:
    """Count a try of a secret about to be looked at; Refused with the seconds to wait otherwise."""
    now = at or clock.machine_now()
    name, user_id = _known(visitor.name)
    with transaction.atomic():
        free = _free_at(what, name, visitor.address, now)
        if free is None or free <= now:
            _write("tried", what, visitor, name=name, user_id=user_id, at=now)
            return
        if _is_news("held", name, visitor.address, now):
            _write("held", what, visitor, name=name, user_id=user_id, at=now)
    seconds = int((free - now).total_seconds()) + 1
    raise Refused(
        "sign_in_held", "There were too many tries that failed; wait a while", seconds=seconds
    )


def _free_at(what: str, name: str, address: str | None, now: datetime) -> datetime | None:
    limits = Limits(settings.SIGN_IN_TRIES, settings.SIGN_IN_WAIT)
    for key in sorted((f"door name {name}", f"door address {address}")):
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [key])
    asked = {"what": what, "since": now - limits.wait, "name": name, "address": address}
    known_since = now - timedelta(days=KNOWN_DAYS)
    return rules.free_at(
        sql.fetch(Try, FAILED, asked),
        name=name,
        address=address,
        limits=limits,
        is_known=bool(sql.scalar(KNOWN, [name, address, known_since])),
    )


def admit(what: str, visitor: Visitor, *, at: datetime | None = None) -> None:
    """Record that the secret was right, which forgives this name's tries from this address."""
    note("admitted", what, visitor, at=at)


def note(
    event: str, what: str, visitor: Visitor, *, detail: str = "", at: datetime | None = None
) -> None:
    """Record what happened at the door; of strangers' failures a few a minute and address."""
    name, user_id = _known(visitor.name)
    if name or _is_news(event, name, visitor.address, at or clock.machine_now()):
        _write(event, what, visitor, name=name, user_id=user_id, at=at, detail=detail)


def _is_news(event: str, name: str, address: str | None, now: datetime) -> bool:
    """Whether this was noted seldom enough lately: nobody may fill the journal from outside."""
    lately = SignInEvent.objects.filter(
        event=event, name=name, address=address, at__gt=now - timedelta(minutes=1)
    )
    return lately.count() < NEWS_A_MINUTE


def spend_code(visitor: Visitor, code: str, *, at: datetime | None = None) -> bool:
    """Mark a time-based code as used; False if it was before, in whichever process."""
    now = at or clock.machine_now()
    name, user_id = _known(visitor.name)
    spent = _digest(f"{name} {code}")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"door code {name}"])
        is_used = SignInEvent.objects.filter(
            name=name, event="spent", detail=spent, at__gt=now - rules.CODE_MEMORY
        ).exists()
        if not is_used:
            _write("spent", "code", visitor, name=name, user_id=user_id, at=now, detail=spent)
    return not is_used


def _known(typed: str) -> tuple[str, int | None]:
    """Return the user's name and id; of a name nobody has a digest, the same each time."""
    if not typed:
        return "", None
    found = User.objects.filter(username=typed).values_list("username", "id").first()
    return found or (f"?{_digest(typed)}", None)


def _digest(text: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, text.encode(errors="replace"), hashlib.sha256).hexdigest()[:DIGEST_LENGTH]


def _write(
    event: str,
    what: str,
    visitor: Visitor,
    *,
    name: str,
    user_id: int | None,
    at: datetime | None = None,
    detail: str = "",
) -> None:
    SignInEvent.objects.create(
        at=at or clock.machine_now(),
        event=event,
        what=what,
        name=name,
        user_id=user_id,
        address=visitor.address,
        agent=visitor.agent.replace("\0", "")[:AGENT_LENGTH_MAX],
        detail=detail,
    )
