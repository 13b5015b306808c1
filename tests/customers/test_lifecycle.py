"""Accounts opened with everything checked, asleep, awake, closed, opened again, and merged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.credit import services as credit
from creditdesk.credit.rules import ExposureChange
from creditdesk.customers import queries, rules, services
from creditdesk.customers.rules import Link, NewCustomer
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, Refused
from creditdesk.orders import services as orders
from creditdesk.policy import services as policy
from tests.customers.stage import OLD, acorn, as_person
from tests.support.fixtures import TODAY, founded


@pytest.mark.parametrize(
    ("on", "months", "found"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 24, date(2024, 1, 15)),
        (date(2026, 12, 1), 12, date(2025, 12, 1)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)),
    ],
)
def test_months_before(on: date, months: int, found: date) -> None:
    assert rules.months_before(on, months) == found


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 120))
def test_months_before_is_no_later_and_never_a_month_off(on: date, months: int) -> None:
    found = rules.months_before(on, months)
    assert (on.year - found.year) * 12 + on.month - found.month == months
    assert found.day <= on.day


def invoice(customer_id: int, number: str = "R1", minor: int = 10_000) -> NewInvoice:
    return NewInvoice(
        number=number, customer_id=customer_id, issued_on=TODAY, currency="EUR", net_minor=minor,
        due_on=TODAY,
    )  # fmt: skip


def record(actor: Actor, customer_id: int, number: str = "R1") -> tuple[int, list[str]]:
    result = invoices.record(actor, [invoice(customer_id, number)])
    return result.recorded, [one.code for one in result.rejected]


# -- opening -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ({"vat_number": "DE136695977"}, "vat_check_digits"),
        ({"vat_number": "DE13669597"}, "vat_malformed"),
        ({"lei": "5493001KJTIIGC8Y1R13"}, "lei_check_digits"),
        ({"duns": "12345678"}, "duns_malformed"),
    ],
)
def test_identifiers_are_checked_when_an_account_is_opened(
    actor: Actor, given_: dict[str, str], code: str
) -> None:
    new = NewCustomer(number="C1", name="Acorn", currency="EUR", country="DE", **given_)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        services.open_accounts(actor, new=[new])
    assert refused.value.code == code
    assert queries.by_number(actor.company_id) == {}


def test_an_account_open_already_is_found_by_its_identifier(actor: Actor) -> None:
    def new(number: str, name: str, vat: str) -> NewCustomer:
        return NewCustomer(
            number=number, name=name, currency="EUR", country="DE", vat_number=vat,
            bank_accounts=(OLD,),
        )  # fmt: skip

    services.open_accounts(actor, new=[new("C1", "Acorn", "DE136695976")])
    again = new("C2", "Oak", "DE 136 695 976")
    with pytest.raises(Conflict) as conflict:
        services.open_accounts(actor, new=[again])
    assert (conflict.value.code, conflict.value.context["numbers"]) == (
        "account_open_already", ("C1",),
    )  # fmt: skip
    assert set(queries.by_number(actor.company_id)) == {"C1"}
    alike = [(one.number, one.by) for one in services.like(actor, again)]
    assert alike == [("C1", "bank_account"), ("C1", "vat_number")]
    [second] = services.open_accounts(actor, new=[again], despite_likeness=True)
    assert queries.by_number(actor.company_id)["C2"] == second
    [pair] = queries.likely_duplicates(actor.company_id)
    assert (pair.first_number, pair.second_number, pair.by) == ("C1", "C2", "vat_number")


def test_a_file_may_bring_vat_numbers_people_may_not_type(actor: Actor) -> None:
    customer_id = acorn(actor, vat_number="DE123456789")
    assert (
        services.edit(actor, customer_id, changes={"vat_number": "DE123456789", "city": "X"}) == 1
    )
    with pytest.raises(Invalid) as refused:
        services.edit(actor, customer_id, changes={"vat_number": "DE123456780"})
    assert refused.value.code == "vat_check_digits"
    assert services.edit(actor, customer_id, changes={"vat_number": "DE136695976"}) == 1


def test_the_second_of_two_who_edit_at_once_is_told(actor: Actor) -> None:
    customer_id = acorn(actor)
    seen = queries.customer_by_id(actor.company_id, customer_id).version
    assert services.edit(actor, customer_id, changes={"city": "Bonn"}, version=seen) == 1
    with pytest.raises(Conflict) as conflict:
        services.edit(actor, customer_id, changes={"city": "Ulm"}, version=seen)
    assert conflict.value.code == "changed_meanwhile"
    row = queries.customer_by_id(actor.company_id, customer_id)
    assert (row.city, row.version) == ("Bonn", seen + 1)
    contact = queries.contacts(actor.company_id, customer_id)[0]
    services.edit_contact(actor, contact.id, changes={"role": "AP"}, version=contact.version)
    with pytest.raises(Conflict):
        services.edit_contact(actor, contact.id, changes={"role": "CFO"}, version=contact.version)
    assert queries.contact(actor.company_id, contact.id).role == "AP"


# -- closing -----------------------------------------------------------------------------------


def test_an_account_closes_only_with_nothing_left(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    customer_id, other = acorn(actor), acorn(actor, "C2")
    record(actor, customer_id)
    credit.change_exposure(
        actor, [ExposureChange(customer_id=customer_id, currency="EUR", unapplied_minor=500)]
    )
    credit.set_limit(actor, other, minor=10**9, currency="EUR", valid_from=TODAY)
    orders.check(
        actor, customer_number="C2", order_reference="SO1", currency="EUR", total_minor=700,
        placed_on=TODAY,
    )  # fmt: skip
    services.set_parent(actor, other, parent_id=customer_id, valid_from=TODAY)
    found = {
        customer: [(one.code, one.minor, one.reference) for one in rows]
        for customer, rows in services.obstacles(actor.company_id, [customer_id, other]).items()
    }
    assert found == {
        customer_id: [("open_items", 10_000, ""), ("unapplied", 500, "")],
        other: [("on_order", 700, ""), ("order", 700, "SO1")],
    }
    with pytest.raises(Refused) as refused:
        services.close(actor, customer_id, reason="gone")
    assert refused.value.code == "customer_not_settled"
    assert refused.value.context["obstacles"] == ("open_items", "unapplied")
    assert queries.customer_by_id(actor.company_id, customer_id).status == "active"


def test_a_closed_account_refuses_new_business_at_every_door(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    customer_id = acorn(actor)
    services.close(actor, customer_id, reason="no longer buys")
    assert record(actor, customer_id) == (0, ["customer_closed"])
    with pytest.raises(Refused) as refused:
        orders.check(
            actor, customer_number="C1", order_reference="SO1", currency="EUR", total_minor=700,
            placed_on=TODAY,
        )  # fmt: skip
    assert refused.value.code == "customer_closed"
    with pytest.raises(Conflict):
        services.close(actor, customer_id, reason="again")
    services.reopen(actor, customer_id, reason="is back")
    assert queries.customer_by_id(actor.company_id, customer_id).status == "dormant"
    assert record(actor, customer_id) == (1, [])
    services.wake(actor, customer_id, review="statements are sound")
    row = queries.customer_by_id(actor.company_id, customer_id)
    assert (row.status, row.woken_on) == ("active", actor.today)
    told = [one.after for one in queries.history(actor.company_id, customer_id)
            if one.field == "status reason"]  # fmt: skip
    assert told == ["statements are sound", "is back", "no longer buys"]


def test_the_head_of_a_group_closes_last(actor: Actor) -> None:
    top, below = acorn(actor), acorn(actor, "C2")
    services.set_parent(actor, below, parent_id=top, valid_from=TODAY)
    with pytest.raises(Refused) as refused:
        services.close(actor, top, reason="x")
    assert refused.value.code == "customer_heads_a_group"
    services.close(actor, below, reason="x")
    services.close(actor, top, reason="x")
    assert [queries.customer_by_id(actor.company_id, one).status for one in (top, below)] == [
        "closed", "closed",
    ]  # fmt: skip


def test_closing_and_invoicing_at_once_never_leave_an_invoice_on_a_closed_account(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id)
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    for round_ in range(5):
        customer_id = acorn(actor, f"C{round_}")
        ready = threading.Barrier(2)

        def work(act: Callable[[], object], ready: threading.Barrier = ready) -> None:
            ready.wait()
            try:
                act()
            except DomainError:
                pass
            finally:
                connection.close()

        def closing(customer_id: int = customer_id) -> None:
            services.close(actor, customer_id, reason="gone")

        def booking(customer_id: int = customer_id) -> None:
            record(actor, customer_id, f"R{customer_id}")

        threads = [threading.Thread(target=work, args=[one]) for one in (closing, booking)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        is_closed = queries.customer_by_id(actor.company_id, customer_id).status == "closed"
        is_booked = bool(services.obstacles(actor.company_id, [customer_id]))
        assert is_closed != is_booked


# -- sleeping ----------------------------------------------------------------------------------


def test_quiet_accounts_sleep_and_busy_ones_do_not(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    quiet, busy = acorn(actor), acorn(actor, "C2")
    record(actor, busy)
    assert services.sleep(actor).dormant == 0
    later = as_person(actor, 9, "day", days=800)
    credit.change_exposure(
        actor, [ExposureChange(customer_id=busy, currency="EUR", open_minor=-10_000)]
    )
    # Opened that long ago and nothing booked since; the other's last booking is older still.
    woken = acorn(later, "C3")
    found = services.sleep(later)
    assert (found.dormant, found.kept_awake) == (2, 0)
    assert services.sleep(later).dormant == 0
    status = {one: queries.customer_by_id(actor.company_id, one).status
              for one in (quiet, busy, woken)}  # fmt: skip
    assert status == {quiet: "dormant", busy: "dormant", woken: "active"}
    services.wake(later, quiet, review="fine")
    assert services.sleep(later).dormant == 0


def test_what_is_open_keeps_an_account_awake(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    customer_id = acorn(actor)
    record(actor, customer_id)
    found = services.sleep(as_person(actor, 9, "day", days=800))
    assert (found.dormant, found.kept_awake) == (0, 1)
    assert queries.customer_by_id(actor.company_id, customer_id).status == "active"


# -- merging -----------------------------------------------------------------------------------


def test_a_duplicate_becomes_the_other_and_its_books_stay(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    survivor = acorn(actor)
    duplicate = acorn(actor, "C2", bank_accounts=(OLD,), name="Acorn Trading")
    child = acorn(actor, "C3")
    services.set_parents(actor, [Link(child, duplicate, TODAY), Link(survivor, duplicate, TODAY)])
    record(actor, duplicate)
    moves = services.merge(actor, duplicate, survivor_id=survivor, reason="the same company")
    assert (moves.contacts, moves.bank_accounts, moves.names, moves.children) == (0, 1, 1, 1)
    assert moves.stays == {"open_items": 1}
    row = queries.customer_by_id(actor.company_id, duplicate)
    assert (row.status, row.merged_into_id) == ("closed", survivor)
    assert queries.group_of(actor.company_id, [duplicate, child, survivor], TODAY) == {
        duplicate: survivor, child: survivor, survivor: survivor,
    }  # fmt: skip
    assert queries.payer_index(actor.company_id).accounts[OLD] == {duplicate, survivor}
    with pytest.raises(Refused) as refused:
        orders.check(
            actor, customer_number="C2", order_reference="SO1", currency="EUR", total_minor=1,
            placed_on=TODAY,
        )  # fmt: skip
    assert (refused.value.code, refused.value.context["successor"]) == (
        "customer_merged_into", "C1",
    )  # fmt: skip
    assert record(actor, duplicate, "R2") == (0, ["customer_closed"])
    with pytest.raises(Refused):
        services.reopen(actor, duplicate, reason="x")
    services.undo_merge(actor, duplicate, reason="two companies after all")
    row = queries.customer_by_id(actor.company_id, duplicate)
    assert (row.status, row.merged_into_id) == ("dormant", None)
    assert record(actor, duplicate, "R2") == (1, [])
    [kept] = queries.merges(actor.company_id)
    assert kept.undone_at == actor.at


@pytest.mark.parametrize("reason", ["", "   "])
def test_acts_on_accounts_need_a_reason(actor: Actor, reason: str) -> None:
    customer_id, other = acorn(actor), acorn(actor, "C2")
    attempts: list[Callable[[], object]] = [
        lambda: services.close(actor, customer_id, reason=reason),
        lambda: services.reopen(actor, customer_id, reason=reason),
        lambda: services.wake(actor, customer_id, review=reason),
        lambda: services.merge(actor, customer_id, survivor_id=other, reason=reason),
        lambda: services.undo_merge(actor, customer_id, reason=reason),
    ]
    for attempt in attempts:
        with pytest.raises(Invalid) as refused:
            attempt()
        assert refused.value.code == "reason_missing"
    assert queries.history(actor.company_id, customer_id) == []


def test_what_cannot_be_one_is_not_merged(actor: Actor) -> None:
    first, dollars, closed = acorn(actor), acorn(actor, "C2", currency="USD"), acorn(actor, "C3")
    services.close(actor, closed, reason="x")
    for other, code in (
        (first, "merge_with_itself"),
        (dollars, "merge_of_currencies"),
        (closed, "merge_of_closed"),
    ):
        with pytest.raises(DomainError) as refused:
            services.merge(actor, first, survivor_id=other, reason="x")
        assert refused.value.code == code
    assert queries.merges(actor.company_id) == []
