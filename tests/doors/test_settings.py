"""A setting that means nothing ends the start with one line that names it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from creditdesk.config import database, given


def test_the_command_line_says_it_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "creditdesk", "verify"],
        env={**os.environ, "CREDITDESK_UPLOAD_MIB": "abc"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "creditdesk: CREDITDESK_UPLOAD_MIB must be a whole number from 1, not 'abc'"
        " [setting_wrong]\n"
    )


@pytest.mark.parametrize("text", ["abc", "0", "-1", "1.5", "1e3", "٣", "²", "9" * 5_000, "\n1x"])
def test_a_number_that_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CREDITDESK_X", text)
    with pytest.raises(ImproperlyConfigured, match="CREDITDESK_X must be a whole number") as told:
        given.number("CREDITDESK_X", 64)
    assert len(str(told.value)) < 120


def test_a_number_and_a_word_as_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDITDESK_X", raising=False)
    assert (given.number("CREDITDESK_X", 64), given.choice("CREDITDESK_X", "a", "ab")) == (64, "a")
    monkeypatch.setenv("CREDITDESK_X", " 7 ")
    assert given.number("CREDITDESK_X", 64) == 7
    with pytest.raises(ImproperlyConfigured, match="must be one of a, b, not '7'"):
        given.choice("CREDITDESK_X", "a", "ab")
    monkeypatch.setenv("CREDITDESK_X", "  ")
    assert given.number("CREDITDESK_X", 64) == 64


@pytest.mark.parametrize("url", ["mysql://x", "", "postgresql://h:abc/x", "postgresql://h:99999/x"])
def test_a_database_that_is_none(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database.parse_url(url)
