"""The first run is a shadow until signed; nobody jumps a level or is written to twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditdesk.cash import services as cash
from creditdesk.collections import queries, services
from creditdesk.contact import queries as contact
from creditdesk.day import services as days
from creditdesk.golive import services as golive
from creditdesk.insight.queries import needs, prove
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing import sql
from tests.golive.erp import CUT_OVER, TODAY, Company

TUESDAY = date(2026, 3, 17)
ACCOUNT = "DE89370400440532013000"


@pytest.fixture
def live(going: Company) -> Company:
    going.goes_live()
    return going


def bank_closes(live: Company, on: date) -> None:
    """Take in a day on which nobody paid, so that the bank import is fresh."""
    text = (
        f":20:S{on:%y%m%d}\r\n:25:{ACCOUNT}\r\n:28C:{on:%j}/1\r\n:60F:C{on:%y%m%d}EUR1000,00\r\n"
        f":61:{on:%y%m%d}{on:%m%d}D1,00NTRFNONREF\r\n:86:Fee\r\n:62F:C{on:%y%m%d}EUR999,00\r\n-\r\n"
    )
    cash.take_in(live.loader, filename=f"{on}.sta", content=text.encode())


def planned(live: Company) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Who would be written to now: step, and the items that take one."""
    return {
        one.customer_number: (
            one.step, tuple(item.number for item in one.items if item.step),
        )
        for one in services.preview_run(live.signer).messages
        if one.will_be_queued
    }  # fmt: skip


def test_a_shadow_shows_who_would_be_written_to_and_queues_nothing(live: Company) -> None:
    bank_closes(live, date(2026, 3, 13))
    plan = services.preview_run(live.signer)
    assert plan.held_reason == "shadow"

    for _ in range(2):
        result = services.run(live.signer, run_on=TODAY)
        assert (result.held_reason, result.messages_queued, result.is_repeat) == (
            "shadow",
            0,
            False,
        )
    assert sql.scalar("SELECT count(*) FROM contact_message") == 0
    assert sql.scalar("SELECT count(*) FROM contact_verdict") == 0
    [kept] = queries.runs(live.id)
    # C-1 was written to three days before the cut-over, C-4 the day before: only C-2 would go.
    assert (kept.held_reason, kept.report["by_step"]) == ("shadow", {"final": 1})
    assert [one.count for one in needs(live.id, TODAY) if one.code == "first_run"] == [1]


def test_signing_the_shadow_lets_the_next_day_write(live: Company) -> None:
    bank_closes(live, date(2026, 3, 13))
    signed = services.sign_shadow(live.signer)
    assert (signed.sends_from, signed.messages) == (TUESDAY, 1)
    assert services.run(live.signer, run_on=TODAY).held_reason == "shadow"
    plan = json.loads(sql.scalar("SELECT plan::text FROM collections_firstrun"))
    assert plan["by_step"] == {"final": 1}
    [going_out] = [one for one in plan["messages"] if one["will_be_queued"]]
    assert (going_out["customer_number"], going_out["step"]) == ("C-2", "final")
    assert "@" not in json.dumps(plan)

    live.it_is(TUESDAY)
    bank_closes(live, TODAY)
    result = services.run(live.signer, run_on=TUESDAY)
    assert (result.held_reason, result.messages_queued, result.by_step) == ("", 1, {"final": 1})
    assert prove(live.id) == []


def test_before_the_books_are_signed_nothing_can_be_written_either(going: Company) -> None:
    golive.begin(going.loader, cut_over_on=CUT_OVER)
    bank_closes(going, date(2026, 3, 13))
    assert services.run(going.signer, run_on=TODAY).held_reason == "shadow"


def test_a_shadow_is_signed_once_by_a_person_who_may(live: Company) -> None:
    with pytest.raises(Refused) as refused:
        services.sign_shadow(replace(live.signer, user_id=None))
    assert refused.value.code == "signer_not_a_person"
    with pytest.raises(Refused) as refused:
        services.sign_shadow(replace(live.signer, permissions=frozenset({"collections.run"})))
    assert refused.value.code == "not_permitted"
    first = queries.first_run(live.id)
    assert first is not None
    assert (first.signed_at, first.sends_from) == (None, None)
    services.sign_shadow(live.signer)
    with pytest.raises(Conflict) as again:
        services.sign_shadow(live.loader)
    assert again.value.code == "shadow_signed"


def test_a_company_that_never_went_live_by_files_has_no_shadow(going: Company) -> None:
    assert queries.first_run(going.id) is None
    with pytest.raises(NotFound):
        services.sign_shadow(going.signer)


def test_imported_levels_go_on_one_step_at_a_time_and_pauses_hold(live: Company) -> None:
    """R-1 had its first reminder a fortnight ago; R-3, 170 days late, none; R-4 its second."""
    bank_closes(live, date(2026, 3, 13))
    services.sign_shadow(live.signer)
    taken: list[tuple[str, str]] = []
    for day in range(1, 40):
        live.it_is(TODAY + timedelta(days=day))
        bank_closes(live, live.signer.today - timedelta(days=1))
        for number, (step, items) in planned(live).items():
            taken.append((number, step))
            assert items
        services.run(live.signer, run_on=live.signer.today)
        services.send_queued(live.signer)
    by_customer = {number: [step for who, step in taken if who == number] for number, _ in taken}
    assert by_customer["C-1"][0] == "second"
    assert by_customer["C-2"] == ["final"]
    # R-4 waits with its promises; nobody wrote to C-3, who opted out.
    assert "C-3" not in by_customer
    assert "C-4" not in by_customer
    steps = sql.scalars(
        "SELECT t.level FROM collections_steptaken t JOIN invoices_item i ON i.id = t.item_id"
        " JOIN invoices_invoice v ON v.id = i.invoice_id WHERE v.number = 'R-1' ORDER BY t.id"
    )
    assert steps == [1, 2, 3]
    dates = sql.scalars(
        "SELECT t.taken_on FROM collections_steptaken t JOIN invoices_item i ON i.id = t.item_id"
        " JOIN invoices_invoice v ON v.id = i.invoice_id WHERE v.number = 'R-1' ORDER BY t.id"
    )
    assert dates[0] == date(2026, 3, 1)
    # Written to on the 12th by the old system: seven days must lie between.
    assert dates[1] == date(2026, 3, 19)
    assert (dates[2] - dates[1]).days > 7


def test_what_is_not_delivered_is_not_chased_until_it_is(live: Company) -> None:
    bank_closes(live, date(2026, 3, 13))
    [hold] = [one for one in contact.live_holds(live.id) if one.kind == "undelivered"]
    assert hold.source == "delivery:R-5"
    live.it_is(date(2026, 3, 19))
    bank_closes(live, date(2026, 3, 18))
    assert "R-5" not in planned(live).get("C-1", ("", ()))[1]
    assert golive.confirm_delivery(live.loader, ["R-5", "R-1"], reason="signed for") == (
        golive.Delivered(1, ("R-1",))
    )
    assert "R-5" in planned(live)["C-1"][1]
    assert golive.confirm_delivery(live.loader, ["R-5"], reason="again").released == 0


def test_where_the_erp_applies_the_cash_its_list_stands_in_for_the_bank(live: Company) -> None:
    services.sign_shadow(live.signer)
    live.it_is(TUESDAY)
    assert services.run(live.signer, run_on=TUESDAY).held_reason == "bank_unknown"
    headings = "Document No,Customer No,Currency,Open amount,As of\n"
    live.knows("open_items_snapshot", f"{headings}R-1,C-1,EUR,1190.00,2026-03-13\n")
    assert services.run(live.signer, run_on=TUESDAY).held_reason == "bank_stale"
    live.knows("open_items_snapshot", f"{headings}R-1,C-1,EUR,1190.00,2026-03-16\n")
    result = services.run(live.signer, run_on=TUESDAY)
    assert (result.held_reason, result.messages_queued) == ("", 1)


def test_a_promise_is_kept_by_what_the_erp_says_was_paid(live: Company) -> None:
    [first, second] = queries.promises(live.id)
    live.it_is(first.due_on)
    live.knows(
        "closures",
        "Invoice No,Closed on,How,Amount,Currency\n"
        f"R-4,{first.due_on - timedelta(days=1)},paid,250.00,USD\n",
    )
    live.it_is(first.due_on + timedelta(days=10))
    judged = services.judge_promises(live.loader, on=live.loader.today)
    assert (judged.kept, judged.broken) == ((first.reference,), ())
    assert queries.promise(live.id, second.reference).status == "open"


def test_the_first_live_day_is_worked_from_end_to_end(live: Company) -> None:
    services.sign_shadow(live.signer)
    live.it_is(TUESDAY)
    bank_closes(live, TODAY)
    steps = {step.step: step.report for step in days.run(live.loader).steps}
    assert steps["contact"]["by_step"] == {"final": 1}
    assert steps["reconcile"]["differences"] == 0  # the totals of the cut-over still agree
    assert steps["prove"] == {"differences": []}
