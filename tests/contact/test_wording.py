from __future__ import annotations

from dataclasses import replace

import pytest

from creditdesk.contact import wording
from creditdesk.contact.rules import HOLD_KINDS, Facts, HoldFact, Reason, judge
from tests.contact.test_rules import CALENDAR, KNOWN, MONDAY, REMINDER, RULES, STALE


def test_every_check_has_a_sentence_of_its_own_passed_and_failed() -> None:
    queued = replace(REMINDER, queued_on=MONDAY.date(), is_written=True)
    passed = judge(queued, KNOWN, RULES, MONDAY, CALENDAR).reasons
    said = [wording.sentence(reason) for reason in passed]
    assert len(set(said)) == len(passed) == 12
    assert not {reason.code for reason in passed} & set(said)
    worst = Facts(
        opted_in=False,
        holds=(HoldFact("manual", "manual:1"), HoldFact("dispute", "dispute:1", 11),
               HoldFact("plan", "plan:1", 12)),
        bank=STALE,
        last_message_on=MONDAY.date(),
    )  # fmt: skip
    sunday_night = MONDAY.replace(day=22, hour=23)
    failed = judge(replace(queued, recipient=""), worst, RULES, sunday_night, CALENDAR).failed
    sentences = [wording.sentence(reason) for reason in failed]
    assert len(set(sentences)) == len(failed) == 12
    assert not {reason.code for reason in failed} & set(sentences)
    assert not any("%(" in sentence for sentence in [*said, *sentences])


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason("hours", False, {"at": "05:00", "earliest": "08:00", "latest": "18:00"}),
         "Outside the hours: 05:00 there, allowed 08:00–18:00"),
        ({"code": "items", "passed": False, "params": {"cause": "paid", "item_ids": [1, 2]}},
         "2 invoices left out: paid"),
        ({"code": "bank_fresh", "passed": False, "params": {"accounts": ["DE02"],
          "required_on": "2026-03-13"}},
         "The bank import is out of date: DE02 not closed on 13 Mar 2026"),
        ({"code": "customer_hold", "passed": False, "params": {"kinds": ["unapplied_money"]}},
         "The customer is on hold: money received, not yet applied"),
        ({"code": "of_tomorrow", "passed": True}, "of_tomorrow"),
    ],
)  # fmt: skip
def test_reasons_read_as_sentences(reason: Reason | dict[str, object], said: str) -> None:
    assert wording.sentence(reason) == said


def test_kinds_of_holds_and_reasons_of_withdrawal_have_words() -> None:
    assert not [
        kind for kind in HOLD_KINDS if wording.hold_kind(kind) == kind and kind != "dispute"
    ]
    assert wording.status_reason("up_to_date") == "It had waited too long to be still true"
    assert wording.status_reason("SMTPDataError: 550") == "SMTPDataError: 550"
