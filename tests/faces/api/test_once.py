"""One effect and one answer per key, whatever arrives twice, at once, or dies on the way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection

from creditdesk.controls import services as controls
from creditdesk.controls.models import ApiAnswer, ApiKey, IdempotencyKey
from creditdesk.credit import queries as credit
from creditdesk.faces.api import once
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.orders import queries as orders
from creditdesk.orders import services as order_services
from tests.faces.api.conftest import Caller
from tests.faces.api.test_orders import an_order
from tests.faces.api.test_reading import an_invoice_body
from tests.orders.verbs import a_customer, opened
from tests.support.fixtures import founded

KEY = {"Idempotency_Key": "k-1"}


def said(response: Any) -> tuple[int, bytes]:
    return response.status_code, response.content


def test_the_first_answer_is_given_again_word_for_word(caller: Caller, desk: Actor) -> None:
    a_customer(desk, limit=100_000)
    first = caller.post("/orders/check", an_order(), **KEY)
    order_services.cancel(desk, "SO-1")  # what happened since does not change what was answered
    assert said(caller.post("/orders/check", an_order(), **KEY)) == said(first)
    assert first.json()["status"] == "accepted"
    assert caller.get("/orders/SO-1").json()["status"] == "cancelled"


def test_a_batch_with_rejected_rows_is_answered_the_same(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    batch = {"invoices": [an_invoice_body(), an_invoice_body(number="X", customer_number="C-2")]}
    first = caller.post("/invoices", batch, **KEY)
    a_customer(desk, "C-2")  # unknown then, known now
    assert said(caller.post("/invoices", batch, **KEY)) == said(first)
    assert [one.number for one in invoices.open_items(desk.company_id)] == ["INV-7"]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/orders/check", an_order(total="250.01")),
        ("/orders/SO-1/cancel", None),
        ("/invoices", {"invoices": []}),
    ],
)
def test_another_request_under_the_key_is_refused(
    caller: Caller, desk: Actor, address: str, body: Any
) -> None:
    a_customer(desk)
    caller.post("/orders/check", an_order(), **KEY)
    refused = caller.post(address, body, **KEY)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert refused.json()["place"] == {"field": "Idempotency-Key", "line": None}
    assert orders.order(desk.company_id, "SO-1").status == "accepted"


def test_what_failed_is_not_kept_and_may_be_tried_again(caller: Caller, desk: Actor) -> None:
    refused = caller.post("/orders/check", an_order(), **KEY)
    assert (refused.status_code, refused.json()["code"]) == (404, "customer_unknown")
    malformed = caller.post("/orders/check", {}, **KEY)
    assert malformed.status_code == 422
    assert not ApiAnswer.objects.exists()
    a_customer(desk)
    assert caller.post("/orders/check", an_order(), **KEY).json()["status"] == "accepted"
    assert ApiAnswer.objects.get().status == 200


def test_a_crash_on_the_way_keeps_neither_effect_nor_key(
    caller: Caller, desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_customer(desk, limit=100_000)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("between effect and answer")

    with monkeypatch.context() as broken:
        broken.setattr(once.controls, "keep_answer", crash)
        with pytest.raises(RuntimeError):
            caller.post("/orders/check", an_order(), **KEY)
    assert orders.decisions(desk.company_id) == []
    assert not ApiAnswer.objects.exists()
    assert caller.post("/orders/check", an_order(), **KEY).json()["status"] == "accepted"


def test_a_key_belongs_to_the_system_that_sent_it(
    caller: Caller, caller_of: Callable[[str], Caller], desk: Actor
) -> None:
    a_customer(desk)
    assert caller.post("/orders/check", an_order(), **KEY).json()["order_reference"] == "SO-1"
    second = caller_of("sales").post("/orders/check", an_order(order_reference="SO-2"), **KEY)
    assert second.json()["order_reference"] == "SO-2"
    elsewhere = founded("other").id
    other = Caller(controls.issue_key(elsewhere, name="other", by="test"))
    assert other.post("/orders/check", an_order(), **KEY).status_code == 404


def test_without_a_valid_secret_nothing_is_given_again(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    assert caller.post("/orders/check", an_order(), **KEY).status_code == 200
    assert Caller("cd_wrong").post("/orders/check", an_order(), **KEY).status_code == 401
    ApiKey.objects.update(revoked_at=desk.at)
    assert caller.post("/orders/check", an_order(), **KEY).status_code == 401
    assert ApiAnswer.objects.count() == 1


@pytest.mark.parametrize("key", ["", "k" * 201, "schlüssel", "a\tb"])
def test_a_key_is_plain_and_short(caller: Caller, desk: Actor, key: str) -> None:
    a_customer(desk)
    refused = caller.post("/orders/check", an_order(), Idempotency_Key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_invalid")
    assert orders.decisions(desk.company_id) == []


def test_reading_takes_no_key(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    caller.client.get("/api/v1/customers/C-1/standing", headers={"Idempotency-Key": "k-1"})
    assert not ApiAnswer.objects.exists()


def test_answers_are_forgotten_after_thirty_days(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    caller.post("/orders/check", an_order(), **KEY)
    order_services.cancel(desk.keyed("form"), "SO-1")
    soon = replace(desk, at=desk.at + timedelta(days=30))
    assert controls.tidy(soon) == 0
    elsewhere = replace(desk, company_id=founded("other").id, at=desk.at + timedelta(days=31))
    assert controls.tidy(elsewhere) == 0
    assert controls.tidy(replace(desk, at=soon.at + timedelta(seconds=1))) == 2
    assert not ApiAnswer.objects.exists()
    assert not IdempotencyKey.objects.exists()


# -- real connections ----------------------------------------------------------------------------


def test_sixteen_at_once_have_one_effect_and_one_answer(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = opened(actor_of(founded().id))
    customer = a_customer(desk, limit=100_000)
    secret = controls.issue_key(desk.company_id, name="shop", by="test", role="sales")
    at_once = Barrier(16)

    def call(n: int) -> tuple[int, str]:
        caller = Caller(secret)
        at_once.wait(timeout=30)
        try:
            body = an_order(order_reference="SO-1" if n % 4 else "SO-2")
            response = caller.post("/orders/check", body, **KEY)
        finally:
            connection.close()
        found = json.loads(response.content)
        return response.status_code, found.get("code") or found["order_reference"]

    with ThreadPoolExecutor(16) as pool:
        answers = Counter(pool.map(call, range(16)))
    first = next(name for status, name in answers if status == 200)
    share = {"SO-1": 12, "SO-2": 4}[first]
    assert answers == {(200, first): share, (422, "idempotency_key_reused"): 16 - share}
    assert [one.reference for one in orders.orders(desk.company_id)] == [first]
    assert credit.exposure(desk.company_id, customer)[0].reserved_minor == 25_000


def test_a_connection_lost_before_the_answer_leaves_nothing_and_the_key_free(
    committed_db: str, actor_of: Callable[..., Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = opened(actor_of(founded().id))
    a_customer(desk, limit=100_000)
    caller = Caller(controls.issue_key(desk.company_id, name="shop", by="test", role="sales"))
    keep = controls.keep_answer

    def lose(scope: str, key: str, **answer: Any) -> None:
        mine = connection.connection.info
        with psycopg.connect(mine.dsn, autocommit=True) as killer:
            killer.execute("SELECT pg_terminate_backend(%s)", [mine.backend_pid])
        keep(scope, key, **answer)

    with monkeypatch.context() as broken:
        broken.setattr(once.controls, "keep_answer", lose)
        with pytest.raises(DatabaseError):
            caller.post("/orders/check", an_order(), **KEY)
    connection.close()
    assert orders.decisions(desk.company_id) == []
    assert caller.post("/orders/check", an_order(), **KEY).status_code == 200
    assert len(orders.decisions(desk.company_id)) == 1
