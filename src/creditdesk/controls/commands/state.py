"""The command at work in this thread: its name, who acts, what it touches, who approved it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from creditdesk.controls import rules
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import showing


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who approved a request."""

    user_id: int
    name: str
    permission: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a command waits for: so many other people with a permission.

    `about` is what they decide on, as codes and values for the reader's language; `barred` are
    people it is about, who may not approve it. `version` names the state of the world the request
    rests on: once that has changed, nobody's approval carries it any more.
    """

    permission: str
    count: int
    about: Mapping[str, object]
    documents: tuple[str, ...] = ()
    barred: tuple[int, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a command that runs again brings along: who approved it, resting on which state."""

    approvers: tuple[Approver, ...] = ()
    version: str = ""
    reference: str = ""


class Waits(Exception):
    """Carries a need from the service to its command, which keeps the request."""

    def __init__(self, need: Need) -> None:
        super().__init__(need.permission)
        self.need = need


@dataclass(slots=True)
class Shown:
    """What a preview found out beside the result."""

    need: Need | None = None


@dataclass(slots=True)
class Running:
    """An outermost command at work."""

    actor: Actor
    names: list[str]
    grant: Grant
    acts: dict[tuple[str, str], None] = field(default_factory=dict)

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """Within the block what is touched is touched by this inner command."""
        self.names.append(name)
        try:
            yield
        finally:
            self.names.pop()

    def note(self, kind: str, ids: Iterable[object]) -> None:
        """Keep that a person exercised a duty on documents."""
        name = self.names[-1]
        if self.actor.user_id is not None and name in rules.DUTIES:
            self.acts.update(dict.fromkeys((name, f"{kind}:{one}") for one in ids))


running: ContextVar[Running | None] = ContextVar("running", default=None)
shown: ContextVar[Shown | None] = showing.shown
granted: ContextVar[Grant] = ContextVar("granted", default=Grant())  # noqa: B039 - it is frozen


def name_at_work() -> str:
    """Return the outermost command at work in this thread; empty outside of one."""
    at_work = running.get()
    return at_work.names[0] if at_work else ""


whole: ContextVar[bool] = ContextVar("whole", default=False)


@contextmanager
def undone_as_a_whole() -> Iterator[None]:
    """Within the block, inside a transaction, a command that fails leaves nothing to go on with.

    So it needs no savepoint. Whoever opens it rolls the transaction back on any failure, and asks
    again without it on `Waits`, which then keeps nothing.
    """
    token = whole.set(True)
    try:
        yield
    finally:
        whole.reset(token)


def may_need_approval() -> bool:
    """Whether somebody's command is at work, not a machine's: only then is a second one asked."""
    at_work = running.get()
    return at_work is not None and not at_work.actor.is_machine
