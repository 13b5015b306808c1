"""Examples of the description: a request of each operation as a customer's system would send it.

The tests send every one of them; none says what would be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

REQUESTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "change_customer": {"street": "Hafenweg 4", "postal_code": "48155", "city": "Münster"},
    "add_contact": {
        "name": "Ada Byron", "role": "accounts payable", "email": "ada@acorn.example",
        "phone": "+49 251 4711", "language": "de", "is_primary": True,
    },
    "change_contact": {"phone": "+49 251 4712"},
    "propose_bank_details": {
        "account": "DE89 3704 0044 0532 0130 00", "holder": "Acorn GmbH", "channel": "letter",
        "reason": "New house bank, letter of 2 March",
    },
    "set_group": {"belongs_to": "C-2", "valid_from": "2026-04-01"},
    "close_customer": {"reason": "Ceased trading; nothing is open"},
    "reopen_customer": {"reason": "Trades again under the same register number"},
    "wake_customer": {"reason": "Reviewed: accounts of 2025 are sound"},
    "merge_customer": {
        "survivor": "C-2", "reason": "The same company, entered twice", "preview": False,
    },
    "unmerge_customer": {"reason": "Two companies after all"},
    "ask_limit": {
        "amount": "25000.00", "currency": "EUR", "kind": "temporary", "valid_to": "2026-06-30",
        "reason": "Spring season, as agreed with the buyer",
    },
    "grant_limit": {"amount": "20000.00", "answer": "Less until the accounts of 2025 are in"},
    "refuse_limit": {"answer": "Two invoices are more than thirty days late"},
    "withdraw_limit": {"reason": "Replaced by the insured limit"},
    "record_insurance": {
        "insurer": "Fidelity", "number": "F-2026-1", "currency": "EUR",
        "valid_from": "2026-01-01", "valid_to": "2026-12-31",
        "maximum_liability": "500000.00", "retention_percent": "10", "deductible": "1000.00",
        "extension_days": 60, "report_days": 60,
    },
    "record_cover": {
        "policy_number": "F-2026-1", "amount": "40000.00", "currency": "EUR",
        "valid_from": "2026-03-01", "kind": "named",
    },
    "record_guarantee": {
        "kind": "bank", "guarantor": "Town Bank", "amount": "15000.00", "currency": "EUR",
        "valid_from": "2026-03-01", "valid_to": "2027-02-28", "note": "Bond 4711",
    },
    "end_guarantee": {"reason": "Given back to the bank"},
    "record_report": {
        "bureau": "Own bureau", "identifier": "4711", "reported_on": "2026-03-10",
        "name": "Acorn GmbH", "country": "DE", "status": "active", "is_active": True,
        "is_insolvent": False, "score": "231", "grade": "B", "limit": "30000.00",
        "currency": "EUR", "cost": "12.50",
    },
    "open_investigation": {"question": "Who stands behind the new managing director?"},
    "add_investigation_step": {
        "kind": "register", "text": "The register names the former owner's brother",
        "source": "Commercial register, sheet of 9 March",
    },
}  # fmt: skip


def example(operation: str) -> dict[str, Any]:
    """Return what puts an operation's example into the description."""
    return {
        "requestBody": {"content": {"application/json": {"example": dict(REQUESTS[operation])}}}
    }
