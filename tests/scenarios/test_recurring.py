"""Recurring invoices by the day run and on the command line: late, once, and told when refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date
from io import StringIO

import pytest

from creditdesk.customers import services as customers
from creditdesk.day import services as day
from creditdesk.faces.cli import recurring as cli
from creditdesk.insight import queries as insight
from creditdesk.invoices.recurring import queries as plans
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from tests.invoices.people import a_buyer
from tests.invoices.recurring.test_services import planned
from tests.invoices.test_issuing import selling


def test_the_day_makes_up_for_missed_turns_once_and_stops_what_is_refused(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    bad = a_buyer(selling(actor), "C1")
    stopped, _ = planned(actor, bad), planned(actor, a_buyer(actor, "C2"))
    customers.edit(actor, bad, changes={"city": ""})

    def issued(on: date) -> dict[str, object]:
        report = day.run(actor_of(actor.company_id, today=on))
        return next(one.report for one in report.steps if one.step == "issue_recurring")

    first = issued(date(2026, 3, 16))
    assert first["issued"] == ["INV-2026-000001", "INV-2026-000002", "INV-2026-000003"]
    assert [one["reference"] for one in first["stopped"]] == [stopped]  # type: ignore[attr-defined]
    assert issued(date(2026, 3, 16)) == {"issued": [], "stopped": [], "left": []}
    assert issued(date(2026, 4, 20))["issued"] == ["INV-2026-000004"]
    needs = {one.code: one.count for one in insight.needs(actor.company_id, date(2026, 4, 20))}
    assert needs["recurring_stopped"] == 1


def test_on_the_command_line_plans_are_listed_run_paused_and_ended(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_id = a_buyer(selling(actor))
    reference = planned(actor, customer_id)
    monkeypatch.setattr(cli.companies, "actor", lambda _: actor)

    def said(act: Callable[..., int], **given: object) -> tuple[int, str]:
        with redirect_stdout(StringIO()) as out, clock.held_at(actor.at):
            status = act(company="", **given)
        return status, out.getvalue()

    status, text = said(cli.list_all)
    assert (status, "2026-01-01, 2026-02-01, 2026-03-01" in text) == (0, True)
    status, text = said(cli.run)
    assert (status, text.count("INV-2026-")) == (0, 3)
    assert said(cli.pause, reference=reference) == (0, f"{reference} is paused\n")
    assert said(cli.resume, reference=reference, skip_missed=True)[0] == 0
    customers.edit(actor, customer_id, changes={"city": ""})
    april = Actor(
        company_id=actor.company_id, name="test", at=actor.at, today=date(2026, 4, 1),
        permissions=frozenset({"*"}),
    )  # fmt: skip
    monkeypatch.setattr(cli.companies, "actor", lambda _: april)
    status, text = said(cli.run)
    assert (status, f"{reference} stopped, buyer_city_missing" in text) == (1, True)
    assert "buyer_city_missing: " in said(cli.list_all)[1]
    assert said(cli.finish, reference=reference)[0] == 0
    assert plans.plan(actor.company_id, reference).status == "ended"
