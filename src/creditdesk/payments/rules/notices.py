"""What the provider tells, read into plain values; signed or not, hostile until parsed. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import MINOR_MAX
from creditdesk.payments.rules.amounts import from_provider

ID_LENGTH_MAX: Final = 255
_EPOCH_MAX: Final = 253_402_300_799  # the last second of the year 9999
ATTEMPT: Final = "creditdesk_attempt"

SESSION_DONE: Final = "checkout.session.completed"
SESSION_SUCCEEDED: Final = "checkout.session.async_payment_succeeded"
SESSION_FAILED: Final = "checkout.session.async_payment_failed"
SESSION_EXPIRED: Final = "checkout.session.expired"
INTENT_SUCCEEDED: Final = "payment_intent.succeeded"
INTENT_FAILED: Final = "payment_intent.payment_failed"
CHARGE_REFUNDED: Final = "charge.refunded"
PAYOUT_PAID: Final = "payout.paid"
PAYOUT_FAILED: Final = "payout.failed"
DISPUTES: Final = "charge.dispute."
SESSIONS: Final = "checkout.session."
INTENTS: Final = "payment_intent."


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the provider: its own id, what it is about, and that object as it stood."""

    event_id: str
    kind: str
    at: datetime
    about: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Session:
    """A checkout session or payment intent: by whom it was asked for, and whether it is paid."""

    id: str
    attempt: str
    intent: str
    currency: str
    minor: int
    is_paid: bool


@dataclass(frozen=True, slots=True)
class Contested:
    """A dispute as it stands: of which payment, how much, why, until when evidence counts.

    `fee_minor` is what the provider took for it so far.
    """

    id: str
    intent: str
    currency: str
    minor: int
    state: str
    reason: str
    due_on: date | None
    fee_minor: int


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout: how much arrives at the bank, and when; negative where it is taken from there.

    `is_manual`: somebody asked for it at the provider, at `asked_at`.
    """

    id: str
    currency: str
    minor: int
    arrives_on: date
    is_manual: bool = False
    asked_at: int = 0


@dataclass(frozen=True, slots=True)
class Refunded:
    """A charge of which something was paid back by the provider."""

    id: str
    intent: str
    currency: str
    minor: int


def notice_fault(field: str) -> Invalid:
    """Return the error for something told that cannot be understood, for the caller to raise."""
    return Invalid(
        "notice_malformed",
        f"What the payment provider told has no good {field}",
        place=Place(field=field),
        mend="Send it again from the provider's own pages, or ask the provider",
    )


def told(body: bytes) -> Told:
    """Return an event as it came; Invalid where it is none."""
    try:
        given = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise notice_fault("JSON") from error
    event = _mapping(given, "event")
    if event.get("object") != "event":
        raise notice_fault("event")
    found = _mapping(_mapping(event.get("data"), "data").get("object"), "data.object")
    return Told(
        event_id=_text(event, "id"),
        kind=_text(event, "type"),
        at=_moment(event, "created"),
        about=_optional(found, "id"),
        body=found,
    )


def session(body: Mapping[str, Any]) -> Session:
    """Return a checkout session."""
    currency = _currency(body)
    return Session(
        id=_text(body, "id"),
        attempt=_optional(body, "client_reference_id") or _attempt(body),
        intent=_id_of(body.get("payment_intent")),
        currency=currency,
        minor=_minor(body, "amount_total", currency),
        is_paid=body.get("payment_status") in ("paid", "no_payment_required"),
    )


def intent(body: Mapping[str, Any]) -> Session:
    """Return a payment intent, as far as it says the same as its session."""
    currency = _currency(body)
    is_paid = body.get("status") == "succeeded"
    return Session(
        id="",
        attempt=_attempt(body),
        intent=_text(body, "id"),
        currency=currency,
        minor=_minor(body, "amount_received" if is_paid else "amount", currency),
        is_paid=is_paid,
    )


def contested(body: Mapping[str, Any]) -> Contested:
    """Return a dispute of a charge."""
    currency = _currency(body)
    details = body.get("evidence_details")
    due = details.get("due_by") if isinstance(details, dict) else None
    moves = body.get("balance_transactions")
    return Contested(
        id=_text(body, "id"),
        intent=_id_of(body.get("payment_intent")),
        currency=currency,
        minor=_minor(body, "amount", currency),
        state=_text(body, "status"),
        reason=_optional(body, "reason"),
        due_on=None if due is None else _moment({"due_by": due}, "due_by").date(),
        fee_minor=_fees(moves if isinstance(moves, list) else [], currency),
    )


def _fees(moves: list[Any], currency: str) -> int:
    """Return the fees of a dispute's movements so far, those in another currency left out."""
    return sum(
        _minor(one, "fee", currency, is_signed=True)
        for one in moves
        if isinstance(one, dict) and str(one.get("currency", "")).upper() == currency
    )


def paid_out(body: Mapping[str, Any]) -> PaidOut:
    """Return a payout."""
    currency = _currency(body)
    return PaidOut(
        id=_text(body, "id"),
        currency=currency,
        minor=_minor(body, "amount", currency, is_signed=True),
        arrives_on=_moment(body, "arrival_date").date(),
        is_manual=body.get("automatic") is False,
        asked_at=_whole(body, "created") if body.get("automatic") is False else 0,
    )


def refunded(body: Mapping[str, Any]) -> Refunded:
    """Return a charge of which something was refunded."""
    currency = _currency(body)
    return Refunded(
        id=_text(body, "id"),
        intent=_id_of(body.get("payment_intent")),
        currency=currency,
        minor=_minor(body, "amount_refunded", currency),
    )


def _attempt(body: Mapping[str, Any]) -> str:
    metadata = body.get("metadata")
    return _optional(metadata, ATTEMPT) if isinstance(metadata, dict) else ""


def _mapping(given: object, field: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise notice_fault(field)
    return given


def _text(given: Mapping[str, Any], field: str) -> str:
    found = _optional(given, field)
    if not found:
        raise notice_fault(field)
    return found


def _optional(given: Mapping[str, Any], field: str) -> str:
    found = given.get(field)
    is_good = isinstance(found, str) and len(found) <= ID_LENGTH_MAX and found.isprintable()
    if found is not None and not is_good:
        raise notice_fault(field)
    return found or ""


def _id_of(given: object) -> str:
    """Return the id of something named, or told in full."""
    if isinstance(given, dict):
        return _optional(given, "id")
    return _optional({"payment_intent": given}, "payment_intent")


def _whole(given: Mapping[str, Any], field: str) -> int:
    found = given.get(field)
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) > MINOR_MAX:
        raise notice_fault(field)
    return found


def _currency(given: Mapping[str, Any]) -> str:
    found = _text(given, "currency").upper()
    if len(found) != 3 or not (found.isascii() and found.isalpha()):  # noqa: PLR2004 - ISO 4217
        raise notice_fault("currency")
    return found


def _minor(given: Mapping[str, Any], field: str, currency: str, *, is_signed: bool = False) -> int:
    found = _whole(given, field)
    if found < 0 and not is_signed:
        raise notice_fault(field)
    try:
        return from_provider(found, currency)
    except ValueError as error:
        raise notice_fault(field) from error


def _moment(given: Mapping[str, Any], field: str) -> datetime:
    found = _whole(given, field)
    if not 0 <= found <= _EPOCH_MAX:
        raise notice_fault(field)
    return datetime.fromtimestamp(found, tz=UTC)
