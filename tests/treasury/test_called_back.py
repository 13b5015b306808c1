"""Refunds and mandates to bank details that wait for a call-back, were denied, or are in force."""

from __future__ import annotations

import pytest

from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.treasury import services
from tests.customers.stage import NEW, PHONE, acorn, as_person
from tests.support.fixtures import TODAY


@pytest.mark.parametrize(("result", "is_refused"), [("denied", True), ("confirmed", False)])
def test_no_mandate_is_given_on_details_that_wait_or_were_denied(
    actor: Actor,
    result: str,
    is_refused: bool,  # noqa: FBT001 - a row of the table
) -> None:
    petra, maren = as_person(actor, 1, "petra"), as_person(actor, 2, "maren")
    customer_id = acorn(actor, contacts=(NewContact(name="Anna", phone=PHONE),))
    asked = customers.ask_bank_change(
        petra, customer_id, account=NEW, holder="Acorn", channel="mail"
    )

    def give() -> str:
        return services.give_mandate(actor, customer_id, iban=NEW, holder="Acorn", signed_on=TODAY)

    with pytest.raises(Refused) as waits:
        give()
    assert waits.value.code == "bank_details_waiting"
    customers.call_back(maren, asked.change_id, person="Anna", phone=PHONE, result=result)
    if is_refused:
        with pytest.raises(Refused) as denied:
            give()
        assert denied.value.code == "bank_details_waiting"
    else:
        assert give().startswith("MND")


def test_no_mandate_is_given_on_a_closed_account(actor: Actor) -> None:
    customer_id = acorn(actor)
    customers.close(actor, customer_id, reason="gone")
    with pytest.raises(Refused) as refused:
        services.give_mandate(actor, customer_id, iban=NEW, holder="Acorn", signed_on=TODAY)
    assert refused.value.code == "customer_closed"
