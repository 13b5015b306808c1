"""Which duties must not meet in one person. Pure.

Custody, recording, authorisation and reconciliation of one transaction belong to different people.
Permissions of rooms still to come are named here already, so that no role can be given them by
mistake once they exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# Two sides on one document clash when they are less than so many days apart.
ACTS_COUNT_DAYS: Final = 365
EXCEPTION_DAYS_MAX: Final = 92


@dataclass(frozen=True, slots=True)
class Pair:
    """Two duties that must not meet: neither granted together nor exercised on one document."""

    number: int
    code: str
    left: frozenset[str]
    right: frozenset[str]


_EDITS_MASTER = frozenset(
    {
        "customers.edit",
        "customers.set_terms",
        "customers.put_in_group",
        "customers.change_bank_details",
        "customers.close",
        "customers.reopen",
        "customers.merge",
        "imports.load",
    }
)
_APPROVES_CREDIT = frozenset(
    {"credit.set_limit", "credit.approve_limit", "assessment.decide", "customers.wake"}
)
_COLLECTS = frozenset(
    {"collections.log_activity", "collections.promise", "collections.work", "collections.run"}
)
_TRADE: Final = (
    Pair(
        1,
        "apply_cash_write_off",
        frozenset({"cash.apply", "cash.match"}),
        frozenset({"invoices.write_off", "collections.propose_write_off"}),
    ),
    Pair(2, "edit_customer_approve_credit", _EDITS_MASTER, _APPROVES_CREDIT),
    Pair(
        3, "set_limit_release_order", frozenset({"credit.set_limit"}), frozenset({"orders.release"})
    ),
    Pair(
        4,
        "credit_memo_approve",
        frozenset({"invoices.credit"}),
        frozenset({"invoices.approve_credit"}),
    ),
    Pair(
        5,
        "write_off_approve",
        frozenset({"invoices.write_off", "collections.propose_write_off"}),
        frozenset({"collections.approve_write_off"}),
    ),
    Pair(
        6,
        "cheques_post_receipts",
        frozenset({"cash.receive_cheques"}),
        frozenset({"cash.take_in", "cash.take_in_refused", "cash.post_receipt"}),
    ),
    Pair(
        7,
        "create_customer_approve_limit",
        frozenset({"customers.create", "imports.load"}),
        frozenset({"credit.set_limit", "credit.approve_limit"}),
    ),
    Pair(
        8,
        "bank_details_refund",
        frozenset(
            {
                "customers.change_bank_details",
                "treasury.confirm_bank_details",
                "treasury.change_mandate",
            }
        ),
        frozenset({"treasury.release_refund"}),
    ),
    Pair(9, "resolve_dispute_collect", frozenset({"disputes.resolve"}), _COLLECTS),
    Pair(
        10,
        "post_receipt_reconcile",
        frozenset({"cash.take_in", "cash.take_in_refused", "cash.post_receipt"}),
        frozenset({"cash.reconcile"}),
    ),
    Pair(
        11,
        "scorecard_decide",
        frozenset(
            {
                "policy.publish",
                "policy.edit_scorecard",
                "assessment.fit_card",
                "assessment.approve_card",
            }
        ),
        frozenset({"assessment.decide"}),
    ),
)
PAIRS: Final[tuple[Pair, ...]] = (
    *_TRADE,
    Pair(
        12,
        "grant_use",
        frozenset({"controls.grant", "controls.revoke", "controls.issue_key"}),
        frozenset().union(*(pair.left | pair.right for pair in _TRADE)),
    ),
)
# Held together by whoever manages, and kept apart on each document: no exception lifts this.
ON_ONE_DOCUMENT: Final[tuple[Pair, ...]] = (
    Pair(
        13,
        "close_reopen",
        frozenset({"ledger.close_period"}),
        frozenset({"ledger.approve_reopen"}),
    ),
    # Who asks for a refund, who checks where it goes, who approves it: each another person. That
    # who releases it is none of them follows with pair 8.
    Pair(
        20,
        "ask_refund_let_out",
        frozenset({"treasury.ask_refund"}),
        frozenset(
            {
                "treasury.confirm_bank_details",
                "treasury.approve_refund",
                "treasury.release_refund",
            }
        ),
    ),
    Pair(
        21,
        "approve_refund_let_out",
        frozenset({"treasury.approve_refund"}),
        frozenset({"treasury.confirm_bank_details", "treasury.release_refund"}),
    ),
    Pair(
        22,
        "draw_up_run_approve",
        frozenset({"treasury.draw_up_run"}),
        frozenset({"treasury.approve_run"}),
    ),
    # Whoever called back about details is the checker of a refund paid there, whom nobody lets
    # approve or release it: see `treasury.services.refunds`.
    Pair(
        25,
        "change_bank_details_confirm",
        frozenset({"customers.change_bank_details"}),
        frozenset({"customers.confirm_bank_details"}),
    ),
    Pair(
        23,
        "change_mandate_confirm",
        frozenset({"treasury.change_mandate"}),
        frozenset({"treasury.confirm_mandate_change"}),
    ),
    # Whoever took money over the counter neither makes its receipt undone nor says that the bank
    # credited it.
    Pair(
        24,
        "receive_cancel_receipt",
        frozenset({"cash.receive_cheques", "cash.deposit"}),
        frozenset({"cash.cancel_receipt", "cash.void_deposit", "cash.settle_deposit"}),
    ),
    # Whoever wrote an application down, by telephone or from paper, does not decide it.
    Pair(
        25,
        "enter_application_decide",
        frozenset({"assessment.apply"}),
        frozenset({"assessment.decide", "credit.approve_limit"}),
    ),
)
_EVERY: Final = (*PAIRS, *ON_ONE_DOCUMENT)
DUTIES: Final[frozenset[str]] = frozenset().union(*(pair.left | pair.right for pair in _EVERY))


def holds(permissions: Collection[str], permission: str) -> bool:
    """Whether the permission is among those held, by name, by room or altogether."""
    room = permission.partition(".")[0]
    return any(one in permissions for one in (permission, f"{room}.*", "*"))


@lru_cache(maxsize=1024)
def conflicts(permissions: frozenset[str]) -> tuple[Pair, ...]:
    """Return the pairs of which the permissions hold something on both sides."""
    return tuple(
        pair
        for pair in PAIRS
        if all(any(holds(permissions, one) for one in side) for side in (pair.left, pair.right))
    )


def denied(permissions: frozenset[str], excepted: Collection[int]) -> frozenset[str]:
    """Return the duties that may not be exercised, as they meet in these permissions."""
    met = [pair for pair in conflicts(permissions) if pair.number not in excepted]
    return frozenset().union(*(pair.left | pair.right for pair in met))


@lru_cache(maxsize=1024)
def opposites(permission: str) -> frozenset[str]:
    """Return the duties that must not be exercised on the same document as this one."""
    return frozenset().union(
        *(pair.right for pair in _EVERY if permission in pair.left),
        *(pair.left for pair in _EVERY if permission in pair.right),
    )


def sides(permission: str) -> list[tuple[int, str]]:
    """Return the pairs a duty belongs to, with the side: `left` or `right`."""
    return [
        (pair.number, side)
        for pair in PAIRS
        for side, held in (("left", pair.left), ("right", pair.right))
        if permission in held
    ]


def clashes(
    now: Iterable[tuple[str, str]], earlier: Iterable[tuple[str, str]]
) -> list[tuple[Pair, str]]:
    """Return pairs and documents where an act (duty, document) meets its opposite, once each."""
    by_document: dict[str, set[str]] = {}
    given = list(now)
    for duty, document in (*earlier, *given):
        by_document.setdefault(document, set()).add(duty)
    found = {
        (pair, document): None
        for duty, document in given
        for pair in _EVERY
        if (duty in pair.left and by_document[document] & pair.right)
        or (duty in pair.right and by_document[document] & pair.left)
    }
    return list(found)
