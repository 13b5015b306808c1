"""The policy over the API: read, drafted, and what a caller may publish."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from creditdesk.kernel.actor import Actor
from creditdesk.policy import queries
from creditdesk.policy.rules import DEFAULT
from tests.faces.api.conftest import Caller


def stricter() -> dict[str, Any]:
    given = copy.deepcopy(dict(DEFAULT))
    given["orders"]["overdue_days_max"] = 14
    return given


def test_the_rules_in_force(caller: Caller) -> None:
    told = caller.get("/policy").json()
    assert (told["version"], told["rules"]) == (1, DEFAULT)
    assert {
        "section": "limits",
        "key": "limits.E.",
        "text": "Class E: no credit; terms prepaid.",
    } in (told["clauses"])


def test_a_draft_is_kept_compared_and_published(
    caller_of: Callable[[str], Caller], desk: Actor
) -> None:
    caller = caller_of("manager")
    assert caller.get("/policy/draft").status_code == 404
    kept = caller.post("/policy/draft", {"rules": stricter()})
    assert [one["key"] for one in kept.json()["changes"]] == ["orders.overdue_days_max"]
    assert caller.get("/policy/draft").json() == kept.json()
    asked = caller.post("/policy/publish", {"valid_from": "2099-01-01", "reason": "late"})
    assert asked.status_code == 202
    assert len(queries.versions(desk.company_id)) == 1


def test_who_may_not_is_told_so(caller_of: Callable[[str], Caller]) -> None:
    sales = caller_of("sales")
    assert sales.post("/policy/draft", {"rules": stricter()}).status_code == 403
    publish = {"valid_from": "2099-01-01", "reason": "late"}
    assert sales.post("/policy/publish", publish).status_code == 403
    assert caller_of("analyst").post("/policy/draft", {"rules": {}}).status_code == 422
