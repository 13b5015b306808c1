"""What machines are told: alive, ready, numbers; and who may hear it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connections
from django.test import Client
from procrastinate.contrib.django import app
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from creditdesk.faces.health import metrics
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock, sql
from creditdesk.plumbing.operation import queries as operation
from tests.faces.desk.pages import words
from tests.invoices.people import a_customer, an_invoice, recorded
from tests.support.fixtures import founded

Scrape = Callable[[], dict[tuple[str, tuple[str, ...]], float]]


@pytest.fixture
def scrape(monkeypatch: pytest.MonkeyPatch) -> Scrape:
    """Read every sample by name and label values, always anew."""

    def read() -> dict[tuple[str, tuple[str, ...]], float]:
        monkeypatch.setattr(metrics._facts, "_read_at", -metrics.KEPT_SECONDS)
        response = Client().get("/metrics")
        assert response.status_code == 200
        return {
            (sample.name, tuple(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(response.content.decode())
            for sample in family.samples
        }

    return read


def test_a_live_process_asks_no_database() -> None:
    response = Client().get("/health/live")  # without the mark that allows a database
    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_says_what_is_missing() -> None:
    response = Client().get("/health/ready")
    checks = {"database": "ok", "migrations": "ok", "worker": "missing"}
    assert (response.status_code, response.json()) == (200, {"status": "ready", "checks": checks})
    sql.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [clock.machine()])
    assert Client().get("/health/ready").json()["checks"]["worker"] == "ok"


@pytest.mark.django_db
def test_not_ready_before_the_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    more = operation.migrations_known() | {("risk", "0001_initial")}
    monkeypatch.setattr(operation, "migrations_known", lambda: more)
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"] == {
        "database": "ok", "migrations": "pending", "worker": "unknown",
    }  # fmt: skip


@pytest.mark.usefixtures("committed_db")
def test_not_ready_without_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = {**connections["default"].settings_dict, "NAME": "nowhere_at_all"}
    connections["default"].close()
    monkeypatch.setattr(connections["default"], "settings_dict", nowhere)
    response = Client().get("/health/ready")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert response.json()["checks"]["database"] == "unreachable"
    monkeypatch.setattr(metrics._facts, "_read_at", -metrics.KEPT_SECONDS)
    assert Client().get("/metrics").status_code == 503
    assert Client().get("/health/live").status_code == 200
    connections["default"].close()


@pytest.mark.django_db
def test_only_this_machine_reads_the_numbers_without_a_token(settings: Settings) -> None:
    assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    for stranger in ("10.0.0.7", "", "unix:", "::ffff:10.0.0.7"):
        assert Client(REMOTE_ADDR=stranger).get("/metrics").status_code == 403
    # A proxy on this machine speaks for somebody else.
    for header in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"):
        response = Client(REMOTE_ADDR="127.0.0.1", **{header: "127.0.0.1"}).get("/metrics")
        assert (response.status_code, b"creditdesk_" in response.content) == (403, False)


@pytest.mark.django_db
def test_with_a_token_only_who_shows_it_reads_the_numbers(settings: Settings) -> None:
    settings.METRICS_TOKEN = "s3cret"
    for given in ("", "s3cret", "Bearer ", "Bearer s3cre", "Bearer s3cret ", "bearer s3cret"):
        assert Client().get("/metrics", headers={"authorization": given}).status_code == 403
    far = Client(REMOTE_ADDR="10.0.0.7", HTTP_X_FORWARDED_FOR="10.0.0.7")
    assert far.get("/metrics", headers={"authorization": "Bearer s3cret"}).status_code == 200


@pytest.mark.parametrize("address", ["/health/live", "/health/ready", "/metrics"])
@pytest.mark.django_db
def test_nothing_can_be_posted_there(address: str) -> None:
    assert Client().post(address).status_code == 405


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_never_by_address(scrape: Scrape) -> None:
    before = scrape()
    for number in ("C-1", "erika.mustermann@example.com"):
        assert Client().get(f"/customers/{number}/").status_code == 302
    Client().get("/nowhere/erika")
    Client().generic("BREW", "/login/")
    after = scrape()
    route = ("GET", "/customers/<path:number>/", "302")
    name = "creditdesk_http_requests_total"
    assert after[name, route] - before.get((name, route), 0) == 2
    assert after[name, ("GET", "unmatched", "404")] > before.get(
        (name, ("GET", "unmatched", "404")), 0
    )
    assert any(key[1][0] == "other" for key in after if key[0] == name)
    counts = "creditdesk_http_request_seconds_count"
    assert after[counts, route[:2]] - before.get((counts, route[:2]), 0) == 2
    assert not any("erika" in value for _, labels in after for value in labels)


def test_facts_come_from_the_database(actor: Actor, scrape: Scrape) -> None:
    recorded(actor, an_invoice(a_customer(actor)))
    founded("beta")
    app.configure_task("day.run", allow_unknown=True).defer(company_id=actor.company_id)
    found = scrape()
    assert found["creditdesk_open_items", ("acme",)] == 1
    assert found["creditdesk_open_items", ("beta",)] == 0
    assert found["creditdesk_jobs", ("waiting",)] == 1
    assert found["creditdesk_jobs", ("dead",)] == 0
    assert found["creditdesk_workers", ()] == 0
    assert found["creditdesk_migrations_pending", ()] == 0
    assert found["creditdesk_database_bytes", ()] > 1_000_000
    assert any("0.1.0" in labels for name, labels in found if name == "creditdesk_build_info")


@pytest.mark.django_db
def test_every_number_is_described_and_every_description_is_a_number(
    scrape: Scrape, actor: Actor
) -> None:
    recorded(actor, an_invoice(a_customer(actor)))
    sql.execute(
        "INSERT INTO day_daystep (company_id, business_date, step, report, recorded_at)"
        " VALUES (%s, %s, 'prove', '{}', %s)",
        [actor.company_id, actor.today, actor.at],
    )
    Client().get("/health/live")
    suffixes = re.compile(r"_(?:bucket|sum|count)$")
    names = {suffixes.sub("", name) for name, _ in scrape()}
    described = {one.name for one in metrics.DESCRIBED}
    assert names <= described
    needs_more = {"creditdesk_messages", "creditdesk_bank_until_timestamp_seconds"}
    assert described - names <= needs_more


def test_days_are_told_as_their_midnight(actor: Actor, scrape: Scrape) -> None:
    for step, on in (("prove", "2026-03-13"), ("prove", "2026-03-12"), ("match", "2026-03-16")):
        sql.execute(
            "INSERT INTO day_daystep (company_id, business_date, step, report, recorded_at)"
            " VALUES (%s, %s, %s, '{}', %s)",
            [actor.company_id, on, step, actor.at],
        )
    found = scrape()
    assert found["creditdesk_day_finished_timestamp_seconds", ("acme",)] == 1_773_360_000
    assert "creditdesk_bank_until_timestamp_seconds" not in {name for name, _ in found}


@pytest.mark.django_db
def test_a_request_has_a_number_of_its_own_or_the_one_it_brought() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", Client().get("/health/live")["X-Request-Id"])
    brought = Client().get("/health/live", headers={"x-request-id": "abc-12345"})
    assert brought["X-Request-Id"] == "abc-12345"
    forged = Client().get("/health/live", headers={"x-request-id": "a b\r\nSet-Cookie: x=y"})
    assert re.fullmatch(r"[0-9a-f]{32}", forged["X-Request-Id"])


@pytest.mark.django_db
def test_the_sign_in_page_stays_as_it_was() -> None:
    assert "Sign in" in words(Client().get("/login/"))
