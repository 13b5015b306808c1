"""The queue of held orders, its clocks and notes, the decision page, and the check by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from creditdesk.credit import queries as credit
from creditdesk.kernel.actor import Actor
from creditdesk.orders import condition_queries, queries, services, wait_queries
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import key_of, rows, words
from tests.orders import verbs


@pytest.fixture
def held(desk: Actor) -> Actor:
    """SO-1 is held: over the limit, and something is 45 days late."""
    customer = verbs.a_customer(desk, limit=50_000)
    late_since = desk.today - timedelta(days=45)
    verbs.an_invoice(desk, customer, 20_000, due_on=late_since)
    services.check(
        desk, customer_number="C-1", order_reference="SO-1", currency="EUR", total_minor=40_000,
        placed_on=desk.today, margin_minor=8_000,
    )  # fmt: skip
    return desk


def test_the_queue_says_what_holds_it_and_how_much_time_is_left(
    manager: Client, held: Actor
) -> None:
    [row] = rows(manager.get("/held-orders/"))
    assert row.startswith("SO-1 Customer C-1 400 .00 EUR Limit 4 h 00 min left")
    services.pause(held, "SO-1", "asked the bank")
    [row] = rows(manager.get("/held-orders/"))
    assert row.endswith("stopped, 4 h 00 min left asked the bank")
    services.resume(held, "SO-1")
    services.ask(held, "SO-1", "the truck is here")
    [row] = rows(manager.get("/held-orders/"))
    assert row.endswith("sales ask for a decision")


def test_an_empty_queue_says_so(manager: Client, desk: Actor) -> None:
    assert "No order is held" in words(manager.get("/held-orders/"))
    assert "No held order was decided" in words(manager.get("/held-orders/turnaround/"))


def test_each_way_stands_with_what_it_comes_to(manager: Client, held: Actor) -> None:
    page = words(manager.get("/orders/SO-1/decide"))
    for told in (
        "Release it all of it ships now 400 .00 – 600 .00 100 .00 80 .00",
        (
            "Ship against part payment it stays held until that much came in, then it is released"
            " by itself 400 .00 200 .00 400 .00 – 80 .00"
        ),
        (
            "Ship a part as much as still fits the limit; ask about the rest anew 300 .00 –"
            " 500 .00 – 60 .00"
        ),
        "Refuse it nothing ships 0 .00 – 200 .00 – 0 .00",
        "Oldest late 45 days at most 30 days",
    ):
        assert told in page, told
    assert len(queries.decisions(held.company_id)) == 1


def test_against_part_payment_it_waits_and_the_page_says_for_what(
    manager: Client, held: Actor
) -> None:
    key = key_of(manager, "/orders/SO-1/decide")
    given = {
        "way": "part_payment", "pay": "200.00", "pay_by": "2026-03-23", "reason": "known",
        "key": key,
    }  # fmt: skip
    for _ in range(2):
        response = manager.post("/orders/SO-1/decide", given)
        assert (response.status_code, response["Location"]) == (303, "/orders/SO-1/")
    page = words(manager.get("/orders/SO-1/"))
    assert "To be paid first 200 .00 EUR Until 23 Mar 2026 State still to be paid" in page
    [row] = rows(manager.get("/held-orders/"))
    assert row.endswith("waits for 200.00 EUR until 23 Mar 2026")
    order = queries.order(held.company_id, "SO-1")
    assert len(condition_queries.conditions(held.company_id, order.id)) == 1


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"way": "release"}, 422, "The text is empty"),
        ({"reason": "known"}, 422, "That is no way to decide an order"),
        ({"way": "part_payment", "pay": "x", "reason": "known"}, 422, "is no amount"),
        ({"way": "part_payment", "pay": "1", "pay_by": "2026-03-15", "reason": "known"}, 422,
         "That day is past"),
        ({"way": "ship_part", "ship": "400.00", "reason": "known"}, 422, "no part of the order"),
    ],
)  # fmt: skip
def test_a_choice_that_makes_no_sense_is_said_and_changes_nothing(
    manager: Client, held: Actor, given: dict[str, str], status: int, said: str
) -> None:
    response = manager.post("/orders/SO-1/decide", given)
    assert response.status_code == status
    assert said in words(response)
    assert queries.order(held.company_id, "SO-1").status == "held"
    assert len(queries.decisions(held.company_id)) == 1


def test_a_refused_order_says_who_refused_it(manager: Client, held: Actor) -> None:
    manager.post("/orders/SO-1/decide", {"way": "refuse", "reason": "too much at once"})
    page = words(manager.get("/orders/SO-1/"))
    assert "Refused" in page
    assert "too much at once" in page
    assert rows(manager.get("/orders/?status=refused"))[0].startswith("SO-1")
    assert manager.get("/orders/SO-1/decide").status_code == 303
    told = words(manager.get("/held-orders/turnaround/"))
    assert "By the rule that held them" in told
    assert "Limit 1 0 min 0 min 0 min 1" in told


def test_sales_say_what_speaks_for_it_and_ask(signed_in: SignedIn, held: Actor) -> None:
    sales = signed_in("sales")
    page = words(sales.get("/orders/SO-1/"))
    assert "Ask for a decision" in page
    assert "Stop the clock" not in page
    sales.post("/orders/SO-1/note", {"text": "they paid yesterday"})
    sales.post("/orders/SO-1/note", {"text": "the truck is here", "ask": "yes"})
    page = words(sales.get("/orders/SO-1/"))
    assert "Comment they paid yesterday" in page
    assert "Asked for a decision the truck is here" in page
    assert sales.post("/orders/SO-1/pause", {"reason": "x"}).status_code == 403
    assert sales.get("/orders/SO-1/decide").status_code == 403
    order = queries.order(held.company_id, "SO-1")
    kinds = [one.kind for one in wait_queries.notes(held.company_id, order.id)]
    assert kinds == ["asked", "comment"]


def test_the_clock_is_stopped_and_runs_again(manager: Client, held: Actor) -> None:
    manager.post("/orders/SO-1/pause", {"reason": "asked the bank"})
    page = words(manager.get("/orders/SO-1/"))
    assert "stopped, 4 h 00 min left asked the bank Let it run again" in page
    again = manager.post("/orders/SO-1/pause", {"reason": "again"}, follow=True)
    assert "does not run" in words(again)
    manager.post("/orders/SO-1/resume")
    assert "Stop the clock" in words(manager.get("/orders/SO-1/"))


def test_an_order_is_checked_by_hand(manager: Client, desk: Actor) -> None:
    verbs.a_customer(desk, limit=50_000)
    given = {
        "customer_number": "C-1", "order_reference": "SO-9", "total": "400.00", "currency": "EUR",
        "terms": "net60", "margin": "80.00",
    }  # fmt: skip
    page = words(manager.post("/order-check/", given, follow=True))
    assert "SO-9: Accepted" in page
    assert "Better terms than the customer’s own net60 net30" in page
    assert sum(one.minor for one in credit.reservations(desk.company_id)) == 40_000
    again = manager.post("/order-check/", {**given, "total": "500.00"})
    assert (again.status_code, "with another customer or amount" in words(again)) == (409, True)
    wrong = manager.post("/order-check/", {**given, "order_reference": "SO-10", "total": "x"})
    assert (wrong.status_code, "is no amount" in words(wrong)) == (422, True)
    unknown = manager.post(
        "/order-check/", {**given, "order_reference": "S", "customer_number": "?"}
    )
    assert unknown.status_code == 409
    assert len(queries.orders(desk.company_id)) == 1
