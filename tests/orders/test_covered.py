"""What insurers and guarantors would pay, weighed when an order is decided."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from creditdesk.credit import services as credit
from creditdesk.credit.services import NewCover, NewGuarantee, NewPolicy
from creditdesk.kernel.actor import Actor
from creditdesk.orders import queries, services
from creditdesk.orders.rules import Weighed, options
from creditdesk.orders.services import Choice
from creditdesk.policy.rules import OrderRules
from tests.orders.test_rules import SOUND
from tests.orders.verbs import a_customer, an_invoice, an_order
from tests.support.fixtures import TODAY

LONG_AGO = TODAY - timedelta(days=300)


def insured(desk: Actor, customer: int, minor: int, *, retention: int = 10) -> None:
    """An insurer covers the customer, with 50.00 to be borne first and 60 days of patience."""
    credit.add_policy(
        desk,
        NewPolicy(
            insurer="Meridian", number="P-1", currency="EUR", valid_from=LONG_AGO,
            valid_to=TODAY + timedelta(days=200), maximum_liability_minor=10**9,
            retention_percent=Decimal(retention), deductible_minor=5_000, extension_days=60,
            report_days=90,
        ),
    )  # fmt: skip
    cover = NewCover(
        policy_number="P-1", customer_id=customer, minor=minor, currency="EUR", valid_from=LONG_AGO
    )
    credit.record_covers(desk, [cover])


def guaranteed(desk: Actor, customer: int, minor: int) -> None:
    credit.add_guarantee(
        desk,
        NewGuarantee(
            customer_id=customer, kind="bank", guarantor="Nord", minor=minor, currency="EUR",
            valid_from=LONG_AGO,
        ),
        filename="bond.pdf", content=b"%PDF-1.4",
    )  # fmt: skip


def held(desk: Actor, *, owed: int = 20_000, days_late: int = 0, minor: int = 40_000) -> int:
    customer = a_customer(desk, limit=50_000)
    an_invoice(desk, customer, owed, due_on=TODAY - timedelta(days=days_late))
    an_order(desk, minor=minor)
    return customer


def test_nobody_answers(desk: Actor) -> None:
    held(desk)
    found = services.outlook(desk, "SO-1")
    assert found.cover is None
    assert found.weighed.covered_minor is None


def test_an_insurer_answers_less_retention_and_deductible(desk: Actor) -> None:
    customer = held(desk)
    insured(desk, customer, 45_000)
    found = services.outlook(desk, "SO-1")
    assert found.cover is not None
    # 20,000 owed come first, 25,000 are left for the order; 10 % and 5,000 are our own.
    assert found.cover.insured_minor == 45_000 - 4_500 - 5_000
    assert found.cover.order_minor == 35_500 - (20_000 - 2_000 - 5_000)
    assert found.cover.because == "beyond_cover"
    uncovered = {one.way: one.uncovered_minor for one in found.options}
    assert uncovered == {
        "release": 60_000 - 35_500, "part_payment": 50_000 - 35_500, "plan": 60_000 - 35_500,
        "ship_part": 50_000 - (13_000 + 16_875), "refuse": 20_000 - 13_000,
    }  # fmt: skip


def test_nothing_delivered_while_something_is_too_late_is_covered(desk: Actor) -> None:
    customer = held(desk, days_late=61)
    insured(desk, customer, 10**6)
    found = services.outlook(desk, "SO-1")
    assert found.cover is not None
    assert (found.cover.because, found.cover.order_minor) == ("delivered_while_overdue", 0)
    assert found.cover.insured_minor == 20_000 - 2_000 - 5_000


def test_a_guarantor_pays_what_insurers_leave(desk: Actor) -> None:
    customer = held(desk)
    insured(desk, customer, 45_000)
    guaranteed(desk, customer, 10_000)
    found = services.outlook(desk, "SO-1")
    assert found.cover is not None
    assert (found.cover.insured_minor, found.cover.guaranteed_minor) == (35_500, 10_000)
    # Before the order 7,000 of the 10,000 were enough.
    assert found.cover.order_minor == 45_500 - 20_000


def test_a_guarantee_alone(desk: Actor) -> None:
    customer = held(desk)
    guaranteed(desk, customer, 10**6)
    found = services.outlook(desk, "SO-1")
    assert found.cover is not None
    assert (found.cover.guaranteed_minor, found.cover.order_minor) == (60_000, 40_000)
    assert {one.uncovered_minor for one in found.options} == {0}


def test_what_was_weighed_is_kept(desk: Actor) -> None:
    customer = held(desk)
    insured(desk, customer, 45_000)
    services.choose(desk, "SO-1", Choice(way="refuse", reason="no"))
    last = queries.decisions(desk.company_id, "SO-1")[-1]
    assert last.inputs["weighed"] == {
        "left_minor": 40_000, "margin_minor": None, "covered_minor": 35_500,
        "covered_order_minor": 22_500, "not_covered_because": "beyond_cover",
    }  # fmt: skip


def test_what_does_not_ship_needs_no_cover() -> None:
    weighed = Weighed(facts=SOUND, left_minor=100, covered_minor=500, covered_order_minor=60)
    refuse = options(weighed, OrderRules())[-1]
    assert refuse.uncovered_minor == max(SOUND.exposure_minor - 440, 0)


def test_the_cover_of_another_customer_says_nothing(desk: Actor) -> None:
    held(desk)
    other = a_customer(desk, "C-2")
    insured(desk, other, 45_000)
    assert services.outlook(desk, "SO-1").cover is None
