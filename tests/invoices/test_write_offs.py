"""Write-offs: never alone, never twice, owed again when money comes, and the books prove it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from creditdesk.cash import queries as cash_read
from creditdesk.cash import services as cash
from creditdesk.collections import queries as collections
from creditdesk.controls import queries as requests
from creditdesk.controls import services as controls
from creditdesk.controls.commands import preview
from creditdesk.controls.models import AuditEntry, User
from creditdesk.controls.rules import permissions_of
from creditdesk.credit import queries as credit
from creditdesk.insight import queries as insight
from creditdesk.invoices import charge_queries, queries, services
from creditdesk.invoices import write_off_queries as reads
from creditdesk.invoices.models import WriteOff
from creditdesk.invoices.rules import NewCreditNote, NewInvoice
from creditdesk.invoices.write_off_rules import NewWriteOff
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import (
    ApprovalNeeded,
    Conflict,
    DomainError,
    Invalid,
    NotFound,
    Refused,
)
from creditdesk.ledger import queries as ledger
from creditdesk.ledger import services as periods
from creditdesk.plumbing import clock
from creditdesk.plumbing.models import Event
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.collections.stage import bank_closed
from tests.controls.people import excepted, now, smuggled
from tests.invoices.people import a_customer, an_invoice
from tests.support.fixtures import TODAY, founded

NINE = datetime.combine(TODAY, time(9, 0), tzinfo=UTC)
ISSUED, DUE = date(2025, 7, 1), date(2025, 8, 1)
TOTAL, TAX = 11_900, 1_900


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(NINE):
        yield


def person(of: Actor, name: str, role: str) -> Actor:
    """Somebody with a role who never signs in by password."""
    User.objects.create(username=name)
    controls.grant(name, company_id=of.company_id, role=role, by="test")
    return now(of, name)


def ruled(actor: Actor, **sections: Any) -> None:
    policies.publish(actor, given={**DEFAULT, **sections}, valid_from=date(2025, 1, 1))


@pytest.fixture
def desk(actor: Actor) -> Actor:
    ruled(actor)
    return actor


@pytest.fixture
def ann(desk: Actor) -> Actor:
    return person(desk, "ann", "write_off_clerk")


@pytest.fixture
def mo(desk: Actor) -> Actor:
    return person(desk, "mo", "manager")


def late(actor: Actor, number: str = "INV-1", **given: Any) -> NewInvoice:
    """Record an invoice of 119.00 that was due last August."""
    customer = given.pop("customer_id", None) or a_customer(actor, f"C-{number}")
    invoice = an_invoice(customer, number, **{"issued_on": ISSUED, "due_on": DUE, **given})
    services.record(actor, [invoice])
    return invoice


def ask(actor: Actor, *numbers: str, **given: Any) -> str:
    """Ask to write invoices off; return the request's reference."""
    with pytest.raises(ApprovalNeeded) as needed:
        propose(actor, *numbers, **given)
    return needed.value.reference


def propose(actor: Actor, *numbers: str, **given: Any) -> services.WrittenOff:
    said = {"because": given.pop("because", "bad_debt"), "reason": given.pop("reason", "gone")}
    return services.write_off(
        actor, [NewWriteOff(invoice=number, **given) for number in numbers or ("INV-1",)], **said
    )


def written_off(ann: Actor, mo: Actor, *numbers: str, **given: Any) -> None:
    decided = controls.approve(mo, ask(ann, *numbers, **given))
    assert decided.state == "done", decided.outcome


def books(actor: Actor) -> dict[str, int]:
    return {row.account: row.minor for row in ledger.balances(actor.company_id) if row.minor}


def open_minor(actor: Actor, number: str = "INV-1") -> int:
    return queries.invoice(actor.company_id, number).open_minor


def aged(actor: Actor, on: date | None = None) -> int:
    rows = insight.totals_by_currency(actor.company_id, as_of=on or actor.today)
    return sum(row.total_minor for row in rows)


def test_nobody_writes_off_alone_and_the_approved_is_posted(
    desk: Actor, ann: Actor, mo: Actor
) -> None:
    invoice = late(desk)
    before = books(desk)
    reference = ask(ann, because="insolvency", reason="  petition\n filed ")
    assert (books(desk), open_minor(desk)) == (before, TOTAL)
    decided = controls.approve(mo, reference)
    assert decided.outcome == {"result": {
        "reference": "WO-2026-000001", "minor": {"EUR": TOTAL}, "items": 1, "items_closed": 1,
        "approval": reference,
    }}  # fmt: skip
    assert books(desk) == {"bad_debt": TOTAL, "revenue": -10_000, "vat_output": -TAX}
    [row] = reads.listing(desk.company_id).rows
    assert (row.because, row.minor, row.left_minor, row.effective_on) == (
        "insolvency", TOTAL, TOTAL, TODAY,
    )  # fmt: skip
    assert (row.approval, row.approved_by, row.recorded_by, row.reason) == (
        reference, "mo", "ann", "petition filed",
    )  # fmt: skip
    assert insight.prove(desk.company_id) == []
    [exposed] = [row for row in credit.exposures(desk.company_id) if row.currency == "EUR"]
    assert (exposed.customer_id, exposed.open_minor) == (invoice.customer_id, 0)
    event = Event.objects.get(company_id=desk.company_id, name="invoices.written_off")
    assert event.data["customer_ids"] == [invoice.customer_id]


def test_a_part_an_instalment_and_the_rest(desk: Actor, ann: Actor, mo: Actor) -> None:
    customer = a_customer(desk)
    invoice = an_invoice(customer, issued_on=ISSUED, due_on=None, terms_code="halves")
    services.record(desk, [invoice])
    items = queries.items_of(desk.company_id, queries.invoice(desk.company_id, "INV-1").id)
    assert [one.open_minor for one in items] == [5_950, 5_950]
    written_off(ann, mo, minor=100)
    written_off(ann, mo, instalment=1)
    found = queries.items_of(desk.company_id, queries.invoice(desk.company_id, "INV-1").id)
    assert [one.open_minor for one in found] == [0, 5_850]
    assert (books(desk)["bad_debt"], books(desk)["receivable"]) == (6_050, 5_850)
    assert aged(desk) == 5_850
    assert insight.prove(desk.company_id) == []


FAULTS: tuple[tuple[dict[str, Any], type[DomainError], str], ...] = (
    ({"minor": 11_901}, Conflict, "write_off_above_open"),
    ({"minor": 0}, Invalid, "write_off_not_positive"),
    ({"minor": -5}, Invalid, "write_off_not_positive"),
    ({"instalment": 2}, NotFound, "instalment_unknown"),
    ({"because": "boredom"}, Invalid, "write_off_reason_unknown"),
    ({"reason": " \n "}, Invalid, "reason_missing"),
    ({"reason": "x" * 501}, Invalid, "reason_missing"),
)


def test_what_cannot_be_is_refused_before_anybody_is_asked(desk: Actor, ann: Actor) -> None:
    late(desk)
    before = books(desk)
    for given, error, code in FAULTS:
        with pytest.raises(error) as caught:
            propose(ann, **dict(given))
        assert caught.value.code == code
    for numbers, code in ((("INV-1", "INV-1"), "write_offs_unclear"), (("X",), "invoice_unknown")):
        with pytest.raises((Invalid, NotFound)) as unknown:
            propose(ann, *numbers)
        assert unknown.value.code == code
    with pytest.raises(Invalid):
        services.write_off(ann, [], because="bad_debt", reason="x")
    with pytest.raises(NotFound):
        propose(replace(ann, company_id=founded("other").id))
    assert requests.requests(desk.company_id, desk.at) == []
    assert (books(desk), open_minor(desk), WriteOff.objects.count()) == (before, TOTAL, 0)


def test_who_may_not_propose_or_approve(desk: Actor, ann: Actor, mo: Actor) -> None:
    late(desk)
    for role in ("collector", "cash_applier", "manager", "auditor", "resolver", "biller"):
        with pytest.raises(Refused) as refused:
            propose(replace(ann, permissions=permissions_of({role})))
        assert refused.value.code == "not_permitted"
    reference = ask(ann)
    for who, code in (
        (ann, "own_request"),
        (person(desk, "bo", "write_off_clerk"), "not_permitted"),
        (desk, "approval_needs_a_person"),
    ):
        with pytest.raises(Refused) as refused:
            controls.approve(who, reference)
        assert refused.value.code == code
    assert open_minor(desk) == TOTAL


def test_who_applied_cash_to_it_does_not_write_the_rest_off(desk: Actor) -> None:
    late(desk)
    cash.open_account(desk, "DE02120300000000202051", "EUR")
    bank_closed(desk, TODAY - timedelta(days=3), (5_000, "something"))
    person(desk, "cy", "cash_applier")
    smuggled(desk, "cy", "write_off_clerk")
    excepted(desk, "cy", 1)
    both = now(desk, "cy")
    [payment] = cash_read.payments(desk.company_id)
    [item] = queries.open_items(desk.company_id)
    cash.apply(both, payment.id, allocations={item.item_id: 5_000})
    decided = controls.approve(person(desk, "mo", "manager"), ask(both))
    assert decided.state == "failed"
    assert "duties" in (decided.outcome or {})["code"]
    assert open_minor(desk) == TOTAL - 5_000


def test_a_machine_asks_too_and_policy_may_let_small_sums_go_alone(desk: Actor, mo: Actor) -> None:
    late(desk)
    reference = ask(desk)
    assert controls.approve(mo, reference).state == "done"
    assert [row.recorded_by for row in reads.listing(desk.company_id).rows] == ["test"]


def test_authority_counts_what_the_invoice_lost_before(actor: Actor) -> None:
    authority = {"write_off_minor": 1_000, "write_off_second_minor": 5_000}
    ruled(actor, authority=authority)
    late(actor)
    ann, mo, max_ = (
        person(actor, "ann", "write_off_clerk"),
        person(actor, "mo", "manager"),
        person(actor, "max", "manager"),
    )
    alone = propose(ann, minor=1_000, because="small_balance")
    assert (alone.approval, alone.minor, alone.items_closed) == ("", {"EUR": 1_000}, 0)
    reference = ask(ann, minor=1)  # with what went before it is more than one decides alone
    assert controls.approve(mo, reference).state == "done"
    second = ask(ann, minor=4_000)
    assert requests.request(actor.company_id, second, actor.at).approvers_needed == 2
    assert controls.approve(mo, second).approvals_missing == 1
    assert controls.approve(max_, second).state == "done"
    assert [row.approved_by for row in reads.listing(actor.company_id).rows] == [
        "mo, max", "mo", "",
    ]  # fmt: skip
    assert open_minor(actor) == TOTAL - 5_001


def test_paid_meanwhile_the_approval_no_longer_carries_it(
    desk: Actor, ann: Actor, mo: Actor
) -> None:
    invoice = late(desk)
    reference = ask(ann)
    services.record_credit_notes(desk, [NewCreditNote(
        customer_id=invoice.customer_id, number="CN-9", issued_on=TODAY, currency="EUR",
        net_minor=1_000, corrects="INV-1",
    )])  # fmt: skip
    before = books(desk)
    decided = controls.approve(mo, reference)
    assert (decided.state, (decided.outcome or {})["code"]) == ("failed", "approval_outdated")
    assert (books(desk), open_minor(desk)) == (before, TOTAL - 1_000)


def test_the_same_request_again_waits_once_and_a_replay_posts_nothing(
    desk: Actor, ann: Actor, mo: Actor
) -> None:
    late(desk)
    reference = ask(ann)
    assert ask(ann) == reference
    controls.approve(mo, reference)
    assert controls.approve(mo, reference).state == "done"
    assert WriteOff.objects.count() == 1
    with pytest.raises(Conflict) as conflict:
        propose(ann)
    assert conflict.value.code == "nothing_open"
    keyed = late(desk, "INV-2")
    given = {"because": "limitation", "reason": "old"}
    with pytest.raises(ApprovalNeeded) as one:
        propose(ann.keyed("k-1"), keyed.number, **given)
    with pytest.raises(ApprovalNeeded) as two:
        propose(ann.keyed("k-1"), keyed.number, **given)
    assert one.value.reference == two.value.reference


def test_a_preview_shows_and_leaves_nothing(desk: Actor, ann: Actor) -> None:
    late(desk)
    before = books(desk)
    with preview() as shown:
        found = propose(ann)
    assert (found.minor, found.items_closed) == ({"EUR": TOTAL}, 1)
    assert shown.need is not None
    assert shown.need.permission == "collections.approve_write_off"
    assert (books(desk), WriteOff.objects.count()) == (before, 0)
    assert requests.requests(desk.company_id, desk.at) == []


def test_where_the_erp_is_the_book_it_is_written_off_there(desk: Actor, ann: Actor) -> None:
    late(desk)
    controls.set_book(desk, book="erp")
    for act in (
        lambda: propose(ann),
        lambda: services.relieve_tax(desk, through=TODAY),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "book_is_erp"


def test_nobody_is_reminded_of_it_and_no_interest_runs(desk: Actor, ann: Actor, mo: Actor) -> None:
    interest = {"mode": "memo", "since": "2025-01-01", "minimum_minor": 0}
    policies.publish(desk, given={**DEFAULT, "interest": interest}, valid_from=date(2025, 1, 2))
    customer = a_customer(desk, country="NL")
    late(desk, customer_id=customer)
    late(desk, "TWIN", customer_id=customer)
    services.charge(desk, through=date(2026, 2, 28))
    assert chased(desk) == ["INV-1", "TWIN"]
    written_off(ann, mo)
    assert chased(desk) == ["TWIN"]
    result = services.charge(desk, through=date(2026, 3, 10))
    assert (result.items, result.waiting) == (1, {"written_off": 1})
    services.recover_write_off(desk, "INV-1", act="correction", reason="wrong one")
    assert services.charge(desk, through=TODAY).items == 2
    of: dict[str, int] = {}
    for row in charge_queries.charge_listing(desk.company_id).rows:
        of[row.invoice_number] = of.get(row.invoice_number, 0) + row.left_minor
    # As if it had never been written off: 227 days at 10.15 %, and EUR 40.
    assert of == {"INV-1": 4_000 + 751, "TWIN": 4_000 + 751}


def chased(actor: Actor) -> list[str]:
    return sorted(line.number for line in collections.lines_to_chase(actor.company_id, until=TODAY))


def test_money_that_comes_makes_so_much_owed_again(desk: Actor, ann: Actor, mo: Actor) -> None:
    late(desk)
    written_off(ann, mo)
    cash.open_account(desk, "DE02120300000000202051", "EUR")
    bank_closed(desk, TODAY - timedelta(days=3), (5_000, "INV-1"))
    cash.match(desk)  # nothing is open: matching leaves it to people
    [payment] = cash_read.payments(desk.company_id)
    [row] = reads.standings(desk.company_id)
    assert payment.unapplied_minor == 5_000
    done = cash.apply(
        person(desk, "cy", "cash_applier"), payment.id, allocations={row.item_id: 5_000}
    )
    assert (done.applied_minor, done.unapplied_minor) == (5_000, 0)
    assert open_minor(desk) == 0
    assert books(desk) == {
        "bank": 5_000, "bad_debt": TOTAL, "bad_debt_recovered": -5_000,
        "revenue": -10_000, "vat_output": -TAX,
    }  # fmt: skip
    [listed] = reads.listing(desk.company_id).rows
    assert (listed.recovered_minor, listed.left_minor) == (5_000, 6_900)
    assert insight.prove(desk.company_id) == []
    cash.undo(desk, payment.id)
    assert (open_minor(desk), aged(desk)) == (5_000, 5_000)  # owed, until it is written off again
    assert insight.prove(desk.company_id) == []


def test_more_money_than_was_written_off_is_refused_and_nothing_changes(
    desk: Actor, ann: Actor, mo: Actor
) -> None:
    late(desk)
    written_off(ann, mo, minor=1_000)
    cash.open_account(desk, "DE02120300000000202051", "EUR")
    bank_closed(desk, TODAY - timedelta(days=3), (20_000, "x"))
    [payment] = cash_read.payments(desk.company_id)
    [row] = reads.standings(desk.company_id)
    before = books(desk)
    with pytest.raises(Conflict) as conflict:
        cash.apply(desk, payment.id, allocations={row.item_id: TOTAL + 1})
    assert conflict.value.code == "item_changed"
    assert (books(desk), open_minor(desk)) == (before, TOTAL - 1_000)
    cash.apply(desk, payment.id, allocations={row.item_id: TOTAL})
    assert (open_minor(desk), books(desk)["bad_debt_recovered"]) == (0, -1_000)
    assert insight.prove(desk.company_id) == []


def test_a_mistake_is_taken_back_from_the_account_of_bad_debts(
    desk: Actor, ann: Actor, mo: Actor
) -> None:
    late(desk)
    before = books(desk)
    written_off(ann, mo)
    found = services.recover_write_off(mo, "INV-1", act="correction", reason="not insolvent")
    assert (found.minor, found.tax_minor) == (TOTAL, 0)
    assert (books(desk), open_minor(desk)) == (before, TOTAL)
    assert chased(desk) == ["INV-1"]
    for given, error, code in (
        ({}, Conflict, "write_off_gone"),
        ({"minor": 1}, Conflict, "write_off_gone"),
        ({"minor": 0}, Invalid, "recovery_not_positive"),
        ({"act": "magic"}, Invalid, "write_off_act_unknown"),
        ({"reason": ""}, Invalid, "reason_missing"),
    ):
        with pytest.raises(error) as caught:
            services.recover_write_off(
                mo,
                "INV-1",
                **{"act": "recovery", "reason": "x", **given},  # type: ignore[arg-type]
            )
        assert caught.value.code == code
    assert books(desk) == before
    written_off(ann, mo)  # and it may be written off again
    assert open_minor(desk) == 0
    assert insight.prove(desk.company_id) == []


RELIEF = {"tax_relief": [{"reason": "insolvency"}, {"reason": "bad_debt", "after_due_days": 250}]}


def test_tax_is_taken_back_by_its_own_rule_and_goes_back_with_money(actor: Actor) -> None:
    ruled(actor, write_offs=RELIEF)
    ann, mo = person(actor, "ann", "write_off_clerk"), person(actor, "mo", "manager")
    late(actor)
    late(actor, "INV-2")
    late(actor, "INV-3")
    written_off(ann, mo, because="insolvency")
    written_off(ann, mo, "INV-2", because="bad_debt")  # due 227 days ago
    written_off(ann, mo, "INV-3", because="limitation")
    assert books(actor)["vat_output"] == -3 * TAX  # nothing by itself
    first = services.relieve_tax(mo, through=TODAY)
    assert (first.minor, first.write_offs) == ({"EUR": TAX}, 1)
    assert first.waiting == {"not_yet": 1, "no_rule": 1}
    assert (books(actor)["vat_output"], books(actor)["bad_debt"]) == (-2 * TAX, 3 * TOTAL - TAX)
    again = services.relieve_tax(mo, through=TODAY)
    assert (again.minor, again.write_offs) == ({}, 0)
    back = services.recover_write_off(mo, "INV-1", minor=5_950, act="recovery", reason="quota")
    assert back.tax_minor == 950
    assert books(actor)["vat_output"] == -2 * TAX - 950
    [_, _, row] = reads.listing(actor.company_id).rows
    assert (row.relieved_minor, row.left_minor) == (950, 5_950)
    assert services.relieve_tax(mo, through=TODAY).write_offs == 0
    assert insight.prove(actor.company_id) == []


def test_tax_is_never_guessed(actor: Actor) -> None:
    ruled(actor, write_offs=RELIEF)
    ann, mo = person(actor, "ann", "write_off_clerk"), person(actor, "mo", "manager")
    customer = a_customer(actor)
    services.take_over(actor, [services.OpeningDocument(
        customer_id=customer, number="OLD-1", kind="invoice", issued_on=ISSUED, due_on=DUE,
        currency="EUR", tax_minor=TAX, total_minor=TOTAL, open_minor=6_000,
    )], cut_over_on=date(2026, 1, 1))  # fmt: skip
    written_off(ann, mo, "OLD-1", because="insolvency")
    found = services.relieve_tax(mo, through=TODAY)
    assert (found.minor, found.waiting) == ({}, {"tax_unknown": 1})
    with pytest.raises(Refused) as refused:
        services.relieve_tax(mo, through=TODAY + timedelta(days=1))
    assert refused.value.code == "relief_ahead"


def test_without_a_rule_no_tax_is_taken_back(desk: Actor, mo: Actor) -> None:
    with pytest.raises(Refused) as refused:
        services.relieve_tax(mo, through=TODAY)
    assert refused.value.code == "relief_off"


def test_past_dates_stand_as_they_were(
    desk: Actor, ann: Actor, mo: Actor, actor_of: Callable[..., Actor]
) -> None:
    late(desk)
    written_off(ann, mo)
    yesterday = TODAY - timedelta(days=1)
    assert (aged(desk, yesterday), aged(desk)) == (TOTAL, 0)
    tomorrow = replace(mo, today=TODAY + timedelta(days=1), at=mo.at + timedelta(days=1))
    services.recover_write_off(tomorrow, "INV-1", act="recovery", reason="paid", minor=900)
    assert [aged(desk, yesterday), aged(desk), aged(desk, tomorrow.today)] == [TOTAL, 0, 900]
    for day in (yesterday, TODAY, tomorrow.today):
        account = {row.account: row.minor for row in ledger.balances(desk.company_id, as_of=day)}
        assert account.get("receivable", 0) == aged(desk, day)


def test_a_closed_month_takes_no_write_off_of_today(desk: Actor, ann: Actor, mo: Actor) -> None:
    late(desk, issued_on=date(2026, 2, 2), due_on=date(2026, 2, 9))
    periods.close_period(desk, last_on=date(2026, 2, 28))
    written_off(ann, mo)
    assert WriteOff.objects.get().effective_on == TODAY


def test_what_is_written_down_stays(desk: Actor, ann: Actor, mo: Actor) -> None:
    late(desk)
    written_off(ann, mo)
    for statement in (
        "UPDATE invoices_writeoff SET minor = 1",
        "DELETE FROM invoices_writeoff",
        "UPDATE invoices_writeoff SET reason = 'nothing'",
    ):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert WriteOff.objects.get().minor == TOTAL


# --- at once, on connections of their own


@pytest.fixture
def committed(committed_db: str, actor_of: Callable[..., Actor]) -> Actor:
    actor = actor_of(founded().id)
    ruled(actor)
    return actor


def at_once(count: int, act: Callable[[int], str]) -> Counter[str]:
    ready = Barrier(count)

    def call(n: int) -> str:
        with clock.held_at(NINE):  # a held clock belongs to one thread
            ready.wait(timeout=30)
            try:
                return act(n)
            except Conflict as error:
                return error.code
            finally:
                connection.close()

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(call, range(count)))


def test_two_approvers_at_once_post_it_once(committed: Actor) -> None:
    late(committed)
    reference = ask(person(committed, "ann", "write_off_clerk"))
    managers = [person(committed, f"m{n}", "manager") for n in range(2)]
    said = at_once(2, lambda n: controls.approve(managers[n], reference).state)
    assert said == {"done": 1, "approval_not_waiting": 1}
    assert (WriteOff.objects.count(), open_minor(committed)) == (1, 0)
    assert AuditEntry.objects.filter(command="invoices.write_off").count() == 1
    assert insight.prove(committed.company_id) == []


def test_two_requests_for_one_invoice_at_once_never_take_more_than_is_open(
    committed: Actor,
) -> None:
    late(committed)
    asked = [
        ask(person(committed, f"a{n}", "write_off_clerk"), minor=TOTAL - n, reason=f"r{n}")
        for n in range(2)
    ]
    managers = [person(committed, f"m{n}", "manager") for n in range(2)]
    said = at_once(2, lambda n: controls.approve(managers[n], asked[n]).state)
    assert said == {"done": 1, "failed": 1}
    assert WriteOff.objects.count() == 1
    assert insight.prove(committed.company_id) == []


def test_two_recoveries_at_once_never_exceed_the_write_off(committed: Actor) -> None:
    late(committed)
    mo = person(committed, "mo", "manager")
    written_off(person(committed, "ann", "write_off_clerk"), mo)

    def recover(n: int) -> str:
        services.recover_write_off(mo, "INV-1", minor=7_000, act="recovery", reason=f"r{n}")
        return "done"

    assert at_once(2, recover) == {"done": 1, "write_off_gone": 1}
    assert open_minor(committed) == 7_000
    assert insight.prove(committed.company_id) == []
