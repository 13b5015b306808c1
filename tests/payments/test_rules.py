"""Amounts as the provider counts them, signatures, and how a case may go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, settings
from hypothesis import strategies as st

from creditdesk.config import online
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.kernel.money import EXPONENTS
from creditdesk.payments.rules import amounts, cases, notices, payouts, signatures
from creditdesk.payments.rules.amounts import Share


@pytest.mark.parametrize(
    ("minor", "currency", "given_"),
    [
        (15_000, "EUR", 15_000),
        (1_500, "JPY", 1_500),
        (1_500, "ISK", 150_000),  # counted with two decimals, though it has none
        (1_500, "UGX", 150_000),
        (2_500, "MGA", 25),  # counted without decimals, though it has two
        (12_340, "KWD", 12_340),
        (50, "EUR", 50),
    ],
)
def test_amounts_as_stripe_counts_them(minor: int, currency: str, given_: int) -> None:
    assert amounts.to_provider(minor, currency) == given_
    assert amounts.from_provider(given_, currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency"),
    [(49, "EUR"), (0, "EUR"), (-100, "EUR"), (0, "JPY"), (12_345, "KWD"), (2_550, "MGA"),
     (100_000_000, "EUR"), (1_000_000, "ISK")],
)  # fmt: skip
def test_what_cannot_be_paid_so_is_refused(minor: int, currency: str) -> None:
    with pytest.raises(Refused) as refused:
        amounts.to_provider(minor, currency)
    assert refused.value.code == "amount_not_payable_online"


@given(
    st.integers(-(10**9), 10**9),
    st.sampled_from(sorted({"EUR", "USD", "MGA", "RWF", *EXPONENTS})),
)
def test_there_and_back_is_the_same(minor: int, currency: str) -> None:
    try:
        told = amounts.to_provider(minor, currency)
    except Refused:
        return
    assert amounts.from_provider(told, currency) == minor
    assert 0 < told <= amounts.PROVIDER_MINOR_MAX


def test_parts_of_a_minor_unit_are_no_amount() -> None:
    with pytest.raises(ValueError, match="parts of a minor unit"):
        amounts.from_provider(150_001, "ISK")


shares = st.lists(st.builds(Share, st.integers(1, 5), st.integers(1, 100)), max_size=5)


@given(
    shares,
    st.dictionaries(st.integers(1, 5), st.integers(0, 120)),
    st.integers(0, 300),
)
def test_no_item_gets_more_than_is_open_nor_all_more_than_there_is(
    asked: list[Share], open_now: dict[int, int], available: int
) -> None:
    unique = list({one.item_id: one for one in asked}.values())
    found = amounts.applicable(unique, open_now, available)
    assert sum(found.values()) <= available
    assert all(0 < minor <= open_now.get(item, 0) for item, minor in found.items())
    if amounts.still_payable(unique, open_now) and sum(one.minor for one in unique) <= available:
        assert found == {one.item_id: one.minor for one in unique}


# -- signatures ------------------------------------------------------------------------------------

NOW = 1_773_650_000


@settings(max_examples=30)
@given(st.binary(max_size=300), st.text(min_size=1, max_size=40))
def test_what_was_signed_is_believed_and_any_other_body_is_not(body: bytes, secret: str) -> None:
    header = f"t={NOW},v1={signatures.signature(body, secret, NOW)}"
    assert signatures.fault(body, header, [secret], now=NOW + 300) == ""
    assert signatures.fault(body, header, [secret], now=NOW - 300) == ""
    assert signatures.fault(body, header, [secret], now=NOW + 301) == "signature_too_old"
    assert signatures.fault(body + b"x", header, [secret], now=NOW) == "signature_wrong"
    assert signatures.fault(body, header, [secret + "x"], now=NOW) == "signature_wrong"


def test_we_agree_with_stripes_own_library() -> None:
    body = json.dumps({"object": "event", "name": "Größe"}, ensure_ascii=False)
    header = stripe.WebhookSignature.generate_signature_header(body, "whsec_x", NOW)
    assert signatures.fault(body.encode(), header, ["whsec_x"], now=NOW) == ""
    assert signatures.fault(body.encode(), header.replace("v1", "v0"), ["whsec_x"], now=NOW) == (
        "signature_missing"
    )


@given(st.text(max_size=200))
def test_no_header_made_up_is_believed(header: str) -> None:
    assert signatures.fault(b"{}", header, ["whsec_x"], now=NOW) in (
        "signature_missing", "signature_wrong", "signature_too_old",
    )  # fmt: skip
    assert signatures.fault(b"{}", header, [], now=NOW).startswith("signature_")


# -- what is told ----------------------------------------------------------------------------------


def refusal_of(read: Callable[[], object]) -> str:
    """The code by which it is refused, "" if it is not; any other error is one."""
    try:
        read()
    except Invalid as refused:
        return refused.code
    return ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
FIELDS = (
    "id", "object", "currency", "amount", "amount_total", "payment_intent", "metadata", "status",
    "evidence_details", "balance_transactions", "arrival_date", "amount_refunded", "reason",
    "client_reference_id", "payment_status", "due_by", "type", "fee", "net", "source",
)  # fmt: skip


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_whatever_is_told_is_understood_or_refused(body: dict[str, Any]) -> None:
    for read in (notices.session, notices.intent, notices.contested, notices.paid_out,
                 notices.refunded, lambda one: payouts.movement(one, "EUR")):  # fmt: skip
        assert refusal_of(lambda read=read: read(body)) in ("", "notice_malformed")  # type: ignore[misc]


@given(st.binary(max_size=200) | json_values.map(lambda one: json.dumps(one).encode()))
def test_no_bytes_break_the_reading_of_an_event(body: bytes) -> None:
    assert refusal_of(lambda: notices.told(body)) in ("", "notice_malformed")


# -- cases -----------------------------------------------------------------------------------------


def test_a_case_goes_on_until_it_is_closed() -> None:
    assert [one for one in cases.STATES if cases.may_become("open", one)] == [
        "waiting", "answered", "closed",
    ]  # fmt: skip
    assert [one for one in cases.STATES if cases.may_become("closed", one)] == []
    assert not cases.may_become("nonsense", "open")


@pytest.mark.parametrize(
    ("status", "taken", "state", "ending"),
    [
        ("needs_response", True, "open", ""),
        ("under_review", True, "waiting", ""),
        ("won", False, "closed", "won"),
        ("lost", True, "closed", "lost"),
        ("warning_needs_response", False, "open", ""),
        ("warning_under_review", False, "waiting", ""),
        ("warning_closed", False, "closed", "withdrawn"),
        ("something_new", False, "open", ""),
    ],
)
def test_how_a_dispute_stands(*, status: str, taken: bool, state: str, ending: str) -> None:
    assert (cases.has_taken(status), cases.state_of(status), cases.ending_of(status)) == (
        taken, state, ending,
    )  # fmt: skip


# -- settings --------------------------------------------------------------------------------------


def test_secrets_of_one_company_or_of_several() -> None:
    one = online.by_company("X", "sk_|rk_", " sk_a ")
    assert (online.of_company(one, "acme"), online.of_company({}, "acme")) == (("sk_a",), ())
    several = online.by_company("X", "whsec_", "acme=whsec_1, acme=whsec_2\nother=whsec_3")
    assert online.of_company(several, "acme") == ("whsec_1", "whsec_2")
    assert online.of_company(several, "third") == ()
    with pytest.raises(ImproperlyConfigured) as told:
        online.by_company("X", "sk_|rk_", "acme=pk_live_of_browsers")
    assert "pk_live" not in str(told.value)


@pytest.mark.parametrize("given_", ["http://pay.example.com", "ftp://x", "https://", "pay"])
def test_an_address_without_tls_is_refused(given_: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="X must begin with https://"):
        online.address("X", given_)


def test_an_address_on_this_machine_needs_no_tls() -> None:
    assert online.address("X", "http://127.0.0.1:8000/") == "http://127.0.0.1:8000"
    assert online.address("X", "") == ""
