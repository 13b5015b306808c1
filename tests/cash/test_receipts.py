"""Cheques and cash over the counter: numbered, in the books once, brought to the bank once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import services as cash
from creditdesk.cash.models import Deposit, Receipt
from creditdesk.cash.rules import receipts as rules
from creditdesk.cash.rules.receipts import Cheque, Facts
from creditdesk.cash.services import NewReceipt, privacy
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import Subject
from creditdesk.customers import queries as customers
from creditdesk.insight.queries import prove
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.models import File
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import Paid
from tests.controls.people import person
from tests.support import verapdf
from tests.support.at_once import at_once, codes
from tests.support.fixtures import founded

TODAY = date(2026, 3, 16)


# -- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "code"),
    [(-181, "cheque_stale"), (-180, ""), (0, ""), (90, ""), (91, "cheque_too_far_ahead")],
)
def test_a_cheque_is_good_between_stale_and_too_far_ahead(days: int, code: str) -> None:
    cheque = Cheque(number="1", drawer="A", bank="B", dated_on=TODAY + timedelta(days=days))
    said = rules.why_not_taken(cheque, received_on=TODAY, stale_days=180, ahead_days=90)
    assert said == code


@given(st.dates(), st.dates())
def test_a_cheque_counts_from_its_date_and_never_before_it_came(came: date, dated: date) -> None:
    cheque = Cheque(number="1", drawer="A", bank="B", dated_on=dated)
    assert rules.counts_on(came, cheque) == max(came, dated)
    assert rules.counts_on(came, None) == came


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=8),
    st.none() | st.integers(0, 10**6),
)
def test_cash_in_parts_is_cash_in_one(parts: list[int], limit: int | None) -> None:
    taken, passed = 0, []
    for part in parts:
        if rules.is_within(part, taken, limit):
            taken += part
            passed.append(part)
    assert limit is None or taken <= limit
    if rules.is_within(sum(parts), 0, limit):
        assert passed == parts


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (Facts(), "held"),
        (Facts(is_counted=False), "postdated"),
        (Facts(is_deposited=True), "deposited"),
        (Facts(is_deposited=True, is_credited=True), "credited"),
        (Facts(is_deposited=True, is_credited=True, returned_minor=5), "bounced"),
        (Facts(is_cancelled=True, is_counted=False), "cancelled"),
    ],
)
def test_a_receipt_stands_in_one_way(facts: Facts, state: str) -> None:
    assert rules.state(facts) == state


# -- taking --------------------------------------------------------------------------------------


@pytest.fixture
def acorn(desk: Actor) -> int:
    return stage.customer(desk, "Acorn Foods", number="C1")


def cheque(minor: int = 10_000, number: str = "004711", **more: object) -> NewReceipt:
    dated = more.pop("dated_on", TODAY)
    assert isinstance(dated, date)
    given_ = {"customer_number": "C1", "currency": "EUR", "received_on": TODAY, **more}
    paper = Cheque(number=number, drawer="Acorn Foods", bank="Town Bank", dated_on=dated)
    return NewReceipt(kind="cheque", minor=minor, cheque=paper, **given_)  # type: ignore[arg-type]


def notes(minor: int, **more: object) -> NewReceipt:
    given_ = {"customer_number": "C1", "currency": "EUR", "received_on": TODAY, **more}
    return NewReceipt(kind="cash", minor=minor, **given_)  # type: ignore[arg-type]


def proved(actor: Actor) -> None:
    assert [str(one) for one in prove(actor.company_id)] == []
    assert sum(stage.books(actor).values()) == 0


def bank(actor: Actor) -> str:
    cash.open_account(actor, stage.ACCOUNT, "EUR", "Town Bank")
    return stage.ACCOUNT


def published(actor: Actor, **sections: object) -> None:
    policy.publish(actor, given={**DEFAULT, **sections}, valid_from=date(2020, 1, 2))


def test_a_cheque_for_named_invoices_settles_them_under_a_number(desk: Actor, acorn: int) -> None:
    first = stage.invoice(desk, acorn, "INV-1", 10_000)
    second = stage.invoice(desk, acorn, "INV-2", 5_000)
    taken = cash.take_receipt(desk, cheque(12_000, allocations={first: 10_000, second: 2_000}))
    assert (taken.reference, taken.counts_on) == ("RCP-2026-000001", TODAY)
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 3_000)
    assert stage.books(desk) == {"undeposited": 12_000, "receivable": 3_000, "revenue": -15_000}
    assert sql.scalar("SELECT count(*) FROM disputes_dispute") == 0
    row = Receipt.objects.get()
    assert (row.named, row.cheque_number, row.kind) == (["INV-1", "INV-2"], "004711", "cheque")
    kept = File.objects.get(id=row.file_id)
    assert (kept.name, bytes(kept.content[:5])) == ("RCP-2026-000001.pdf", b"%PDF-")
    proved(desk)


def test_cash_on_account_waits_for_nothing_and_cash_for_nothing_said_is_matched(
    desk: Actor, acorn: int
) -> None:
    item = stage.invoice(desk, acorn, "INV-1", 7_000)
    taken = cash.take_receipt(desk, notes(2_500, on_account=True))
    assert taken.payment_id is not None
    assert stage.payment(taken.payment_id) == stage.Row(acorn, 2_500, 2_500, on_account=True)
    assert stage.holds(desk, acorn) == []
    matched = cash.take_receipt(desk, notes(7_000, note="INV-1"))
    assert matched.payment_id is not None
    assert stage.payment(matched.payment_id).unapplied_minor == 0
    assert stage.open_minor(item) == 0
    unclear = cash.take_receipt(desk, notes(99))
    assert unclear.payment_id is not None
    assert stage.payment(unclear.payment_id).unapplied_minor == 99
    assert stage.holds(desk, acorn) == [("unapplied_money", f"payment:{unclear.payment_id}")]
    proved(desk)


@pytest.mark.parametrize(
    ("given_", "error", "code"),
    [
        (cheque(dated_on=date(2025, 9, 1)), Refused, "cheque_stale"),
        (cheque(dated_on=date(2026, 7, 1)), Refused, "cheque_too_far_ahead"),
        (cheque(0), Invalid, "amount_not_positive"),
        (notes(-5), Invalid, "amount_not_positive"),
        (notes(5, currency="Euro"), Invalid, "currency_malformed"),
        (notes(5, received_on=date(2026, 3, 17)), Invalid, "received_ahead"),
        (cheque(number=" "), Invalid, "value_missing"),
        (cheque(number="9" * 121), Invalid, "text_too_long"),
        (replace(cheque(), kind="cash"), Invalid, "receipt_kind"),
        (replace(notes(5), kind="barter"), Invalid, "receipt_kind"),
        (notes(5, allocations={1: 6}), Refused, "more_than_received"),
        (notes(5, allocations={999_999: 5}), Refused, "item_of_another"),
        (notes(5, customer_number="nobody"), NotFound, "customer_unknown"),
        (notes(5, note="\U0001f4b6"), Invalid, "glyph_missing"),
    ],
)
def test_what_makes_no_receipt_takes_no_number(
    desk: Actor, acorn: int, given_: NewReceipt, error: type[DomainError], code: str
) -> None:
    with pytest.raises(error) as refused:
        cash.take_receipt(desk, given_)
    assert refused.value.code == code
    assert (Receipt.objects.count(), stage.books(desk)) == (0, {})
    assert cash.take_receipt(desk, notes(1)).reference == "RCP-2026-000001"


def test_a_cheque_is_taken_once_and_cash_up_to_the_limit_of_a_day(desk: Actor, acorn: int) -> None:
    limits = [{"currency": "EUR", "minor": 10_000}]
    published(desk, counter={"cash_limits": limits})
    cash.take_receipt(desk, cheque())
    with pytest.raises(Conflict) as known:
        cash.take_receipt(desk, cheque())
    assert known.value.code == "cheque_known"
    cash.take_receipt(desk, notes(6_000))
    with pytest.raises(Refused) as above:
        cash.take_receipt(desk, notes(4_001))
    assert above.value.code == "cash_above_limit"
    cash.take_receipt(desk, notes(4_000))
    cash.take_receipt(desk, notes(10_000, received_on=TODAY - timedelta(days=1)))
    cash.take_receipt(desk, notes(10_001, currency="CHF"))
    assert list(Receipt.objects.order_by("id").values_list("reference", flat=True)) == [
        f"RCP-2026-{number:06d}" for number in range(1, 6)
    ]
    proved(desk)


def test_a_limit_for_a_currency_twice_is_no_policy(desk: Actor) -> None:
    twice = [{"currency": "EUR", "minor": 1}, {"currency": "EUR", "minor": 2}]
    with pytest.raises(Invalid) as refused:
        published(desk, counter={"cash_limits": twice})
    assert refused.value.code == "policy_code_twice"


def test_a_postdated_cheque_is_no_money_before_its_date(
    desk: Actor, acorn: int, actor_of: Callable[..., Actor]
) -> None:
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    due = date(2026, 4, 1)
    taken = cash.take_receipt(desk, cheque(dated_on=due, allocations={item: 10_000}))
    assert (taken.payment_id, taken.counts_on) == (None, due)
    assert stage.open_minor(item) == 10_000
    assert "undeposited" not in stage.books(desk)
    assert stage.holds(desk, acorn) == [("promise", f"receipt:{taken.receipt_id}")]
    with pytest.raises(Refused) as refused:
        cash.deposit(desk, [taken.reference], account=bank(desk), brought_on=TODAY)
    assert refused.value.code == "cheque_postdated"
    day_before = replace(desk, today=due - timedelta(days=1))
    cash.match(day_before)
    assert stage.open_minor(item) == 10_000
    late = replace(desk, today=due + timedelta(days=5))
    cash.match(late)
    cash.match(late)
    assert stage.open_minor(item) == 0
    assert stage.books(desk) == {"undeposited": 10_000, "revenue": -10_000}
    assert sql.scalar("SELECT received_on FROM cash_payment") == due
    assert stage.holds(late, acorn) == []
    proved(desk)


# -- depositing ----------------------------------------------------------------------------------


def three(desk: Actor) -> list[str]:
    return [
        cash.take_receipt(desk, one).reference
        for one in (cheque(10_000), cheque(2_000, "004712"), notes(3_000))
    ]


def brought(desk: Actor) -> cash.DepositResult:
    return cash.deposit(desk, three(desk), account=bank(desk), brought_on=TODAY)


@pytest.mark.needs("verapdf")
def test_the_reference_validator_takes_every_sheet(desk: Actor, acorn: int, tmp_path: Path) -> None:
    brought(desk)
    kept = {one.name.removesuffix(".pdf"): bytes(one.content) for one in File.objects.all()}
    assert {name[:3] for name in kept} == {"RCP", "DEP"}
    assert verapdf.broken(tmp_path, kept) == {name: [] for name in kept}


def test_a_deposit_is_settled_by_the_banks_credit_and_is_no_second_payment(
    desk: Actor, acorn: int
) -> None:
    done = brought(desk)
    assert done == cash.DepositResult("DEP-2026-000001", 3, "EUR", 15_000)
    stage.take_in(desk, Paid(minor=15_000, text="PAYING-IN dep 2026 000001", on=TODAY))
    assert stage.books(desk)["unidentified"] == -15_000
    cash.match(desk)
    row = Deposit.objects.get()
    assert (row.credited_on, row.credits.count()) == (TODAY, 1)
    assert stage.books(desk) == {"bank": 15_000, "unapplied": -15_000}
    assert stage.exposed(desk, acorn) == (0, 15_000)
    cash.match(desk)
    assert stage.books(desk) == {"bank": 15_000, "unapplied": -15_000}
    kept = File.objects.get(id=row.file_id)
    assert (kept.name, bytes(kept.content[:5])) == ("DEP-2026-000001.pdf", b"%PDF-")
    proved(desk)


@pytest.mark.parametrize(
    ("line", "is_credited"),
    [
        (Paid(minor=15_000, text="", on=TODAY), True),
        (Paid(minor=15_000, text="SCHECKEINREICHUNG", on=TODAY + timedelta(days=14)), True),
        (Paid(minor=15_000, text="CASH DEPOSIT", on=TODAY + timedelta(days=15)), False),
        (Paid(minor=15_000, text="CASH DEPOSIT", on=TODAY - timedelta(days=1)), False),
        (Paid(minor=15_000, text="CASH DEPOSIT", name="Zephyr Ltd", on=TODAY), False),
        (Paid(minor=15_000, text="INVOICE 77", on=TODAY), False),
        (Paid(minor=14_999, text="CASH DEPOSIT", on=TODAY), False),
    ],
)
def test_without_our_number_only_a_nameless_line_of_the_amount_is_a_deposit(
    desk: Actor, acorn: int, line: Paid, *, is_credited: bool
) -> None:
    brought(desk)
    stage.take_in(desk, line)
    cash.match(replace(desk, today=TODAY + timedelta(days=20)))
    assert (Deposit.objects.get().credited_at is not None) is is_credited
    assert stage.books(desk).get("undeposited", 0) == (0 if is_credited else 15_000)
    proved(desk)


def test_between_equal_deposits_nothing_is_decided_and_the_number_decides(
    desk: Actor, acorn: int
) -> None:
    account = bank(desk)
    for number in ("1001", "1002"):
        taken = cash.take_receipt(desk, cheque(5_000, number))
        cash.deposit(desk, [taken.reference], account=account, brought_on=TODAY)
    stage.take_in(desk, Paid(minor=5_000, text="CHEQUE DEPOSIT", on=TODAY))
    cash.match(desk)
    assert Deposit.objects.filter(credited_at=None).count() == 2
    stage.take_in(desk, Paid(minor=5_000, text="DEP-2026-000002", on=TODAY), name="b.csv")
    cash.match(desk)
    ended = Deposit.objects.order_by("id").values_list("reference", "credited_on")
    assert list(ended) == [("DEP-2026-000001", TODAY), ("DEP-2026-000002", TODAY)]
    proved(desk)


def test_a_differing_credit_stays_with_a_person_and_pays_nobody(desk: Actor, acorn: int) -> None:
    item = stage.invoice(desk, acorn, "INV-9", 14_000)
    brought(desk)
    stage.take_in(desk, Paid(minor=14_000, text="DEP-2026-000001 INV-9", on=TODAY))
    cash.match(desk)
    cash.match(desk)
    assert stage.open_minor(item) == 14_000
    assert Deposit.objects.get().credited_at is None
    [said] = sql.scalars("SELECT reasons::text FROM cash_match WHERE method = 'deposit'")
    assert "deposit_differs" in said
    reference = sql.scalar("SELECT max(reference) FROM cash_payment WHERE customer_id IS NULL")
    with pytest.raises(Refused) as refused:
        cash.settle_deposit(desk, "DEP-2026-000001", [reference])
    assert refused.value.code == "deposit_differs"
    assert stage.books(desk)["undeposited"] == 15_000
    proved(desk)


def test_a_deposit_credited_in_parts_is_settled_by_a_person_and_taken_back(
    desk: Actor, acorn: int
) -> None:
    brought(desk)
    stage.take_in(
        desk,
        Paid(minor=12_000, text="cheques DEP-2026-000001", on=TODAY),
        Paid(minor=3_000, text="cash DEP-2026-000001", on=TODAY + timedelta(days=1)),
    )
    cash.match(desk)
    lines = sql.scalars("SELECT reference FROM cash_payment WHERE customer_id IS NULL ORDER BY id")
    cash.settle_deposit(desk, "DEP-2026-000001", lines)
    assert stage.books(desk) == {"bank": 15_000, "unapplied": -15_000}
    proved(desk)
    with pytest.raises(Conflict) as ended:
        cash.settle_deposit(desk, "DEP-2026-000001", lines)
    assert ended.value.code == "deposit_ended"
    cash.unsettle_deposit(desk, "DEP-2026-000001")
    cash.match(desk)
    assert stage.books(desk)["unidentified"] == -15_000
    assert stage.books(desk)["undeposited"] == 15_000
    proved(desk)
    cash.settle_deposit(desk, "DEP-2026-000001", lines)
    assert Deposit.objects.get().credits.count() == 4
    proved(desk)


def test_what_is_deposited_is_deposited_once(desk: Actor, acorn: int, other: Actor) -> None:
    references = three(desk)
    account = bank(desk)
    cash.deposit(desk, references[:1], account=account, brought_on=TODAY)
    for chosen, error, code in (
        (references, Conflict, "receipt_deposited"),
        (["RCP-2026-999999"], NotFound, "receipt_unknown"),
        ([], Invalid, "nothing_chosen"),
    ):
        with pytest.raises(error) as refused:
            cash.deposit(desk, chosen, account=account, brought_on=TODAY)
        assert refused.value.code == code
    swiss = cash.take_receipt(desk, notes(700, currency="CHF")).reference
    with pytest.raises(Refused) as mixed:
        cash.deposit(desk, [references[1], swiss], account=account, brought_on=TODAY)
    assert mixed.value.code == "deposit_currencies"
    for elsewhere, of in ((stage.OTHER_ACCOUNT, desk), (f"COUNTER-{desk.company_id}", desk)):
        with pytest.raises(NotFound) as nowhere:
            cash.deposit(of, references[1:], account=elsewhere, brought_on=TODAY)
        assert nowhere.value.code == "account_unknown"
    with pytest.raises(NotFound):
        cash.deposit(other, references[1:], account=account, brought_on=TODAY)
    assert Deposit.objects.count() == 1
    assert Receipt.objects.filter(deposit=None).count() == 3


def test_a_void_deposit_gives_its_receipts_back(desk: Actor, acorn: int) -> None:
    references = three(desk)
    account = bank(desk)
    cash.deposit(desk, references, account=account, brought_on=TODAY)
    with pytest.raises(Invalid) as bare:
        cash.void_deposit(desk, "DEP-2026-000001", reason=" ")
    assert bare.value.code == "reason_missing"
    cash.void_deposit(desk, "DEP-2026-000001", reason="left in the safe")
    again = cash.deposit(desk, references[:2], account=account, brought_on=TODAY)
    assert (again.reference, again.total_minor) == ("DEP-2026-000002", 12_000)
    with pytest.raises(Conflict):
        cash.void_deposit(desk, "DEP-2026-000001", reason="again")
    stage.take_in(desk, Paid(minor=15_000, text="DEP-2026-000001", on=TODAY))
    cash.match(desk)
    assert stage.books(desk)["undeposited"] == 15_000
    proved(desk)


# -- coming back ---------------------------------------------------------------------------------


def test_a_bounced_cheque_opens_its_items_and_charges_the_fee(desk: Actor, acorn: int) -> None:
    published(desk, returns={"fee_minor": 2_500})
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    taken = cash.take_receipt(desk, cheque(allocations={item: 10_000}))
    with pytest.raises(Refused) as early:
        cash.bounce(desk, taken.reference, on=TODAY)
    assert early.value.code == "receipt_not_deposited"
    cash.deposit(desk, [taken.reference], account=bank(desk), brought_on=TODAY)
    stage.take_in(desk, Paid(minor=10_000, text="DEP-2026-000001", on=TODAY))
    cash.match(desk)
    assert stage.books(desk) == {"bank": 10_000, "revenue": -10_000}
    result = cash.bounce(desk, taken.reference, on=TODAY, reason_code="AM04", charges_minor=300)
    assert (len(result.fee_item_ids), stage.open_minor(item)) == (1, 10_000)
    assert stage.books(desk) == {
        "bank": -300, "bank_fees": 300, "receivable": 12_500, "revenue": -10_000,
        "return_fees": -2_500,
    }  # fmt: skip
    with pytest.raises(Refused) as twice:
        cash.bounce(desk, taken.reference, on=TODAY)
    assert twice.value.code == "return_exceeds_payment"
    with pytest.raises(Conflict):
        cash.deposit(desk, [taken.reference], account=stage.ACCOUNT, brought_on=TODAY)
    again = cash.take_receipt(desk, cheque())
    assert again.reference == "RCP-2026-000002"
    proved(desk)


def test_the_banks_line_of_a_bounced_cheque_finds_it_by_its_number(desk: Actor, acorn: int) -> None:
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    taken = cash.take_receipt(desk, cheque(allocations={item: 10_000}))
    other = cash.take_receipt(desk, cheque(10_000, "009999"))
    references = [taken.reference, other.reference]
    cash.deposit(desk, references, account=bank(desk), brought_on=TODAY)
    stage.take_in(desk, Paid(minor=20_000, text="DEP-2026-000001", on=TODAY))
    cash.match(desk)
    content = stage.statement([Paid(minor=-10_000, text="RETURNED CHEQUE 004711", on=TODAY)])
    cash.take_in(desk, filename="r.csv", content=content)
    cash.match(desk)
    assert stage.open_minor(item) == 10_000
    assert sql.scalar("SELECT why FROM cash_return") == "by_reference"
    proved(desk)


def test_a_void_deposit_is_refused_once_a_cheque_on_it_came_back(desk: Actor, acorn: int) -> None:
    taken = cash.take_receipt(desk, cheque())
    cash.deposit(desk, [taken.reference], account=bank(desk), brought_on=TODAY)
    cash.bounce(desk, taken.reference, on=TODAY)
    with pytest.raises(Refused) as refused:
        cash.void_deposit(desk, "DEP-2026-000001", reason="lost")
    assert refused.value.code == "deposit_bounced"
    stage.take_in(desk, Paid(minor=10_000, text="DEP-2026-000001", on=TODAY))
    cash.match(desk)
    assert stage.books(desk) == {}
    proved(desk)


def test_a_cancelled_receipt_takes_its_money_out_and_keeps_its_number(
    desk: Actor, acorn: int
) -> None:
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    taken = cash.take_receipt(desk, notes(10_000, allocations={item: 10_000}))
    with pytest.raises(Invalid) as bare:
        cash.cancel_receipt(desk, taken.reference, reason="")
    assert bare.value.code == "reason_missing"
    posted = sql.scalar("SELECT count(*) FROM ledger_posting")
    cash.cancel_receipt(desk, taken.reference, reason="counted twice")
    assert stage.open_minor(item) == 10_000
    assert stage.books(desk) == {"receivable": 10_000, "revenue": -10_000}
    assert sql.scalar("SELECT count(*) FROM ledger_posting") > posted
    assert stage.holds(desk, acorn) == []
    cash.match(desk)
    assert stage.open_minor(item) == 10_000
    with pytest.raises(Conflict) as again:
        cash.cancel_receipt(desk, taken.reference, reason="again")
    assert again.value.code == "receipt_cancelled"
    with pytest.raises(Conflict):
        cash.deposit(desk, [taken.reference], account=bank(desk), brought_on=TODAY)
    assert cash.take_receipt(desk, notes(1)).reference == "RCP-2026-000002"
    proved(desk)


def test_a_postdated_cheque_is_handed_back_without_a_posting(desk: Actor, acorn: int) -> None:
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    given_ = cheque(dated_on=date(2026, 4, 1), allocations={item: 10_000})
    taken = cash.take_receipt(desk, given_)
    cash.cancel_receipt(desk, taken.reference, reason="handed back")
    assert stage.holds(desk, acorn) == []
    cash.match(replace(desk, today=date(2026, 4, 2)))
    assert (stage.open_minor(item), sql.scalar("SELECT count(*) FROM cash_payment")) == (10_000, 0)


def test_what_is_deposited_is_not_cancelled(desk: Actor, acorn: int) -> None:
    brought(desk)
    with pytest.raises(Refused) as refused:
        cash.cancel_receipt(desk, "RCP-2026-000001", reason="wrong")
    assert refused.value.code == "receipt_deposited"
    with pytest.raises(Refused) as held:
        cash.bounce(desk, "RCP-2026-000003", on=TODAY)
    assert held.value.code == "receipt_not_deposited"
    assert stage.books(desk)["undeposited"] == 15_000


def test_what_receipts_say_of_people_is_erased_once_no_law_keeps_it(
    desk: Actor, acorn: int
) -> None:
    taken = cash.take_receipt(desk, cheque(note="by hand", on_account=True))
    cash.deposit(desk, [taken.reference], account=bank(desk), brought_on=TODAY)
    slip = Deposit.objects.get()

    def case(year: int) -> Case:
        later = replace(desk, today=TODAY.replace(year=year))
        return Case(actor=later, subject=Subject("customer", acorn), country="DE", erasure_id=year)

    privacy.erase_personal(case(2027))
    assert Receipt.objects.get().drawer == "Acorn Foods"
    lines = {one.what: one.count for one in privacy.erase_personal(case(2040)).lines}
    assert lines["receipts"] == 1
    row = Receipt.objects.get()
    assert (row.drawer, row.drawer_bank, row.cheque_number, row.note) == ("erased",) * 4
    assert (row.reference, row.minor) == ("RCP-2026-000001", 10_000)
    assert bytes(File.objects.get(id=row.file_id).content) == b""
    assert bytes(File.objects.get(id=slip.file_id).content) != b""
    privacy.retain(replace(case(2041)))
    assert bytes(File.objects.get(id=slip.file_id).content) == b""
    again = {one.what: one.count for one in privacy.erase_personal(case(2042)).lines}
    assert again["receipts"] == 0


# -- duties, companies, hands at once ------------------------------------------------------------


def test_who_takes_money_neither_cancels_nor_settles_it(desk: Actor, acorn: int) -> None:
    both = person(desk, "both", "cashier", "manager")
    taken = cash.take_receipt(both, notes(500))
    with pytest.raises(Refused) as refused:
        cash.cancel_receipt(both, taken.reference, reason="mine")
    assert refused.value.code == "duties_same_document"
    assert stage.books(desk)["undeposited"] == 500
    boss = person(desk, "boss", "manager")
    cash.cancel_receipt(boss, taken.reference, reason="his")
    assert stage.books(desk) == {}


@pytest.mark.parametrize("role", ["cash_applier", "collector", "manager", "auditor", "sales"])
def test_only_a_cashier_takes_money(desk: Actor, acorn: int, role: str) -> None:
    somebody = person(desk, "somebody", role)
    with pytest.raises(Refused) as refused:
        cash.take_receipt(somebody, notes(500))
    assert refused.value.code == "not_permitted"
    assert Receipt.objects.count() == 0


def test_a_receipt_of_another_company_is_not_there(desk: Actor, acorn: int, other: Actor) -> None:
    taken = cash.take_receipt(desk, notes(500))
    for act in (
        lambda: cash.cancel_receipt(other, taken.reference, reason="x"),
        lambda: cash.bounce(other, taken.reference, on=TODAY),
        lambda: cash.settle_deposit(other, "DEP-2026-000001", ["PAY-2026-000001"]),
        lambda: cash.void_deposit(other, "DEP-2026-000001", reason="x"),
        lambda: cash.unsettle_deposit(other, "DEP-2026-000001"),
    ):
        with pytest.raises(NotFound):
            act()
    stage.customer(other, "Acorn elsewhere", number="C1")
    assert cash.take_receipt(other, notes(5)).reference == "RCP-2026-000001"
    assert customers.customer(other.company_id, "C1").name == "Acorn elsewhere"
    proved(desk)
    proved(other)


def test_the_same_key_is_one_receipt(desk: Actor, acorn: int) -> None:
    keyed = desk.keyed("counter-1")
    first, second = cash.take_receipt(keyed, notes(500)), cash.take_receipt(keyed, notes(500))
    assert first == second
    assert stage.books(desk)["undeposited"] == 500


def test_two_clerks_deposit_a_receipt_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    stage.customer(desk, "Acorn Foods", number="C1")
    references = three(desk)
    account = bank(desk)
    chosen = [references, references[:2], references[1:], references[2:]]
    results = at_once(
        *(
            lambda mine=mine: cash.deposit(desk, mine, account=account, brought_on=TODAY)
            for mine in chosen
        )
    )
    assert set(codes(results)) <= {"receipt_deposited"}
    total = sum(one.total_minor for one in results if isinstance(one, cash.DepositResult))
    held = int(sql.scalar("SELECT sum(minor) FROM cash_receipt WHERE deposit_id IS NULL") or 0)
    assert total + held == 15_000
    numbers = sorted(Deposit.objects.values_list("reference", flat=True))
    assert numbers == [f"DEP-2026-{n:06d}" for n in range(1, len(numbers) + 1)]
    proved(desk)


def test_six_tills_leave_no_gap_and_keep_the_limit(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    published(desk, counter={"cash_limits": [{"currency": "EUR", "minor": 4_000}]})
    stage.customer(desk, "Acorn Foods", number="C1")
    results = at_once(*(lambda: cash.receive(desk, notes(1_500)) for _ in range(6)))
    assert codes(results) == ["cash_above_limit"] * 4
    numbers = sorted(Receipt.objects.values_list("reference", flat=True))
    assert numbers == ["RCP-2026-000001", "RCP-2026-000002"]
    assert stage.books(desk)["undeposited"] == 3_000
    proved(desk)


def test_a_receipt_is_cancelled_or_deposited_never_both(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    stage.customer(desk, "Acorn Foods", number="C1")
    account = bank(desk)
    for _ in range(3):
        [name] = [cash.take_receipt(desk, notes(700)).reference]
        at_once(
            lambda name=name: cash.deposit(desk, [name], account=account, brought_on=TODAY),
            lambda name=name: cash.cancel_receipt(desk, name, reason="wrong"),
        )
        row = Receipt.objects.get(reference=name)
        assert (row.deposit_id is None) is (row.cancelled_at is not None)
        proved(desk)
