"""What every command passes: permission, one answer per key, audit, preview."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from creditdesk.controls.commands import command, preview
from creditdesk.controls.models import AuditEntry, IdempotencyKey
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.plumbing import services as plumbing
from creditdesk.plumbing.models import Sequence
from tests.support.fixtures import founded


@dataclass(frozen=True, slots=True)
class Taken:
    numbers: tuple[int, ...]
    on: date


@command("cash.take")
def take(actor: Actor, *, count: int) -> Taken:
    return Taken(tuple(plumbing.take_numbers(actor.company_id, "trial", count)), actor.today)


@command("cash.outer")
def outer(actor: Actor) -> Taken:
    return take(actor, count=1)


def next_number(actor: Actor) -> int | None:
    row = Sequence.objects.filter(company_id=actor.company_id, name="trial").first()
    return row.next_number if row else None


def test_a_command_needs_its_permission_and_leaves_nothing_without(actor: Actor) -> None:
    auditor = replace(actor, permissions=frozenset({"read"}))
    with pytest.raises(Refused) as refused:
        take(auditor, count=1)
    assert refused.value.code == "not_permitted"
    assert next_number(actor) is None
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("granted", ["cash.take", "cash.*", "*"])
def test_a_permission_may_be_the_command_its_room_or_everything(actor: Actor, granted: str) -> None:
    assert take(replace(actor, permissions=frozenset({granted})), count=1).numbers == (1,)


def test_only_the_outermost_command_is_checked_and_recorded(actor: Actor) -> None:
    outer(replace(actor, permissions=frozenset({"cash.outer"})))
    entry = AuditEntry.objects.get()
    assert (entry.command, entry.actor) == ("cash.outer", "test")
    assert entry.outcome == {"numbers": [1], "on": "2026-03-16"}


def test_the_same_key_gets_the_first_answer_and_one_effect(actor: Actor) -> None:
    first = take(actor.keyed("k1"), count=2)
    again = take(actor.keyed("k1"), count=2)
    assert first == again == Taken((1, 2), date(2026, 3, 16))
    assert next_number(actor) == 3
    assert AuditEntry.objects.count() == 1


def test_the_same_key_with_another_request_is_refused(actor: Actor) -> None:
    take(actor.keyed("k1"), count=2)
    with pytest.raises(Invalid) as refused:
        take(actor.keyed("k1"), count=3)
    assert refused.value.code == "idempotency_key_reused"
    assert next_number(actor) == 3


def test_only_committed_outcomes_are_kept(actor: Actor) -> None:
    @command("cash.fail")
    def fail(actor: Actor) -> int:
        plumbing.take_numbers(actor.company_id, "trial", 1)
        raise Refused("no", "no")

    with pytest.raises(Refused):
        fail(actor.keyed("k1"))
    assert not IdempotencyKey.objects.exists()
    assert next_number(actor) is None


def test_a_preview_answers_and_changes_nothing(actor: Actor) -> None:
    with preview():
        assert take(actor, count=5).numbers == (1, 2, 3, 4, 5)
    assert next_number(actor) is None
    assert not AuditEntry.objects.exists()
    assert take(actor, count=1).numbers == (1,)


def test_large_arguments_stand_in_the_audit_as_size_and_digest(actor: Actor) -> None:
    @command("cash.many")
    def many(actor: Actor, *, rows: list[Decimal]) -> int:
        return len(rows)

    assert many(actor, rows=[Decimal("1.50")] * 2000) == 2000
    assert AuditEntry.objects.get().arguments["rows"]["count"] == 2000


def test_sixteen_callers_with_one_key_have_one_effect(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id).keyed("same")
    at_once = Barrier(16)

    def call(_: int) -> Taken:
        at_once.wait(timeout=20)
        try:
            return take(actor, count=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(call, range(16)))
    assert set(answers) == {Taken((1,), date(2026, 3, 16))}
    assert next_number(actor) == 2


def test_a_command_made_for_a_batch_lets_the_batch_go(actor: Actor) -> None:
    """Imports make one per batch; a process that loads files all day must not keep their rows."""

    class Rows:
        """What a batch holds."""

    def loaded() -> weakref.ref[Rows]:
        rows = Rows()

        @command("imports.load")
        def load(actor: Actor, *, number: int) -> int:
            return number if isinstance(rows, Rows) else 0

        assert load(actor, number=7) == 7
        assert load(actor.keyed("once"), number=8) == load(actor.keyed("once"), number=8) == 8
        return weakref.ref(rows)

    kept = [loaded() for _ in range(5)]
    gc.collect()
    assert [one() is None for one in kept[:-1]] == [True] * 4
