"""`@command`: what every outermost service call passes, in one place.

Permission, duties, idempotency, one transaction, the audit row, approval by somebody else, and
preview by rollback. A command called by another command runs inside it: only the outermost is
checked and recorded; the duties it exercises on the way are noted all the same.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, get_type_hints
from weakref import WeakKeyDictionary

from django.db import transaction
from pydantic import TypeAdapter

from creditdesk.controls.commands import approving, proving, traces
from creditdesk.controls.commands.state import (
    Grant,
    Running,
    Shown,
    Waits,
    granted,
    running,
    shown,
    whole,
)
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing.encoding import digest, to_json

P = ParamSpec("P")
R = TypeVar("R")
Service = Callable[Concatenate[Actor, P], R]

ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
# Every command by `module:function`, for a request that is run again once it is approved.
SERVICES: Final[dict[str, Callable[..., Any]]] = {}


@contextmanager
def preview() -> Iterator[Shown]:
    """Within the block commands run for real and are rolled back: show me first."""
    found = Shown()
    token = shown.set(found)
    try:
        yield found
    finally:
        shown.reset(token)


def acts_on(kind: str, ids: Iterable[object]) -> None:
    """Note that the running command exercises its duty on these documents.

    Noted for people only, and only for duties that stand in a pair; who did the other side of the
    pair on one of them is refused when the command ends, and all of it is rolled back.
    """
    at_work = running.get()
    if at_work is not None:
        at_work.note(kind, ids)


def command(name: str) -> Callable[[Service[P, R]], Service[P, R]]:
    """Make a service a command of that name; the name is also the permission it needs."""

    def decorate(service: Service[P, R]) -> Service[P, R]:
        @functools.wraps(service)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            at_work = running.get()
            if at_work is not None:
                proving.require_proof(actor, name)
                with at_work.within(name):
                    return service(actor, *args, **kwargs)
            require(actor, name)
            proving.require_proof(actor, name)
            token = running.set(Running(actor, [name], granted.get()))
            try:
                with transaction.atomic(savepoint=not whole.get()):
                    return _recorded(name, service, actor, *args, **kwargs)
            except Waits as waits:
                if granted.get().approvers or whole.get():
                    raise
                arguments = _arguments(service, actor, *args, **kwargs)
                approving.keep_request(actor, name, _path(service), arguments, waits.need)
            finally:
                running.reset(token)

        SERVICES[_path(service)] = run
        return run

    return decorate


def _path(service: Callable[..., Any]) -> str:
    return f"{service.__module__}:{service.__qualname__}"


def require(actor: Actor, name: str) -> None:
    """Refuse who may not do a command: for a face that looks documents up before it runs."""
    if actor.may(name):
        return
    if name in actor.denied:
        raise Refused(
            "duties_conflict",
            f"{actor.name} holds duties that must not meet, so may not do {name}",
            command=name,
        )
    raise Refused("not_permitted", f"{actor.name} may not do {name}", command=name)


def _recorded(
    name: str, service: Service[P, R], actor: Actor, *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run the service once per idempotency key, and leave the audit row in the transaction."""
    if shown.get() is not None:
        actor = actor.keyed(None)  # a preview is no answer to a key
    arguments = _arguments(service, actor, *args, **kwargs)
    if actor.key is not None:
        earlier = traces.claim(actor, name, digest([name, arguments]))
        if earlier is not None:
            answer: R = _returned(service).validate_python(earlier.result)
            return answer
    approving.require_second_person(actor, name)
    result = service(actor, *args, **kwargs)
    at_work = running.get()
    acts = list(at_work.acts) if at_work else []
    traces.refuse_clashes(actor, acts)
    traces.leave(actor, name, arguments, ANYTHING.dump_json(result).decode(), acts=acts)
    if shown.get() is not None:
        transaction.set_rollback(True)
    return result


def again(service: str, actor: Actor, arguments: Mapping[str, Any], grant: Grant) -> Any:  # noqa: ANN401 - the result of any command
    """Run a kept request as who asked for it, the approvers on record; return its result as JSON.

    Raises Waits when by now more people must approve it, and whatever the command refuses.
    """
    import_module(service.partition(":")[0])
    run = SERVICES.get(service)
    if run is None:
        raise Refused("command_gone", "This version no longer knows the command", service=service)
    types = get_type_hints(inspect.unwrap(run))
    given = {
        key: TypeAdapter(types[key]).validate_python(value) for key, value in arguments.items()
    }
    token = granted.set(grant)
    try:
        result = run(actor, **given)
    finally:
        granted.reset(token)
    return json.loads(ANYTHING.dump_json(result))


# Kept as long as the service, and not longer: one made for a batch holds the batch.
_signatures: WeakKeyDictionary[Callable[..., Any], inspect.Signature] = WeakKeyDictionary()
_returns: WeakKeyDictionary[Callable[..., Any], TypeAdapter[Any]] = WeakKeyDictionary()


def _signature(service: Callable[..., Any]) -> inspect.Signature:
    found = _signatures.get(service)
    if found is None:
        found = _signatures[service] = inspect.signature(service)
    return found


def _returned(service: Callable[..., Any]) -> TypeAdapter[Any]:
    found = _returns.get(service)
    if found is None:
        found = _returns[service] = TypeAdapter(get_type_hints(service)["return"])
    return found


def _arguments(
    service: Service[P, R], actor: Actor, *args: P.args, **kwargs: P.kwargs
) -> dict[str, Any]:
    bound = _signature(service).bind(actor, *args, **kwargs)
    named = dict(list(bound.arguments.items())[1:])
    return dict(json.loads(to_json({key: _listed(value) for key, value in named.items()})))


def _listed(value: object) -> object:
    """Give tuples and other sequences of a batch one JSON form."""
    return list(value) if isinstance(value, tuple | range) else value
