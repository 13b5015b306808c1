"""Answers to idempotency keys of connected systems, kept word for word, and forgotten in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditdesk.controls.queries.people import KEY, KeyRow, holder
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock, sql

KEEP_DAYS: Final = 30
# Who holds the secret and whether its key is taken for this request, in one question: a rival that
# holds the key and is still at work is waited for. No row when the secret is unknown or revoked.
TAKE = f"""
    WITH holder AS ({KEY}), taken AS (
        INSERT INTO controls_apianswer
            (company_id, scope, key, request_digest, content_type, body, recorded_at)
        SELECT company_id, %(scope)s, %(key)s, %(digest)s, '', '', {clock.SHOWN}
        FROM holder
        ON CONFLICT (scope, key) DO NOTHING
        RETURNING id
    )
    SELECT holder.*, EXISTS (SELECT FROM taken) FROM holder
"""
GIVEN = """
    SELECT a.request_digest, a.status, a.content_type, a.body FROM controls_apianswer a
      JOIN controls_apikey k ON k.digest = a.scope AND k.revoked_at IS NULL
     WHERE a.scope = %s AND a.key = %s AND a.status IS NOT NULL
"""
KEEP = """
    UPDATE controls_apianswer SET status = %s, content_type = %s, body = %s
     WHERE scope = %s AND key = %s
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked under a key, and answered."""

    request_digest: str
    status: int
    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class _Taken(KeyRow):
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks, nobody when the secret is unknown or revoked, and what was answered before."""

    holder: Actor | None
    earlier: Answer | None = None


def take_key(scope: str, key: str, request_digest: str) -> Claim:
    """Take the key within the caller's transaction, or return the answer given to it before."""
    params = {"scope": scope, "key": key, "digest": request_digest, **clock.asked()}
    found = sql.fetch_one(_Taken, TAKE, params, planned=True)
    if found is None:
        return Claim(None)
    if found.is_taken:
        return Claim(holder(found))
    # Of a key revoked while a rival was waited for nothing is told.
    earlier = sql.fetch_one(Answer, GIVEN, [scope, key], planned=True)
    return Claim(holder(found), earlier) if earlier else Claim(None)


def keep_answer(scope: str, key: str, *, status: int, content_type: str, body: str) -> None:
    """Keep the answer under the key, in the transaction that made its effect."""
    sql.execute(KEEP, [status, content_type, body, scope, key], planned=True)


def tidy(actor: Actor) -> int:
    """Forget a company's answers older than thirty days; return how many. Harmless to repeat."""
    before = actor.at - timedelta(days=KEEP_DAYS)
    return sum(
        sql.execute(
            f"DELETE FROM {table} WHERE company_id = %s AND recorded_at < %s",
            [actor.company_id, before],
        )
        for table in ("controls_apianswer", "controls_idempotencykey")
    )
