"""Who pays in another way is drawn by seed; advices and files for banks say what was meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random

import pytest

from creditdesk.cash.readers.advices import read_confined
from creditdesk.contact.inbox import attachment, read_mail
from creditdesk.simulation.rules import ways
from creditdesk.simulation.rules.advices import Advice, mail
from creditdesk.simulation.rules.dice import dice
from creditdesk.simulation.rules.orders_to_banks import Ordered, ordered
from creditdesk.simulation.rules.truth import Application, Intent, astray
from creditdesk.simulation.rules.world import HOUSES, firms
from creditdesk.treasury.rules import pain
from creditdesk.treasury.rules.debit_returns import RETRY, STOP, answer_to
from creditdesk.treasury.rules.identifiers import iban_of

GERMAN, BRITISH = HOUSES
PARTS = {"RE-2026-00040": 119_000, "RE-2026-00051": 2_480_05}


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.code)
def test_the_same_seed_draws_the_same_ways(house: object) -> None:
    cast = firms(7, house, 72)  # type: ignore[arg-type]
    one = ways.ways(7, house, cast)  # type: ignore[arg-type]
    assert one == ways.ways(7, house, cast)  # type: ignore[arg-type]
    assert one != ways.ways(8, house, firms(8, house, 72))  # type: ignore[arg-type]


def test_euros_are_collected_and_pounds_are_not() -> None:
    cast = firms(7, GERMAN, 72)
    drawn = ways.ways(7, GERMAN, cast)
    by_number = {firm.number: firm for firm in cast}
    assert 1 <= len(drawn.debited) <= 6
    assert {by_number[one].character for one in drawn.debited} <= ways.DEBITED_CHARACTERS
    assert not drawn.debited & drawn.advising
    assert not drawn.debited & set(drawn.payers or {})
    assert ways.ways(7, BRITISH, firms(7, BRITISH, 48)).debited == frozenset()


def test_who_pays_for_others_is_of_their_group_or_a_factor() -> None:
    cast = firms(7, GERMAN, 180)
    drawn = ways.ways(7, GERMAN, cast)
    by_number = {firm.number: firm for firm in cast}
    heads = {firm.account.bank_accounts[0]: firm for firm in cast}
    kinds = set()
    for number, payer in (drawn.payers or {}).items():
        kinds.add(payer.kind)
        if payer.kind == "factor":
            assert payer.name == "Hansewall Factoring AG"
            assert iban_of(payer.account) == payer.account
        else:
            head = heads[payer.account]
            assert head.account.group_number == by_number[number].account.group_number != ""
            assert head.number != number
        assert drawn.payer(number) == payer
        assert drawn.pays_for_others(payer.account)
    assert kinds == {"parent", "factor"}
    assert not drawn.pays_for_others("DE00")


def test_a_few_in_a_hundred_come_back_and_each_reason_is_known() -> None:
    chances = [dice("debit", n) for n in range(4_000)]
    reasons = [ways.debit_reason(chance) for chance in chances]
    came_back = [one for one in reasons if one]
    assert 0.04 < len(came_back) / len(reasons) < 0.08
    assert set(came_back) == {code for code, _ in ways.DEBIT_REASONS}
    assert {answer_to(code).action for code in ways.STOPPING_REASONS} == {STOP}
    assert {answer_to(code).action for code in ways.RETRIED_REASONS} == {RETRY}
    recalled = sum(ways.is_recalled(dice("recall", n)) for n in range(20_000))
    assert 40 < recalled < 110
    assert iban_of(ways.other_account(Random(1), GERMAN))


@pytest.mark.parametrize("form", ["pdf", "csv", "text"])
@pytest.mark.parametrize("is_german", [True, False], ids=["german", "english"])
def test_an_advice_is_read_as_it_was_meant(form: str, is_german: bool) -> None:  # noqa: FBT001
    told = Advice(
        reference="A26-4101", payer="Hüttmann Sanitär (Nord) GmbH", currency="EUR", parts=PARTS,
        person="Änne Ölßner", sender="a@huettmann.example", recipient="b@corvendale.example",
        sent_at=datetime(2026, 7, 1, 17, 5, tzinfo=UTC), form=form, is_german=is_german,
    )  # fmt: skip
    received = read_mail(mail(told), "a.eml")
    assert received.sender == "a@huettmann.example"
    assert received.subject.endswith("A26-4101")
    if form == "text":
        advice = read_confined(received.text.encode(), "a.eml")
    else:
        (one,) = received.attachments
        advice = read_confined(attachment(mail(told), "a.eml", one.place), one.name)
    assert {line.numbers[0]: int(line.paid * 100) for line in advice.lines} == PARTS
    assert advice.currency == "EUR"


def test_the_bank_reads_what_it_is_told_to_collect_and_to_pay() -> None:
    own = pain.OwnSide(name="Corvendale", iban=GERMAN.accounts[0].identifier, identifier="X")
    at, on = datetime(2026, 7, 1, 9, tzinfo=UTC), date(2026, 7, 20)
    debit = pain.Debit(
        end_to_end="DD-1-1", minor=11_905, currency="EUR", holder="Ahl & Söhne", bic="",
        iban="DE89370400440532013000", text="DD-1-1", mandate="MND-1", signed_on=date(2026, 1, 2),
        sequence="FRST",
    )  # fmt: skip
    content = pain.direct_debits("PF-1", at, own, on, [debit], scheme="CORE")
    assert ordered(content) == [
        Ordered("PF-1-FRST", on, "DD-1-1", 11_905, "EUR", "Ahl + Soehne",
                "DE89370400440532013000", "DD-1-1")
    ]  # fmt: skip
    transfer = pain.Transfer(
        end_to_end="RFD-1", minor=5_00, currency="EUR", payee="Ahl", text="RFD-1 Paid twice",
        iban="DE89370400440532013000",
    )  # fmt: skip
    assert ordered(pain.credit_transfers("PF-2", at, own, on, [transfer])) == [
        Ordered("PF-2", on, "RFD-1", 500, "EUR", "Ahl", "DE89370400440532013000",
                "RFD-1 Paid twice")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("applied", "wrong"),
    [
        ([("B1", "R1", 100), ("B1", "R2", 40)], []),
        ([("B1", "R1", 101)], [("B1", "R1", 1)]),
        ([("B1", "R3", 7)], [("B1", "R3", 7)]),
        ([("nobody's", "R1", 9)], [("nobody's", "R1", 9)]),
        ([("B2", "R1", 100)], []),  # the second of two: then the first is the mistake
        ([("B2", "R1", 100), ("B1", "R1", 100)], [("B1", "R1", 100)]),
    ],
)
def test_money_that_was_not_meant_so_is_found(
    applied: list[tuple[str, str, int]], wrong: list[tuple[str, str, int]]
) -> None:
    meant = {"B1": Intent({"R1": 100, "R2": 50}), "B2": Intent({}, twin="B1")}
    found = astray([Application(*one) for one in applied], meant)
    assert found == [Application(*one) for one in wrong]
