"""Answers to idempotency keys of connected systems, kept word for word, and forgotten in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql

KEEP_DAYS: Final = 30
# Waits for a rival that holds the key and is still at work; no row when the secret is unknown.
TAKE = """
    INSERT INTO controls_apianswer
        (company_id, scope, key, request_digest, content_type, body, recorded_at)
    SELECT k.company_id, k.digest, %(key)s, %(digest)s, '', '', %(at)s
    FROM controls_apikey k WHERE k.digest = %(scope)s AND k.revoked_at IS NULL
    ON CONFLICT (scope, key) DO NOTHING
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


def take_key(scope: str, key: str, request_digest: str, at: datetime) -> Answer | bool:
    """Take the key within the caller's transaction, or return the answer given to it before.

    True when it was taken; False when the secret behind `scope` is unknown, or revoked by now.
    """
    params = {"scope": scope, "key": key, "digest": request_digest, "at": at}
    if sql.execute(TAKE, params, planned=True):
        return True
    return sql.fetch_one(Answer, GIVEN, [scope, key], planned=True) or False


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
