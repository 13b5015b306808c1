"""An answer written by a hostile hand is refused, and changes nothing in its reader."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import Place
from creditdesk.kernel.money import Money
from creditdesk.plumbing.confined.answers import Answer, loaded

MODULE = Answer.__module__


def named(module: str, name: str) -> bytes:
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def calling(module: str, name: str) -> bytes:
    return b"\x80\x02" + named(module, name) + b"(U\x04trueltR."


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("builtins", "bytearray"),
        ("subprocess", "Popen"),
        (MODULE, "sys.modules"),
        (MODULE, "logging.FileHandler"),
        (MODULE, "Callable"),
        (MODULE, "answered"),
        (MODULE, "_PlainUnpickler"),
        (MODULE, "Any"),
        (MODULE, "no_such_thing"),
        ("creditdesk.plumbing.confined.forking", "subprocess.Popen"),
        ("creditdesk.plumbing.confined.forking", "_Reader"),
        ("creditdesk.plumbing.confined.alone", "Path"),
        ("creditdesk.no_such_room", "Thing"),
        ("creditdesk.__main__", "main"),
    ],
)
def test_no_name_but_plain_values_comes_out(module: str, name: str) -> None:
    opcodes = [
        b"\x80\x02" + named(module, name) + b".",
        calling(module, name),
        b"\x80\x04\x8c" + bytes([len(module)]) + module.encode()
        + b"\x8c" + bytes([len(name)]) + name.encode() + b"\x93.",
    ]  # fmt: skip
    assert [loaded(each).kind for each in opcodes] == ["crash"] * 3


def test_a_class_named_in_an_answer_cannot_be_changed() -> None:
    before = dict(vars(Money))
    money = named(Money.__module__, "Money")
    for state in (b"}U\x05minorU\x03badsb", b"N}U\x06__eq__Nsu\x86b", b"N}U\x03addK\x01s\x86b"):
        assert loaded(b"\x80\x02" + money + state + b".").kind == "crash"
    assert dict(vars(Money)) == before
    assert Money("EUR", 1) == Money("EUR", 1)


@pytest.mark.parametrize(
    "result",
    [
        Money("EUR", 1250),
        [dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC), Decimal("1.50")],
        {"a": {1, 2}, "b": frozenset({3})},
        Place("a.csv", 7, "amount"),
        (None, True, 2**80, 1.5, "ü\0", b"\xff"),
    ],
)
def test_plain_values_and_ours_pass_unchanged(result: object) -> None:
    back = loaded(pickle.dumps(Answer("result", result=result), protocol=5))
    assert back == Answer("result", result=result)
    assert type(back.result) is type(result)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_answer(content: bytes) -> None:
    assert loaded(content).kind == "crash"


GOOD = pickle.dumps(Answer("result", result=[Money("EUR", 1), dt.date(2026, 1, 1), "text"]))


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_answer_is_refused_or_read(at: int, byte: int) -> None:
    damaged = bytearray(GOOD)
    damaged[at] = byte
    assert isinstance(loaded(damaged), Answer)


@pytest.mark.parametrize("cut", [lambda n: n, lambda n: n // 2, lambda n: n - 1])
def test_a_broken_off_answer_is_refused(cut: Callable[[int], int]) -> None:
    assert loaded(GOOD[: cut(len(GOOD) - 1)]).kind == "crash"
