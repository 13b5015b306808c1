"""Decisions go out once, under stable ids, and an export can be repeated."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from creditdesk.assessment.models import Review
from creditdesk.assessment.reviews import services as reviews
from creditdesk.assessment.reviews.rules import Deciding
from creditdesk.cash import services as cash
from creditdesk.collections import services as collections
from creditdesk.contact import services as contact
from creditdesk.credit import services as credit
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import golive
from creditdesk.insight import queries, services
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.models import Alert
from creditdesk.monitoring.ratings import services as ratings
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from tests.golive.erp import Company

TUESDAY = date(2026, 3, 17)
ACCOUNT = "DE89370400440532013000"


@pytest.fixture
def live(going: Company) -> Company:
    going.goes_live()
    services.export_decisions(going.loader)
    return going


def kinds(exported: services.Exported) -> list[str]:
    return [row.kind for row in exported.rows]


def test_what_is_decided_goes_out_once_with_a_stable_id(live: Company) -> None:
    live.it_is(TUESDAY)
    ids = customers.by_number(live.id)
    text = (
        "Account;Booking date;Amount;Currency;Name;Text;Balance\n"
        f"{ACCOUNT};2026-03-16;1190.00;EUR;Birch Ltd;R-1;2190.00\n"
    )
    cash.take_in(live.loader, filename="bank.csv", content=text.encode())
    cash.match(live.loader)
    collections.log_activity(live.loader, ids["C-1"], kind="call", outcome="reached", note="Fine")
    credit.set_limit(
        live.signer, ids["C-2"], minor=90_000, currency="EUR", valid_from=TUESDAY, reason="Asked"
    )
    source = contact.hold(live.loader, ids["C-2"], note="In talks")
    contact.release(live.loader, source)

    first = services.export_decisions(live.loader)
    assert sorted(kinds(first)) == ["allocation", "hold", "hold_lifted", "limit", "note"]
    [applied] = [row for row in first.rows if row.kind == "allocation"]
    assert (applied.customer_number, applied.document, applied.minor, applied.currency) == (
        "C-1", "R-1", 119_000, "EUR",
    )  # fmt: skip
    assert applied.effective_on == date(2026, 3, 16)
    assert kinds(services.export_decisions(live.loader)) == []

    allocation = int(applied.id.removeprefix("allocation:"))
    payment = sql.scalar("SELECT payment_id FROM cash_allocation WHERE id = %s", [allocation])
    live.it_is(TUESDAY + timedelta(days=1))
    cash.undo(live.loader, payment)
    undone = services.export_decisions(live.loader)
    assert [row.id for row in undone.rows if row.kind == "allocation_undone"] == [
        f"allocation:{allocation}:undone"
    ]

    again = services.export_again(live.loader, first.reference)
    assert [row.id for row in again.rows] == [row.id for row in first.rows]
    since = datetime(2026, 3, 17, tzinfo=UTC)
    everything = services.export_decisions(live.loader, since=since)
    assert {row.id for row in first.rows} < {row.id for row in everything.rows}
    assert kinds(services.export_decisions(live.loader)) == []


def test_what_was_recorded_earlier_and_committed_later_still_goes_out(live: Company) -> None:
    live.it_is(TUESDAY)
    services.export_decisions(live.loader)
    slow = replace(live.loader, at=live.loader.at - timedelta(hours=3))
    collections.log_activity(
        slow, customers.by_number(live.id)["C-1"], kind="note", note="Written before the export"
    )
    assert kinds(services.export_decisions(live.loader)) == ["note"]


def test_the_first_export_holds_what_was_taken_over(going: Company) -> None:
    going.goes_live()
    first = services.export_decisions(going.loader)
    assert {"dispute", "promise", "limit", "hold", "note"} == set(kinds(first))
    assert len({row.id for row in first.rows}) == len(first.rows)


def test_an_export_that_was_not_made_is_not_repeated(live: Company) -> None:
    with pytest.raises(NotFound):
        services.export_again(live.loader, "DEC-2026-000099")
    with pytest.raises(Refused):
        services.export_decisions(replace(live.loader, permissions=frozenset({"read"})))
    assert len(queries.decision_exports(live.id)) == 1


def test_ratings_alerts_and_reviews_go_out_once_and_harmless(live: Company, tmp_path: Path) -> None:
    live.it_is(TUESDAY)
    actor = live.signer
    customer = customers.by_number(live.id)["C-1"]
    credit.set_limit(actor, customer, minor=100, currency="EUR", valid_from=TUESDAY)
    services.export_decisions(live.loader)
    ratings.rate_payers(live.loader)
    alerts.raise_alerts(live.loader)
    [standing] = Alert.objects.filter(customer_id=customer, signal="over_limit")
    alerts.close(actor, standing.id, outcome="contacted", note="=HYPERLINK(1)")
    [reference] = Review.objects.filter(customer_id=customer).values_list("reference", flat=True)
    reviews.decide(actor, reference, new=Deciding(choice="decline", reason="@SUM(1)"))

    assert golive.export_decisions(
        file=tmp_path / "out.csv", company="acme", since="", again=""
    ) == 0  # fmt: skip
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["customer"] == "C-1"]
    by_kind = {row["kind"]: row for row in rows}
    assert {"rating", "alert_raised", "alert_closed", "review"} <= by_kind.keys()
    closed, review = by_kind["alert_closed"], by_kind["review"]
    assert (closed["code"], closed["text"]) == (
        "over_limit:critical:contacted", "'=HYPERLINK(1)",
    )  # fmt: skip
    assert (review["document"], review["amount"], review["text"]) == (
        reference, "1.00", "'@SUM(1)",
    )  # fmt: skip
    assert review["code"].endswith(":decline")
    assert kinds(services.export_decisions(live.loader)) == []

    live.it_is(TUESDAY + timedelta(days=8))
    ratings.rate_payers(live.loader)
    kept = sql.scalar(
        "SELECT count(*) FROM monitoring_payerrating WHERE customer_id = %s", [customer]
    )
    again = [row.kind for row in services.export_decisions(live.loader).rows]
    assert kept == 2
    assert again.count("rating") == len(again), "kept again for the week, it says the same"


def test_rates_come_from_files(going: Company) -> None:
    run = going.knows(
        "exchange_rates",
        "From,To,Date,Rate\nUSD,EUR,2026-03-13,0.9150\nEUR,EUR,2026-03-13,1\nUSD,GBP,2026-03-13,0\n",
    )
    assert (run.rows_accepted, run.faults) == (1, {"rate_invalid": 2})
    assert policies.rates_into("EUR", TUESDAY)["USD"] == Decimal("0.91500000")
    going.knows("exchange_rates", "From,To,Date,Rate\nUSD,EUR,2026-03-13,0.92\n")
    assert policies.rates_into("EUR", TUESDAY)["USD"] == Decimal("0.92000000")
