"""An answer written by a hostile hand is refused, and changes nothing in its reader."""

from __future__ import annotations

import datetime as dt
import pickle
import resource
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import Place
from creditdesk.kernel.money import Money
from creditdesk.plumbing.confined import opcodes
from creditdesk.plumbing.confined.answers import Answer, loaded

MODULE = Answer.__module__


def named(module: str, name: str) -> bytes:
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def text(said: str) -> bytes:
    return b"\x8c" + bytes([len(said)]) + said.encode()


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
    money = text(Money.__module__) + text("Money") + b"\x93"
    slots = (b"N}" + text("__eq__") + b"Ns\x86b", b"N}" + text("add") + b"K\x01s\x86b")
    for state in (b"}" + text("minor") + text("bad") + b"sb", *slots):
        hostile = b"\x80\x04" + money + state + b"."
        assert opcodes.is_plain(hostile)
        assert loaded(hostile).kind == "crash"
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


@pytest.mark.parametrize("at", range(len(GOOD)))
def test_a_damaged_answer_is_refused_or_read(at: int) -> None:
    for byte in range(256):
        damaged = bytearray(GOOD)
        damaged[at] = byte
        assert isinstance(loaded(damaged), Answer)


@pytest.mark.parametrize(
    "greedy",
    [
        b"N" + pickle.LONG_BINPUT + b"\xff\xff\xff\xff.",
        b"N" + pickle.LONG_BINPUT + b"\x00\x00\x00\x40.",
        b"N" + pickle.PUT + b"4000000000\n.",
        pickle.BYTEARRAY8 + b"\x00\x00\x00\x00\x10\x00\x00\x00.",
        pickle.BINUNICODE8 + b"\xff" * 8 + b".",
        pickle.BINBYTES + b"\xff\xff\xff\xff.",
        pickle.FRAME + b"\xff" * 8 + b".",
    ],
)
def test_an_answer_takes_no_memory_it_does_not_bring(greedy: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert loaded(b"\x80\x05" + greedy).kind == "crash"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


@pytest.mark.parametrize("cut", [lambda n: n, lambda n: n // 2, lambda n: n - 1])
def test_a_broken_off_answer_is_refused(cut: Callable[[int], int]) -> None:
    assert loaded(GOOD[: cut(len(GOOD) - 1)]).kind == "crash"
