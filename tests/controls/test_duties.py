"""The twelve pairs: never granted together, never exercised by one person on one document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from creditdesk.collections import services as collections
from creditdesk.controls import queries, rules, services
from creditdesk.controls.commands import acts_on, command
from creditdesk.controls.models import AuditEntry, DutyAct, Membership, User
from creditdesk.credit import queries as credit_queries
from creditdesk.credit import services as credit
from creditdesk.customers import services as customers
from creditdesk.disputes import queries as dispute_queries
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute
from creditdesk.invoices import queries as invoice_queries
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.orders import queries as order_queries
from creditdesk.orders import services as orders
from creditdesk.plumbing import clock
from creditdesk.plumbing.imports import services as imports
from tests.controls.people import excepted, now, person, smuggled
from tests.orders.verbs import EARLY, a_customer, an_invoice, an_order, opened
from tests.support.fixtures import TODAY, founded

PEOPLE = [role for role in rules.ROLES if role != rules.MACHINE]


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return opened(actor)


# -- roles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE)
def test_no_role_holds_both_sides_of_a_pair(role: str) -> None:
    assert rules.conflicts(rules.permissions_of({role})) == ()


def test_the_machine_would_hold_them_all() -> None:
    assert len(rules.conflicts(rules.permissions_of({rules.MACHINE}))) == 12


@pytest.mark.parametrize("pair", rules.PAIRS, ids=lambda pair: pair.code)
def test_both_sides_of_each_pair_meet_however_they_are_held(pair: rules.Pair) -> None:
    for left in pair.left:
        for right in pair.right:
            assert pair in rules.conflicts(frozenset({left, right}))
            rooms = {f"{one.partition('.')[0]}.*" for one in (left, right)}
            assert pair in rules.conflicts(frozenset(rooms))
        assert pair not in rules.conflicts(frozenset(pair.left))


def test_the_pairs_are_the_twelve_and_a_whole_room_is_only_given_where_no_pair_stands() -> None:
    assert [pair.number for pair in rules.PAIRS] == list(range(1, 13))
    rooms_whole = {
        (role, held) for role in PEOPLE for held in rules.ROLES[role] if held.endswith(".*")
    }
    assert rooms_whole == {
        ("master_data", "imports.*"), ("manager", "contact.*"),
        ("manager", "statements.*"),
        ("manager", "insight.*"), ("manager", "day.*"),
        ("administrator", "controls.*"), ("administrator", "privacy.*"),
    }  # fmt: skip


def test_which_roles_may_meet_in_one_person() -> None:
    """As a table, so that a change of roles shows what it does to small departments."""
    met = {
        (one, other): [p.number for p in rules.conflicts(rules.permissions_of({one, other}))]
        for one, other in combinations(sorted(PEOPLE), 2)
    }
    assert {pair: numbers for pair, numbers in met.items() if numbers} == {
        ("administrator", "analyst"): [12],
        ("administrator", "cash_applier"): [12],
        ("administrator", "cashier"): [12],
        ("cash_applier", "cashier"): [6],
        ("administrator", "collector"): [12],
        ("administrator", "manager"): [12],
        ("administrator", "master_data"): [12],
        ("administrator", "resolver"): [12],
        ("administrator", "treasurer"): [12],
        ("administrator", "write_off_clerk"): [12],
        ("analyst", "collector"): [2],
        ("analyst", "manager"): [3, 11],
        ("analyst", "master_data"): [2, 7],
        ("collector", "manager"): [2],
        ("collector", "resolver"): [9],
        ("manager", "master_data"): [2, 7],
        ("master_data", "treasurer"): [8],
        ("manager", "resolver"): [4, 9],
        ("cash_applier", "write_off_clerk"): [1],
        ("manager", "write_off_clerk"): [5],
    }


# -- granting ------------------------------------------------------------------------------------


def test_a_pair_is_not_granted_together(desk: Actor) -> None:
    person(desk, "ann", "analyst")
    with pytest.raises(Refused) as refused:
        services.grant("ann", company_id=desk.company_id, role="manager", by="test")
    assert refused.value.code == "duties_conflict"
    assert refused.value.context["pairs"] == [3, 11]
    assert queries.roles_of(now(desk, "ann").user_id or 0, desk.company_id) == {"analyst"}
    assert AuditEntry.objects.filter(command="controls.grant").count() == 1


def test_roles_of_another_company_do_not_count(desk: Actor) -> None:
    person(desk, "ann", "analyst")
    other = founded("other")
    services.grant("ann", company_id=other.id, role="manager", by="test")
    assert queries.roles_of(now(desk, "ann").user_id or 0, other.id) == {"manager"}


@pytest.mark.parametrize(
    ("role", "code"), [("system", "role_not_for_people"), ("king", "role_unknown")]
)
def test_a_role_that_is_no_persons_is_refused(desk: Actor, role: str, code: str) -> None:
    services.add_user("ann", password="x")
    with pytest.raises(Refused) as refused:
        services.grant("ann", company_id=desk.company_id, role=role, by="test")
    assert refused.value.code == code
    assert not Membership.objects.exists()


def test_nobody_gives_a_role_to_themselves(desk: Actor) -> None:
    boss = person(desk, "boss", "administrator")
    with pytest.raises(Refused) as refused:
        services.grant(
            "boss", company_id=desk.company_id, role="sales", by="boss", by_user_id=boss.user_id
        )
    assert refused.value.code == "own_role"
    assert queries.roles_of(boss.user_id or 0, desk.company_id) == {"administrator"}


def test_an_exception_lets_a_pair_be_granted_and_ends_by_itself(desk: Actor) -> None:
    person(desk, "ann", "collector")
    excepted(desk, "ann", 9, until=TODAY)
    services.grant("ann", company_id=desk.company_id, role="resolver", by="test")
    both = now(desk, "ann")
    assert both.may("disputes.resolve")
    assert both.may("collections.promise")
    with clock.held_at(datetime.combine(TODAY + timedelta(days=1), time(9), tzinfo=UTC)):
        after = now(desk, "ann")
    assert not after.may("disputes.resolve")
    assert not after.may("collections.promise")
    assert after.may("contact.reply")
    with pytest.raises(Refused) as refused:
        collections.promise(after, 1, currency="EUR", minor=1, due_on=TODAY)
    assert refused.value.code == "duties_conflict"


def test_roles_left_together_by_an_older_version_can_do_neither_side(desk: Actor) -> None:
    person(desk, "ann", "manager")
    smuggled(desk, "ann", "analyst")
    ann = now(desk, "ann")
    customer = a_customer(desk, limit=0)
    with pytest.raises(Refused) as refused:
        credit.set_limit(ann, customer, minor=5, currency="EUR", valid_from=TODAY)
    assert refused.value.code == "duties_conflict"
    assert credit_queries.limits(desk.company_id, TODAY)[customer].minor == 0
    assert services.revoke("ann", company_id=desk.company_id, role="analyst", by="test")
    assert not services.revoke("ann", company_id=desk.company_id, role="analyst", by="test")
    assert now(desk, "ann").denied == frozenset()


def test_an_unknown_user_is_not_found(desk: Actor) -> None:
    for act in (services.grant, services.revoke):
        with pytest.raises(NotFound) as missing:
            act("nobody", company_id=desk.company_id, role="sales", by="test")
        assert missing.value.code == "user_unknown"


# -- the same document ---------------------------------------------------------------------------


def test_who_edited_a_customer_does_not_set_its_limit_even_under_an_exception(desk: Actor) -> None:
    one, two = (a_customer(desk, number, limit=0) for number in ("C-1", "C-2"))
    person(desk, "ann", "analyst")
    excepted(desk, "ann", 2)
    services.grant("ann", company_id=desk.company_id, role="collector", by="test")
    ann = now(desk, "ann")
    customers.edit(ann, one, changes={"name": "Renamed"})
    with pytest.raises(Refused) as refused:
        credit.set_limit(ann, one, minor=5, currency="EUR", valid_from=TODAY)
    assert refused.value.code == "duties_same_document"
    assert refused.value.context == {"pair": 2, "document": f"customer:{one}"}
    credit.set_limit(ann, two, minor=5, currency="EUR", valid_from=TODAY)
    found = credit_queries.limits(desk.company_id, TODAY)
    assert (found[one].minor, found[two].minor) == (0, 5)
    with pytest.raises(Refused):
        customers.edit(ann, two, changes={"name": "Renamed"})
    report = queries.duty_report(desk)
    assert [(row.pair, row.left_count, row.right_count) for row in report.exercised] == [(2, 1, 1)]


def test_another_person_may(desk: Actor) -> None:
    customer = a_customer(desk, limit=0)
    collector, analyst = person(desk, "cara", "collector"), person(desk, "ann", "analyst")
    customers.edit(collector, customer, changes={"name": "Renamed"})
    credit.set_limit(analyst, customer, minor=5, currency="EUR", valid_from=TODAY)
    assert credit_queries.limits(desk.company_id, TODAY)[customer].minor == 5


def test_an_act_counts_for_a_year(desk: Actor) -> None:
    customer = a_customer(desk, limit=0)
    cara = person(desk, "cara", "collector")
    long_ago = replace(cara, at=cara.at - timedelta(days=rules.ACTS_COUNT_DAYS + 1))
    customers.edit(long_ago, customer, changes={"name": "Renamed"})
    services.revoke("cara", company_id=desk.company_id, role="collector", by="test")
    services.grant("cara", company_id=desk.company_id, role="analyst", by="test")
    credit.set_limit(now(desk, "cara"), customer, minor=5, currency="EUR", valid_from=TODAY)
    assert credit_queries.limits(desk.company_id, TODAY)[customer].minor == 5


def test_a_change_of_role_does_not_wash_an_act_away(desk: Actor) -> None:
    customer = a_customer(desk, limit=0)
    cara = person(desk, "cara", "collector")
    customers.edit(cara, customer, changes={"name": "Renamed"})
    services.revoke("cara", company_id=desk.company_id, role="collector", by="test")
    services.grant("cara", company_id=desk.company_id, role="analyst", by="test")
    with pytest.raises(Refused) as refused:
        credit.set_limit(now(desk, "cara"), customer, minor=5, currency="EUR", valid_from=TODAY)
    assert refused.value.code == "duties_same_document"


def test_who_set_the_limit_does_not_release_the_order(desk: Actor) -> None:
    customer = a_customer(desk, limit=0)
    assert an_order(desk, "SO-1").outcome == "held"
    person(desk, "ann", "analyst")
    for pair in (3, 11):
        excepted(desk, "ann", pair)
    services.grant("ann", company_id=desk.company_id, role="manager", by="test")
    ann = now(desk, "ann")
    credit.set_limit(ann, customer, minor=5, currency="EUR", valid_from=TODAY)
    with pytest.raises(Refused) as refused:
        orders.release(ann, "SO-1", "known")
    assert refused.value.context == {"pair": 3, "document": f"customer:{customer}"}
    assert order_queries.order(desk.company_id, "SO-1").status == "held"
    assert orders.release(person(desk, "mo", "manager"), "SO-1", "known").status == "released"


def test_who_chased_the_money_does_not_resolve_the_dispute(desk: Actor) -> None:
    customer = a_customer(desk)
    an_invoice(desk, customer, 5_000, due_on=EARLY)
    [item] = invoice_queries.open_items(desk.company_id)
    [reference] = disputes.open(desk, [NewDispute(item.item_id, "price")])
    person(desk, "ann", "collector")
    excepted(desk, "ann", 9)
    services.grant("ann", company_id=desk.company_id, role="resolver", by="test")
    ann = now(desk, "ann")
    collections.log_activity(ann, customer, kind="call", outcome="not_reached")
    with pytest.raises(Refused) as refused:
        disputes.resolve(ann, reference, resolution="rejected")
    assert refused.value.context["pair"] == 9
    assert dispute_queries.dispute(desk.company_id, reference).status == "open"


def test_a_person_does_not_open_a_customer_and_set_its_limit_by_one_file(desk: Actor) -> None:
    clerk = person(desk, "mia", "master_data")
    content = b"number;name;currency;credit limit\nC-9;Nine;EUR;500.00\n"
    reference = imports.open_run(clerk, kind="customers", filename="c.csv", content=content)
    loaded = imports.load(clerk, reference)
    assert (loaded.rows_accepted, loaded.rows_rejected) == (0, 1)
    assert credit_queries.limits(desk.company_id, TODAY) == {}
    without = b"number;name;currency\nC-9;Nine;EUR\n"
    reference = imports.open_run(clerk, kind="customers", filename="c.csv", content=without)
    assert imports.load(clerk, reference).rows_accepted == 1
    machine = imports.open_run(desk, kind="customers", filename="c2.csv", content=content)
    imports.load(desk, machine)
    assert len(credit_queries.limits(desk.company_id, TODAY)) == 1


def test_machines_and_commands_of_no_pair_leave_no_acts(desk: Actor) -> None:
    customer = a_customer(desk)
    customers.edit(desk, customer, changes={"name": "Renamed"})
    an_order(person(desk, "sam", "sales"), "SO-1")
    assert not DutyAct.objects.exists()


def test_a_refused_command_leaves_no_act(desk: Actor) -> None:
    customer = a_customer(desk)
    cara = person(desk, "cara", "collector")
    with pytest.raises(Invalid):
        customers.edit(cara, customer, changes={"name": ""})
    assert not DutyAct.objects.exists()


def test_two_acts_of_one_person_at_once_do_not_slip_past_each_other(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    company_id = founded().id
    actor = replace(actor_of(company_id), user_id=1)
    both = Barrier(2)

    @command("credit.set_limit")
    def left(_: Actor) -> None:
        acts_on("customer", [1])
        both.wait(timeout=20)

    @command("orders.release")
    def right(_: Actor) -> None:
        acts_on("customer", [1])
        both.wait(timeout=20)

    def act(one: Callable[[Actor], None]) -> str:
        try:
            one(actor)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "done"

    for _ in range(5):
        DutyAct.objects.all().delete()
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(act, (left, right))) == ["done", "duties_same_document"]
        assert DutyAct.objects.count() == 1


# -- exceptions and the report -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pair": 13}, "pair_unknown"),
        ({"reason": " "}, "reason_missing"),
        ({"valid_until": TODAY - timedelta(days=1)}, "exception_period_invalid"),
        ({"valid_until": TODAY + timedelta(days=93)}, "exception_period_invalid"),
    ],
)
def test_an_exception_that_cannot_be_is_refused(
    desk: Actor, changes: dict[str, object], code: str
) -> None:
    person(desk, "ann", "analyst")
    boss = person(desk, "boss", "administrator")
    given = {"pair": 2, "reason": "x", "valid_from": TODAY, "valid_until": TODAY} | changes
    with pytest.raises(Invalid) as refused:
        services.except_duty(boss, "ann", **given)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert queries.requests(desk.company_id, desk.at) == []


def test_an_exception_is_ended_once(desk: Actor) -> None:
    person(desk, "ann", "analyst")
    boss = person(desk, "boss", "administrator")
    excepted(desk, "ann", 2)
    user_id = User.objects.get(username="ann").id
    [row] = queries.duty_report(desk).exceptions
    services.end_exception(boss, row.id)
    assert queries.excepted_pairs(desk.company_id, user_id, TODAY) == frozenset()
    with pytest.raises(Conflict) as refused:
        services.end_exception(boss, row.id)
    assert refused.value.code == "exception_ended"


def test_the_report_says_who_holds_what_and_where_it_meets(desk: Actor) -> None:
    person(desk, "ann", "analyst")
    excepted(desk, "ann", 2)
    services.grant("ann", company_id=desk.company_id, role="collector", by="test")
    person(desk, "mo", "manager")
    smuggled(desk, "mo", "resolver")
    found = queries.duty_report(desk)
    assert [(one.username, one.met, one.excepted, one.open) for one in found.held] == [
        ("ann", (2,), (2,), ()),
        ("mo", (4, 9), (), (4, 9)),
    ]
    assert found.open_count == 2
    assert [(one.username, one.pair) for one in found.exceptions] == [("ann", 2)]


def test_the_pairs_stand_in_the_documentation() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "duties.md"
    text = page.read_text()
    assert [n for n in range(1, 13) if f"| {n} |" not in text] == []
    assert json.dumps(rules.ACTS_COUNT_DAYS) in text
