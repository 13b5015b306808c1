"""A card is learned from our own customers: who was known then, and who failed within a year."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from creditdesk.assessment import own_history, queries, services
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.faces.cli import cards as cli
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.plumbing import sql
from tests.orders.verbs import a_customer


def billed(desk: Actor, rows: list[tuple[int, date, int | None]]) -> None:
    """Invoices of 30 days, due on a day and paid so many days later; None is unpaid still."""
    new = [
        NewInvoice(
            customer_id=customer, number=f"H-{n}", issued_on=due - timedelta(days=30),
            currency="EUR", net_minor=10_000, tax_minor=0, due_on=due,
        )
        for n, (customer, due, _) in enumerate(rows)
    ]  # fmt: skip
    invoices.record(desk, new)
    for n, (_, due, late) in enumerate(rows):
        if late is not None:  # how it was paid is nothing to this query, only when
            sql.execute(
                "UPDATE invoices_item SET settled_on = %s, open_minor = 0 WHERE invoice_id ="
                " (SELECT id FROM invoices_invoice WHERE company_id = %s AND number = %s)",
                [due + timedelta(days=late), desk.company_id, f"H-{n}"],
            )


def test_what_was_known_on_the_day_and_what_came_after(desk: Actor) -> None:
    then = desk.today - timedelta(days=365)
    good, bad, over, long_ago, new = (a_customer(desk, f"C-{n}") for n in range(5))
    billed(
        desk,
        [
            (good, then - timedelta(days=40), 10), (good, then + timedelta(days=60), 89),
            (bad, then - timedelta(days=40), 20), (bad, then + timedelta(days=60), None),
            (over, then - timedelta(days=100), None),
            (long_ago, then - timedelta(days=300), 0),
            (new, then + timedelta(days=90), None),
        ],
    )  # fmt: skip
    found = dict(
        zip(
            own_history.read(desk.company_id, desk.today).firms,
            zip(
                own_history.read(desk.company_id, desk.today).bad,
                own_history.read(desk.company_id, desk.today).points,
                strict=True,
            ),
            strict=True,
        )
    )
    assert {firm: one[0] for firm, one in found.items()} == {
        str(good): 0, str(bad): 1, str(long_ago): 0,
    }  # fmt: skip
    assert found[str(good)][1]["own.days_late"] == Decimal("10.0")
    assert found[str(bad)][1]["own.days_late"] == Decimal("20.0")
    assert found[str(good)][1]["own.months_known"] == Decimal(2)


def test_too_few_failures_are_refused_and_the_run_says_so(
    desk: Actor, actor_of: Callable[..., Actor], capsys: pytest.CaptureFixture[str]
) -> None:
    then = desk.today - timedelta(days=365)
    billed(desk, [(a_customer(desk), then - timedelta(days=40), 10)])
    with pytest.raises(Refused) as caught:
        services.fit_own(desk)
    assert caught.value.code == "fitting_lacks_outcomes"
    with pytest.raises(Refused) as denied:
        services.ask_fit(actor_of(desk.company_id, role="analyst"))
    assert denied.value.code == "not_permitted"
    run = services.ask_fit(desk)
    with pytest.raises(Conflict) as twice:
        services.ask_fit(desk)
    assert twice.value.code == "fitting_waits_already"
    services.work_fit(desk, run)
    services.work_fit(desk, run)
    [told] = queries.runs(desk.company_id)
    assert (told.state, told.code, told.good, told.bad) == (
        "refused", "fitting_lacks_outcomes", 1, 0,
    )  # fmt: skip
    assert queries.cards(desk.company_id) == []
    assert cli.show(company="acme") == 0
    assert capsys.readouterr().out == "No scorecard was learned yet.\n"


def test_a_card_is_learned_from_who_paid_late_and_is_its_askers(
    desk: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    pick = random.Random(5)
    then = desk.today - timedelta(days=365)
    ids = customers.create(
        desk,
        new=[NewCustomer(number=f"L-{n}", name=f"L {n}", currency="EUR") for n in range(300)],
    )
    rows: list[tuple[int, date, int | None]] = []
    for customer in ids:
        risk = pick.random()
        rows.append((customer, then - timedelta(days=100), int(risk * 60)))
        late = 120 if pick.random() < risk**2 else 5
        rows.append((customer, then + timedelta(days=100), late))
    billed(desk, rows)
    run = services.ask_fit(replace(desk, name="maker"))
    services.work_fit(desk, run)
    [told] = queries.runs(desk.company_id)
    assert (told.state, told.good + told.bad) == ("done", 300)
    [row] = queries.cards(desk.company_id)
    assert (row.id, row.recorded_by) == (told.card_id, "maker")
    assert [one.point for one in row.card.factors] == ["own.days_late"]
    held = row.measures["held_out"]
    assert held["auc"] > 0.65
    assert held["firms"] + row.measures["learned"]["firms"] == 300
    assert set(row.measures) == {"learned", "held_out", "calibration", "psi"}
    with pytest.raises(Refused) as caught:
        services.approve_card(replace(desk, name="maker"), row.id, valid_from=desk.today)
    assert caught.value.code == "card_approved_by_its_maker"
    cli.show(company="acme")
    cli.approve(card=row.id, valid_from="2099-01-01", company="acme")
    waits, counts = capsys.readouterr().out.splitlines()
    assert waits.startswith(f"{row.id}: learned 1, AUC 0.")
    assert waits.endswith("; waits for approval")
    assert counts.endswith("; counts from 2099-01-01, approved by command line")
