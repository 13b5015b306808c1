"""Grave commands ask again who is there: every marked one is walked, in one place, undodged."""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

import creditdesk
from creditdesk.controls import queries, rules, services
from creditdesk.controls.commands import command, preview
from creditdesk.controls.commands.running import SERVICES
from creditdesk.controls.models import (
    ApprovalRequest,
    ApprovalVote,
    AuditEntry,
    Membership,
    SecurityPolicy,
    User,
)
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Invalid, ProofNeeded, Refused
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import clock
from tests.controls.people import person
from tests.orders.verbs import a_customer, opened
from tests.support.fixtures import TODAY, founded

# Marked although no `@command` bears the name: functions that ask by themselves, and what is still
# to come or done on the command line alone.
ELSEWHERE = {
    "controls.approve", "controls.grant", "controls.revoke", "controls.issue_key",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


def every_command() -> dict[str, Callable[..., Any]]:
    """Every command of the product by `module:function`, all rooms imported."""
    for room in Path(creditdesk.__file__).parent.iterdir():
        package = room / "services"
        modules = (
            [f"creditdesk.{room.name}.services"] if package.with_suffix(".py").exists() else []
        )
        if package.is_dir():
            modules = [
                one.name
                for one in pkgutil.walk_packages(
                    [str(package)], f"creditdesk.{room.name}.services."
                )
            ]
        for module in modules:
            import_module(module)
    return {path: run for path, run in SERVICES.items() if path.startswith("creditdesk.")}


def name_of(run: Callable[..., Any]) -> str:
    """The name a command was given, as it stands in its closure."""
    names = [
        cell.cell_contents for cell in run.__closure__ or () if isinstance(cell.cell_contents, str)
    ]
    [name] = [one for one in names if "." in one]
    return name


COMMANDS = {path: name_of(run) for path, run in every_command().items()}


def stale(actor: Actor) -> Actor:
    return replace(actor, proved_at=clock.machine_now() - settings.ASK_AGAIN)


def fresh(actor: Actor) -> Actor:
    return replace(actor, proved_at=clock.machine_now())


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return opened(actor)


def asks(company: Actor, *names: str) -> None:
    services.set_security(
        company, second_factor="off", since=queries.machine_today(), grace_days=0,
        asked_again=names, reason="careful",
    )  # fmt: skip


# -- the list ------------------------------------------------------------------------------------


def test_every_marked_name_is_one_of_ours() -> None:
    known = set(COMMANDS.values())
    assert rules.ASKED_AGAIN - known == ELSEWHERE
    # Loads are made per kind of file when they run; refusing is a function that asks by itself.
    assert set(rules.MAY_BE_ASKED) - known == {"controls.refuse", "imports.load"}
    assert not rules.ASKED_AGAIN & set(rules.MAY_BE_ASKED)


MARKED = sorted(
    (name, path) for path, name in COMMANDS.items()
    if name in rules.ASKED_AGAIN or name in rules.MAY_BE_ASKED
)  # fmt: skip


@pytest.mark.parametrize(("name", "path"), MARKED, ids=[path for _, path in MARKED])
def test_each_marked_command_asks_before_anything_of_it_runs(
    desk: Actor, name: str, path: str
) -> None:
    """Called without arguments: whoever gets through fails for want of them, and not before."""
    person_ = replace(desk, user_id=7, permissions=frozenset({name}))
    if name in rules.MAY_BE_ASKED:
        with pytest.raises(TypeError):
            SERVICES[path](stale(person_))
        asks(desk, name)
    before = AuditEntry.objects.count()
    with pytest.raises(ProofNeeded) as needed:
        SERVICES[path](stale(person_))
    assert (needed.value.code, needed.value.context) == ("proof_needed", {"command": name})
    with pytest.raises(Refused) as refused:  # permission is told first, and proves nothing
        SERVICES[path](replace(fresh(person_), permissions=frozenset({"read"})))
    assert refused.value.code == "not_permitted"
    for actor in (fresh(person_), desk, replace(person_, proved_at=None)):
        with pytest.raises(TypeError):
            SERVICES[path](actor)
    assert AuditEntry.objects.count() == before


def test_others_do_not_ask(desk: Actor) -> None:
    free = sorted(set(COMMANDS.values()) - rules.ASKED_AGAIN - set(rules.MAY_BE_ASKED))
    assert {"collections.log_activity", "disputes.open", "orders.check"} <= set(free)
    for path, name in COMMANDS.items():
        if name in free:
            with pytest.raises((TypeError, AttributeError)):
                SERVICES[path](stale(replace(desk, user_id=7)), no_such_argument=1)


@pytest.mark.parametrize(
    ("seconds", "is_asked"), [(0, False), (899, False), (900, True), (10**7, True), (-3600, True)]
)
def test_a_proof_counts_for_its_minutes_and_not_from_the_future(
    desk: Actor, seconds: int, *, is_asked: bool
) -> None:
    at = clock.machine_now()
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        actor = replace(desk, user_id=7, proved_at=at - timedelta(seconds=seconds))
        with pytest.raises(ProofNeeded) if is_asked else pytest.raises(Refused) as told:
            ledger.close_period(actor, TODAY)
    assert told.value.code == ("proof_needed" if is_asked else "period_not_over")


def test_a_marked_command_inside_another_asks_as_well(desk: Actor) -> None:
    @command("orders.wrap")
    def wrap(actor: Actor) -> None:
        asks(actor, "orders.release")

    actor = replace(stale(desk), user_id=7)
    with pytest.raises(ProofNeeded) as needed:
        wrap(actor)
    assert needed.value.context == {"command": "controls.set_security"}
    assert not SecurityPolicy.objects.exists()
    assert not AuditEntry.objects.filter(command="orders.wrap").exists()
    wrap(fresh(actor))
    assert SecurityPolicy.objects.count() == 1


def test_a_preview_asks_nothing_and_changes_nothing(desk: Actor) -> None:
    with preview():
        asks(stale(replace(desk, user_id=7)))
    assert not SecurityPolicy.objects.exists()


# -- what a company adds -------------------------------------------------------------------------


def test_a_company_adds_commands_for_itself_from_a_day_on(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = a_customer(desk, limit=100)
    other = opened(actor_of(founded("other").id))
    elsewhere = a_customer(other, "X-1", limit=100)
    tomorrow = queries.machine_today() + timedelta(days=1)
    services.set_security(
        desk, second_factor="off", since=tomorrow, grace_days=0, asked_again=["credit.block"],
        reason="from tomorrow",
    )  # fmt: skip
    ann = replace(stale(desk), user_id=7, name="ann")
    credit.block(ann, customer, reason="x")
    credit.unblock(ann, customer)
    asks(desk, "credit.block")
    with pytest.raises(ProofNeeded):
        credit.block(ann, customer, reason="x")
    credit.block(replace(other, user_id=7, proved_at=ann.proved_at), elsewhere, reason="x")
    asks(desk)  # taken off again: what the house asks stays
    credit.block(ann, customer, reason="x")
    with pytest.raises(ProofNeeded):
        ledger.close_period(ann, TODAY)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"asked_again": ["read"]}, "command_not_askable"),
        ({"asked_again": ["controls.approve"]}, "command_not_askable"),
        ({"second_factor": "none"}, "second_factor_unknown"),
        ({"since": datetime(2001, 1, 1, tzinfo=UTC).date()}, "since_not_ahead"),
        ({"since": datetime(2999, 1, 1, tzinfo=UTC).date()}, "since_not_ahead"),
        ({"grace_days": -1}, "grace_too_long"),
        ({"grace_days": 91}, "grace_too_long"),
        ({"reason": " "}, "reason_missing"),
    ],
)
def test_rules_that_say_nothing_are_not_set(desk: Actor, change: dict[str, Any], code: str) -> None:
    given: dict[str, Any] = {
        "second_factor": "all", "since": queries.machine_today(), "grace_days": 0,
        "asked_again": [], "reason": "x",
    }  # fmt: skip
    with pytest.raises(Invalid) as invalid:
        services.set_security(desk, **{**given, **change})
    assert invalid.value.code == code
    assert not SecurityPolicy.objects.exists()


# -- approvals and roles -------------------------------------------------------------------------


def a_request(desk: Actor) -> tuple[str, Actor]:
    customer = a_customer(desk, limit=100)
    ann = replace(person(desk, "ann", "analyst"), proved_at=None)
    with pytest.raises(ApprovalNeeded) as needed:
        credit.set_limit(ann, customer, minor=10_000_001, currency="EUR", valid_from=TODAY)
    return needed.value.reference, ann


def test_an_approval_is_granted_only_by_who_proved_it(desk: Actor) -> None:
    reference, _ = a_request(desk)
    mo = person(desk, "mo", "manager")
    with pytest.raises(ProofNeeded) as needed:
        services.approve(stale(mo), reference)
    assert needed.value.context == {"command": "controls.approve"}
    assert ApprovalRequest.objects.get().state == "waiting"
    assert not ApprovalVote.objects.exists()
    with preview():
        assert services.approve(stale(mo), reference).state == "done"
    assert services.approve(fresh(mo), reference).state == "done"


def test_refusing_asks_where_the_company_wants_it(desk: Actor) -> None:
    reference, _ = a_request(desk)
    mo = person(desk, "mo", "manager")
    asks(desk, "controls.refuse")
    with pytest.raises(ProofNeeded):
        services.refuse(stale(mo), reference, reason="no")
    assert ApprovalRequest.objects.get().state == "waiting"
    asks(desk)
    assert services.refuse(stale(mo), reference, reason="no").state == "refused"


def test_who_asked_is_not_asked_again_when_it_runs_at_last(desk: Actor) -> None:
    asks(desk, "credit.set_limit")
    customer = a_customer(desk, limit=100)
    ann = person(desk, "ann", "analyst")
    given = {"minor": 10_000_001, "currency": "EUR", "valid_from": TODAY}
    with pytest.raises(ProofNeeded):
        credit.set_limit(stale(ann), customer, **given)  # type: ignore[arg-type]
    assert not ApprovalRequest.objects.exists()
    with pytest.raises(ApprovalNeeded) as needed:
        credit.set_limit(fresh(ann), customer, **given)  # type: ignore[arg-type]
    mo = fresh(person(desk, "mo", "manager"))
    assert services.approve(mo, needed.value.reference).state == "done"


@pytest.mark.parametrize("minutes", [None, 15, 60 * 24])
def test_a_person_gives_and_takes_roles_only_after_a_proof(
    desk: Actor, minutes: int | None
) -> None:
    boss = person(desk, "boss", "administrator")
    person(desk, "ann", "analyst")
    at = None if minutes is None else clock.machine_now() - timedelta(minutes=minutes)
    given: dict[str, Any] = {
        "company_id": desk.company_id, "by": "boss", "by_user_id": boss.user_id, "proved_at": at,
    }  # fmt: skip
    before = sorted(Membership.objects.values_list("user_id", "role"))
    for act in (
        lambda: services.grant("ann", role="sales", **given),
        lambda: services.revoke("ann", role="analyst", **given),
    ):
        with pytest.raises(ProofNeeded):
            act()
    assert sorted(Membership.objects.values_list("user_id", "role")) == before
    now = {**given, "proved_at": clock.machine_now()}
    services.grant("ann", role="sales", **now)
    assert services.revoke("ann", role="analyst", **now)
    ann = User.objects.get(username="ann")
    assert queries.roles_of(ann.pk, desk.company_id) == {"sales"}


# -- the door to it ------------------------------------------------------------------------------


def test_no_face_makes_an_actor_of_a_session_without_its_proof() -> None:
    """`user_actor` asks nothing again; faces that people sign in to use `session_actor`."""
    faces = Path(creditdesk.__file__).parent / "faces"
    found = [
        f"{file.relative_to(faces)}:{node.lineno}"
        for file in sorted(faces.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id) == "user_actor"
    ]
    assert found == []
    made = [
        file.name for file in faces.rglob("*.py") if "session_actor(" in file.read_text("utf-8")
    ]
    assert made == ["middleware.py"]


@pytest.mark.parametrize("role", [role for role in rules.ROLES if role != rules.MACHINE])
def test_whoever_signs_in_is_asked_about_each_grave_act_they_may_do(desk: Actor, role: str) -> None:
    """As the desk makes actors: nobody's role is a way past the question."""
    who = person(desk, "somebody", role)
    of = queries.company(desk.company_id)
    long_ago = datetime.fromtimestamp(0, UTC)
    actor = queries.session_actor(who.user_id or 0, "somebody", of, proved_at=long_ago)
    for path, name in COMMANDS.items():
        if name in rules.ASKED_AGAIN:
            with pytest.raises(ProofNeeded) if actor.may(name) else pytest.raises(Refused):
                SERVICES[path](actor)
