"""Late interest by the day and on the command line: once a month's end, made up for when late."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest

from creditdesk.day import services as day
from creditdesk.faces.cli import interest as cli
from creditdesk.invoices import charge_queries as charges
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing import clock
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.invoices.people import a_customer, an_invoice, recorded


@pytest.fixture
def owing(actor: Actor) -> Actor:
    policies.publish(
        actor,
        given={**DEFAULT, "interest": {"mode": "memo", "since": "2025-01-01"}},
        valid_from=date(2025, 1, 1),
    )
    customer_id = a_customer(actor, country="NL")
    recorded(actor, an_invoice(customer_id, issued_on=date(2026, 1, 1), due_on=date(2026, 1, 31),
                               net_minor=1_000_000, tax_minor=0))  # fmt: skip
    return actor


def step(report: day.DayReport) -> dict[str, Any]:
    return next(one.report for one in report.steps if one.step == "charge_interest")


def test_the_day_charges_through_the_last_months_end_once(
    owing: Actor, actor_of: Callable[..., Actor]
) -> None:
    first = step(day.run(owing))
    assert (first["through"], first["items"]) == ("2026-02-28", 1)
    assert step(day.run(owing))["items"] == 0
    june = actor_of(owing.company_id, today=date(2026, 6, 15))
    late = step(day.run(june))
    assert (late["through"], late["items"]) == ("2026-05-31", 1)
    total = sum(row.left_minor for row in charges.charge_listing(owing.company_id).rows
                if row.kind == "interest")  # fmt: skip
    assert total == 33_370  # 120 days at 10.15 %, as if no month had been missed


def test_a_missing_rate_is_told_and_stops_no_other_step(
    owing: Actor, actor_of: Callable[..., Actor]
) -> None:
    spring = actor_of(owing.company_id, today=date(2027, 3, 15))
    report = day.run(spring)
    assert step(report)["refused"] == "reference_rate_missing"
    assert report.steps[-1].report == {"differences": []}
    policies.load_reference_rates([("ecb_mro", date(2027, 1, 1), Decimal("2.40"))], source="test")
    assert step(day.run(spring))["items"] == 1


def test_a_company_that_charges_nothing_has_a_quiet_day(actor: Actor) -> None:
    policies.ensure_default(actor, valid_from=date(2026, 1, 1))
    assert step(day.run(actor)) == {"mode": "off"}


def said(act: Callable[[], int]) -> str:
    out = StringIO()
    with redirect_stdout(out):
        assert act() == 0
    return out.getvalue()


def test_on_the_command_line(owing: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = said(lambda: cli.charge(through="2026-02-28", company="acme", is_preview=True))
    assert shown == (
        "acme: 1 items of 1 customers would be charged through 2026-02-28\n"
        "  compensation  40.00 EUR  taken back 0.00\n  interest  77.86 EUR  taken back 0.00\n"
    )
    assert charges.charge_listing(owing.company_id).total == 0
    said(lambda: cli.charge(through="2026-02-28", company="acme", is_preview=False))
    listed = said(lambda: cli.list_all(company="acme"))
    assert "interest  C1  INV-1  2026-02-01  2026-02-28  77.86  77.86 EUR  memo" in listed
    numbers = [row.id for row in charges.charge_listing(owing.company_id).rows]
    assert said(lambda: cli.waive(numbers=numbers, reason="goodwill", company="acme")) == (
        "acme: 2 waived\n"
    )
    with pytest.raises(Invalid) as refused:
        cli.charge(through="2026-02-31", company="acme", is_preview=False)
    assert (refused.value.code, refused.value.place.field) == ("date_malformed", "through")


def test_rates_that_lack_are_told_and_entered_on_the_command_line(
    owing: Actor, actor_of: Callable[..., Actor]
) -> None:
    with clock.held_at(datetime(2027, 1, 22, 9, tzinfo=UTC)):
        out = StringIO()
        with redirect_stdout(out):
            assert cli.rates(company="acme") == 1
        assert out.getvalue().endswith(
            "ecb_mro  2027-01-01  lacks, for customers in NL: enter it with creditdesk interest"
            " rate\n"
        )
        kept = said(lambda: cli.rate(reference="ecb_mro", valid_on="2027-01-01", percent="2.40",
                                     source="Official Journal", company="acme"))  # fmt: skip
        assert kept == "ecb_mro from 2027-01-01 is kept: 2.40\n"
        listed = said(lambda: cli.rates(company="acme"))
        assert "ecb_mro  2027-01-01  2.4000  Official Journal (" in listed
        assert "lacks" not in listed
        with pytest.raises(Invalid) as refused:
            cli.rate(reference="ecb_mro", valid_on="2027-01-01", percent="x", source="y",
                     company="acme")  # fmt: skip
        assert refused.value.code == "percent_malformed"
    assert step(day.run(actor_of(owing.company_id, today=date(2027, 1, 22))))["items"] == 1
