"""Every example of the description and of the how-to about the order check is answered."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from creditdesk.assessment.evidence import services as evidence
from creditdesk.assessment.evidence.services import Subject
from creditdesk.credit import queries as credit
from creditdesk.credit import services
from creditdesk.credit.rules import NewLimit
from creditdesk.credit.services import NewGuarantee
from creditdesk.customers import queries as accounts
from creditdesk.customers import services as customers
from creditdesk.faces.api.examples import REQUESTS
from creditdesk.faces.api.urls import api
from creditdesk.kernel.actor import Actor
from tests.customers.stage import acorn
from tests.faces.api.conftest import Caller
from tests.orders.verbs import EARLY, a_customer

ORDER_CHECK = Path(__file__).parents[3] / "docs" / "how-to" / "order-check.md"
PATHS: dict[str, tuple[str, dict[str, Any]]] = {
    told["operationId"]: (path.removeprefix("/api/v1"), told)
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    for told in methods.values()
}


def _id(actor: Actor, number: str) -> int:
    return accounts.customer(actor.company_id, number).id


def _asked(actor: Actor) -> str:
    new = NewLimit(
        customer_id=_id(actor, "C-1"), minor=2_500_000, currency="EUR", valid_from=actor.today,
        reason="x",
    )  # fmt: skip
    return services.ask_limit(actor, new)


def _guarantee(actor: Actor) -> str:
    new = NewGuarantee(
        customer_id=_id(actor, "C-1"), kind="bank", guarantor="Town Bank", minor=1,
        currency="EUR", valid_from=actor.today,
    )  # fmt: skip
    return services.add_guarantee(actor, new)


def _closed(actor: Actor) -> None:
    customers.close(actor, _id(actor, "C-1"), reason="x")


def _asleep(actor: Actor) -> None:
    _closed(actor)
    customers.reopen(actor, _id(actor, "C-1"), reason="x")


def _merged(actor: Actor) -> None:
    customers.merge(actor, _id(actor, "C-1"), survivor_id=_id(actor, "C-2"), reason="x")


# What must stand before an example: it may return the reference or id of its address.
BEFORE: dict[str, Callable[[Actor], object]] = {
    "change_contact": lambda actor: accounts.contacts(actor.company_id, _id(actor, "C-1"))[0].id,
    "reopen_customer": _closed,
    "wake_customer": _asleep,
    "unmerge_customer": _merged,
    "grant_limit": _asked,
    "refuse_limit": _asked,
    "withdraw_limit": lambda actor: credit.limit_history(
        actor.company_id, _id(actor, "C-1"))[0].id,
    "end_guarantee": _guarantee,
    "add_investigation_step": lambda actor: evidence.open_inquiry(
        actor, Subject(customer_id=_id(actor, "C-1")), question="Who?").reference,
}  # fmt: skip


@pytest.mark.parametrize("operation", REQUESTS)
def test_an_example_of_the_description_is_answered(
    caller: Caller, desk: Actor, operation: str
) -> None:
    for number in ("C-1", "C-2"):
        of = acorn(desk, number)
        services.set_limit(desk, of, minor=1, currency="EUR", valid_from=EARLY)
    if operation == "record_cover":
        assert caller.post("/insurance", REQUESTS["record_insurance"]).status_code == 200
    named = BEFORE.get(operation, lambda _: None)(desk)
    path, told = PATHS[operation]
    example = told["requestBody"]["content"]["application/json"]["example"]
    assert example == REQUESTS[operation]
    at = re.sub(r"\{(reference|contact_id|limit_id)\}", str(named), path.replace("{number}", "C-1"))
    first = caller.post(at, example, Idempotency_Key="k-1")
    assert first.status_code == 200, first.content
    again = caller.post(at, example, Idempotency_Key="k-1")
    assert (again.status_code, again.content) == (200, first.content)
    other = {**example, "reason": "another"} if "reason" in example else {**example, "x": 1}
    assert caller.post(at, other, Idempotency_Key="k-1").json()["code"] == "idempotency_key_reused"


def test_the_request_of_the_how_to_about_the_order_check_is_answered_as_it_says(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor
) -> None:
    """The shell command is read word for word, and the answer shown has the fields of the real."""
    assert caller
    a_customer(desk, "C-1", limit=100_000)
    text = ORDER_CHECK.read_text()
    [shown] = re.findall(r"curl (.+?)\n```", text, re.DOTALL)
    words = shlex.split(shown.replace("\\\n", " "))
    headers = dict(words[n + 1].split(": ", 1) for n, word in enumerate(words) if word == "-H")
    body = json.loads(words[words.index("-d") + 1])
    at = words[-1].partition("8000")[2]
    client = caller_of("sales").client
    answer = client.post(at, body, content_type=headers["Content-Type"],
                         headers={"Idempotency-Key": headers["Idempotency-Key"]})  # fmt: skip
    assert answer.status_code == 200
    found = answer.json()
    says = json.loads(re.findall(r"```json\n(.+?)\n```", text, re.DOTALL)[0])
    assert says.keys() == found.keys()
    assert (found["outcome"], found["fired"][0]["rule"]) == (says["outcome"], "limit_exceeded")
    assert says["fired"][0].keys() == found["fired"][0].keys()
    assert found["order_total"] == says["order_total"]
    again = client.get(f"/api/v1/orders/{body['order_reference']}")
    assert again.json() == found
