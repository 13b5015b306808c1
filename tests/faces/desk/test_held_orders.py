"""The queue of held orders, its clocks and notes, the decision page, and the check by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.assessment.cases.papers import SIZE_MAX
from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.credit.services import NewGuarantee
from creditdesk.kernel.actor import Actor
from creditdesk.orders import condition_queries, paper_queries, queries, services, wait_queries
from creditdesk.orders.services import Choice
from creditdesk.plumbing import sql
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import key_of, rows, words
from tests.orders import verbs
from tests.orders.test_authority import ruled
from tests.treasury.people import person


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


PDF = b"%PDF-1.4\n%%EOF\n"


def test_sales_attach_what_was_asked_for_and_the_analyst_opens_it(
    signed_in: SignedIn, held: Actor
) -> None:
    sales, analyst = signed_in("sales"), signed_in("analyst")
    assert "Attach it" in words(sales.get("/orders/SO-1/"))
    given = {"file": SimpleUploadedFile("proof.pdf", PDF)}
    said = sales.post("/orders/SO-1/papers", given, follow=True)
    assert "The paper is with the order" in words(said)
    page = words(analyst.get("/orders/SO-1/"))
    assert "proof.pdf" in page
    assert "Paper attached proof.pdf" in page
    [row] = rows(analyst.get("/held-orders/"))
    assert row.endswith("1 paper")
    order = queries.order(held.company_id, "SO-1")
    [paper] = paper_queries.papers(held.company_id, order.id)
    got = analyst.get(f"/orders/SO-1/papers/{paper.id}")
    assert got.content == PDF
    assert got["Content-Disposition"] == 'attachment; filename="proof.pdf"'
    assert (got["Content-Type"], got["X-Content-Type-Options"]) == (
        "application/octet-stream", "nosniff",
    )  # fmt: skip
    assert analyst.get(f"/orders/SO-1/papers/{paper.id + 1}").status_code == 404


def test_what_is_no_paper_is_said_and_not_kept(signed_in: SignedIn, held: Actor) -> None:
    sales = signed_in("sales")
    for given, said in (
        ({}, "Nothing was chosen"),
        ({"file": SimpleUploadedFile("proof.exe", PDF)}, "The file is no PDF"),
        ({"file": SimpleUploadedFile("proof.pdf", b"%PDF-" + b"x" * SIZE_MAX)}, "larger than 10"),
    ):
        answer = sales.post("/orders/SO-1/papers", given, follow=True)
        assert said in words(answer), said
    order = queries.order(held.company_id, "SO-1")
    assert paper_queries.papers(held.company_id, order.id) == []


def test_past_its_goal_it_is_the_managers_at_once(manager: Client, held: Actor) -> None:
    sql.execute("UPDATE orders_wait SET due_at = %s", [held.at - timedelta(minutes=5)])
    [row] = rows(manager.get("/held-orders/"))
    assert row.endswith("with the credit manager")


def test_against_instalments_it_ships_and_the_page_shows_the_plan(
    manager: Client, held: Actor
) -> None:
    page = words(manager.get("/orders/SO-1/decide"))
    assert "Ship against an instalment plan" in page
    assert "A plan for what is too much proposed" in page
    given = {
        "way": "plan", "plan": "200.00", "parts": "2", "plan_from": "2026-03-23",
        "reason": "known", "seen": "",
    }  # fmt: skip
    assert manager.post("/orders/SO-1/decide", given).status_code == 303
    page = words(manager.get("/orders/SO-1/"))
    assert "To be paid by instalments 200 .00 EUR 23 Mar 2026 100 .00 EUR" in page
    assert "State still to be paid" in page


def test_who_comes_second_is_told_what_was_decided(manager: Client, held: Actor) -> None:
    seen = queries.latest_decision(queries.order(held.company_id, "SO-1").id).id
    first = replace(held, name="maren")
    given = {"way": "release", "reason": "known", "seen": str(seen)}
    terms = Choice(way="part_payment", reason="pay first", minor=1_000, pay_by=held.today)
    services.choose(first, "SO-1", terms)
    answer = manager.post("/orders/SO-1/decide", given, follow=True)
    assert answer.redirect_chain == [("/orders/SO-1/", 303)]
    said = words(answer)
    assert "was decided meanwhile by maren" in said
    assert "It stands as: Ship against part payment, by maren. pay first" in said
    assert queries.order(held.company_id, "SO-1").status == "held"
    services.choose(first, "SO-1", Choice(way="refuse", reason="too much"))
    answer = manager.post("/orders/SO-1/decide", given, follow=True)
    assert "It stands as: Refuse it, by maren. too much" in words(answer)
    assert len(queries.decisions(held.company_id)) == 3


def test_the_page_says_what_is_covered(manager: Client, held: Actor) -> None:
    assert "Nobody answers for this customer" in words(manager.get("/orders/SO-1/decide"))
    customer = queries.order(held.company_id, "SO-1").customer_id
    credit_services.add_guarantee(
        held,
        NewGuarantee(
            customer_id=customer, kind="bank", guarantor="Nord", minor=45_000, currency="EUR",
            valid_from=held.today,
        ),
        filename="bond.pdf", content=PDF,
    )  # fmt: skip
    page = words(manager.get("/orders/SO-1/decide"))
    assert "A guarantor would pay 450 .00 EUR Of that for this order 250 .00 EUR" in page
    assert "all of it ships now 400 .00 – 600 .00 100 .00 150 .00 80 .00" in page


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


def test_what_others_must_approve_is_said_before_and_what_waits_after(
    manager: Client, held: Actor
) -> None:
    ruled(held, {"subject": "order_release", "alone_minor": 20_000, "second_minor": 30_000})
    page = words(manager.get("/orders/SO-1/decide"))
    assert "Release it all of it ships now 400 .00 – 600 .00 100 .00 80 .00 2" in page
    assert "nobody else here may: it would wait" in page
    person(held, "olga", "manager")
    person(held, "nele", "analyst")
    told = "others must approve what is marked so, before anything ships: Olga."
    assert told in words(manager.get("/orders/SO-1/decide"))
    preview = words(manager.post("/orders/SO-1/release", {"reason": "an old customer"}))
    assert "Others who must approve it 2" in preview
    assert "It ships once they approved it. Who may: Olga." in preview
    assert "Ask to release it" in preview
    given = {"reason": "an old customer", "confirmed": "yes"}
    assert "waits for approval" in words(manager.post("/orders/SO-1/release", given, follow=True))
    assert queries.order(held.company_id, "SO-1").status == "held"
    for address in ("/orders/SO-1/", "/orders/SO-1/decide"):
        page = words(manager.get(address))
        assert "asked to let it ship" in page
        assert "waits for 2 other people." in page
    services.release(held, "SO-1", "the bank answers for it")
    assert "asked to let it ship" not in words(manager.get("/orders/SO-1/"))


def test_a_part_that_one_person_lets_ship_alone_asks_nobody(manager: Client, held: Actor) -> None:
    ruled(held, {"subject": "order_release", "alone_minor": 30_000})
    page = words(manager.get("/orders/SO-1/decide"))
    assert "Release it all of it ships now 400 .00 – 600 .00 100 .00 80 .00 1" in page
    assert "as much as still fits the limit; ask about the rest anew 300 .00 – 500 .00 – 60" in page
    assert "500 .00 – 60 .00 – Refuse it" in page


def test_without_a_row_one_person_decides_alone_and_is_told_so(
    manager: Client, held: Actor
) -> None:
    assert "By policy one person decides this alone." in words(manager.get("/orders/SO-1/decide"))
    preview = words(manager.post("/orders/SO-1/release", {"reason": "an old customer"}))
    assert "By policy one person decides this alone." in preview
    assert "Others who must approve it" not in preview
    assert queries.order(held.company_id, "SO-1").status == "held"
