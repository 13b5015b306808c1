"""Applications by the interface: begun, handed in, read, and refused in words."""

from __future__ import annotations

from typing import Any

from django.test import Client

from creditdesk.controls import services as controls
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.assessment.cases.verbs import FORM

ADDRESS = "/api/v1/applications"
BODY = {
    "customer_class": "small", "amount": "10000.00", "currency": "EUR", "fields": FORM,
    "submit": True,
}  # fmt: skip


def client_of(desk: Actor, role: str = "sales") -> Client:
    secret = controls.issue_key(desk.company_id, name=role, by="test", role=role)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def post(client: Client, body: dict[str, Any], **headers: str) -> Any:
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


def test_an_application_is_begun_once_and_read(desk: Actor) -> None:
    client = client_of(desk)
    first = post(client, BODY, **{"Idempotency-Key": "a1"})
    again = post(client, BODY, **{"Idempotency-Key": "a1"})
    assert (first.status_code, again.json()) == (200, first.json())
    assert sql.scalar("SELECT count(*) FROM assessment_application") == 1
    found = first.json()
    assert (found["state"], found["missing"]) == ("submitted", ["references"])
    assert found["requested"] == {"amount": "10000.00", "currency": "EUR"}
    assert client.get(f"{ADDRESS}/{found['reference']}").json() == found
    assert client.get(f"{ADDRESS}/APP-2026-999999").status_code == 404


def test_what_cannot_stand_begins_nothing(desk: Actor) -> None:
    client = client_of(desk)
    for change, code in (
        ({"fields": {**FORM, "religion": "none"}}, "application_field_unknown"),
        ({"fields": {"city": "Velm"}}, "applicant_nameless"),
        ({"amount": "0"}, "amount_asked_unsound"),
        ({"customer_number": "NOBODY"}, "customer_unknown"),
    ):
        answer = post(client, {**BODY, **change})
        assert answer.json()["code"] == code
    assert post(client, {**BODY, "customer_class": "huge"}).status_code == 422
    assert post(client_of(desk, "collector"), BODY).status_code == 403
    assert sql.scalar("SELECT count(*) FROM assessment_application") == 0
