"""A second person: asked above set amounts, never oneself; the command runs once, when approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from creditdesk.controls import queries, services
from creditdesk.controls.commands import preview
from creditdesk.controls.models import (
    ApprovalRequest,
    ApprovalVote,
    AuditEntry,
    DutyAct,
    IdempotencyKey,
)
from creditdesk.credit import queries as credit_queries
from creditdesk.credit import services as credit
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import services as customers
from creditdesk.invoices import queries as invoice_queries
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import clock
from creditdesk.plumbing import services as plumbing
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.controls.people import excepted, now, person, smuggled
from tests.orders.verbs import a_customer, an_invoice, opened
from tests.support.fixtures import TODAY, founded

ABOVE = 10_000_001  # one cent above what one person sets alone
FAR_ABOVE = 50_000_001


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return opened(actor)


@pytest.fixture
def ann(desk: Actor) -> Actor:
    return person(desk, "ann", "analyst")


@pytest.fixture
def mo(desk: Actor) -> Actor:
    return person(desk, "mo", "manager")


@pytest.fixture
def customer(desk: Actor) -> int:
    return a_customer(desk, limit=100)


def limit_of(desk: Actor, customer: int) -> int:
    return credit_queries.limits(desk.company_id, TODAY)[customer].minor


def ask(actor: Actor, customer: int, minor: int = ABOVE, **changes: object) -> str:
    """Ask for a limit that needs somebody else; return the request's reference."""
    given = {"minor": minor, "currency": "EUR", "valid_from": TODAY, "reason": "grows"} | changes
    with pytest.raises(ApprovalNeeded) as needed:
        credit.set_limit(actor, customer, **given)  # type: ignore[arg-type]
    assert needed.value.code == "approval_needed"
    return needed.value.reference


# -- asking --------------------------------------------------------------------------------------


def test_up_to_the_amount_one_person_decides(desk: Actor, ann: Actor, customer: int) -> None:
    credit.set_limit(ann, customer, minor=ABOVE - 1, currency="EUR", valid_from=TODAY)
    assert limit_of(desk, customer) == ABOVE - 1
    assert not ApprovalRequest.objects.exists()


def test_above_it_nothing_changes_but_the_request(desk: Actor, ann: Actor, customer: int) -> None:
    before = AuditEntry.objects.count()
    reference = ask(ann, customer)
    assert reference == "APR-2026-000001"
    assert limit_of(desk, customer) == 100
    found = queries.request(desk.company_id, reference, desk.at)
    assert (found.command, found.permission, found.approvers_needed, found.state) == (
        "credit.set_limit", "credit.approve_limit", 1, "waiting",
    )  # fmt: skip
    assert found.arguments == {
        "customer_id": customer, "minor": ABOVE, "currency": "EUR", "valid_from": "2026-03-16",
        "reason": "grows",
    }  # fmt: skip
    assert (found.about["customer"], found.about["before_minor"]) == ("C-1", 100)
    assert (found.reason, found.asked_by) == ("grows", "ann")
    assert found.expires_at == desk.at + timedelta(days=14)
    assert [e.command for e in AuditEntry.objects.order_by("id")[before:]] == [
        "controls.ask_approval"
    ]
    assert not DutyAct.objects.exists()


@pytest.mark.parametrize(
    ("minor", "currency", "needed"),
    [
        (10_000_000, "EUR", 0),
        (10_000_001, "EUR", 1),
        (50_000_000, "EUR", 1),
        (50_000_001, "EUR", 2),
        (12_500_000, "USD", 0),  # 1.25 dollars to the euro
        (12_500_002, "USD", 1),
        (16_000_000, "JPY", 0),  # yen have no cents
        (16_000_001, "JPY", 1),
        (1, "ZAR", 1),  # no rate: somebody looks at it
    ],
)
def test_the_amount_counts_in_the_companys_currency(
    desk: Actor, ann: Actor, customer: int, minor: int, currency: str, needed: int
) -> None:
    if needed:
        reference = ask(ann, customer, minor, currency=currency)
        found = queries.request(desk.company_id, reference, desk.at)
        assert found.approvers_needed == needed
    else:
        credit.set_limit(ann, customer, minor=minor, currency=currency, valid_from=TODAY)


def test_lowering_needs_nobody(desk: Actor, ann: Actor) -> None:
    customer = a_customer(desk, limit=FAR_ABOVE)
    credit.set_limit(ann, customer, minor=FAR_ABOVE - 1, currency="EUR", valid_from=TODAY)
    assert limit_of(desk, customer) == FAR_ABOVE - 1


def test_machines_are_asked_nothing(desk: Actor, customer: int) -> None:
    credit.set_limit(desk, customer, minor=FAR_ABOVE, currency="EUR", valid_from=TODAY)
    assert limit_of(desk, customer) == FAR_ABOVE


def test_a_batch_is_one_request(desk: Actor, ann: Actor, mo: Actor, customer: int) -> None:
    other = a_customer(desk, "C-2", limit=None)
    rows = [
        NewLimit(customer_id=one, minor=minor, currency="EUR", valid_from=TODAY)
        for one, minor in ((customer, 7), (other, ABOVE))
    ]
    with pytest.raises(ApprovalNeeded) as needed:
        credit.set_limits(ann, rows)
    assert limit_of(desk, customer) == 100
    assert services.approve(mo, needed.value.reference).state == "done"
    assert (limit_of(desk, customer), limit_of(desk, other)) == (7, ABOVE)


def test_asked_twice_it_waits_once(desk: Actor, ann: Actor, customer: int) -> None:
    keyed = ann.keyed("form-1")
    first = ask(keyed, customer)
    assert ask(keyed, customer) == first
    assert ask(ann.keyed("form-2"), customer) == first  # another tab
    assert ask(ann, customer) == first
    assert ask(ann, customer, ABOVE + 1) == "APR-2026-000002"  # no gap
    with pytest.raises(Invalid) as refused:
        credit.set_limit(keyed, customer, minor=5, currency="EUR", valid_from=TODAY)
    assert refused.value.code == "idempotency_key_reused"


def test_a_preview_says_who_is_needed_and_keeps_nothing(
    desk: Actor, ann: Actor, customer: int
) -> None:
    with preview() as shown:
        credit.set_limit(
            ann.keyed("k"), customer, minor=FAR_ABOVE, currency="EUR", valid_from=TODAY
        )
    assert shown.need is not None
    assert (shown.need.permission, shown.need.count) == ("credit.approve_limit", 2)
    assert limit_of(desk, customer) == 100
    assert not ApprovalRequest.objects.exists()
    assert not IdempotencyKey.objects.exists()


def test_the_policy_sets_the_amounts(desk: Actor, ann: Actor, customer: int) -> None:
    given = {**DEFAULT, "authority": {"limit_minor": 200, "limit_second_minor": 300}}
    policy.publish(desk, given=given, valid_from=TODAY)
    assert ask(ann, customer, 201)


# -- deciding ------------------------------------------------------------------------------------


def test_approved_it_runs_as_who_asked_with_the_approver_on_record(
    desk: Actor, ann: Actor, mo: Actor, customer: int
) -> None:
    reference = ask(ann, customer)
    assert queries.waiting_for(mo) == 1
    later = replace(mo, at=mo.at + timedelta(hours=1))
    assert services.approve(later, reference).state == "done"
    assert limit_of(desk, customer) == ABOVE
    entry = AuditEntry.objects.get(command="credit.set_limit", actor="ann")
    assert (entry.user_id, entry.at, entry.reason) == (
        ann.user_id, later.at, f"{reference}, approved by mo",
    )  # fmt: skip
    assert AuditEntry.objects.get(command="controls.approve").actor == "mo"
    assert queries.waiting_for(mo) == 0
    [vote] = queries.votes(queries.request(desk.company_id, reference, desk.at).id)
    assert (vote.name, vote.verdict) == ("mo", "approve")
    acts = set(DutyAct.objects.values_list("user_id", "permission", "document"))
    assert acts == {
        (ann.user_id, "credit.set_limit", f"customer:{customer}"),
        (mo.user_id, "credit.approve_limit", f"customer:{customer}"),
    }


def test_approving_again_changes_nothing(desk: Actor, ann: Actor, mo: Actor, customer: int) -> None:
    reference = ask(ann, customer)
    first = services.approve(mo, reference)
    credit.set_limit(desk, customer, minor=5, currency="EUR", valid_from=TODAY)
    assert services.approve(mo, reference) == first
    assert limit_of(desk, customer) == 5
    with pytest.raises(Conflict) as refused:
        services.approve(person(desk, "max", "manager"), reference)
    assert refused.value.code == "approval_not_waiting"
    assert limit_of(desk, customer) == 5


def test_two_are_needed_far_above(desk: Actor, ann: Actor, mo: Actor, customer: int) -> None:
    reference = ask(ann, customer, FAR_ABOVE)
    assert services.approve(mo, reference).approvals_missing == 1
    assert services.approve(mo, reference).approvals_missing == 1  # the same person counts once
    assert limit_of(desk, customer) == 100
    assert queries.waiting_for(mo) == 0
    assert services.approve(person(desk, "max", "manager"), reference).state == "done"
    assert limit_of(desk, customer) == FAR_ABOVE
    entry = AuditEntry.objects.get(command="credit.set_limit", actor="ann")
    assert entry.reason == f"{reference}, approved by mo, max"


@pytest.mark.parametrize(
    ("roles", "code"),
    [
        (("auditor",), "not_permitted"),
        (("analyst",), "not_permitted"),
        (("resolver", "sales"), "not_permitted"),
        (("administrator",), "not_permitted"),
    ],
)
def test_who_may_not_approve(
    desk: Actor, ann: Actor, customer: int, roles: tuple[str, ...], code: str
) -> None:
    reference = ask(ann, customer)
    other = person(desk, "other", *roles)
    for act in (services.approve, lambda a, r: services.refuse(a, r, reason="x")):
        with pytest.raises(Refused) as refused:
            act(other, reference)
        assert refused.value.code == code
    assert queries.waiting_for(other) == 0
    assert limit_of(desk, customer) == 100
    assert not ApprovalVote.objects.exists()


def test_nobody_approves_their_own_request(desk: Actor, ann: Actor, customer: int) -> None:
    reference = ask(ann, customer)
    for pair in (3, 11):
        excepted(desk, "ann", pair)
    services.grant("ann", company_id=desk.company_id, role="manager", by="test")
    both = now(desk, "ann")
    assert both.may("credit.approve_limit")
    with pytest.raises(Refused) as refused:
        services.approve(both, reference)
    assert refused.value.code == "own_request"
    assert limit_of(desk, customer) == 100


def test_a_machine_does_not_approve(desk: Actor, ann: Actor, customer: int) -> None:
    with pytest.raises(Refused) as refused:
        services.approve(desk, ask(ann, customer))
    assert refused.value.code == "approval_needs_a_person"


def test_who_did_the_other_side_on_the_document_does_not_approve(
    desk: Actor, ann: Actor, mo: Actor, customer: int
) -> None:
    excepted(desk, "mo", 2)
    services.grant("mo", company_id=desk.company_id, role="collector", by="test")
    both = now(desk, "mo")
    customers.edit(both, customer, changes={"name": "Renamed"})
    reference = ask(ann, customer)
    with pytest.raises(Refused) as refused:
        services.approve(both, reference)
    assert refused.value.code == "duties_same_document"
    assert queries.request(desk.company_id, reference, desk.at).state == "waiting"
    assert limit_of(desk, customer) == 100


def test_a_manager_of_another_company_finds_nothing(
    desk: Actor, ann: Actor, actor_of: Callable[..., Actor], customer: int
) -> None:
    reference = ask(ann, customer)
    elsewhere = person(actor_of(founded("other").id), "eve", "manager")
    for act in (services.approve, services.withdraw):
        with pytest.raises(NotFound) as missing:
            act(elsewhere, reference)
        assert missing.value.code == "approval_unknown"


def test_refused_it_never_runs(desk: Actor, ann: Actor, mo: Actor, customer: int) -> None:
    reference = ask(ann, customer)
    with pytest.raises(Invalid) as missing:
        services.refuse(mo, reference, reason=" ")
    assert missing.value.code == "reason_missing"
    assert services.refuse(mo, reference, reason="too early").state == "refused"
    with pytest.raises(Conflict) as refused:
        services.approve(person(desk, "max", "manager"), reference)
    assert refused.value.code == "approval_not_waiting"
    assert limit_of(desk, customer) == 100
    assert ask(ann, customer) != reference  # it may be asked anew


def test_withdrawn_it_never_runs(desk: Actor, ann: Actor, mo: Actor, customer: int) -> None:
    reference = ask(ann, customer)
    with pytest.raises(Refused) as refused:
        services.withdraw(mo, reference)
    assert refused.value.code == "not_the_asker"
    assert services.withdraw(ann, reference).state == "withdrawn"
    with pytest.raises(Conflict):
        services.approve(mo, reference)
    assert limit_of(desk, customer) == 100


def test_lapsed_it_never_runs_and_is_asked_anew(
    desk: Actor, ann: Actor, mo: Actor, customer: int
) -> None:
    reference = ask(ann, customer)
    late = timedelta(days=14)
    with pytest.raises(Conflict) as refused:
        services.approve(replace(mo, at=mo.at + late), reference)
    assert refused.value.context == {"state": "expired"}
    assert services.approve(replace(mo, at=mo.at + late - timedelta(seconds=1)), reference)
    second = ask(ann, customer, ABOVE + 5)
    third = ask(replace(ann, at=ann.at + late), customer, ABOVE + 5)
    assert third != second
    assert services.expire(replace(desk, at=desk.at + 2 * late)) == 1
    states = Counter(ApprovalRequest.objects.values_list("state", flat=True))
    assert states == {"done": 1, "expired": 2}


def test_what_has_become_impossible_is_kept_as_the_outcome(
    desk: Actor, ann: Actor, mo: Actor, customer: int
) -> None:
    reference = ask(ann, customer)
    services.revoke("ann", company_id=desk.company_id, role="analyst", by="test")
    services.grant("ann", company_id=desk.company_id, role="sales", by="test")
    found = services.approve(mo, reference)
    assert (found.state, (found.outcome or {})["code"]) == ("failed", "not_permitted")
    assert limit_of(desk, customer) == 100
    services.revoke("ann", company_id=desk.company_id, role="sales", by="test")
    smuggled(desk, "ann", "analyst")
    assert services.approve(mo, reference).state == "failed"  # decided is decided


def test_a_stricter_policy_by_then_asks_one_more(
    desk: Actor, ann: Actor, mo: Actor, customer: int
) -> None:
    reference = ask(ann, customer)
    given = {**DEFAULT, "authority": {"limit_minor": 1, "limit_second_minor": 2}}
    policy.publish(desk, given=given, valid_from=TODAY)
    found = services.approve(mo, reference)
    assert (found.state, found.approvals_missing) == ("waiting", 1)
    assert limit_of(desk, customer) == 100
    assert services.approve(person(desk, "max", "manager"), reference).state == "done"


def test_the_preview_of_an_approval_runs_it_and_rolls_back(
    desk: Actor, ann: Actor, mo: Actor, customer: int
) -> None:
    reference = ask(ann, customer)
    with preview():
        assert services.approve(mo, reference).state == "done"
    assert limit_of(desk, customer) == 100
    assert queries.request(desk.company_id, reference, desk.at).state == "waiting"
    assert not ApprovalVote.objects.exists()
    assert not AuditEntry.objects.filter(command="controls.approve").exists()


# -- credit notes and exceptions -----------------------------------------------------------------


def credit_note(actor: Actor, minor: int) -> int:
    return invoices.credit(actor, "INV-1", issued_on=TODAY, net_minor=minor, reason="price")


def test_credit_notes_count_together_by_invoice(desk: Actor, mo: Actor, customer: int) -> None:
    an_invoice(desk, customer, 5_000_000)
    nuria = person(desk, "nuria", "resolver")
    credit_note(nuria, 1_000_000)
    with pytest.raises(ApprovalNeeded) as needed:
        credit_note(nuria, 1)
    assert invoice_queries.invoice(desk.company_id, "INV-1").credited_minor == 1_000_000
    assert services.approve(mo, needed.value.reference).state == "done"
    assert invoice_queries.invoice(desk.company_id, "INV-1").credited_minor == 1_000_001


def test_a_credit_note_that_no_longer_fits_fails_at_approval(
    desk: Actor, mo: Actor, customer: int
) -> None:
    an_invoice(desk, customer, 2_000_000)
    with pytest.raises(ApprovalNeeded) as needed:
        credit_note(person(desk, "nuria", "resolver"), 1_500_000)
    credit_note(desk, 600_000)
    found = services.approve(mo, needed.value.reference)
    assert (found.state, (found.outcome or {})["code"]) == ("failed", "credit_above_invoice")
    assert invoice_queries.invoice(desk.company_id, "INV-1").credited_minor == 600_000


def test_an_exception_is_approved_by_neither_who_asks_nor_whom_it_is_for(desk: Actor) -> None:
    boss = person(desk, "boss", "administrator")
    mo = person(desk, "mo", "manager")
    with pytest.raises(ApprovalNeeded) as needed:
        services.except_duty(
            boss, "mo", pair=2, reason="leave", valid_from=TODAY, valid_until=TODAY
        )
    reference = needed.value.reference
    for approver, code in ((boss, "own_request"), (mo, "request_about_oneself")):
        with pytest.raises(Refused) as refused:
            services.approve(approver, reference)
        assert refused.value.code == code
    assert services.approve(person(desk, "max", "manager"), reference).state == "done"
    [row] = queries.duty_report(desk).exceptions
    assert (row.username, row.pair, row.asked_by, row.approved_by) == ("mo", 2, "boss", "max")
    assert row.approval == f"{reference}, approved by max"
    services.grant("mo", company_id=desk.company_id, role="collector", by="test")


def test_the_command_line_may_ask_for_an_exception_and_not_make_one(desk: Actor) -> None:
    person(desk, "ann", "analyst")
    with pytest.raises(ApprovalNeeded) as needed:
        services.except_duty(
            desk, "ann", pair=2, reason="leave", valid_from=TODAY, valid_until=TODAY
        )
    assert queries.duty_report(desk).exceptions == ()
    max_ = person(desk, "max", "manager")
    assert services.approve(max_, needed.value.reference).state == "done"
    assert len(queries.duty_report(desk).exceptions) == 1


def test_what_people_said_is_not_rewritten(
    desk: Actor, ann: Actor, mo: Actor, customer: int
) -> None:
    services.approve(mo, ask(ann, customer))
    for attack in (
        lambda: ApprovalVote.objects.update(name="somebody else"),
        lambda: ApprovalVote.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attack()
    assert ApprovalVote.objects.get().name == "mo"


# -- at once -------------------------------------------------------------------------------------


@pytest.fixture
def committed(committed_db: str, actor_of: Callable[..., Actor]) -> Actor:
    return opened(actor_of(founded().id))


def at_once(count: int, act: Callable[[int], str]) -> Counter[str]:
    """What so many callers on connections of their own are told, all let go together."""
    ready = Barrier(count)

    def call(n: int) -> str:
        # A held clock belongs to one thread.
        with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
            ready.wait(timeout=30)
            try:
                return act(n)
            except (Conflict, ApprovalNeeded) as error:
                return getattr(error, "reference", error.code)
            finally:
                connection.close()

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(call, range(count)))


def test_eight_approvers_at_once_run_it_once(committed: Actor) -> None:
    customer = a_customer(committed, limit=100)
    ann = person(committed, "ann", "analyst")
    managers = [person(committed, f"m{n}", "manager") for n in range(8)]
    reference = ask(ann, customer)
    said = at_once(8, lambda n: services.approve(managers[n], reference).state)
    assert said == {"done": 1, "approval_not_waiting": 7}
    assert AuditEntry.objects.filter(command="credit.set_limit", actor="ann").count() == 1
    assert len(credit_queries.limit_history(committed.company_id, customer)) == 2


def test_one_approver_clicking_eight_times_runs_it_once(committed: Actor) -> None:
    customer = a_customer(committed, limit=100)
    mo = person(committed, "mo", "manager")
    reference = ask(person(committed, "ann", "analyst"), customer)
    assert at_once(8, lambda _: services.approve(mo, reference).state) == {"done": 8}
    assert ApprovalVote.objects.count() == 1
    assert len(credit_queries.limit_history(committed.company_id, customer)) == 2


def test_approval_refusal_and_withdrawal_at_once_leave_one_outcome(committed: Actor) -> None:
    customer = a_customer(committed, limit=100)
    ann = person(committed, "ann", "analyst")
    mo, max_ = (person(committed, name, "manager") for name in ("mo", "max"))
    reference = ask(ann, customer)
    acts: list[Callable[[], services.Decided]] = [
        lambda: services.approve(mo, reference),
        lambda: services.refuse(max_, reference, reason="no"),
        lambda: services.withdraw(ann, reference),
    ]
    said = at_once(3, lambda n: acts[n]().state)
    assert said["approval_not_waiting"] == 2
    found = queries.request(committed.company_id, reference, committed.at)
    assert said[found.state] == 1
    assert (limit_of(committed, customer) == ABOVE) == (found.state == "done")


def test_sixteen_sendings_of_one_form_ask_once(committed: Actor) -> None:
    customer = a_customer(committed, limit=100)
    ann = person(committed, "ann", "analyst")

    def send(n: int) -> str:
        actor = ann.keyed("form" if n % 2 else None)
        credit.set_limit(
            actor, customer, minor=ABOVE, currency="EUR", valid_from=TODAY, reason="grows"
        )
        return "set"

    assert at_once(16, send) == {"APR-2026-000001": 16}
    assert ApprovalRequest.objects.count() == 1
    assert ask(ann, customer, ABOVE + 1) == "APR-2026-000002"


def test_references_have_no_gap_with_threads_and_rollbacks(committed: Actor) -> None:
    def take(n: int) -> str:
        for turn in range(10):
            with transaction.atomic():
                plumbing.take_references(committed, "TRY", 1 + n % 3)
                if (n + turn) % 2:
                    transaction.set_rollback(True)
        return "taken"

    assert at_once(12, take) == {"taken": 12}
    kept = sum((1 + n % 3) for n in range(12) for turn in range(10) if not (n + turn) % 2)
    assert plumbing.take_references(committed, "TRY", 1) == [f"TRY-2026-{kept + 1:06d}"]


def test_a_connection_lost_at_the_approval_leaves_the_request_waiting(committed: Actor) -> None:
    customer = a_customer(committed, limit=100)
    mo = person(committed, "mo", "manager")
    reference = ask(person(committed, "ann", "analyst"), customer)

    def approve_and_die() -> None:
        with transaction.atomic():
            assert services.approve(mo, reference).state == "done"
            mine = connection.connection.info
            with psycopg.connect(mine.dsn, autocommit=True) as killer:
                killer.execute("SELECT pg_terminate_backend(%s)", [mine.backend_pid])
            limit_of(committed, customer)

    with pytest.raises(DatabaseError):
        approve_and_die()
    connection.close()
    assert queries.request(committed.company_id, reference, committed.at).state == "waiting"
    assert limit_of(committed, customer) == 100
    assert services.approve(mo, reference).state == "done"
    assert limit_of(committed, customer) == ABOVE


def test_a_request_of_a_past_date_keeps_its_dates(
    desk: Actor, ann: Actor, mo: Actor, customer: int
) -> None:
    reference = ask(ann, customer, valid_from=date(2026, 3, 1), valid_to=date(2026, 12, 31))
    services.approve(mo, reference)
    [new, _] = credit_queries.limit_history(desk.company_id, customer)
    assert (new.valid_from, new.valid_to) == (date(2026, 3, 1), date(2026, 12, 31))
