"""Companies proved at once: each in a process of its own, told in their order."""

from __future__ import annotations

import os
import pickle
import sys

import pytest

from creditdesk.faces.cli import side_by_side
from creditdesk.kernel.errors import ApprovalNeeded, DomainError, Invalid, Place, ProofNeeded
from creditdesk.plumbing import sql


def proved(number: int) -> int:
    sys.stdout.write(f"company {number} by {os.getpid()}\n")
    sys.stderr.write(f"weak {number}\n")
    return int(sql.scalar("SELECT %s::int", [number]))


def broken(number: int) -> int:
    if number == 2:
        raise Invalid("head_unreadable", "No head", place=Place("heads.jsonl", 4), mend="Ask again")
    return number


@pytest.mark.usefixtures("committed_db")
def test_each_is_told_in_order_and_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(side_by_side, "_cores", lambda: 2)
    assert list(side_by_side.each(proved, [3, 1, 2])) == [3, 1, 2]
    out, err = capsys.readouterr()
    numbers, workers = zip(*(line.split(" by ") for line in out.splitlines()), strict=True)
    assert numbers == ("company 3", "company 1", "company 2")
    assert str(os.getpid()) not in workers
    assert err.splitlines() == ["weak 3", "weak 1", "weak 2"]


@pytest.mark.usefixtures("committed_db")
def test_a_fault_of_one_reaches_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "_cores", lambda: 2)
    with pytest.raises(Invalid) as told:
        list(side_by_side.each(broken, [1, 2]))
    assert str(told.value) == "heads.jsonl, line 4: No head. Ask again"
    assert sql.scalar("SELECT 1") == 1


@pytest.mark.django_db
def test_within_a_transaction_all_is_done_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(side_by_side.each(proved, [1, 2])) == [1, 2]
    assert capsys.readouterr().out.count(f"by {os.getpid()}") == 2


@pytest.mark.parametrize(
    "error",
    [
        DomainError("code", "told", line=3),
        ProofNeeded("cash.refund"),
        ApprovalNeeded("APP-1", "wait", permission="cash.approve"),
        Invalid("code", "told", place=Place("a.csv", 2, "amount"), mend="Mend", of="it"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_travels_between_processes_whole(error: DomainError) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.__dict__) == (type(error), str(error), error.__dict__)
