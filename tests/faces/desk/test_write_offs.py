"""Write-offs at the desk: proposed, approved by somebody else, listed, owed again."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from creditdesk.invoices import queries, services
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.faces.desk.pages import body, words
from tests.invoices.people import a_customer, an_invoice

SignedIn = Callable[..., Client]
FORM = {"amount": "119.00", "because": "insolvency", "reason": "petition filed"}


def late(desk: Actor) -> None:
    services.record(desk, [an_invoice(a_customer(desk), "INV-1")])


def open_minor(desk: Actor) -> int:
    return queries.invoice(desk.company_id, "INV-1").open_minor


def test_an_empty_page_teaches(manager: Client) -> None:
    assert "Nothing was written off" in words(manager.get("/write-offs/"))


def test_from_the_invoice_through_approval_and_back(signed_in: SignedIn, desk: Actor) -> None:
    late(desk)
    clerk, boss = signed_in("write_off_clerk"), signed_in("manager")
    assert "Write off W" in words(clerk.get("/invoices/INV-1/"))
    assert "Write off W" not in words(boss.get("/invoices/INV-1/"))
    shown = words(clerk.post("/invoices/INV-1/write-off", FORM))
    assert "Written off 119 .00 EUR Open now 119 .00 EUR Open afterwards 0 .00 EUR" in shown
    assert "Others who must approve it 1" in shown
    assert open_minor(desk) == 11_900
    clerk.post("/invoices/INV-1/write-off", FORM | {"confirmed": "yes"}, follow=True)
    assert open_minor(desk) == 11_900
    asked = words(boss.get("/approvals/APR-2026-000001/"))
    assert "Write-off of 119.00 EUR for Acorn C1" in asked
    assert "Invoice INV-1 Amount 119.00 EUR" in asked
    assert "Written off with it in all 119.00 EUR Why Insolvency" in asked
    boss.post("/approvals/APR-2026-000001/approve", {"confirmed": "yes"})
    assert open_minor(desk) == 0
    page = words(clerk.get("/invoices/INV-1/"))
    assert "Invoice INV-1 Written off" in page
    assert "petition filed" in page
    listed = words(clerk.get("/write-offs/"))
    assert "Insolvency 1 119 .00 EUR 0 .00 EUR" in listed
    lost = words(clerk.get("/invoices/?state=written_off"))
    assert "INV-1" in lost
    assert "Written off" in lost.partition("INV-1")[2]
    assert "INV-1" not in words(clerk.get("/invoices/?state=paid"))
    assert "WO-2026-000001" in body(clerk.get("/write-offs/?format=csv"))
    back = {"amount": "19.00", "act": "recovery", "reason": "quota"}
    assert "Open afterwards 19 .00 EUR" in words(boss.post("/invoices/INV-1/owed-again", back))
    boss.post("/invoices/INV-1/owed-again", back | {"confirmed": "yes"})
    assert open_minor(desk) == 1_900
    assert "owed again in part" in words(boss.get("/write-offs/"))
    assert "Invoice INV-1 Part written off" in words(boss.get("/invoices/INV-1/"))


def test_what_is_wrong_is_said_at_the_field(signed_in: SignedIn, desk: Actor) -> None:
    late(desk)
    clerk = signed_in("write_off_clerk")
    above = clerk.post("/invoices/INV-1/write-off", FORM | {"amount": "119.01"})
    assert above.status_code == 409
    assert "Of INV-1 only 119.00 EUR is open" in words(above)
    empty = clerk.post("/invoices/INV-1/write-off", FORM | {"reason": " "})
    assert empty.status_code == 422
    gone = clerk.post("/invoices/INV-1/owed-again", {"amount": "1", "act": "recovery",
                                                     "reason": "x"})  # fmt: skip
    assert gone.status_code == 409
    assert open_minor(desk) == 11_900


def test_tax_is_previewed_and_taken_back(signed_in: SignedIn, desk: Actor) -> None:
    rules = {**DEFAULT, "write_offs": {"tax_relief": [{"reason": "insolvency"}]},
             "authority": {"write_off_minor": 100_000}}  # fmt: skip
    policies.publish(desk, given=rules, valid_from=desk.today)
    late(desk)
    clerk, boss = signed_in("write_off_clerk"), signed_in("manager")
    assert "By policy one person decides this alone" in words(
        clerk.post("/invoices/INV-1/write-off", FORM)
    )
    clerk.post("/invoices/INV-1/write-off", FORM | {"confirmed": "yes"})
    assert "Not on that day" in words(boss.post("/write-offs/relieve", {"through": "2026-03-16"}))
