"""`@command`: what every outermost service call passes, in one place.

Permission, idempotency, one transaction, the audit row, and preview by rollback. A command
called by another command runs inside it: only the outermost is checked and recorded.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints

from django.db import transaction
from pydantic import TypeAdapter

from creditdesk.controls.models import IdempotencyKey
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import digest, to_json

P = ParamSpec("P")
R = TypeVar("R")
Service = Callable[Concatenate[Actor, P], R]

_inside: ContextVar[str | None] = ContextVar("inside", default=None)
_preview: ContextVar[bool] = ContextVar("preview", default=False)
ARGUMENT_TEXT_MAX = 4000
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
AUDIT = """
    INSERT INTO controls_auditentry
        (company_id, at, actor, user_id, command, arguments, outcome, reason)
    VALUES (%(company_id)s, %(at)s, %(actor)s, %(user_id)s, %(command)s, %(arguments)s,
            %(outcome)s, %(reason)s)
"""
# One round trip for both: the first answer to a key is kept with the audit row of its command.
AUDIT_AND_KEEP = f"""
    WITH kept AS (
        UPDATE controls_idempotencykey SET result = %(result)s
        WHERE company_id = %(company_id)s AND key = %(key)s
    ) {AUDIT}
"""


@contextmanager
def preview() -> Iterator[None]:
    """Within the block commands run for real and are rolled back: show me first."""
    token = _preview.set(True)
    try:
        yield
    finally:
        _preview.reset(token)


def command(name: str) -> Callable[[Service[P, R]], Service[P, R]]:
    """Make a service a command of that name; the name is also the permission it needs."""

    def decorate(service: Service[P, R]) -> Service[P, R]:
        @functools.wraps(service)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if _inside.get() is not None:
                return service(actor, *args, **kwargs)
            if not actor.may(name):
                raise Refused("not_permitted", f"{actor.name} may not do {name}", command=name)
            token = _inside.set(name)
            try:
                with transaction.atomic():
                    return _recorded(name, service, actor, *args, **kwargs)
            finally:
                _inside.reset(token)

        return run

    return decorate


def _recorded(
    name: str, service: Service[P, R], actor: Actor, *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run the service once per idempotency key, and leave the audit row in the transaction."""
    arguments = _arguments(service, actor, *args, **kwargs)
    if actor.key is not None:
        earlier = _claim(actor, name, digest([name, arguments]))
        if earlier is not None:
            answer: R = _returned(service).validate_python(earlier.result)
            return answer
    result = service(actor, *args, **kwargs)
    _leave_traces(actor, name, arguments, ANYTHING.dump_json(result).decode())
    if _preview.get():
        transaction.set_rollback(True)
    return result


def _leave_traces(actor: Actor, name: str, arguments: dict[str, Any], result: str) -> None:
    """Write the audit row and, under a key, the answer to be given again."""
    sql.execute(
        AUDIT if actor.key is None else AUDIT_AND_KEEP,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "actor": actor.name,
            "user_id": actor.user_id,
            "command": name,
            "arguments": to_json(_shortened(arguments)),
            "outcome": to_json(_shortened(json.loads(result))),
            "reason": actor.reason,
            "result": result,
            "key": actor.key,
        },
        planned=True,
    )


@functools.cache
def _signature(service: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(service)


@functools.cache
def _returned(service: Callable[..., Any]) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(service)["return"])


def _claim(actor: Actor, name: str, input_digest: str) -> IdempotencyKey | None:
    """Take the key for this transaction, or return its first answer; a rival waits here."""
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
        raise Conflict(
            "idempotency_key_reused", "This key was used for another request", key=actor.key
        )
    return earlier


def _arguments(
    service: Service[P, R], actor: Actor, *args: P.args, **kwargs: P.kwargs
) -> dict[str, Any]:
    bound = _signature(service).bind(actor, *args, **kwargs)
    named = dict(list(bound.arguments.items())[1:])
    return dict(json.loads(to_json({key: _listed(value) for key, value in named.items()})))


def _listed(value: object) -> object:
    """Give tuples and other sequences of a batch one JSON form."""
    return list(value) if isinstance(value, tuple | range) else value


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
