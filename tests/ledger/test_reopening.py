"""Closing and reopening are two people's: who asks, who approves, and what outdates a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier

import pytest
from django.db import connection

from creditdesk import wiring
from creditdesk.controls import queries as controls
from creditdesk.controls import rules as control_rules
from creditdesk.controls import services as decisions
from creditdesk.controls.commands import preview
from creditdesk.controls.models import ApprovalRequest, AuditEntry, DutyAct
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, DomainError, Refused
from creditdesk.ledger import queries, services
from creditdesk.ledger.models import PeriodAct
from creditdesk.ledger.rules import Boundary
from creditdesk.plumbing import clock
from tests.controls.people import excepted, now, person
from tests.insight.books import Books, opened
from tests.support.fixtures import TODAY, founded

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


def kept(actor: Actor) -> Books:
    wiring.connect()
    books = opened(actor, "Acorn").on(TODAY)
    for month in (1, 2):
        issued = date(2026, month, 12)
        books.invoice(books.customers[0], 10_000, issued=issued, due=issued + timedelta(days=30))
    return books


@pytest.fixture
def books(actor: Actor) -> Books:
    """Invoices of January and February; today is 16 March."""
    return kept(actor)


@pytest.fixture
def mo(books: Books) -> Actor:
    return person(books.actor, "mo", "manager")


@pytest.fixture
def max_(books: Books) -> Actor:
    return person(books.actor, "max", "manager")


def ask(actor: Actor, last_on: date = JANUARY, reason: str = "a late invoice") -> str:
    with pytest.raises(ApprovalNeeded) as needed:
        services.reopen_period(actor, last_on, reason=reason)
    return needed.value.reference


def closed(actor: Actor) -> date | None:
    return queries.boundary(actor.company_id).closed_through


def refused(act: Callable[[], object]) -> str:
    before = (PeriodAct.objects.count(), ApprovalRequest.objects.filter(state="done").count())
    with pytest.raises(DomainError) as error:
        act()
    after = (PeriodAct.objects.count(), ApprovalRequest.objects.filter(state="done").count())
    assert before == after
    return error.value.code


def test_who_closed_asks_and_somebody_else_lets_it_happen(mo: Actor, max_: Actor) -> None:
    services.close_period(mo, JANUARY)
    reference = ask(mo)
    assert closed(mo) == JANUARY
    request = controls.request(mo.company_id, reference, mo.at)
    assert (request.command, request.permission, request.approvers_needed) == (
        "ledger.reopen_period", "ledger.approve_reopen", 1,
    )  # fmt: skip
    assert request.about == {
        "first_on": "2026-01-01", "last_on": "2026-01-31", "status": "closed",
    }  # fmt: skip
    assert (request.reason, controls.waiting_for(max_), controls.waiting_for(mo)) == (
        "a late invoice", 1, 0,
    )  # fmt: skip
    assert refused(lambda: decisions.approve(mo, reference)) == "own_request"
    assert decisions.approve(max_, reference).state == "done"
    assert queries.boundary(mo.company_id) == Boundary(2)
    act = queries.acts(mo.company_id)[0]
    assert (act.act, act.recorded_by, act.reason) == ("reopen", "mo", "a late invoice")
    entry = AuditEntry.objects.get(command="ledger.reopen_period")
    assert entry.reason == f"{reference}, approved by max"
    assert set(DutyAct.objects.values_list("user_id", "permission", "document")) == {
        (mo.user_id, "ledger.close_period", "period:2026-01-31"),
        (max_.user_id, "ledger.approve_reopen", "period:2026-01-31"),
    }


def test_who_closed_it_does_not_approve_its_reopening(books: Books, mo: Actor, max_: Actor) -> None:
    services.close_period(mo, JANUARY)
    reference = ask(max_)
    assert refused(lambda: decisions.approve(mo, reference)) == "duties_same_document"
    excepted(books.actor, "mo", 1)  # no exception lifts it
    assert refused(lambda: decisions.approve(now(mo, "mo"), reference)) == "duties_same_document"
    assert closed(mo) == JANUARY
    third = person(books.actor, "mia", "manager")
    assert decisions.approve(third, reference).state == "done"
    assert closed(mo) is None


def test_who_approved_the_reopening_does_not_close_it_again(mo: Actor, max_: Actor) -> None:
    services.close_period(mo, JANUARY)
    decisions.approve(max_, ask(mo))
    assert refused(lambda: services.close_period(max_, JANUARY)) == "duties_same_document"
    services.close_period(mo, JANUARY)
    assert closed(mo) == JANUARY


def test_the_soft_closing_is_another_act_than_the_one_for_good(mo: Actor, max_: Actor) -> None:
    services.close_period(max_, JANUARY, soft=True)
    services.close_period(mo, JANUARY)
    assert decisions.approve(max_, ask(mo)).state == "done"
    services.close_period(mo, JANUARY, soft=True)
    services.close_period(max_, FEBRUARY, soft=True)
    reference = ask(max_, FEBRUARY)
    assert refused(lambda: decisions.approve(max_, reference)) == "own_request"
    assert decisions.approve(mo, reference).state == "done"


@pytest.mark.parametrize("role", ["analyst", "resolver", "auditor", "administrator", "sales"])
def test_who_lacks_the_permission_neither_asks_nor_approves(
    books: Books, mo: Actor, role: str
) -> None:
    services.close_period(mo, JANUARY)
    reference = ask(mo)
    other = person(books.actor, "other", role)
    assert refused(lambda: decisions.approve(other, reference)) == "not_permitted"
    assert refused(lambda: services.reopen_period(other, JANUARY, reason="x")) == "not_permitted"
    assert closed(mo) == JANUARY


def test_a_reason_is_needed_before_anybody_is_asked(mo: Actor) -> None:
    services.close_period(mo, JANUARY)
    assert refused(lambda: services.reopen_period(mo, JANUARY, reason=" ")) == "reason_missing"
    assert refused(lambda: services.reopen_period(mo, FEBRUARY, reason="x")) == (
        "period_open_already"
    )
    assert not ApprovalRequest.objects.exists()


def test_a_request_is_outdated_by_any_act_on_the_periods(
    books: Books, mo: Actor, max_: Actor
) -> None:
    """Reopened and closed anew in the meantime, the old request would open other books."""
    services.close_period(mo, JANUARY)
    reference = ask(mo)
    services.reopen_period(books.actor, JANUARY, reason="by the command line")
    services.close_period(books.actor, JANUARY)
    with preview():
        shown = decisions.approve(max_, reference)
    assert (shown.state, (shown.outcome or {})["code"]) == ("failed", "approval_outdated")
    found = decisions.approve(max_, reference)
    assert (found.state, (found.outcome or {})["code"]) == ("failed", "approval_outdated")
    assert queries.boundary(mo.company_id) == Boundary(3, JANUARY)
    assert decisions.approve(max_, ask(mo)).state == "done"


def test_asked_anew_after_a_change_it_is_another_request(books: Books, mo: Actor) -> None:
    services.close_period(mo, JANUARY)
    first = ask(mo)
    assert ask(mo) == first
    services.close_period(books.actor, FEBRUARY)
    services.reopen_period(books.actor, FEBRUARY, reason="not yet")
    assert ask(mo) != first


def test_the_command_line_reopens_by_itself_and_says_so(books: Books) -> None:
    services.close_period(books.actor, JANUARY)
    services.reopen_period(books.actor, JANUARY, reason="nobody else is here")
    assert queries.acts(books.actor.company_id)[0].recorded_by == books.actor.name
    assert not ApprovalRequest.objects.exists()


def test_the_pair_stands_beside_the_twelve_and_no_grant_is_refused_for_it() -> None:
    [pair] = [one for one in control_rules.ON_ONE_DOCUMENT if one.number == 13]
    assert (pair.number, pair not in control_rules.PAIRS) == (13, True)
    held = frozenset(pair.left | pair.right)
    assert control_rules.conflicts(held) == ()
    assert control_rules.denied(held, ()) == frozenset()
    assert held <= control_rules.DUTIES
    for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
        for duty in one:
            assert control_rules.opposites(duty) == other
    assert control_rules.clashes(
        [("ledger.approve_reopen", "period:1")], [("ledger.close_period", "period:1")]
    ) == [(pair, "period:1")]
    assert not control_rules.clashes(
        [("ledger.approve_reopen", "period:1")], [("ledger.close_period", "period:2")]
    )


def test_no_exception_is_asked_for_what_no_exception_lifts(books: Books) -> None:
    boss = person(books.actor, "boss", "administrator")
    person(books.actor, "mo", "manager")

    def asking() -> None:
        decisions.except_duty(
            boss, "mo", pair=13, reason="leave", valid_from=TODAY, valid_until=TODAY
        )

    assert refused(asking) == "pair_unknown"


def test_eight_approvals_at_once_reopen_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    books = kept(actor_of(founded().id))
    mo = person(books.actor, "mo", "manager")
    others = [person(books.actor, f"m{n}", "manager") for n in range(4)]
    services.close_period(mo, JANUARY)
    reference = ask(mo)
    ready = Barrier(8)

    def call(n: int) -> str:
        with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
            ready.wait(timeout=30)
            try:
                who = mo if n >= 6 else others[n % 4]
                return decisions.approve(who, reference).state
            except DomainError as error:
                return error.code
            finally:
                connection.close()

    with ThreadPoolExecutor(8) as pool:
        said = Counter(pool.map(call, range(8)))
    # Whoever was first may have clicked twice and is told the same; the asker is refused.
    assert said["own_request"] == 2
    assert said["done"] in (1, 2)
    assert said["done"] + said["approval_not_waiting"] == 6
    assert [act.act for act in queries.acts(mo.company_id)] == ["reopen", "close"]


def test_a_person_without_the_right_to_close_is_refused_by_the_command(books: Books) -> None:
    analyst = person(books.actor, "ann", "analyst")
    with pytest.raises(Refused) as error:
        services.close_period(analyst, JANUARY)
    assert error.value.code == "not_permitted"
    assert closed(analyst) is None
