"""Bank details: asked for by one, called back by another on a number known before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from creditdesk.customers import queries, services
from creditdesk.customers.rules import NewContact, banking
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from tests.customers.stage import NEW, OLD, PHONE, acorn, as_person
from tests.support.fixtures import founded

KNOWN = banking.Known(
    country="DE", names=frozenset({"ACORN"}), of_others=False, phone_changed_lately=False,
    mail_changed_lately=False, was_denied=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("account", "bank", "fault"),
    [
        (OLD, "", None),
        ("DE89 3704 0044 0532 0130 00", "COBADEFFXXX", None),
        ("DE89370400440532013001", "", ("account", "iban_check_digits")),
        ("ZZ8937040044053201300", "", ("account", "iban_check_digits")),
        (OLD, "COBA", ("bank_code", "bic_malformed")),
        ("12345678", "026009593", None),
        ("12345678", "", ("bank_code", "bank_code_missing")),
        ("12", "026009593", ("account", "account_too_short")),
        ("ABCDEF", "026009593", ("account", "account_too_short")),
        ("", "", ("account", "value_missing")),
    ],
)
def test_details_that_cannot_be_right(
    account: str, bank: str, fault: tuple[str, str] | None
) -> None:
    assert banking.details_fault(account, bank) == fault


@pytest.mark.parametrize(
    ("account", "holder", "channel", "changed", "found"),
    [
        (OLD, "Acorn GmbH", "letter", {}, ()),
        (OLD, "Acorn GmbH", "mail", {}, ("asked_by_mail",)),
        (NEW, "Acorn GmbH", "phone", {}, ("country_differs",)),
        ("12345678", "Acorn", "phone", {}, ()),
        (OLD, "Birch Ltd", "letter", {}, ("holder_differs",)),
        (OLD, "Acorn", "letter", {"of_others": True}, ("account_of_another",)),
        (NEW, "X Y", "mail",
         {"was_denied": True, "phone_changed_lately": True, "mail_changed_lately": True},
         ("account_denied_before", "holder_differs", "country_differs", "asked_by_mail",
          "phone_changed_lately", "mail_changed_lately")),
    ],
)  # fmt: skip
def test_what_speaks_for_fraud(
    account: str, holder: str, channel: str, changed: dict[str, bool], found: tuple[str, ...]
) -> None:
    known = banking.Known(**{**{name: getattr(KNOWN, name) for name in banking.Known.__slots__},
                             **changed})  # fmt: skip
    assert banking.signals(account, holder, channel, known) == found


@pytest.mark.parametrize(
    ("called", "is_known"),
    [
        (PHONE, True), ("0049 (221) 555 01 01", True), ("+49 221 5550102", False),
        ("", False), ("101", False),
    ],
)  # fmt: skip
def test_a_number_is_known_however_it_is_written(called: str, is_known: bool) -> None:  # noqa: FBT001 - a row of the table
    assert banking.is_known_number(called, [PHONE, "101", ""]) is is_known


def asked(actor: Actor, customer_id: int, account: str = NEW) -> services.BankChangeResult:
    return services.ask_bank_change(
        actor, customer_id, account=account, holder="Acorn C1 GmbH", channel="mail"
    )


def test_details_are_in_force_once_another_person_called_back(actor: Actor) -> None:
    petra, maren = as_person(actor, 1, "petra"), as_person(actor, 2, "maren")
    customer_id = acorn(actor)
    found = asked(petra, customer_id)
    assert (found.state, found.signals) == ("asked", ("country_differs", "asked_by_mail"))
    kept = queries.bank_change(actor.company_id, found.change_id)
    assert kept.signals == ["country_differs", "asked_by_mail"]
    assert queries.paid_on(actor.company_id, customer_id) is None
    waits = [(customer_id, NEW)]
    assert queries.unsettled_accounts(actor.company_id, waits) == waits
    call = {"person": "Anna", "phone": "0049 221 5550101"}
    missed = services.call_back(maren, found.change_id, **call, result="not_reached")
    assert missed.state == "asked"
    done = services.call_back(maren, found.change_id, **call, result="confirmed", note="yes")
    assert done.state == "confirmed"
    in_force = queries.paid_on(actor.company_id, customer_id)
    assert in_force is not None
    assert (in_force.account_key, in_force.decided_by, in_force.calls_count) == (NEW, "maren", 2)
    assert queries.unsettled_accounts(actor.company_id, waits) == []
    assert queries.payer_index(actor.company_id).accounts == {NEW: {customer_id}}
    changes = [(one.field, one.before, one.after)
               for one in queries.history(actor.company_id, customer_id)]  # fmt: skip
    assert changes == [("bank details", "", NEW), ("bank details asked", "", NEW)]
    with pytest.raises(Invalid) as refused:
        asked(petra, customer_id)
    assert refused.value.code == "account_the_same"


def test_denied_details_stay_refused_and_speak_against_the_next(actor: Actor) -> None:
    petra, maren = as_person(actor, 1, "petra"), as_person(actor, 2, "maren")
    customer_id, other = acorn(actor), acorn(actor, "C2")
    first = asked(petra, customer_id)
    services.call_back(maren, first.change_id, person="Anna", phone=PHONE, result="denied")
    assert queries.unsettled_accounts(actor.company_id, [(customer_id, NEW)])
    assert queries.paid_on(actor.company_id, customer_id) is None
    again = asked(petra, other)
    assert again.signals[:2] == ("account_denied_before", "account_of_another")
    with pytest.raises(Conflict) as decided:
        services.call_back(maren, first.change_id, person="Anna", phone=PHONE, result="confirmed")
    assert decided.value.code == "bank_change_decided"


@pytest.mark.parametrize(
    ("who", "phone", "code"),
    [
        (1, PHONE, "own_bank_change"),
        (None, PHONE, "call_needs_a_person"),
        (2, "+33 1 40000000", "number_not_known_before"),
        (2, "", "number_not_known_before"),
    ],
)
def test_nobody_confirms_what_they_asked_or_on_a_number_that_came_with_it(
    actor: Actor, who: int | None, phone: str, code: str
) -> None:
    petra = as_person(actor, 1, "petra")
    customer_id = acorn(actor)
    services.add_contact(
        as_person(actor, 1, "petra"), customer_id,
        contact=NewContact(name="Fraud", phone="+33 1 40000000"),
    )  # fmt: skip
    found = asked(petra, customer_id)
    assert "phone_changed_lately" in found.signals
    caller = actor if who is None else as_person(actor, who, "somebody")
    with pytest.raises(Refused) as refused:
        services.call_back(caller, found.change_id, person="X", phone=phone, result="confirmed")
    assert refused.value.code == code
    assert queries.paid_on(actor.company_id, customer_id) is None
    assert queries.calls(actor.company_id, found.change_id) == []


def test_a_number_swapped_lately_is_not_called_but_the_one_it_replaced(actor: Actor) -> None:
    petra, maren = as_person(actor, 1, "petra"), as_person(actor, 2, "maren")
    customer_id = acorn(actor)
    contact = queries.contacts(actor.company_id, customer_id)[0]
    services.edit_contact(petra, contact.id, changes={"phone": "+33 1 40000000"})
    found = asked(as_person(actor, 1, "petra", days=29), customer_id)
    assert [one.phone for one in queries.known_numbers(
        actor.company_id, customer_id, as_person(actor, 1, "", days=29).at)] == [PHONE]  # fmt: skip
    later = as_person(actor, 2, "maren", days=29)
    with pytest.raises(Refused):
        services.call_back(
            later, found.change_id, person="Anna", phone="+33 1 40000000", result="confirmed"
        )
    done = services.call_back(later, found.change_id, person="Anna", phone=PHONE, result="denied")
    assert done.state == "denied"
    # Settled a month later, the new number is one to call.
    second = asked(as_person(actor, 1, "petra", days=31), customer_id, OLD)
    assert services.call_back(
        as_person(maren, 2, "maren", days=31), second.change_id, person="Anna",
        phone="+33 1 40000000", result="confirmed",
    ).state == "confirmed"  # fmt: skip


def test_one_change_waits_at_a_time_and_may_be_withdrawn(actor: Actor) -> None:
    petra = as_person(actor, 1, "petra")
    customer_id = acorn(actor)
    first = asked(petra, customer_id)
    with pytest.raises(Conflict) as waits:
        asked(petra, customer_id, OLD)
    assert waits.value.code == "bank_change_waits"
    assert services.withdraw_bank_change(petra, first.change_id, reason="typed wrong").state == (
        "withdrawn"
    )
    assert asked(petra, customer_id, OLD).state == "asked"
    assert queries.unsettled_accounts(actor.company_id, [(customer_id, NEW)]) == []


def test_another_company_sees_and_decides_nothing(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer_id = acorn(actor)
    found = asked(as_person(actor, 1, "petra"), customer_id)
    other = as_person(actor_of(founded("other").id), 2, "eve")
    attempts: list[Callable[[], object]] = [
        lambda: asked(other, customer_id, OLD),
        lambda: services.call_back(
            other, found.change_id, person="A", phone=PHONE, result="confirmed"
        ),
        lambda: services.withdraw_bank_change(other, found.change_id, reason="x"),
        lambda: queries.bank_change(other.company_id, found.change_id),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound), transaction.atomic():
            attempt()
    assert queries.bank_change(actor.company_id, found.change_id).state == "asked"
    assert queries.unsettled_accounts(other.company_id, [(customer_id, NEW)]) == []


def test_only_who_may_asks_and_calls(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    customer_id = acorn(actor)
    found = asked(as_person(actor, 1, "petra"), customer_id)
    collector = as_person(actor_of(actor.company_id, role="collector"), 3, "tobias")
    attempts: list[Callable[[], object]] = [
        lambda: asked(collector, customer_id),
        lambda: services.call_back(
            collector, found.change_id, person="A", phone=PHONE, result="confirmed"
        ),
    ]
    for attempt in attempts:
        with pytest.raises(DomainError) as refused:
            attempt()
        assert refused.value.code == "not_permitted"
    assert queries.bank_change(actor.company_id, found.change_id).state == "asked"
