"""Reasons in words count as people do: today, one day, several."""

from __future__ import annotations

import pytest

from creditdesk.collections import wording as collections_wording
from creditdesk.contact import wording as contact_wording


@pytest.mark.parametrize(("days", "ago"), [(0, "today"), (1, "1 day ago"), (2, "2 days ago")])
def test_how_long_ago_is_said(days: int, ago: str) -> None:
    said = {"code": "pause", "passed": False, "params": {"days": days, "days_between": 7}}
    assert contact_wording.sentence(said) == f"Written to {ago}; 7 must lie between"
    last = {"code": "last_contact", "params": {"days": days}}
    assert collections_wording.sentence(last) == f"Last contact {ago}"


@pytest.mark.parametrize(
    ("items", "days", "late"),
    [
        (1, 1, "in one invoice, 1 day late"),
        (1, 2, "in one invoice, 2 days late"),
        (3, 1, "in 3 invoices, the oldest 1 day late"),
        (3, 9, "in 3 invoices, the oldest 9 days late"),
    ],
)
def test_how_late_it_is_is_said(items: int, days: int, late: str) -> None:
    params = {"items": items, "days_late": days, "minor": 90_000, "currency": "EUR"}
    said = collections_wording.sentence({"code": "overdue", "params": params})
    assert said.replace("\xa0", " ") == f"900.00 EUR overdue {late}"
