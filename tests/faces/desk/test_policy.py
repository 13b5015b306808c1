"""The credit policy at the desk: read, drafted, compared, approved by another, read by staff."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.kernel.actor import Actor
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import queries, services, telling_queries, wording
from creditdesk.policy.rules import DEFAULT
from tests.faces.desk.pages import body, words
from tests.faces.desk.work import a_debtor

SignedIn = Callable[..., Client]
ORDERS = {
    "limit_tolerance_percent": "0", "overdue_days_max": "14", "overdue_minimum_minor": "50.00",
    "watch_percent": "90", "reservation_days": "30", "no_limit_means": "hold",
}  # fmt: skip
ASK = {"valid_from": "2026-04-01", "reason": "too much is late"}


def drafted(of: Actor) -> dict[str, object]:
    [found] = reads.drafts(of.company_id)
    return dict(found.given)


def test_the_rules_are_one_document(signed_in: SignedIn) -> None:
    page = words(signed_in("sales").get("/policy/"))
    assert "Credit policy In force Version 1, from 1 Jan 2000." in page
    assert "An order is held while something is late by more than 30 days" in page
    assert "Draft a change File" not in page


def test_from_a_draft_to_a_version_in_force(signed_in: SignedIn, desk: Actor) -> None:
    ann, boss = signed_in("analyst"), signed_in("manager")
    assert "You have no draft" in words(ann.get("/policy/draft/"))
    assert ann.post("/policy/draft/orders/", ORDERS).status_code == 303
    shown = words(ann.get("/policy/draft/"))
    assert "Orders changed An order is held while something is late by more than 30 days" in shown
    assert "late by more than 14 days" in shown
    preview = words(ann.post("/policy/draft/submit", ASK))
    assert "A second person must approve it; you cannot." in preview
    assert len(queries.versions(desk.company_id)) == 1
    asked = ann.post("/policy/draft/submit", ASK | {"confirmed": "yes"})
    assert asked["Location"] == "/policy/asked/APR-2026-000001/"
    assert "late by more than 14 days" in words(ann.get(asked["Location"]))
    assert "Helena Brandt asks for a new version." in words(boss.get("/policy/"))
    assert "Credit policy from 1 Apr 2026" in words(boss.get("/approvals/APR-2026-000001/"))
    boss.post("/approvals/APR-2026-000001/approve", {"confirmed": "yes"})
    assert queries.in_force(desk.company_id, date(2026, 4, 1)).orders.overdue_days_max == 14
    assert reads.drafts(desk.company_id) == []


def test_staff_are_told_and_say_that_they_read_it(signed_in: SignedIn, desk: Actor) -> None:
    given = {**DEFAULT, "orders": {**DEFAULT["orders"], "overdue_days_max": 14}}
    services.submit(desk, given=given, valid_from=date(2026, 4, 1), reason="too much is late")
    sales, boss = signed_in("sales"), signed_in("manager")
    told = words(sales.get("/policy/"))
    assert "Version 2 of the credit policy counts from 1 Apr 2026. Read it and say so." in told
    assert "I have read it" in words(sales.get("/policy/versions/2/"))
    sales.post("/policy/versions/2/read")
    assert "Read it and say so" not in words(sales.get("/policy/"))
    seen = words(boss.get("/policy/versions/2/"))
    assert "Who has read it 1 of 2" in seen
    assert "What it changes against version 1" in seen


def test_a_planned_version_is_withdrawn_with_a_reason(signed_in: SignedIn, desk: Actor) -> None:
    given = {**DEFAULT, "default_terms": "net14"}
    services.submit(desk, given=given, valid_from=date(2026, 4, 1), reason="x")
    sales, boss = signed_in("sales"), signed_in("manager")
    assert "Withdraw this version" not in words(sales.get("/policy/versions/2/"))
    assert "Withdraw this version" in words(boss.get("/policy/versions/2/"))
    boss.post("/policy/versions/2/withdraw", {"reason": " "})
    assert queries.in_force(desk.company_id, date(2026, 4, 1)).version == 2
    boss.post("/policy/versions/2/withdraw", {"reason": "no"})
    assert queries.in_force(desk.company_id, date(2026, 4, 1)).version == 1
    assert "Credit policy Withdrawn" in words(boss.get("/policy/versions/2/"))


@pytest.mark.parametrize("section", wording.SECTIONS)
def test_a_section_kept_as_its_form_shows_it_says_the_same(
    signed_in: SignedIn, desk: Actor, section: str
) -> None:
    ann = signed_in("analyst")
    page = ann.get(f"/policy/draft/{section}/")
    sent = {}
    for field in [
        *page.context["fields"],
        *(one for part in page.context["lists"] for row in part.rows for one in row.fields),
    ]:
        if field.kind != "check" or field.is_checked:
            sent[field.name] = field.value
    assert ann.post(f"/policy/draft/{section}/", sent).status_code == 303
    [kept] = reads.drafts(desk.company_id)
    now = queries.in_force(desk.company_id, desk.today)
    assert wording.compare(now, kept.policy(desk.today), "EUR") == ()


def test_rows_are_added_changed_and_removed(signed_in: SignedIn, desk: Actor) -> None:
    ann = signed_in("analyst")
    page = ann.get("/policy/draft/limits/")
    sent = {one.name: one.value for row in page.context["lists"][0].rows for one in row.fields}
    sent |= {
        "by_class.0.minor": "750,000.00", "by_class.4.remove": "yes",
        "by_class.new.segment": "public", "by_class.new.minor": "90000",
    }  # fmt: skip
    ann.post("/policy/draft/limits/", sent)
    rows = drafted(desk)["limits"]["by_class"]  # type: ignore[index]
    assert [(one.get("risk_class"), one.get("segment"), one["minor"]) for one in rows] == [
        ("A", None, 75_000_000), ("B", None, 25_000_000), ("C", None, 10_000_000),
        ("D", None, 2_500_000), (None, "public", 9_000_000),
    ]  # fmt: skip


def test_rules_of_orders_are_switched_on_and_an_exclusion_added(
    signed_in: SignedIn, desk: Actor
) -> None:
    ann = signed_in("analyst")
    sent = ORDERS | {
        "order_minor_max": "5,000.00", "hold_percent": "95", "refuse": "blocked, no_exchange_rate",
        "check_points": "confirm, ship", "desk_opens": "09:00", "late_goes_to": "analyst",
        "exclusions.new.rule": "overdue", "exclusions.new.kinds": "sample, spare part",
        "exclusions.new.up_to_minor": "100",
    }  # fmt: skip
    assert ann.post("/policy/draft/orders/", sent).status_code == 303
    kept = drafted(desk)["orders"]
    assert kept["exclusions"] == [  # type: ignore[index]
        {"rule": "overdue", "kinds": ["sample", "spare part"], "up_to_minor": 10_000}
    ]
    assert kept["order_minor_max"] == 500_000  # type: ignore[index]
    shown = words(ann.get("/policy/draft/orders/")).replace("\u202f", " ").replace("\xa0", " ")
    for sentence in (
        "An order above 5 000.00 EUR is held.",
        "These refuse an order instead of holding it: a block, a missing exchange rate.",
        "Orders of kind sample, spare part, up to 100.00 EUR are not held for this: the days",
        "09:00 to 17:00 on working days; after that it goes to the role credit analyst.",
        "the days something is late · sample · spare part",
    ):
        assert sentence in shown
    page = ann.get("/policy/draft/orders/")
    again = {one.name: one.value for one in page.context["fields"]}
    assert again["order_minor_max"] == "5000.00"
    ann.post("/policy/draft/orders/", sent | {"exclusions.0.remove": "yes", "refuse": ""} | {
        "exclusions.new.rule": "", "exclusions.new.kinds": "", "exclusions.new.up_to_minor": "",
    })  # fmt: skip
    kept = drafted(desk)["orders"]
    assert kept["exclusions"] == []  # type: ignore[index]
    assert "These refuse an order" not in words(ann.get("/policy/draft/orders/"))


def test_what_is_wrong_is_said_and_nothing_is_kept(signed_in: SignedIn, desk: Actor) -> None:
    ann = signed_in("analyst")
    for sent in (
        ORDERS | {"overdue_days_max": "many"}, ORDERS | {"watch_percent": "101"},
        ORDERS | {"overdue_minimum_minor": "x"}, ORDERS | {"no_limit_means": "perhaps"},
    ):  # fmt: skip
        answer = ann.post("/policy/draft/orders/", sent)
        assert answer.status_code == 422
        assert 'role="alert"' in body(answer)
    assert ann.get("/policy/draft/cake/").status_code == 404
    assert reads.drafts(desk.company_id) == []


def test_a_draft_goes_as_a_file_and_comes_back(signed_in: SignedIn, desk: Actor) -> None:
    ann = signed_in("analyst")
    given = json.loads(body(ann.get("/policy/versions/1/file")))
    assert given == DEFAULT
    given["promises"]["grace_days"] = 5

    def upload(content: str) -> None:
        ann.post("/policy/draft/upload", {"file": SimpleUploadedFile("p.json", content.encode())})

    upload(json.dumps(given))
    assert json.loads(body(ann.get("/policy/draft/file"))) == given
    for wrong in ("[1]", "{", "[" * 100_000, json.dumps({**given, "colour": 1}), '{"terms": 1}'):
        upload(wrong)
    assert drafted(desk) == given
    ann.post("/policy/draft/discard")
    assert ann.get("/policy/draft/file").status_code == 404


def test_the_simulation_of_a_draft_is_shown(signed_in: SignedIn) -> None:
    ann = signed_in("analyst")
    ann.post("/policy/draft/orders/", ORDERS)
    page = words(ann.get("/policy/draft/simulate"))
    assert "0 orders asked again" in page
    assert "from 16 Mar 2025 to 16 Mar 2026, against version 1" in page


def test_whom_it_is_told_to_is_seen_before_and_who_has_read_it_after(
    signed_in: SignedIn, desk: Actor
) -> None:
    a_debtor(desk, "C1")
    ann, boss, ina = signed_in("analyst"), signed_in("manager"), signed_in("auditor")
    given = {**DEFAULT, "ladder": [{**one, "pay_within_days": 3} for one in DEFAULT["ladder"]]}
    posted = SimpleUploadedFile("p.json", json.dumps(given).encode())
    assert ann.post("/policy/draft/upload", {"file": posted}).status_code == 303
    preview = words(ann.post("/policy/draft/submit", ASK))
    assert "Who is told" in preview
    assert "1 customer Reminders, step by step: 1" in preview
    assert "Credit policy, version 2: what changes from 1 Apr 2026" in preview
    assert "A letter, for instance to Acorn C1 What changes between us from 1 Apr 2026" in preview
    assert telling_queries.notices(desk.company_id, 2) == []
    asked = ann.post("/policy/draft/submit", ASK | {"confirmed": "yes"})
    assert "The mail to the staff" in words(boss.get(asked["Location"]))
    boss.post("/approvals/APR-2026-000001/approve", {"confirmed": "yes"})
    page = words(boss.get("/policy/versions/2/readers/"))
    assert "Credit policy · Version 2 · 0 of" in page
    assert "Remind everybody who has not" in page
    assert "Customers are still being told" in page
    assert "Remind everybody" not in words(ina.get("/policy/versions/2/readers/"))
    ann.post("/policy/versions/2/read")
    assert "· 1 of" in words(boss.get("/policy/versions/2/readers/"))
    own = telling_queries.notices(desk.company_id, 2)[0]
    assert own.subject in words(boss.get(f"/policy/versions/2/mails/{own.id}/"))
    assert ina.get(f"/policy/versions/2/mails/{own.id}/").status_code == 403
    assert boss.get(f"/policy/versions/1/mails/{own.id}/").status_code == 404
    assert boss.post("/policy/versions/2/remind").status_code == 303
    assert ann.post("/policy/versions/2/remind").status_code == 403
    assert boss.post("/policy/versions/1/remind").status_code == 404
    assert {one.number for one in telling_queries.notices(desk.company_id, 2)} == {0}


def test_the_language_somebody_chooses_is_that_of_their_mails(
    signed_in: SignedIn, desk: Actor
) -> None:
    ann = signed_in("collector")
    assert ann.post("/language/", {"language": "de"}).status_code == 302
    spoken = {one.name: one.language for one in telling_queries.staff(desk.company_id)}
    assert list(spoken.values()).count("de") == 1
    ann.post("/language/", {"language": "xx"})
    again = [one.language for one in telling_queries.staff(desk.company_id)]
    assert again == list(spoken.values())
