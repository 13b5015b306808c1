"""Late interest at the desk: what was charged, a preview that writes nothing, charging, waiving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.http import HttpResponse
from django.test import Client

from creditdesk.invoices import charge_queries as charges
from creditdesk.invoices import wording
from creditdesk.invoices.models import Charge
from creditdesk.invoices.services.charging.fees import ReturnFee, charge_return_fees
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from creditdesk.policy import services as policies
from creditdesk.policy.models import ReferenceRate
from creditdesk.policy.rules import DEFAULT
from tests.faces.desk.pages import body, words
from tests.invoices.people import a_customer, recorded
from tests.invoices.people import an_invoice as invoice_of

THROUGH = {"through": "2026-02-28"}


@pytest.fixture
def owing(desk: Actor) -> Actor:
    """The standing actor, whose policy charges interest and whose Dutch customer is late."""
    policies.publish(
        desk,
        given={**DEFAULT, "interest": {"mode": "post", "since": "2025-01-01"}},
        valid_from=date(2026, 1, 2),
    )
    customer_id = a_customer(desk, "C-NL", country="NL")
    late = invoice_of(
        customer_id, "NL-1", issued_on=date(2026, 1, 1), due_on=date(2026, 1, 31),
        net_minor=1_000_000, tax_minor=0,
    )  # fmt: skip
    recorded(desk, late)
    return desk


def test_the_page_says_what_it_is_for_where_nothing_is_charged(manager: Client) -> None:
    page = words(manager.get("/interest/"))
    assert "Nothing was charged for paying late" in page
    assert "The policy charges no late interest." in page
    assert "no legal advice" in page


def test_a_preview_shows_the_sums_and_writes_nothing(manager: Client, owing: Actor) -> None:
    page = words(manager.post("/interest/charge", THROUGH))
    assert "Compensation EUR 40 .00 0 .00 Late interest EUR 77 .86 0 .00" in page
    assert "Items: 1, customers: 1." in page
    assert "Nothing is charged yet." in page
    assert Charge.objects.count() == 0


def test_charging_lists_each_charge_with_its_document(manager: Client, owing: Actor) -> None:
    answer = manager.post("/interest/charge", {**THROUGH, "confirmed": "yes"}, follow=True)
    page = words(answer)
    assert "Charged through Feb. 28, 2026" in page
    assert "NL-1" in page
    assert "LI-2026-000001" in page
    assert "EU directive" in page
    document = words(manager.get("/invoices/LI-2026-000001/"))
    assert "Late interest LI-2026-000001" in document
    assert "NL-1 Late interest 1 Feb 2026 – 28 Feb 2026 EU directive 77 .86 77 .86" in document
    assert "NL-1 Compensation 28 Feb 2026 EU directive 40 .00 40 .00" in document
    again = words(manager.post("/interest/charge", THROUGH))
    assert "There is nothing new to charge through that day." in again
    text = body(manager.get("/interest/?format=csv"))
    assert text.count("NL-1") == 2


def test_a_fee_is_called_by_its_name(manager: Client, desk: Actor) -> None:
    customer_id = a_customer(desk, "C-NL", country="NL")
    [fee] = charge_return_fees(desk, [ReturnFee(customer_id, "EUR", 500, "PAY-1")], within_days=14)
    assert fee
    page = words(manager.get("/invoices/RF-2026-000001/"))
    assert "Fee for a returned payment RF-2026-000001" in page
    assert "Late interest RF-" not in page
    assert wording.charge_title({"dunning_fee"}) == "Fee for a reminder"
    assert wording.charge_title({"compensation"}) == "Compensation"
    assert wording.charge_title({"compensation", "interest"}) == "Late interest"
    german = words(manager.get("/invoices/RF-2026-000001/", headers={"Accept-Language": "de"}))
    assert "Gebühr für eine zurückgegebene Zahlung RF-2026-000001" in german


def test_a_memo_stands_on_the_page_of_the_customer(manager: Client, owing: Actor) -> None:
    memo = {**DEFAULT, "interest": {"mode": "memo", "since": "2025-01-01"}}
    policies.publish(owing, given=memo, valid_from=date(2026, 1, 3))
    manager.post("/interest/charge", {**THROUGH, "confirmed": "yes"})
    page = words(manager.get("/customers/C-NL/"))
    assert "Late interest: 77 .86 EUR through 28 Feb 2026, not posted" in page


def test_waiving_needs_a_reason_and_keeps_it(
    manager: Client, signed_in: Callable[..., Client], owing: Actor
) -> None:
    collector = signed_in("collector")
    manager.post("/interest/charge", {**THROUGH, "confirmed": "yes"})
    first, second = charges.charge_listing(owing.company_id).rows
    assert manager.post(f"/interest/{first.id}/waive", {"reason": ""}).status_code == 422
    assert collector.post(f"/interest/{first.id}/waive", {"reason": "x"}).status_code == 403
    assert charges.charge_listing(owing.company_id).rows == (first, second)
    page = words(manager.post(f"/interest/{first.id}/waive", {"reason": "Goodwill"}, follow=True))
    assert "The charge is waived" in page
    assert "Goodwill" in page
    left = {row.id: row.left_minor for row in charges.charge_listing(owing.company_id).rows}
    assert left == {first.id: 0, second.id: second.minor}


def test_a_day_that_is_none_is_told(manager: Client, owing: Actor) -> None:
    assert manager.post("/interest/charge", {"through": "2026-02-31"}).status_code == 422
    ahead = manager.post("/interest/charge", {"through": "2026-12-31"})
    assert ahead.status_code == 403
    assert Charge.objects.count() == 0


RATE = {"reference": "ecb_mro", "valid_on": "2027-01-01", "percent": "2,50",
        "source": "Official Journal C of 4 January 2027"}  # fmt: skip


def in_february(client: Client, method: str, path: str, given: dict[str, str]) -> HttpResponse:
    with clock.held_at(datetime(2027, 2, 12, 9, tzinfo=UTC)):
        client.get("/")
        return getattr(client, method)(path, given)


def test_a_half_year_without_a_rate_is_told_entered_and_charged(
    manager: Client, owing: Actor
) -> None:
    through = {"through": "2027-01-31"}
    page = words(in_february(manager, "get", "/interest/", {}))
    assert (
        "European Central Bank, main refinancing operations: no rate is known from 1 Jan 2027 on."
        " What is late since then in NL holds the run up"
    ) in page
    answer = in_february(manager, "post", "/interest/charge", through)
    assert answer.status_code == 409
    assert "The reference rate ecb_mro from 2027-01-01 is not known; enter it" in words(answer)
    assert Charge.objects.count() == 0
    assert in_february(manager, "post", "/interest/rate", RATE).status_code == 303
    page = words(in_february(manager, "get", "/interest/", {}))
    assert "no rate is known" not in page
    assert "2.5000 Official Journal C of 4 January 2027 (" in page
    # 150 days at 10.15, 184 at 10.40 and 31 at 10.50 percent, as if nobody had waited.
    page = words(in_february(manager, "post", "/interest/charge", through))
    assert "Late interest EUR 1 030 .58" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"valid_on": "2027-01-02"}, "is no reference rate of a half-year"),
        ({"reference": "libor"}, "is no reference rate of a half-year"),
        ({"percent": "101"}, "is no reference rate of a half-year"),
        ({"percent": "NaN"}, "is no reference rate of a half-year"),
        ({"percent": "two"}, "cannot stand here"),
        ({"source": " "}, "A rate needs the place where it was read"),
    ],
)
def test_what_is_no_rate_is_not_kept(
    manager: Client, owing: Actor, change: dict[str, str], said: str
) -> None:
    page = words(manager.post("/interest/rate", {**RATE, **change}, follow=True))
    assert said in page
    assert ReferenceRate.objects.count() == 0


def test_norwegian_law_waits_until_its_rate_was_ever_entered(manager: Client, owing: Actor) -> None:
    customer_id = a_customer(owing, "C-NO", country="NO")
    recorded(owing, invoice_of(
        customer_id, "NO-1", issued_on=date(2026, 1, 1), due_on=date(2026, 1, 31),
        net_minor=1_000_000, tax_minor=0, currency="NOK",
    ))  # fmt: skip
    page = words(manager.post("/interest/charge", THROUGH))
    assert "No rate was ever entered for that law: 1" in page
    assert "Norges Bank, policy rate: no rate is known from 1 Jan 2026 on." in page
    manager.post("/interest/rate", {**RATE, "reference": "norges_policy", "valid_on": "2026-01-01",
                                    "percent": "4.00"})  # fmt: skip
    page = words(manager.post("/interest/charge", THROUGH))
    assert "Late interest NOK 92 .05" in page  # 28 days at 12 percent
    assert "No rate was ever entered" not in page
