"""Training and the second look on PostgreSQL: what was confirmed teaches, the undone does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.models import MatchingModel
from creditdesk.cash.queries import confirmed as evidence
from creditdesk.cash.rules.learned import Confirmed
from creditdesk.cash.rules.learned.values import PATTERNS
from creditdesk.cash.services import training
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.test_concurrency import at_once
from tests.support.fixtures import founded

FIRST = date(2025, 1, 6)
MONTHS = 11
EXACT = 2
PAYERS = ("Oldest Payer", "Month Payer", "Exact Payer")


@pytest.fixture
def taught(desk: Actor) -> tuple[Actor, list[int]]:
    """A desk whose three payers paid for a year by their habits, each payment applied by hand."""
    ids = [stage.customer(desk, f"{name} Ltd", number=f"L{n}") for n, name in enumerate(PAYERS)]
    for month in range(MONTHS):
        on = FIRST + timedelta(days=15 * month)
        history(desk, ids, month, on)
    return desk, ids


def history(desk: Actor, ids: list[int], month: int, on: date) -> None:
    actor = replace(desk, today=on + timedelta(days=20), at=desk.at + timedelta(minutes=month))
    for n, customer_id in enumerate(ids):
        items = [
            stage.invoice(actor, customer_id, f"L{n}-{month:03d}-{k}", minor, issued_on=on)
            for k, minor in enumerate((10_100 + month, 20_300 + 7 * month, 40_700 + 13 * month))
        ]
        amounts = {item: stage.open_minor(item) for item in items}
        each = [{item: minor} for item, minor in amounts.items()]
        wanted = each if n == EXACT else [amounts]
        for allocations in wanted:
            payment = stage.paid(
                actor, sum(allocations.values()), name=PAYERS[n], on=on + timedelta(days=20)
            )
            cash.apply(actor, payment, allocations=allocations)


def test_a_training_learns_habits_and_a_model(taught: tuple[Actor, list[int]]) -> None:
    desk, ids = taught
    result = cash.train(replace(desk, at=desk.at + timedelta(hours=1)))
    assert (result.payments, result.version, result.is_new) == (55, 1, True)
    assert (result.habits_changed, result.relations) == (3, 0)
    habits = {one.customer_id: one for one in queries.habits(desk.company_id)}
    assert [habits[one].payments for one in ids] == [11, 11, 33]
    assert habits[ids[0]].patterns["balance"] == 11
    assert habits[ids[2]].patterns["exact"] == 33
    assert habits[ids[0]].keys == {"n:OLDEST PAYER": 11}
    model = queries.model(desk.company_id)
    assert model is not None
    assert (model.version, model.payments) == (
        1,
        52,
    )  # of nobody's first payment was known who pays
    assert training.digest_of(model) == training.digest_of(replace(model, version=9))
    assert training.digest_of(model) != training.digest_of(replace(model, bias=model.bias + 1))
    again = cash.train(replace(desk, at=desk.at + timedelta(hours=2)))
    assert (again.version, again.is_new, again.habits_changed) == (1, False, 0)
    assert len(queries.models(desk.company_id)) == 1
    proposed_with_a_confidence(desk, ids)


def proposed_with_a_confidence(desk: Actor, ids: list[int]) -> None:
    """What the rules leave is proposed with a confidence, once."""
    actor = replace(desk, at=desk.at + timedelta(hours=3))
    payment, items = left_over(desk, ids)
    result = cash.match(actor)
    assert (result.applied, result.left) == (0, 1)
    row = queries.exceptions(desk.company_id)[0]
    assert row.id == payment
    wanted = tuple(sorted((items[f"N-{k}"], 10_000 + 100 * k) for k in range(3)))
    [one] = [each for each in row.proposals if each.allocations == wanted]
    assert one.confidence_bp is not None
    looked = sql.scalar("SELECT recorded_at FROM cash_secondlook")
    matches = sql.scalar("SELECT count(*) FROM cash_match")
    cash.match(replace(actor, at=actor.at + timedelta(hours=1)))
    assert sql.scalar("SELECT recorded_at FROM cash_secondlook") == looked
    assert sql.scalar("SELECT count(*) FROM cash_match") == matches
    stage.prove(desk)


def test_the_same_moment_gives_the_same_whatever_came_later(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    history(desk, [acorn], 0, FIRST)
    history(desk, [acorn], 1, FIRST + timedelta(days=15))
    moment = desk.at + timedelta(hours=1)
    then = list(evidence.confirmed(desk.company_id, known_at=moment))
    assert [one.receipt.minor for one in then] == [71_100, 71_121]
    later = replace(desk, at=desk.at + timedelta(hours=2))
    item = stage.invoice(later, acorn, "LATER-1", 5_000)
    payment = stage.paid(later, 5_000, name=PAYERS[0])
    cash.apply(later, payment, allocations={item: 5_000})
    cash.undo(later, then[0].receipt.payment_id)
    assert list(evidence.confirmed(desk.company_id, known_at=moment)) == then
    now = list(evidence.confirmed(desk.company_id, known_at=later.at))
    assert [one.receipt.payment_id for one in now] == [then[1].receipt.payment_id, payment]
    assert now[-1].allocations == ((item, 5_000),)


def test_what_was_open_before_each_payment_is_rebuilt(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    first = stage.invoice(desk, acorn, "INV-1", 10_000)
    second = stage.invoice(desk, acorn, "INV-2", 3_000)
    one = stage.paid(desk, 4_000, name="Acorn")
    cash.apply(desk, one, allocations={first: 4_000})
    two = stage.paid(desk, 6_000, name="Acorn")
    cash.apply(desk, two, allocations={first: 6_000})
    told = list(evidence.confirmed(desk.company_id, known_at=desk.at))
    assert [[(i.item_id, i.open_minor) for i in each.items] for each in told] == [
        [(first, 10_000), (second, 3_000)],
        [(first, 6_000), (second, 3_000)],
    ]
    cash.undo(desk, one)
    [left] = evidence.confirmed(desk.company_id, known_at=desk.at + timedelta(seconds=1))
    assert left.receipt.payment_id == two


def test_learning_looks_no_further_back_than_what_it_is_told(
    taught: tuple[Actor, list[int]],
) -> None:
    desk, ids = taught
    told = list(evidence.confirmed(desk.company_id, known_at=desk.at + timedelta(hours=1)))
    later = replace(desk, at=desk.at + timedelta(hours=2))
    first = told[-20].receipt.payment_id
    cash.undo(later, first)  # after the moment, and of what is told
    item = stage.invoice(later, ids[0], "LATER-1", 5_000)
    cash.apply(later, stage.paid(later, 5_000, name=PAYERS[0]), allocations={item: 5_000})

    def latest(most: int, judged: int) -> list[Confirmed]:
        moment = desk.at + timedelta(hours=1)
        found = evidence.confirmed(desk.company_id, known_at=moment, most=most, judged=judged)
        return list(found)

    assert len(told) == 55
    assert latest(20, 20) == told[-20:]  # what was open before each is the same
    bound = latest(55, 20)
    assert [one.is_taught for one in bound] == [False] * 35 + [True] * 20
    assert bound[35:] == told[35:]
    for one, whole in zip(bound[:35], told[:35], strict=True):
        assert (one.receipt, one.allocations) == (whole.receipt, whole.allocations)
        assert one.items == whole.items  # each payer is one customer here
        assert not one.payers.names
    assert latest(0, 0) == []


def test_a_payment_applied_anew_is_told_as_it_was_then(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    first = stage.invoice(desk, acorn, "INV-1", 10_000)
    second = stage.invoice(desk, acorn, "INV-2", 3_000)
    payment = stage.paid(desk, 3_000, name="Acorn")
    cash.apply(desk, payment, allocations={first: 3_000})
    later = replace(desk, at=desk.at + timedelta(hours=1))
    cash.undo(later, payment)
    third = stage.invoice(later, acorn, "INV-3", 700)
    cash.apply(later, payment, allocations={second: 3_000})
    [told] = evidence.confirmed(desk.company_id, known_at=later.at)
    assert told.allocations == ((second, 3_000),)
    assert {(one.item_id, one.open_minor) for one in told.items} == {
        (first, 10_000), (second, 3_000), (third, 700),
    }  # fmt: skip


def test_what_the_learned_matching_applied_teaches_nothing(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    payment = stage.paid(desk, 10_000, name="Acorn Foods")
    cash.match(desk)  # by the amount alone of a known payer: nobody confirmed it
    assert stage.payment(payment).unapplied_minor == 0
    assert stage.open_minor(item) == 0
    assert list(evidence.confirmed(desk.company_id, known_at=desk.at)) == []


def test_without_a_model_a_round_is_what_the_rules_say(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    stage.invoice(desk, acorn, "INV-1", 700)
    stage.invoice(desk, acorn, "INV-2", 700)
    stage.paid(desk, 700, name="Acorn Foods")
    audited = int(sql.scalar("SELECT count(*) FROM cash_match"))
    result = cash.match(desk)
    assert (result.applied, result.left) == (0, 1)
    assert sql.scalar("SELECT count(*) FROM cash_match") == audited + 1
    assert sql.scalar("SELECT count(*) FROM cash_secondlook") == 0


def left_over(desk: Actor, ids: list[int]) -> tuple[int, dict[str, int]]:
    """A sum of the oldest three of six, which many other sums could be: the rules propose."""
    actor = replace(desk, at=desk.at + timedelta(hours=3))
    items = {
        f"N-{k}": stage.invoice(
            actor, ids[0], f"N-{k}", 10_000 + 100 * k, issued_on=date(2026, 1 + k // 3, 5)
        )
        for k in range(6)
    }
    payment = stage.paid(actor, 30_300, name=PAYERS[0], on=date(2026, 3, 2))
    return payment, items


def test_a_model_that_is_sure_applies_and_can_be_undone(desk: Actor) -> None:
    acorn = stage.customer(desk, "Oldest Payer Ltd", number="L0")
    sure_of_everything(desk)
    payment, items = left_over(desk, [acorn])
    actor = replace(desk, at=desk.at + timedelta(hours=3))
    result = cash.match(actor)
    assert (result.applied, result.left, result.applied_minor) == (1, 0, {"EUR": 30_300})
    assert [stage.open_minor(item) for item in items.values()] == [0, 0, 0, 10_300, 10_400, 10_500]
    [row] = queries.payments(desk.company_id)
    assert (row.id, row.method, row.is_certain, row.customer_id) == (
        payment, "learned", True, acorn,
    )  # fmt: skip
    assert [reason.code for reason in row.reasons] == [
        "payer_by_name", "fit_due", "learned_confidence",
    ]  # fmt: skip
    assert row.reasons[-1].params == {"percent": "99.80", "version": 1}
    assert list(evidence.confirmed(desk.company_id, known_at=actor.at)) == []
    cash.undo(actor, payment)
    assert stage.payment(payment).unapplied_minor == 30_300
    assert cash.match(replace(actor, at=actor.at + timedelta(hours=1))).applied == 0
    stage.prove(desk)


def sure_of_everything(desk: Actor) -> None:
    """A model that finds every proposal 99.8 per cent sure."""
    weights = [f"fit:{one}" for one in PATTERNS] + [f"way:{one}:unknown" for one in PATTERNS]
    weights += ["who:name", "habit:unknown", "delay:unknown", "rivals:0", "amount:whole"]
    MatchingModel.objects.create(
        company_id=desk.company_id, version=1, known_at=desk.at, payments=500, held_out=100,
        calibration_error_ppm=0, weights=dict.fromkeys(["bias", *weights], 0.0),
        bins=[[-99.0, 500, 500]], reliability=[], digest="x", recorded_at=desk.at,
        recorded_by="test",
    )  # fmt: skip


def test_two_workers_look_again_and_each_payment_is_applied_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    acorn = stage.customer(desk, "Oldest Payer Ltd", number="L0")
    sure_of_everything(desk)
    payment, items = left_over(desk, [acorn])
    by_hand = {items["N-0"]: 10_000}
    results = at_once(
        lambda: cash.match(desk),
        lambda: cash.match(desk),
        lambda: cash.apply(desk, payment, allocations=by_hand),
        lambda: cash.apply(desk, payment, allocations=by_hand),
    )
    assert not [one for one in results if isinstance(one, DomainError) and one.code not in (
        "payment_changed", "item_changed")]  # fmt: skip
    state = stage.payment(payment)
    assert state.total_minor - state.unapplied_minor in (10_000, 30_300)
    assert stage.open_minor(items["N-0"]) == 0
    stage.prove(desk)
