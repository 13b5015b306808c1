"""Alerts over HTTP: what stands, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from creditdesk.kernel.actor import Actor
from creditdesk.monitoring.alerts import services as alerts
from tests.faces.api.conftest import Caller
from tests.monitoring.alerts.verbs import acts, alerts_of
from tests.orders.verbs import a_customer, an_invoice


@pytest.fixture
def raised(desk: Actor) -> int:
    """The alert of C-1, which used most of its limit."""
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000)
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    return found.id


def test_alerts_are_listed_and_closed(caller: Caller, desk: Actor, raised: int) -> None:
    found = caller.get("/alerts").json()
    assert found == {
        "alerts": [
            {
                "id": raised, "customer_number": "C-1", "signal": "utilisation",
                "severity": "info", "owner": "analyst", "assigned_to": "", "state": "open",
                "snoozed_until": None, "value": 95, "threshold": 90, "raised_on": "2026-03-16",
                "closed_on": None, "outcome": "",
            }
        ],
        "total": 1,
    }  # fmt: skip
    assert caller.get("/alerts?severity=critical").json() == {"alerts": [], "total": 0}
    given = {"outcome": "limit_raised", "reason": "grows"}
    closed = caller.post(f"/alerts/{raised}/close", given)
    assert (closed.status_code, closed.json()["state"], closed.json()["closed_on"]) == (
        200, "closed", "2026-03-16",
    )  # fmt: skip
    again = caller.post(f"/alerts/{raised}/close", given)
    assert (again.status_code, again.json()["code"]) == (409, "alert_closed")
    assert acts(desk, raised) == ["raised", "closed"]
    assert caller.get("/alerts?state=closed").json()["total"] == 1


@pytest.mark.parametrize(
    "query", ["state=gone", "severity=urgent", "page=0", "page=99999999999999999999"]
)
def test_what_cannot_be_asked_is_said(caller: Caller, raised: int, query: str) -> None:
    assert caller.get(f"/alerts?{query}").status_code in (400, 422)


@pytest.mark.parametrize("alert_id", ["999999", "9" * 30])
def test_an_alert_that_is_none_is_not_found(caller: Caller, raised: int, alert_id: str) -> None:
    given = {"outcome": "other", "reason": "x"}
    assert caller.post(f"/alerts/{alert_id}/close", given).status_code == 404


def test_an_auditor_s_key_closes_nothing(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor, raised: int
) -> None:
    answer = caller_of("auditor").post(
        f"/alerts/{raised}/close", {"outcome": "other", "reason": "x"}
    )
    assert answer.status_code == 403
    assert acts(desk, raised) == ["raised"]
