"""A manifest reads back as it was written, and not with one byte changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import DomainError
from creditdesk.plumbing.backups import manifest
from creditdesk.plumbing.backups.manifest import Content, Manifest

CONTENT = Content(
    tables={"ledger_posting": (3, "123"), "cash_line": (0, "0")},
    migrations=(("ledger", "0001_initial"), ("plumbing", "0001_initial")),
    books={"balance of acme: receivable EUR": 1000},
)
MADE = Manifest("0.1.0", "2026-03-16T09:00:00+00:00", 180_004, 4, "ab" * 32, CONTENT)
TEXT = manifest.written(MADE)
KNOWN = frozenset(CONTENT.migrations) | {("cash", "0001_initial")}


def code(text: bytes) -> str:
    with pytest.raises(DomainError) as refused:
        manifest.read(text)
    return refused.value.code


def test_it_reads_back() -> None:
    assert manifest.read(TEXT) == MADE
    assert manifest.written(manifest.read(TEXT)) == TEXT


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_any_byte_changed_is_noticed(place: int, by: int) -> None:
    changed = bytearray(TEXT)
    changed[place] ^= by
    assert code(bytes(changed)) in ("backup_manifest_damaged", "backup_format_unknown")


@given(st.integers(0, len(TEXT) - 1))
def test_any_cut_is_noticed(length: int) -> None:
    assert code(TEXT[:length]) == "backup_manifest_damaged"


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"digest":"x"}\n'])
def test_what_is_no_manifest_is_told_so(text: bytes) -> None:
    assert code(text) in ("backup_manifest_damaged", "backup_format_unknown")


def test_a_figure_changed_by_hand_is_noticed() -> None:
    assert code(TEXT.replace(b"1000", b"1001")) == "backup_manifest_damaged"


@pytest.mark.parametrize(
    ("size", "sha256", "expected"),
    [(3, "ab" * 32, "backup_cut"), (0, "", "backup_cut"), (5, "ab" * 32, "backup_damaged"),
     (4, "ac" * 32, "backup_damaged")],
)  # fmt: skip
def test_a_dump_that_is_another_is_refused(size: int, sha256: str, expected: str) -> None:
    manifest.check_dump(MADE, 4, "ab" * 32)
    with pytest.raises(DomainError) as refused:
        manifest.check_dump(MADE, size, sha256)
    assert refused.value.code == expected


def test_versions_that_cannot_be_read_are_refused() -> None:
    manifest.check_version(MADE, KNOWN, 180_006)
    with pytest.raises(DomainError) as refused:
        manifest.check_version(MADE, KNOWN, 150_012)
    assert refused.value.code == "backup_of_newer_postgres"
    later = replace(CONTENT, migrations=(*CONTENT.migrations, ("risk", "0001_initial")))
    with pytest.raises(DomainError) as refused:
        manifest.check_version(replace(MADE, content=later), KNOWN, 180_004)
    assert refused.value.code == "backup_of_newer_version"
    assert "risk.0001_initial" in refused.value.message


def differences(found: Content) -> list[str]:
    return [one.what for one in manifest.differences(CONTENT, found)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (CONTENT, []),
        (replace(CONTENT, tables={"ledger_posting": (2, "123"), "cash_line": (0, "0")}),
         ["rows of ledger_posting"]),
        (replace(CONTENT, tables={"ledger_posting": (3, "124"), "cash_line": (0, "0")}),
         ["content of ledger_posting"]),
        (replace(CONTENT, tables={"ledger_posting": (3, "123")}), ["content of cash_line"]),
        (replace(CONTENT, tables={**CONTENT.tables, "more": (0, "0")}), ["content of more"]),
        (replace(CONTENT, migrations=CONTENT.migrations[:1]),
         ["migration plumbing.0001_initial"]),
        (replace(CONTENT, books={}), ["balance of acme: receivable EUR"]),
        (replace(CONTENT, books={"balance of acme: receivable EUR": 999}),
         ["balance of acme: receivable EUR"]),
    ],
)  # fmt: skip
def test_differences_are_named(found: Content, expected: list[str]) -> None:
    assert differences(found) == expected
