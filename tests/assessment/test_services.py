"""Statements are kept beside each other, scored by the card in force, and replay to the digit."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError, transaction

from creditdesk.assessment import queries, services, shipped
from creditdesk.assessment.rules import RATIOS, sheet_of
from creditdesk.assessment.services import NewStatement
from creditdesk.controls import services as controls
from creditdesk.controls.privacy import services as privacy
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import queries as import_queries
from creditdesk.plumbing.imports import services as imports
from tests.assessment.test_statement_rules import PAPER
from tests.orders.verbs import a_customer, an_invoice
from tests.support.fixtures import TODAY

YEAR = date(2025, 12, 31)


def stated(
    desk: Actor,
    customer_id: int,
    changes: Mapping[str, int] | None = None,
    *,
    ended: date = YEAR,
    industry: str = "46",
) -> int:
    typed = {code: Decimal(value) for code, value in {**PAPER, **(changes or {})}.items()}
    sheet = sheet_of(typed, period_end=ended, months=12, currency="EUR", unit=1_000)
    row = NewStatement(customer_id=customer_id, sheet=sheet, industry=industry)
    return services.record_statements(desk, [row])


def counted(table: str) -> int:
    return int(sql.scalar(f"SELECT count(*) FROM assessment_{table}"))


def test_a_correction_counts_and_what_it_corrects_stays(desk: Actor) -> None:
    customer = a_customer(desk)
    stated(desk, customer)
    stated(desk, customer, {"retained_earnings": 500})
    stated(desk, customer, {"retained_earnings": 400}, ended=date(2024, 12, 31))
    rows = queries.statements(desk.company_id, customer)
    assert [(row.period_end.year, row.spread.amounts["retained_earnings"]) for row in rows] == [
        (2024, 40_000_000),
        (2025, 50_000_000),
    ]
    assert counted("financialstatement") == 3


@pytest.mark.parametrize(
    ("changes", "ended", "code"),
    [
        ({"equity": 900}, YEAR, "financials_do_not_add_up"),
        ({}, TODAY + timedelta(days=1), "statement_in_future"),
    ],
)
def test_what_cannot_stand_is_refused_with_all_that_came_along(
    desk: Actor, changes: Mapping[str, int], ended: date, code: str
) -> None:
    customer = a_customer(desk)
    with pytest.raises(Invalid) as caught:
        stated(desk, customer, changes, ended=ended)
    assert caught.value.code == code
    assert counted("financialstatement") == 0


def test_an_empty_statement_and_a_strange_customer_are_refused(desk: Actor) -> None:
    empty = sheet_of({}, period_end=YEAR, months=12, currency="EUR")
    with pytest.raises(Invalid) as caught:
        services.record_statements(
            desk, [NewStatement(customer_id=a_customer(desk), sheet=empty)]
        )  # fmt: skip
    assert caught.value.code == "statement_empty"
    with pytest.raises(NotFound):
        stated(desk, 10**12)
    assert counted("financialstatement") == 0


def test_an_assessment_keeps_everything_and_replays(desk: Actor) -> None:
    customer = a_customer(desk)
    stated(desk, customer, {"revenue": 2_500, "cost_of_sales": 1_600}, ended=date(2024, 12, 31))
    stated(desk, customer)
    done = services.assess(desk, "C-1")
    # equity 0.5: 100 × .16; Z″ 4.676: 85 × .14; EBITDA to liabilities 0.38: 85 × .14; cover 7.5:
    # 85 × .09; current 2: 100 × .09; income 0.1: 100 × .08; growth 1.2: 100 × .05;
    # receivables 58 days: 75 × .04; no losses: 100 × .04. Days late and debt to income left out:
    # the sum of 76.45 over the 0.83 known.
    assert (done.grade, done.total) == ("A", Decimal("92.11"))
    assert done.policy_version == 1
    assert len(done.statement_ids) == 2
    assert queries.card(desk.company_id, done.card_id).card == shipped.expert_card()
    assert [one["point"] for one in done.result["reasons"]] == [
        "z_services", "ebitda_to_liabilities.now", "interest_cover.now", "receivable_days.now",
    ]  # fmt: skip
    assert services.replay(desk.company_id, done.id)


def test_an_assessment_stands_when_statements_change_later(desk: Actor) -> None:
    customer = a_customer(desk)
    stated(desk, customer)
    first = services.assess(desk, "C-1")
    stated(desk, customer, {"retained_earnings": -900, "net_income": -300})
    second = services.assess(desk, "C-1")
    assert second.total < first.total
    assert services.replay(desk.company_id, first.id)
    assert services.replay(desk.company_id, second.id)
    assert [one.id for one in queries.assessments(desk.company_id, customer)] == [
        second.id, first.id,
    ]  # fmt: skip
    assert counted("storedcard") == 1


def test_of_whom_nothing_is_known_nothing_is_kept(desk: Actor) -> None:
    a_customer(desk)
    with pytest.raises(Refused) as caught:
        services.assess(desk, "C-1")
    assert caught.value.code == "score_lacks_data"
    assert (counted("assessment"), counted("storedcard")) == (0, 0)


def test_an_unpaid_invoice_makes_our_own_experience_worse_every_day(desk: Actor) -> None:
    customer = a_customer(desk)
    an_invoice(desk, customer, 10_000, due_on=TODAY - timedelta(days=20))
    an_invoice(desk, customer, 30_000, number="INV-2", due_on=TODAY + timedelta(days=20))
    found = {
        days: queries.points(desk.company_id, customer, on=TODAY + timedelta(days=days), years=[])[
            "own.days_late"
        ]
        for days in (0, 10, 30)
    }
    assert found == {0: Decimal("20.0"), 10: Decimal("30.0"), 30: Decimal("20.0")}
    now = queries.points(desk.company_id, customer, on=TODAY, years=[])
    assert now["own.overdue_percent"] == Decimal("25.0")


@pytest.mark.parametrize(
    "table", ["financialstatement", "storedcard", "assessment"]
)  # fmt: skip
def test_what_was_kept_is_never_edited(desk: Actor, table: str) -> None:
    stated(desk, a_customer(desk))
    services.assess(desk, "C-1")
    name = f"assessment_{table}"
    for attempt in (f"UPDATE {name} SET company_id = company_id", f"DELETE FROM {name}"):
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            sql.execute(attempt)
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_medians_are_of_others_in_the_industry_and_never_of_too_few(desk: Actor) -> None:
    customers = [a_customer(desk, f"C-{n}") for n in range(5)]
    for n, customer in enumerate(customers):
        stated(desk, customer, {"current_assets": 1_000, "inventory": 350, "interest": 10 + 10 * n})
    stated(desk, a_customer(desk, "OTHER"), industry="62")
    found = queries.peers(desk.company_id, "46", besides=customers[0])
    assert found["interest_cover"] == Decimal("8.75")  # of 15, 10, 7.5 and 6
    assert "market_to_liabilities" not in found
    assert set(found) <= {one.code for one in RATIOS}
    assert queries.peers(desk.company_id, "62", besides=customers[0]) == {}
    assert queries.peers(desk.company_id, "", besides=customers[0]) == {}


def test_another_company_sees_nothing(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    customer = a_customer(desk)
    stated(desk, customer)
    done = services.assess(desk, "C-1")
    other = controls.found_company(
        "other", name="Other", currency="EUR", country="DE", timezone="Europe/Berlin",
        sender_email="o@example.com",
    )  # fmt: skip
    stranger = actor_of(other)
    assert queries.statements(other, customer) == []
    assert queries.assessments(other, customer) == []
    assert queries.cards(other) == []
    for call in (
        lambda: queries.assessment(other, done.id),
        lambda: queries.card(other, done.card_id),
        lambda: services.approve_card(stranger, done.card_id, valid_from=TODAY),
        lambda: services.assess(stranger, "C-1"),
        lambda: stated(stranger, customer),
    ):
        with pytest.raises(NotFound):
            call()


def test_statements_of_a_file_go_in_and_bad_rows_say_why(desk: Actor) -> None:
    a_customer(desk)
    lines = [
        "Customer;Year end;Currency;Unit;NACE;Total assets;Total liabilities;Equity;Turnover",
        "C-1;31.12.2025;EUR;1000;46;2.000,5;1.200,25;800,25;3.000",
        "C-1;31.12.2024;EUR;1000;46;2.000;1.200;100;3.000",
        "C-9;31.12.2025;EUR;1000;46;2.000;1.200;800;3.000",
        "C-1;31.12.2023;EUR;7;46;2.000;1.200;800;3.000",
    ]
    reference = imports.open_run(
        desk, kind="financial_statements", filename="f.csv", content="\n".join(lines).encode()
    )
    run = imports.load(desk, reference)
    assert (run.status, run.rows_accepted, run.rows_total) == ("done", 1, 4)
    found = import_queries.run(desk.company_id, reference)
    assert found.faults == {"financials_invalid": 2, "financials_customer_unknown": 1}
    customer = sql.scalar("SELECT id FROM customers_customer WHERE number = 'C-1'")
    [row] = queries.statements(desk.company_id, customer)
    assert row.spread.amounts["equity"] == 80_025_000
    assert (row.source, row.industry) == (reference, "46")


def history_file(count: int = 320) -> bytes:
    """Firms of which a fifth failed, mostly those with little equity and losses."""
    chance = random.Random(7)
    lines = ["company_id,fyear,total_assets,total_liabilities,net_income,status"]
    for n in range(count):
        fails = n % 5 == 0
        owed = chance.uniform(0.6 if fails else 0.2, 1.1 if fails else 0.9)
        income = chance.gauss(-0.1 if fails else 0.05, 0.08)
        lines.append(f"F{n},2024,1000,{1000 * owed:.2f},{1000 * income:.2f},{int(fails)}")
    return "\n".join(lines).encode()


def test_a_learned_card_counts_once_a_second_person_approved_it(desk: Actor) -> None:
    customer = a_customer(desk)
    stated(desk, customer)
    row = services.fit_card(desk, history_file())
    told = row.measures["held_out"]
    assert told["firms"] + row.measures["learned"]["firms"] == 320
    assert told["auc"] > 0.8
    assert told["gini"] == pytest.approx(2 * told["auc"] - 1)
    assert 0 < told["ks"] <= 1
    assert told["brier"] < 0.16
    assert 0 <= row.measures["psi"] < 0.5
    assert sum(one["count"] for one in row.measures["calibration"]) == told["firms"]
    assert queries.card_for(desk.company_id, TODAY) == shipped.expert_card()

    with pytest.raises(Refused) as caught:
        services.approve_card(desk, row.id, valid_from=TODAY)
    assert caught.value.code == "card_approved_by_its_maker"
    second = replace(desk, name="second")
    with pytest.raises(Invalid) as past:
        services.approve_card(second, row.id, valid_from=TODAY - timedelta(days=1))
    assert past.value.code == "card_from_the_past"
    assert counted("cardapproval") == 0

    tomorrow = TODAY + timedelta(days=1)
    services.approve_card(second, row.id, valid_from=tomorrow)
    with pytest.raises(Conflict) as again:
        services.approve_card(second, row.id, valid_from=tomorrow)
    assert again.value.code == "card_approved_already"
    assert queries.card_for(desk.company_id, TODAY) == shipped.expert_card()
    assert queries.card_for(desk.company_id, tomorrow) == row.card

    assert queries.next_version(desk.company_id, "learned") == row.card.version + 1 == 2
    before = services.assess(desk, "C-1")
    after = services.assess(replace(desk, today=tomorrow), "C-1")
    assert (before.result["score"]["card"], after.result["score"]["card"]) == ("expert", "learned")
    assert after.result["score"]["probability"] is not None
    assert services.replay(desk.company_id, before.id)
    assert services.replay(desk.company_id, after.id)


@pytest.mark.parametrize("content", [b"", b"company_id,fyear,status\nA,2020,1\n"])
def test_a_history_that_teaches_nothing_keeps_nothing(desk: Actor, content: bytes) -> None:
    with pytest.raises(DomainError):
        services.fit_card(desk, content)
    assert counted("storedcard") == 0


def test_figures_leave_past_the_years_of_letters_and_not_before(desk: Actor) -> None:
    customer = a_customer(desk)
    stated(desk, customer)
    done = services.assess(desk, "C-1")
    privacy.erase(desk, kind="customer", subject_id=customer)
    assert len(queries.statements(desk.company_id, customer)) == 1
    years = timedelta(days=366 * 11)
    later = replace(desk, today=TODAY + years, at=desk.at + years)
    privacy.erase(later, kind="customer", subject_id=customer)
    assert queries.statements(desk.company_id, customer) == []
    assert queries.assessments(desk.company_id, customer) == []
    assert counted("financialstatement") == counted("assessment") == 1
    with pytest.raises(NotFound):
        queries.assessment(desk.company_id, done.id)
