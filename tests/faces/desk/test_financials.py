"""A customer's finances at the desk: typed in, shown over the years, scored, and cards approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from creditdesk.assessment import queries, services, shipped
from creditdesk.assessment.models import Assessment, FinancialStatement
from creditdesk.assessment.rules import measures as told
from creditdesk.assessment.rules import sheet_of
from creditdesk.assessment.services import NewStatement
from creditdesk.assessment.services import cards as card_services
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from tests.assessment.test_statement_rules import PAPER
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, words
from tests.invoices.people import a_customer

HERE = "/customers/C-1/financials"
SHEET = {
    "period_end": "2025-12-31", "months": "12", "currency": "eur", "unit": "1000",
    "quality": "audited", "industry": "46",
}  # fmt: skip
TYPED = {**SHEET, **{code: str(value) for code, value in PAPER.items()}}


@pytest.fixture
def analyst(signed_in: SignedIn, desk: Actor) -> Client:
    """A browser with an analyst signed in."""
    return signed_in("analyst")


def stated(desk: Actor, number: str, **changes: int) -> int:
    customer = customers.customer(desk.company_id, number).id
    for n, year in enumerate((2024, 2025)):
        typed = {code: Decimal(value) for code, value in {**PAPER, **changes}.items()}
        typed["retained_earnings"] += n * 100
        sheet = sheet_of(
            typed, period_end=date(year, 12, 31), months=12, currency="EUR", unit=1_000
        )  # fmt: skip
        row = NewStatement(customer_id=customer, sheet=sheet, industry="46")
        services.record_statements(desk, [row])
    return customer


def test_nothing_is_known_yet(analyst: Client, desk: Actor) -> None:
    a_customer(desk, "C-1")
    page = words(analyst.get(HERE))
    assert "No statement yet" in page
    assert "Altman" not in page
    assert analyst.get("/customers/C-9/financials").status_code == 404


def test_a_statement_is_typed_in_and_shown(analyst: Client, desk: Actor) -> None:
    a_customer(desk, "C-1")
    answer = analyst.post(f"{HERE}/new", TYPED)
    assert (answer.status_code, answer["Location"]) == (303, HERE)
    answer = analyst.get(HERE)
    page = words(answer)
    assert '<data class="money" value="2000000.00">' in body(answer)
    assert "Current ratio 2.00" in page
    assert "Equity to assets 50.0 %" in page
    assert "Altman Z″, beyond manufacturing 4.68 safe" in page
    assert "Altman Z – lines are missing" in page
    assert "audited" in page


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"equity": "900"}, "total_assets", "do not add up"),
        ({"cash": "a lot"}, "cash", "no number"),
        ({"cash": "-5"}, "cash", "never below zero"),
        ({"period_end": "2027-01-01"}, "period_end", "has not come"),
        ({"months": "x"}, "months", "cannot stand here"),
        ({"currency": "EURO"}, "currency", "cannot stand here"),
        ({"unit": "7"}, "unit", "units of 7"),
    ],
)
def test_what_is_wrong_is_said_at_its_line_and_what_was_typed_stays(
    analyst: Client, desk: Actor, changes: dict[str, str], field: str, said: str
) -> None:
    a_customer(desk, "C-1")
    answer = analyst.post(f"{HERE}/new", {**TYPED, **changes})
    assert answer.status_code == 422
    assert said in words(answer)
    assert f'aria-describedby="e-{field}"' in body(answer)
    assert 'value="3000"' in body(answer)
    assert not FinancialStatement.objects.exists()


def test_an_assessment_shows_points_costs_and_reasons(analyst: Client, desk: Actor) -> None:
    a_customer(desk, "C-1")
    customer = stated(desk, "C-1", interest=150)
    analyst.post(f"{HERE}/assess")
    [done] = queries.assessments(desk.company_id, customer)
    page = words(analyst.get(HERE))
    assert f"Class {done.grade}" in page
    assert f"Score {done.total}" in page
    assert "What cost most: Interest cover" in page
    assert "scorecard expert, version 1; policy, version 1" in page
    assert "Days late with us – missing: left out, the others weigh more" in page


def test_of_whom_too_little_is_known_nothing_is_assessed(analyst: Client, desk: Actor) -> None:
    a_customer(desk, "C-1")
    assert "Too little is known" in words(analyst.post(f"{HERE}/assess", follow=True))
    assert not Assessment.objects.exists()


def test_the_median_of_the_industry_needs_three_others(analyst: Client, desk: Actor) -> None:
    for n in range(1, 5):
        a_customer(desk, f"C-{n}")
        assert "once three other customers" in words(analyst.get(HERE)) or n == 1
        stated(desk, f"C-{n}", interest=10 * n)
    page = words(analyst.get(HERE))
    assert "Interest cover 30.00 30.00 10.00" in page


def test_a_learned_card_is_shown_with_its_measures_and_approved_by_another(
    manager: Client, analyst: Client, desk: Actor
) -> None:
    groups = told.calibration([0.1, 0.9], [0, 1], 2)
    measures = {
        "learned": {"firms": 70}, "psi": 0.0123,
        "held_out": {"firms": 30, "auc": 0.8125, "gini": 0.625, "ks": 0.5, "brier": None},
        "calibration": [
            {"count": one.count, "bad": one.bad, "predicted": one.predicted,
             "observed": one.observed}
            for one in groups
        ],
    }  # fmt: skip
    card = replace(shipped.expert_card(), key="learned", version=1)
    card_id = card_services._keep(replace(desk, name="maker"), card, measures)
    page = words(manager.get("/scorecards/"))
    assert "Customers are scored by the card expert, version 1." in page
    assert "Learned from 70 firms; the figures are of 30 it never saw." in page
    assert "AUC 0.812 Gini 0.625 KS 0.500 Brier – Stability (PSI) 0.012" in page
    assert "Waits for a second person's approval." in words(analyst.get("/scorecards/"))
    manager.post(f"/scorecards/{card_id}/approve", {"valid_from": desk.today.isoformat()})
    page = words(manager.get("/scorecards/"))
    assert "Customers are scored by the card learned, version 1." in page
    again = manager.post(
        f"/scorecards/{card_id}/approve", {"valid_from": desk.today.isoformat()}, follow=True
    )
    assert "approved already" in words(again)
