"""What the API says to people, in the language they ask for; what programs read stays."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.faces.api import lane, problems
from creditdesk.kernel.actor import Actor
from tests.faces.api.conftest import Caller
from tests.faces.api.test_orders import an_order
from tests.orders.verbs import a_customer

GERMAN = "de-DE,de;q=0.9,en;q=0.8"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        (GERMAN, "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr, de;q=0.5", "de"),
        ("en;q=0.3, de;q=0.5", "de"),
        ("de;q=0", "en"),
        ("de;q=0, en", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("de;q=2", "en"),
        ("de;q=nan", "en"),
        ("de,de;q=0", "de"),
        ("x" * 5_000 + ",de", "en"),
        (";;;,,,q=", "en"),
    ],
)
def test_the_best_of_our_languages_is_spoken(accepted: str, language: str) -> None:
    assert lane._spoken(accepted[: lane.ACCEPTED_LENGTH_MAX]) == language


@given(st.text(max_size=40))
def test_whatever_is_accepted_a_language_of_ours_is_spoken(accepted: str) -> None:
    assert lane._spoken(accepted) in ("en", "de")


def test_a_refusal_is_german_when_asked_and_its_code_the_same(caller: Caller, desk: Actor) -> None:
    plain = caller.post("/orders/check", an_order())
    german = caller.post("/orders/check", an_order(), accept_language=GERMAN)
    assert plain.status_code == german.status_code == 404
    assert (plain.headers["Content-Language"], german.headers["Content-Language"]) == ("en", "de")
    assert plain.headers["Vary"] == german.headers["Vary"] == "Accept-Language"
    told, gesagt = plain.json(), german.json()
    assert (told["title"], gesagt["title"]) == ("Not Found", "Nicht gefunden")
    assert told["detail"].startswith("There is no customer")
    assert gesagt["detail"].startswith("Es gibt keinen Kunden")
    assert told["detail"].split()[-1] == gesagt["detail"].split()[-1]
    same = ("type", "status", "code", "place")
    assert [told[name] for name in same] == [gesagt[name] for name in same]


def test_faults_of_a_body_are_said_field_by_field(caller: Caller, desk: Actor) -> None:
    body = {"customer_number": 7, "currency": "eur", "total": "1", "surprise": 1}
    response = caller.post("/orders/check", body, accept_language="de")
    told = response.json()
    assert (response.status_code, told["code"]) == (422, "request_invalid")
    said = {one["field"].rpartition(".")[2]: (one["code"], one["detail"]) for one in told["errors"]}
    assert said["customer_number"] == ("string_type", "Erwartet wird ein Text")
    assert said["order_reference"] == ("missing", "Das Feld fehlt")
    assert said["currency"] == (
        "string_pattern_mismatch", "Der Text muss dem Muster „^[A-Z]{3}$“ entsprechen"
    )  # fmt: skip
    assert said["surprise"] == ("extra_forbidden", "Weitere Felder sind nicht erlaubt")
    assert told["title"] == "Nicht verarbeitbar"


def test_who_has_no_key_is_told_so_in_german(desk: Actor) -> None:
    response = Client().get("/api/v1/orders/SO-1", headers={"Accept-Language": "de"})
    told = response.json()
    assert (response.status_code, told["code"]) == (401, "key_unknown")
    assert told["title"] == "Nicht angemeldet"
    assert told["detail"].startswith("Die Anfrage trägt keinen Schlüssel")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_answer_for_programs_is_the_same_in_every_language(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    plain = caller.post("/orders/check", an_order())
    german = caller.post("/orders/check", an_order(), accept_language="de")
    assert plain.status_code == german.status_code == 200
    assert plain.content == german.content
    assert not german.has_header("Content-Language")
    assert german.headers["Vary"] == "Accept-Language"


def test_every_status_has_a_title_that_is_gathered() -> None:
    phrases = {HTTPStatus(status).phrase for status in problems.RESPONSES}
    assert phrases - set(problems.TITLES) == set()
