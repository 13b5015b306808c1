"""A program's request goes straight to the API, and nothing is lost on the short way."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from creditdesk.controls import services as controls
from creditdesk.controls.commands import Need, Waits
from creditdesk.controls.commands.state import whole
from creditdesk.controls.models import ApiAnswer
from creditdesk.faces.api import once
from creditdesk.faces.health import metrics
from creditdesk.kernel.actor import Actor
from creditdesk.orders import queries as orders
from tests.faces.api.conftest import Caller
from tests.faces.api.test_orders import an_order
from tests.orders.verbs import a_customer

KEY = {"Idempotency_Key": "k-1"}


def test_an_order_check_asks_the_database_eight_times(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    asked: list[str] = []

    def note(execute: Any, statement: str, *given: Any) -> Any:
        asked.append(statement)
        return execute(statement, *given)

    with connection.execute_wrapper(note):
        assert caller.post("/orders/check", an_order(), **KEY).json()["status"] == "accepted"
    # The test itself runs in a transaction, in which that of the request is a savepoint.
    assert sum("SAVEPOINT" in one for one in asked) == 2
    assert len(asked) == 8 + 2, asked


def test_a_key_without_a_secret_that_may_be_ours_asks_the_database_nothing(db: None) -> None:
    for secret in ("", "xx_1", "cd_" + "x" * 98):
        with CaptureQueriesContext(connection) as asked:
            response = Caller(secret).post("/orders/check", an_order(), **KEY)
        assert (response.status_code, response.json()["code"]) == (401, "key_unknown")
        assert all("SAVEPOINT" in one["sql"] for one in asked.captured_queries)
    assert not ApiAnswer.objects.exists()


def test_a_secret_nobody_was_given_takes_no_key(db: None) -> None:
    response = Caller("cd_nobody").post("/orders/check", an_order(), **KEY)
    assert (response.status_code, response.json()["code"]) == (401, "key_unknown")
    assert not ApiAnswer.objects.exists()


def test_what_a_request_asked_is_counted_though_nobody_stands_between(
    caller: Caller, desk: Actor
) -> None:
    a_customer(desk)
    before = _counted()
    assert caller.post("/orders/check", an_order(), **KEY).status_code == 200
    assert _counted() - before == 8 + 2


def _counted() -> float:
    return (
        metrics.OWN.get_sample_value(
            "creditdesk_http_queries_total", {"route": "/api/v1/orders/check"}
        )
        or 0
    )


def test_a_host_that_is_not_ours_is_refused(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    response = caller.post("/orders/check", an_order(), host="elsewhere.example")
    assert response.status_code == 400
    assert orders.decisions(desk.company_id) == []


def test_the_language_of_the_request_before_does_not_stay(caller: Caller, desk: Actor) -> None:
    translation.activate("de")
    try:
        response = caller.post("/orders/check", an_order(), accept_language="de")
        assert translation.get_language() == "en"
    finally:
        translation.activate("en-gb")
    assert response.json()["code"] == "customer_unknown"
    assert response.headers["Content-Language"] == "de"
    after = caller.post("/orders/check", an_order())
    assert after.headers["Content-Language"] == "en"
    assert after.json()["detail"] != response.json()["detail"]


def test_no_session_opens_the_api(desk: Actor) -> None:
    response = Client().get("/api/v1/orders/SO-1")
    assert (response.status_code, response.json()["code"]) == (401, "key_unknown")
    assert not response.cookies


def test_what_crashes_is_an_error_of_the_server(
    caller: Caller, desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("not said to callers")

    caller.client.raise_request_exception = False
    monkeypatch.setattr("creditdesk.faces.api.orders.services.check", crash)
    response = caller.post("/orders/check", an_order())
    assert response.status_code == 500
    assert b"not said" not in response.content


def test_a_key_revoked_while_a_rival_is_waited_for_does_nothing_more(
    caller: Caller, desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_customer(desk)
    take = controls.take_key

    def late(*given: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE controls_apikey SET revoked_at = now()")
        return take(*given)

    monkeypatch.setattr(once.controls, "take_key", late)
    assert caller.post("/orders/check", an_order(), **KEY).status_code == 401
    assert orders.decisions(desk.company_id) == []
    assert not ApiAnswer.objects.exists()


def test_a_refused_command_leaves_nothing_though_it_has_no_savepoint(
    caller: Caller, desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_customer(desk)
    audited = "SELECT count(*) FROM controls_auditentry"
    with connection.cursor() as cursor:
        before = cursor.execute(audited).fetchone()
        refused = caller.post("/orders/check", an_order(customer_number="nobody"), **KEY)
        assert (refused.status_code, refused.json()["code"]) == (404, "customer_unknown")
        assert cursor.execute(audited).fetchone() == before
    assert not ApiAnswer.objects.exists()
    assert caller.post("/orders/check", an_order(), **KEY).json()["status"] == "accepted"


def test_what_must_wait_is_asked_again_with_a_point_to_return_to(
    caller: Caller, desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def run(_: HttpRequest) -> HttpResponse:
        seen.append(whole.get())
        if whole.get():
            raise Waits(Need("credit.approve", 1, {}))
        return HttpResponse("{}", status=202, content_type="application/json")

    request = HttpRequest()
    request.method = "POST"
    request.META |= {
        "HTTP_IDEMPOTENCY_KEY": "k-1",
        "HTTP_AUTHORIZATION": caller.client.defaults["HTTP_AUTHORIZATION"],
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
    }
    request._body = b"{}"
    assert once.once(run)(request).status_code == 202
    assert seen == [True, False]
    assert ApiAnswer.objects.get().status == 202
