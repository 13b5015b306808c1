"""What a command leaves behind: the audit row, the answer to its key, who exercised which duty."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from creditdesk.controls import rules
from creditdesk.controls.audit.services import without_personal
from creditdesk.controls.models import IdempotencyKey
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, Invalid, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import digest, to_json

ARGUMENT_TEXT_MAX = 4000
WAITS_AS = "approval_request"
ERASED_ANSWER = {"erased": True}
AUDIT = """
    INSERT INTO controls_auditentry
        (company_id, at, actor, user_id, command, arguments, outcome, reason)
    VALUES (%(company_id)s, %(at)s, %(actor)s, %(user_id)s, %(command)s, %(arguments)s,
            %(outcome)s, %(reason)s)
"""
KEEP = """
    kept AS (
        UPDATE controls_idempotencykey SET result = %(result)s
        WHERE company_id = %(company_id)s AND key = %(key)s
    )
"""
ACT = """
    acted AS (
        INSERT INTO controls_dutyact AS a (company_id, user_id, permission, document, at)
        SELECT %(company_id)s, %(user_id)s, d.permission, d.document, %(at)s
        FROM unnest(%(permissions)s::text[], %(documents)s::text[]) AS d (permission, document)
        ORDER BY d.document, d.permission
        ON CONFLICT (company_id, user_id, document, permission) DO UPDATE SET at = EXCLUDED.at
    )
"""
# The lock makes two acts of one person at once wait for each other; the second then sees the first,
# since what was done is read by a statement of its own.
ONE_AT_A_TIME = """
    SELECT pg_advisory_xact_lock(
           hashtextextended('duties of ' || %(user_id)s::bigint, %(company_id)s::bigint))
"""
EARLIER = """
    SELECT permission, document FROM controls_dutyact
    WHERE company_id = %(company_id)s AND user_id = %(user_id)s AND at >= %(since)s
      AND document = ANY(%(documents)s::text[]) AND permission = ANY(%(opposites)s::text[])
"""


@dataclass(frozen=True, slots=True)
class _Act:
    permission: str
    document: str


def refuse_clashes(actor: Actor, acts: Collection[tuple[str, str]]) -> None:
    """Refuse what the person may not do on a document, having done its opposite on the same."""
    if not acts or actor.user_id is None:
        return
    opposites = frozenset().union(*(rules.opposites(duty) for duty, _ in acts))
    asked = {
        "company_id": actor.company_id,
        "user_id": actor.user_id,
        "since": actor.at - timedelta(days=rules.ACTS_COUNT_DAYS),
        "documents": sql.array({document for _, document in acts}),
        "opposites": sql.array(sorted(opposites)),
    }
    sql.execute(ONE_AT_A_TIME, asked, planned=True)
    earlier = sql.fetch(_Act, EARLIER, asked, planned=True)
    met = rules.clashes(acts, [(one.permission, one.document) for one in earlier])
    if met:
        pair, document = met[0]
        raise Refused(
            "duties_same_document",
            f"{actor.name} did the other side of duty pair {pair.number} ({pair.code})"
            f" on {document}; somebody else must do this",
            pair=pair.number,
            document=document,
        )


def leave(
    actor: Actor,
    name: str,
    arguments: Mapping[str, Any],
    result: object,
    reference: str = "",
    acts: Collection[tuple[str, str]] = (),
) -> None:
    """Write the audit row, the duties exercised and, under a key, the answer: one round trip."""
    text = result if isinstance(result, str) else to_json(result)
    told = {"arguments": _shortened(dict(arguments)), "outcome": _shortened(json.loads(text))}
    told = without_personal(actor, name, told)
    with_parts = [
        part for part, is_due in ((KEEP, actor.key is not None), (ACT, bool(acts))) if is_due
    ]
    statement = f"WITH {', '.join(with_parts)} {AUDIT}" if with_parts else AUDIT
    sql.execute(
        statement,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "actor": actor.name,
            "user_id": actor.user_id,
            "command": name,
            "arguments": to_json(told["arguments"]),
            "outcome": to_json(told["outcome"]),
            "reason": reference or actor.reason,
            "result": text,
            "key": actor.key,
            "permissions": sql.array(duty for duty, _ in acts),
            "documents": sql.array(document for _, document in acts),
        },
        planned=True,
    )


def claim(actor: Actor, name: str, input_digest: str) -> IdempotencyKey | None:
    """Take the key for this transaction, or return its first answer; a rival waits here.

    Invalid when the key was used for another request; ApprovalNeeded when that one waits.
    """
    claimed = sql.execute(
        "INSERT INTO controls_idempotencykey (company_id, key, command, input_digest, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (company_id, key) DO NOTHING",
        [actor.company_id, actor.key, name, input_digest, actor.at],
        planned=True,
    )
    if claimed:
        return None
    earlier = IdempotencyKey.objects.get(company_id=actor.company_id, key=actor.key)
    if earlier.input_digest != input_digest:
        raise Invalid(
            "idempotency_key_reused",
            "This key was used for another request",
            place=Place(field="Idempotency-Key"),
            mend="Open the form anew, or take a new key.",
            key=actor.key,
        )
    if earlier.result == ERASED_ANSWER:
        raise Conflict(
            "answer_erased", "This was done; its answer was erased by rule", key=actor.key
        )
    if isinstance(earlier.result, dict) and WAITS_AS in earlier.result:
        waiting = earlier.result[WAITS_AS]
        raise ApprovalNeeded(
            waiting["reference"],
            f"{waiting['reference']} waits for approval by somebody who may do"
            f" {waiting['permission']}",
            permission=waiting["permission"],
        )
    return earlier


def keep_waiting(actor: Actor, reference: str, permission: str) -> None:
    """Keep, as the answer to the key, that a request waits."""
    sql.execute(
        "UPDATE controls_idempotencykey SET result = %s WHERE company_id = %s AND key = %s",
        [
            to_json({WAITS_AS: {"reference": reference, "permission": permission}}),
            actor.company_id,
            actor.key,
        ],
    )


def _shortened(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Keep a large batch as its size and digest: the rows themselves stand in their tables."""
    text = to_json(value)
    if len(text) <= ARGUMENT_TEXT_MAX:
        return value
    if isinstance(value, dict):
        return {key: _shortened_part(part) for key, part in value.items()}
    return _shortened_part(value)


def _shortened_part(value: Any) -> Any:  # noqa: ANN401 - any JSON
    text = to_json(value)
    if len(text) <= ARGUMENT_TEXT_MAX // 4:
        return value
    count = len(value) if isinstance(value, list | dict) else len(text)
    return {"count": count, "sha256": digest(value)}
