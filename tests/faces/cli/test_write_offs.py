"""Write-offs on the command line: asked for, listed, owed again, their tax taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, time
from io import StringIO

import pytest

from creditdesk.faces.cli import write_offs as cli
from creditdesk.invoices import queries, services
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Invalid, Refused
from creditdesk.plumbing import clock
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.invoices.people import a_customer, an_invoice
from tests.support.fixtures import TODAY

ALONE = {"write_off_minor": 100_000}
RELIEF = {"tax_relief": [{"reason": "insolvency", "after_due_days": 0}]}


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


def owing(actor: Actor, **sections: object) -> None:
    policies.publish(actor, given={**DEFAULT, **sections}, valid_from=TODAY.replace(month=1))
    late = {"issued_on": TODAY.replace(month=1), "due_on": TODAY.replace(month=2)}
    services.record(actor, [an_invoice(a_customer(actor), "INV-1", **late)])


def said(act: Callable[[], int]) -> str:
    with redirect_stdout(StringIO()) as told:
        assert act() == 0
    return told.getvalue()


def proposed(amount: str = "") -> str:
    return said(
        lambda: cli.propose(
            number="INV-1", because="insolvency", reason="filed", amount=amount, company=""
        )
    )


def test_the_machine_asks_a_person(actor: Actor) -> None:
    owing(actor)
    with pytest.raises(ApprovalNeeded) as needed:
        proposed()
    assert needed.value.reference == "APR-2026-000001"
    assert queries.invoice(actor.company_id, "INV-1").open_minor == 11_900


def test_listed_owed_again_and_relieved(actor: Actor) -> None:
    owing(actor, authority=ALONE, write_offs=RELIEF)
    assert "written off: WO-2026-000001" in proposed("119.00")
    assert "INV-1  insolvency  119.00  119.00 EUR" in said(lambda: cli.list_all(company=""))
    shown = said(lambda: cli.relieve(through="", company="", is_preview=True))
    assert "tax would be taken back, write-offs: 1" in shown
    done = said(lambda: cli.relieve(through="2026-03-16", company="", is_preview=False))
    assert ("tax taken back, write-offs: 1" in done, "19.00 EUR" in done) == (True, True)
    back = said(
        lambda: cli.recover(
            number="INV-1", reason="quota", amount="59.50", is_mistake=False, company=""
        )
    )
    assert "owed again 59.50 EUR, tax given back 9.50 EUR" in back
    assert queries.invoice(actor.company_id, "INV-1").open_minor == 5_950


def test_what_is_wrong_changes_nothing(actor: Actor) -> None:
    owing(actor, authority=ALONE)
    for act, code in (
        (lambda: proposed("a lot"), "amount_malformed"),
        (lambda: cli.relieve(through="soon", company="", is_preview=False), "date_malformed"),
        (lambda: cli.relieve(through="", company="", is_preview=False), "relief_off"),
    ):
        with pytest.raises((Invalid, Refused)) as fault:
            act()
        assert fault.value.code == code
    assert queries.invoice(actor.company_id, "INV-1").open_minor == 11_900
