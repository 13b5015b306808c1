"""The hands of cash: locks in the order of the house, and rows written by the batch."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from creditdesk.cash.rules.values import Proposal, Reason
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

_PAYMENTS = """
    SELECT p.id, p.reference, p.customer_id, p.received_on, p.identified_on, p.currency,
           p.total_minor, p.unapplied_minor, l.counterparty, l.counterparty_account,
           coalesce(l.value_on, p.received_on),
           p.earmarked_minor, p.returned_minor, p.refunded_minor, p.on_account
      FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE p.company_id = %(company_id)s AND p.id = ANY(%(ids)s::bigint[])
     ORDER BY p.id
"""
_ITEMS = """
    SELECT id, customer_id, currency, issued_on, open_minor FROM invoices_item
     WHERE company_id = %(company_id)s AND id = ANY(%(ids)s::bigint[]) ORDER BY id
"""
_quoted = json.encoder.encode_basestring_ascii
# One encoder for the whole batch; the values are plain already.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class PaymentState(NamedTuple):
    """A payment as it stands; `paid_on` is its value date, by which discounts are earned."""

    id: int
    reference: str
    customer_id: int | None
    received_on: date
    identified_on: date | None
    currency: str
    total_minor: int
    unapplied_minor: int
    counterparty: str
    counterparty_account: str
    paid_on: date
    earmarked_minor: int = 0
    returned_minor: int = 0
    refunded_minor: int = 0
    on_account: bool = False

    @property
    def free_minor(self) -> int:
        """How much may still be applied: unapplied, and not set apart to be paid out."""
        return self.unapplied_minor - self.earmarked_minor


class ItemState(NamedTuple):
    """An item as it stands."""

    id: int
    customer_id: int
    currency: str
    issued_on: date
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatch:
    """What is to be kept of a matching, with the id its row will have."""

    id: int
    payment_id: int
    method: str
    is_certain: bool
    reasons: Sequence[Reason]
    proposals: Sequence[Proposal] = ()


def next_ids(table: str, count: int) -> list[int]:
    """Return ids for so many new rows, so that rows can name each other before they are written."""
    return sql.next_ids(table, count)


def payments(actor: Actor, ids: Collection[int], *, lock: bool = False) -> dict[int, PaymentState]:
    """Return payments of the company by id; NotFound if one is missing. Locked in id order."""
    found = sql.fetch(
        PaymentState,
        _PAYMENTS + ("FOR UPDATE OF p" if lock else ""),
        {"company_id": actor.company_id, "ids": sql.array(sorted(ids))},
    )
    if len(found) < len(set(ids)):
        raise NotFound("payment_unknown", "There is no such payment")
    return {payment.id: payment for payment in found}


def items(actor: Actor, ids: Collection[int], *, lock: bool = False) -> dict[int, ItemState]:
    """Return items of the company by id; NotFound if one is missing. Locked in id order."""
    found = sql.fetch(
        ItemState,
        _ITEMS + ("FOR UPDATE" if lock else ""),
        {"company_id": actor.company_id, "ids": sql.array(sorted(ids))},
    )
    if len(found) < len(set(ids)):
        raise NotFound("item_unknown", "There is no such open item")
    return {item.id: item for item in found}


def keep_matches(actor: Actor, matches: Sequence[NewMatch], policy_version: int) -> None:
    """Write down what matching, or a person, said of payments."""
    keep_match_columns(
        actor,
        {
            "id": [match.id for match in matches],
            "payment_id": [match.payment_id for match in matches],
            "method": [match.method for match in matches],
            "is_certain": [match.is_certain for match in matches],
            "reasons": [reasons_json(match.reasons) for match in matches],
            "proposals": [proposals_json(match.proposals) for match in matches],
        },
        policy_version,
    )


def keep_match_columns(
    actor: Actor, columns: Mapping[str, Sequence[object]], policy_version: int
) -> None:
    """Write down what was said of payments, given as columns; reasons and proposals as JSON."""
    if not columns["id"]:
        return
    sql.copy_columns(
        "cash_match",
        columns,
        {
            "company_id": actor.company_id,
            "policy_version": policy_version,
            "recorded_at": actor.at,
            "recorded_by": actor.name,
        },
    )


def reasons_json(reasons: Sequence[Reason]) -> str:
    """Return reasons as they are kept: a list of code and params."""
    return f"[{','.join([_reason_json(reason) for reason in reasons])}]"


def _reason_json(reason: Reason) -> str:
    return f'{{"code":"{reason.code}","params":{_params_json(reason.params)}}}'


def _params_json(params: Mapping[str, object]) -> str:
    """Return what the encoder returns; of texts and numbers, as nearly all are, the shorter way."""
    told = []
    for name, value in sorted(params.items()):
        if type(value) is str:
            told.append(f'"{name}":{_quoted(value)}')
        elif type(value) is int:
            told.append(f'"{name}":{value}')
        else:
            return _encode(params)
    return f"{{{','.join(told)}}}"


def proposals_json(proposals: Sequence[Proposal]) -> str:
    """Return proposals as they are kept; a confidence nobody stated is left out."""
    return _encode([_plain(proposal) for proposal in proposals]) if proposals else "[]"


def _plain(proposal: Proposal) -> dict[str, object]:
    told: dict[str, object] = {
        "method": proposal.method,
        "customer_id": proposal.customer_id,
        "allocations": proposal.allocations,
        "reasons": [{"code": one.code, "params": dict(one.params)} for one in proposal.reasons],
    }
    if proposal.confidence_bp is not None:
        told["confidence_bp"] = proposal.confidence_bp
    return told


def say(actor: Actor, payment_id: int, reason: Reason, *, is_certain: bool = True) -> int:
    """Write down what a person decided of a payment; return the row that says so."""
    match_id = next_ids("cash_match", 1)[0]
    said = NewMatch(
        id=match_id, payment_id=payment_id, method="by_hand", is_certain=is_certain,
        reasons=(reason,),
    )  # fmt: skip
    version = policies.in_force(actor.company_id, actor.today).version
    keep_matches(actor, [said], version)
    return match_id
