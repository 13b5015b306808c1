"""The policy on the command line: shown in words, compared with a file, simulated."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from creditdesk.faces.cli import policy as cli
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError, Invalid, NotFound
from creditdesk.policy import queries, services
from creditdesk.policy.rules import DEFAULT


@pytest.fixture
def desk(actor: Actor) -> Actor:
    services.ensure_default(actor, valid_from=date(2020, 1, 1))
    return actor


def said(act: Callable[[], int]) -> str:
    with redirect_stdout(StringIO()) as told:
        assert act() == 0
    return told.getvalue()


def test_shown_in_words_and_as_written(desk: Actor) -> None:
    shown = said(lambda: cli.show(version=0, as_json=False, company=""))
    assert shown.startswith("version 1, in force from 2020-01-01\n\nTerms of payment\n")
    assert "\n  Class E: no credit; terms prepaid.\n" in shown
    assert json.loads(said(lambda: cli.show(version=1, as_json=True, company=""))) == DEFAULT
    with pytest.raises(NotFound) as unknown:
        cli.show(version=9, as_json=False, company="")
    assert unknown.value.code == "policy_missing"


def test_a_file_is_compared_and_simulated_and_changes_nothing(desk: Actor, tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    file.write_text(json.dumps({**DEFAULT, "default_terms": "net14"}))
    assert said(lambda: cli.compare(file=str(file), company="")) == (
        "against version 1: 1 rules differ\n\nTerms of payment\n"
        "  - Who has agreed nothing else pays by net30.\n"
        "  + Who has agreed nothing else pays by net14.\n"
    )
    found = said(lambda: cli.simulate(file=str(file), days=365, company=""))
    assert "orders asked again: 0" in found
    assert "fees for reminders: 0.00 EUR more" in found
    assert [one.default_terms for one in queries.versions(desk.company_id)] == ["net30"]


def test_without_a_file_the_draft_changed_last_counts(desk: Actor) -> None:
    with pytest.raises(NotFound) as missing:
        cli.compare(file="", company="")
    assert missing.value.code == "policy_draft_missing"
    services.keep_draft(desk, {**DEFAULT, "default_terms": "net60"})
    assert "pays by net60" in said(lambda: cli.compare(file="", company=""))


@pytest.mark.parametrize(
    ("content", "code"),
    [("{", "policy_file_unreadable"), ("[]", "policy_file_unreadable"),
     ("{}", "policy_field_missing")],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(
    desk: Actor, tmp_path: Path, content: str, code: str
) -> None:
    file = tmp_path / "draft.json"
    file.write_text(content)
    with pytest.raises(Invalid) as refused:
        cli.compare(file=str(file), company="")
    assert refused.value.code == code
    with pytest.raises(DomainError) as gone:
        cli.compare(file=str(tmp_path / "gone.json"), company="")
    assert gone.value.code == "system_fault"
