"""Late interest charged by policy: once per item and day, as memo or posted, waived, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from creditdesk.cash import queries as cash_read
from creditdesk.cash import services as cash
from creditdesk.contact import services as contact
from creditdesk.contact.services.holds import NewHold
from creditdesk.controls import services as controls
from creditdesk.controls.models import AuditEntry
from creditdesk.customers import services as customers
from creditdesk.insight import queries as insight
from creditdesk.invoices import charge_queries, queries, services
from creditdesk.invoices.models import Charge
from creditdesk.invoices.rules import NewCreditNote
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing.models import Event
from creditdesk.policy import queries as policies_read
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.collections.stage import bank_closed
from tests.invoices.people import a_customer, an_invoice
from tests.support.fixtures import founded

FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 16)
DUE = date(2026, 1, 31)


def with_interest(actor: Actor, **given: Any) -> None:
    rules = {"mode": "memo", "since": "2025-01-01", **given}
    policies.publish(actor, given={**DEFAULT, "interest": rules}, valid_from=date(2026, 1, 1))


def late(actor: Actor, number: str = "INV-1", minor: int = 1_000_000, **given: Any) -> int:
    """Record an invoice of a Dutch customer that was due on 31 January; return its item."""
    customer_id = given.pop("customer_id", None) or a_customer(actor, f"C-{number}", country="NL")
    invoice = an_invoice(
        customer_id, number, **{"issued_on": date(2026, 1, 1), "due_on": DUE, "net_minor": minor,
                                "tax_minor": 0, **given})  # fmt: skip
    services.record(actor, [invoice])
    return queries.items_of(actor.company_id, queries.invoice(actor.company_id, number).id)[
        0
    ].item_id


def charges(actor: Actor) -> list[tuple[str, str, int, str, str]]:
    return [
        (row.kind, row.act, row.minor, row.from_on.isoformat(), row.through_on.isoformat())
        for row in Charge.objects.filter(company_id=actor.company_id).order_by("id")
    ]


def totals(result: services.ChargeResult) -> dict[str, tuple[int, int]]:
    return {one.kind: (one.charged_minor, one.reversed_minor) for one in result.totals}


def books(actor: Actor) -> dict[str, int]:
    return {row.account: row.minor for row in ledger.balances(actor.company_id) if row.minor}


def pay(actor: Actor, item_id: int, minor: int, *, on: date) -> None:
    """Take money in on a date and apply it to the item."""
    [number] = [row.number for row in queries.items_by_id(actor.company_id, [item_id]).values()]
    cash.open_account(actor, "DE02120300000000202051", "EUR")
    bank_closed(actor, on, (minor, f"INVOICE {number}"))
    cash.match(actor)


# 1,000,000 × 10.15 % × 28 / 365 and × 44 / 365
THROUGH_FEBRUARY, THROUGH_MARCH = 7_786, 12_236


def test_a_run_charges_what_is_late_and_again_only_the_new_days(actor: Actor) -> None:
    with_interest(actor)
    late(actor)
    first = services.charge(actor, through=FEBRUARY)
    assert (first.mode, first.items, first.documents) == ("memo", 1, ())
    assert totals(first) == {"interest": (THROUGH_FEBRUARY, 0), "compensation": (4_000, 0)}
    again = services.charge(actor, through=FEBRUARY)
    assert (again.items, again.totals) == (0, ())
    later = services.charge(actor, through=MARCH)
    assert totals(later) == {"interest": (THROUGH_MARCH - THROUGH_FEBRUARY, 0)}
    assert charges(actor) == [
        ("interest", "charge", THROUGH_FEBRUARY, "2026-02-01", "2026-02-28"),
        ("compensation", "charge", 4_000, "2026-02-01", "2026-02-28"),
        ("interest", "charge", THROUGH_MARCH - THROUGH_FEBRUARY, "2026-03-01", "2026-03-16"),
    ]


def test_a_late_run_catches_up_to_the_same_cent(actor: Actor) -> None:
    with_interest(actor)
    late(actor)
    assert totals(services.charge(actor, through=MARCH)) == {
        "interest": (THROUGH_MARCH, 0), "compensation": (4_000, 0),
    }  # fmt: skip


def test_a_memo_is_shown_and_posts_nothing(actor: Actor) -> None:
    with_interest(actor)
    item_id = late(actor)
    before = books(actor)
    services.charge(actor, through=MARCH)
    assert books(actor) == before
    owner = queries.items_by_id(actor.company_id, [item_id])[item_id].customer_id
    assert [(m.customer_id, m.kind, m.minor) for m in charge_queries.memos(actor.company_id)] == [
        (owner, "compensation", 4_000), (owner, "interest", THROUGH_MARCH),
    ]  # fmt: skip
    assert charge_queries.memos(actor.company_id, [owner + 1]) == []
    assert [row.number for row in queries.open_items(actor.company_id)] == ["INV-1"]


def test_posted_charges_are_items_of_their_own(actor: Actor) -> None:
    with_interest(actor, mode="post", pay_within_days=10)
    customer_id = a_customer(actor, country="NL")
    late(actor, "INV-1", customer_id=customer_id)
    late(actor, "INV-2", 500_000, customer_id=customer_id)
    result = services.charge(actor, through=MARCH)
    assert result.documents == ("LI-2026-000001",)
    interest = THROUGH_MARCH + 6_118
    document = queries.invoice(actor.company_id, "LI-2026-000001")
    assert (document.kind, document.total_minor) == ("charge", interest + 8_000)
    [item] = queries.items_of(actor.company_id, document.id)
    assert (item.due_on, item.open_minor) == (date(2026, 3, 26), interest + 8_000)
    assert books(actor) == {
        "receivable": 1_500_000 + interest + 8_000, "revenue": -1_500_000,
        "interest": -interest, "compensation": -8_000,
    }  # fmt: skip
    assert insight.prove(actor.company_id) == []
    again = services.charge(actor, through=MARCH)
    assert (again.documents, again.items) == ((), 0)
    event = Event.objects.get(company_id=actor.company_id, name="invoices.charged")
    assert event.data["document_ids"] == [document.id]


def test_no_interest_runs_on_interest(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    with_interest(actor, mode="post", pay_within_days=0)
    late(actor)
    services.charge(actor, through=MARCH)
    later = actor_of(actor.company_id, today=date(2026, 5, 31))
    result = services.charge(later, through=date(2026, 5, 31))
    assert totals(result) == {"interest": (33_370 - THROUGH_MARCH, 0)}  # 120 days of the principal
    assert result.items == 1


def test_interest_stays_when_the_principal_is_paid(actor: Actor) -> None:
    with_interest(actor, mode="post")
    item_id = late(actor)
    pay(actor, item_id, 1_000_000, on=date(2026, 3, 13))
    result = services.charge(actor, through=MARCH)
    assert totals(result)["interest"] == (11_401, 0)  # 41 days
    assert [row.number for row in queries.open_items(actor.company_id)] == ["LI-2026-000001"]
    assert services.charge(actor, through=MARCH).items == 0


def test_interest_that_was_charged_outlives_the_principal(actor: Actor) -> None:
    with_interest(actor, mode="post")
    item_id = late(actor)
    services.charge(actor, through=FEBRUARY)
    charged = THROUGH_FEBRUARY + 4_000
    pay(actor, item_id, 1_000_000, on=date(2026, 3, 13))
    assert queries.invoice(actor.company_id, "INV-1").open_minor == 0
    [owed] = queries.open_items(actor.company_id)
    assert (owed.number, owed.open_minor) == ("LI-2026-000001", charged)
    assert books(actor)["receivable"] == charged
    # The thirteen days of March until it was paid, and nothing of the days charged before.
    assert totals(services.charge(actor, through=MARCH)) == {
        "interest": (11_401 - THROUGH_FEBRUARY, 0)
    }
    [document] = queries.items_of(
        actor.company_id, queries.invoice(actor.company_id, "LI-2026-000001").id
    )
    pay(actor, document.item_id, charged, on=date(2026, 3, 16))
    assert books(actor)["receivable"] == 11_401 - THROUGH_FEBRUARY  # paid by its own money alone


def test_after_a_part_payment_interest_runs_on_what_is_left(actor: Actor) -> None:
    with_interest(actor)
    item_id = late(actor)
    cash.open_account(actor, "DE02120300000000202051", "EUR")
    bank_closed(actor, date(2026, 2, 20), (400_000, "first part"))
    [payment] = cash_read.payments(actor.company_id)
    cash.apply(actor, payment.id, allocations={item_id: 400_000})
    # 10.15 % of 10,000.00 for 20 days, of 6,000.00 for 24 more; not of either from the due date.
    exact = Decimal("0.1015") * (1_000_000 * 20 + 600_000 * 24) / 365
    assert int(exact.quantize(Decimal(1))) == 9_566
    assert totals(services.charge(actor, through=FEBRUARY))["interest"] == (6_896, 0)
    assert totals(services.charge(actor, through=MARCH)) == {"interest": (9_566 - 6_896, 0)}


def test_every_hour_of_a_day_charges_the_day_once(actor: Actor) -> None:
    with_interest(actor, mode="post")
    late(actor)
    for hour in range(24):
        moment = replace(actor, at=datetime(2026, 3, 16, hour, tzinfo=UTC))
        services.charge(moment, through=MARCH)
    assert [(kind, act, minor) for kind, act, minor, *_ in charges(actor)] == [
        ("interest", "charge", THROUGH_MARCH), ("compensation", "charge", 4_000),
    ]  # fmt: skip
    assert books(actor)["interest"] == -THROUGH_MARCH


def test_nothing_is_charged_that_nobody_asked_for(actor: Actor) -> None:
    """As delivered no reminder has a fee and no interest runs, whatever the country."""
    policies.ensure_default(actor, valid_from=date(2026, 1, 1))
    policy = policies_read.in_force(actor.company_id, MARCH)
    assert (policy.interest.mode, policy.dunning_fees.fees) == ("off", ())
    late(actor)
    with pytest.raises(Refused) as refused:
        services.charge(actor, through=MARCH)
    assert refused.value.code == "interest_off"
    assert (charges(actor), "interest" in books(actor)) == ([], False)


def test_a_payment_found_later_takes_interest_back(actor: Actor) -> None:
    with_interest(actor, mode="post")
    item_id = late(actor)
    services.charge(actor, through=MARCH)
    pay(actor, item_id, 1_000_000, on=date(2026, 2, 10))  # received in February, applied in March
    result = services.charge(actor, through=MARCH)
    kept = 2_781  # 10 days
    assert totals(result) == {"interest": (0, THROUGH_MARCH - kept)}
    assert charges(actor)[-1][:3] == ("interest", "reversal", THROUGH_MARCH - kept)
    note = queries.invoice(actor.company_id, "CN-2026-000001")
    assert (note.total_minor, note.corrects_number) == (THROUGH_MARCH - kept, "LI-2026-000001")
    assert books(actor)["interest"] == -kept
    assert queries.invoice(actor.company_id, "LI-2026-000001").open_minor == kept + 4_000
    assert insight.prove(actor.company_id) == []
    assert services.charge(actor, through=MARCH).items == 0


def test_paid_in_time_after_all_leaves_nothing_charged(actor: Actor) -> None:
    with_interest(actor)
    item_id = late(actor)
    services.charge(actor, through=MARCH)
    pay(actor, item_id, 1_000_000, on=date(2026, 1, 30))
    result = services.charge(actor, through=MARCH)
    assert totals(result) == {"interest": (0, THROUGH_MARCH), "compensation": (0, 4_000)}
    assert charge_queries.memos(actor.company_id) == []


def test_what_was_paid_of_a_charge_taken_back_becomes_credit(actor: Actor) -> None:
    with_interest(actor, mode="post")
    item_id = late(actor)
    services.charge(actor, through=MARCH)
    document = queries.invoice(actor.company_id, "LI-2026-000001")
    [charge_item] = queries.items_of(actor.company_id, document.id)
    pay(actor, charge_item.item_id, document.total_minor, on=date(2026, 3, 12))
    pay(actor, item_id, 1_000_000, on=date(2026, 1, 30))
    services.charge(actor, through=MARCH)
    note = queries.invoice(actor.company_id, "CN-2026-000001")
    assert (note.total_minor, note.unapplied_minor) == (document.total_minor, document.total_minor)
    assert books(actor)["unapplied"] == -document.total_minor
    assert insight.prove(actor.company_id) == []


def test_a_credit_note_says_that_it_was_never_owed(actor: Actor) -> None:
    with_interest(actor)
    item_id = late(actor)
    services.charge(actor, through=MARCH)
    owner = queries.items_by_id(actor.company_id, [item_id])[item_id].customer_id
    services.record_credit_notes(actor, [NewCreditNote(
        customer_id=owner, number="CN-1", issued_on=date(2026, 3, 10), currency="EUR",
        net_minor=1_000_000, corrects="INV-1",
    )])  # fmt: skip
    assert totals(services.charge(actor, through=MARCH)) == {
        "interest": (0, THROUGH_MARCH), "compensation": (0, 4_000),
    }  # fmt: skip


def test_or_bears_interest_up_to_its_date_if_policy_says_so(actor: Actor) -> None:
    with_interest(actor, credited_bears_interest=True)
    item_id = late(actor)
    owner = queries.items_by_id(actor.company_id, [item_id])[item_id].customer_id
    services.record_credit_notes(actor, [NewCreditNote(
        customer_id=owner, number="CN-1", issued_on=date(2026, 2, 10), currency="EUR",
        net_minor=1_000_000, corrects="INV-1",
    )])  # fmt: skip
    assert totals(services.charge(actor, through=MARCH))["interest"] == (2_781, 0)


def test_an_undone_match_never_counted(actor: Actor) -> None:
    with_interest(actor)
    item_id = late(actor)
    pay(actor, item_id, 1_000_000, on=date(2026, 2, 10))
    [allocation] = cash_read.allocations_of_items(actor.company_id, [item_id])
    cash.undo(actor, allocation.payment_id)
    assert totals(services.charge(actor, through=MARCH))["interest"] == (THROUGH_MARCH, 0)


def test_what_is_contested_waits_and_is_made_up_for(actor: Actor) -> None:
    with_interest(actor)
    item_id = late(actor)
    owner = queries.items_by_id(actor.company_id, [item_id])[item_id].customer_id
    contact.place_holds(actor, [NewHold(owner, item_id, "dispute", "dispute:D-1")])
    held = services.charge(actor, through=FEBRUARY)
    assert (held.items, dict(held.waiting)) == (0, {"disputed": 1})
    contact.lift_holds(actor, ["dispute:D-1"])
    assert totals(services.charge(actor, through=MARCH))["interest"] == (THROUGH_MARCH, 0)


def test_contested_items_are_charged_where_policy_says_so(actor: Actor) -> None:
    with_interest(actor, charge_disputed=True)
    item_id = late(actor)
    owner = queries.items_by_id(actor.company_id, [item_id])[item_id].customer_id
    contact.place_holds(actor, [NewHold(owner, item_id, "dispute", "dispute:D-1")])
    assert services.charge(actor, through=FEBRUARY).items == 1


def test_small_charges_wait_until_they_are_worth_it(actor: Actor) -> None:
    with_interest(actor, compensation=False, minimum_minor=100)
    late(actor, minor=10_000)
    held = services.charge(actor, through=FEBRUARY)
    assert (held.items, dict(held.waiting)) == (0, {"below_minimum": 1})
    assert totals(services.charge(actor, through=MARCH)) == {"interest": (122, 0)}


def test_only_what_policy_covers_is_charged(actor: Actor) -> None:
    with_interest(actor, since="2026-01-31")
    late(actor, "IN")
    late(actor, "BEFORE", due_on=date(2026, 1, 30))
    late(actor, "NOT-YET", due_on=MARCH)
    late(actor, "NO-LAW", customer_id=a_customer(actor, "C-CH", country="CH"))
    result = services.charge(actor, through=MARCH)
    assert (result.items, dict(result.waiting)) == (1, {"no_law": 1})
    rows = charge_queries.charge_listing(actor.company_id).rows
    assert {row.invoice_number for row in rows} == {"IN"}


def test_every_country_by_its_law(actor: Actor) -> None:
    with_interest(actor)
    policies.load_reference_rates(
        [("bbk_base", date(2026, 1, 1), Decimal(1)), ("boe_base", date(2026, 1, 1), Decimal(4))],
        source="test",
    )
    for country, currency in (("DE", "EUR"), ("FR", "EUR"), ("GB", "GBP"), ("GB", "EUR")):
        number = f"{country}-{currency}"
        late(actor, number, currency=currency,
             customer_id=a_customer(actor, f"C-{number}", country=country))  # fmt: skip
    services.charge(actor, through=MARCH)
    found = {
        (row.invoice_number, row.kind): (row.law, row.minor, row.currency)
        for row in charge_queries.charge_listing(actor.company_id).rows
    }
    assert found == {
        ("DE-EUR", "interest"): ("DE", 12_055, "EUR"),
        ("DE-EUR", "compensation"): ("DE", 4_000, "EUR"),
        ("FR-EUR", "interest"): ("FR", 14_647, "EUR"),
        ("FR-EUR", "compensation"): ("FR", 4_000, "EUR"),
        ("GB-GBP", "interest"): ("UK", 14_466, "GBP"),
        ("GB-GBP", "compensation"): ("UK", 10_000, "GBP"),
        ("GB-EUR", "interest"): ("UK", 14_466, "EUR"),  # bands in pounds are not guessed in euro
    }


def test_a_consumer_is_charged_by_the_law_for_consumers_or_not_at_all(actor: Actor) -> None:
    """The directive and its kin bind businesses; Germany gives 5 points and no compensation."""
    with_interest(actor)
    policies.load_reference_rates([("bbk_base", date(2026, 1, 1), Decimal(1))], source="test")
    for country in ("NL", "DE"):
        for buys_as in ("", "business", "consumer"):
            late(actor, f"{country}-{buys_as}", customer_id=a_customer(
                actor, f"C-{country}-{buys_as}", country=country, buys_as=buys_as))  # fmt: skip
    result = services.charge(actor, through=MARCH)
    assert dict(result.waiting) == {"consumer": 1}
    found = {
        (row.invoice_number, row.kind): row.minor
        for row in charge_queries.charge_listing(actor.company_id).rows
    }
    # 1,000,000 × 6 % × 44 / 365
    assert found == {
        ("NL-", "interest"): THROUGH_MARCH, ("NL-", "compensation"): 4_000,
        ("NL-business", "interest"): THROUGH_MARCH, ("NL-business", "compensation"): 4_000,
        ("DE-", "interest"): 12_055, ("DE-", "compensation"): 4_000,
        ("DE-business", "interest"): 12_055, ("DE-business", "compensation"): 4_000,
        ("DE-consumer", "interest"): 7_233,
    }  # fmt: skip


def test_an_agreed_rate_holds_against_consumers_without_compensation(actor: Actor) -> None:
    with_interest(actor, agreed_percent="5")
    customer_id = a_customer(actor, "C-NL", country="NL", buys_as="consumer")
    item_id = late(actor, "NL-1", customer_id=customer_id)
    assert totals(services.charge(actor, through=MARCH)) == {"interest": (6_027, 0)}
    assert item_id


def test_a_business_that_turns_out_a_consumer_gets_the_compensation_back(actor: Actor) -> None:
    with_interest(actor, mode="post")
    policies.load_reference_rates([("bbk_base", date(2026, 1, 1), Decimal(1))], source="test")
    customer_id = a_customer(actor, "C-DE", country="DE")
    late(actor, "DE-1", customer_id=customer_id)
    services.charge(actor, through=FEBRUARY)
    customers.edit(actor, customer_id, changes={"buys_as": "consumer"})
    assert totals(services.charge(actor, through=MARCH)) == {
        "interest": (0, 438), "compensation": (0, 4_000),
    }  # fmt: skip
    dutch = a_customer(actor, "C-NL", country="NL")
    late(actor, "NL-1", customer_id=dutch)
    services.charge(actor, through=MARCH)
    customers.edit(actor, dutch, changes={"buys_as": "consumer"})
    assert totals(services.charge(actor, through=MARCH)) == {
        "interest": (0, THROUGH_MARCH), "compensation": (0, 4_000),
    }  # fmt: skip
    assert totals(services.charge(actor, through=MARCH)) == {}
    assert insight.prove(actor.company_id) == []


def test_a_missing_rate_refuses_the_whole_run(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    with_interest(actor)
    late(actor, "NL")
    late(actor, "DE", customer_id=a_customer(actor, "C-DE", country="DE"))
    later = actor_of(actor.company_id, today=date(2027, 2, 1))
    policies.load_reference_rates([("ecb_mro", date(2027, 1, 1), Decimal(2))], source="test")
    with pytest.raises(Refused) as refused:
        services.charge(later, through=date(2027, 1, 31))
    assert refused.value.code == "reference_rate_missing"
    assert refused.value.context == {"reference": "bbk_base", "valid_on": "2027-01-01"}
    assert charges(actor) == []


@pytest.mark.parametrize(
    ("given", "through", "code"),
    [
        ({"mode": "off"}, MARCH, "interest_off"),
        ({}, date(2026, 3, 17), "interest_ahead"),
        ({}, date(2026, 2, 27), "interest_charged_later"),
    ],
)
def test_runs_that_policy_or_time_forbid(
    actor: Actor, given: dict[str, Any], through: date, code: str
) -> None:
    with_interest(actor, **given)
    late(actor)
    if code == "interest_charged_later":
        services.charge(actor, through=FEBRUARY)
    before = charges(actor)
    with pytest.raises(Refused) as refused:
        services.charge(actor, through=through)
    assert refused.value.code == code
    assert charges(actor) == before


def test_nothing_is_posted_where_the_erp_is_the_book(actor: Actor) -> None:
    with_interest(actor, mode="post")
    late(actor)
    controls.set_book(actor, book="erp")
    with pytest.raises(Refused) as refused:
        services.charge(actor, through=MARCH)
    assert refused.value.code == "book_is_erp"
    assert charges(actor) == []


# Waiving


def test_a_waiver_needs_a_reason_the_role_and_something_that_stands(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    with_interest(actor, mode="post")
    late(actor)
    services.charge(actor, through=MARCH)
    ids = [row.id for row in charge_queries.charge_listing(actor.company_id).rows]
    manager = actor_of(actor.company_id, role="manager", name="Mia")
    before = books(actor)
    with pytest.raises(Invalid) as nameless:
        services.waive(manager, ids, reason="  ")
    assert (nameless.value.code, nameless.value.place.field) == ("reason_missing", "reason")
    for role in ("collector", "resolver", "analyst", "auditor", "administrator", "cash_applier"):
        with pytest.raises(Refused) as refused:
            services.waive(actor_of(actor.company_id, role=role), ids, reason="goodwill")
        assert refused.value.code == "not_permitted"
    with pytest.raises(NotFound):
        services.waive(manager, [*ids, 10**9], reason="goodwill")
    with pytest.raises(NotFound):
        services.waive(actor_of(founded("other").id), ids, reason="goodwill")
    assert books(actor) == before
    assert services.waive(manager, ids, reason="goodwill") == 2
    assert "interest" not in books(actor)
    assert "compensation" not in books(actor)
    assert queries.invoice(actor.company_id, "LI-2026-000001").open_minor == 0
    waivers = Charge.objects.filter(act="waiver").values_list("reason", "recorded_by")
    assert set(waivers) == {("goodwill", "Mia")}
    with pytest.raises(Conflict):
        services.waive(manager, ids[:1], reason="again")
    assert insight.prove(actor.company_id) == []


def test_a_waiver_is_not_charged_again_and_not_taken_back_twice(actor: Actor) -> None:
    with_interest(actor)
    item_id = late(actor)
    services.charge(actor, through=FEBRUARY)
    ids = [row.id for row in charge_queries.charge_listing(actor.company_id).rows]
    services.waive(actor, ids, reason="goodwill")
    result = services.charge(actor, through=MARCH)
    assert totals(result) == {"interest": (THROUGH_MARCH - THROUGH_FEBRUARY, 0)}
    pay(actor, item_id, 1_000_000, on=date(2026, 1, 30))
    back = services.charge(actor, through=MARCH)
    assert totals(back) == {"interest": (0, THROUGH_MARCH - THROUGH_FEBRUARY)}
    assert all(row.left_minor == 0 for row in charge_queries.charge_listing(actor.company_id).rows)


def test_a_charge_is_waived_not_credited(actor: Actor) -> None:
    with_interest(actor, mode="post")
    late(actor)
    services.charge(actor, through=MARCH)
    before = books(actor)
    with pytest.raises(Invalid) as refused:
        services.credit(
            actor, "LI-2026-000001", issued_on=MARCH, net_minor=100, reason="by mistake"
        )
    assert refused.value.code == "charge_is_waived"
    assert books(actor) == before


def test_only_a_manager_charges_and_another_company_sees_nothing(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    with_interest(actor)
    late(actor)
    with pytest.raises(Refused):
        services.charge(actor_of(actor.company_id, role="collector"), through=MARCH)
    services.charge(actor_of(actor.company_id, role="manager"), through=MARCH)
    other = founded("other")
    assert charge_queries.charge_listing(other.id).total == 0
    assert charge_queries.memos(other.id) == []
    assert charge_queries.charged(other.id) == []


def test_the_charge_is_in_the_audit_trail(actor: Actor) -> None:
    with_interest(actor)
    late(actor)
    services.charge(actor, through=MARCH)
    entry = AuditEntry.objects.get(company_id=actor.company_id, command="invoices.charge")
    assert entry.arguments == {"through": "2026-03-16"}
