from __future__ import annotations

import logging
import platform
import time
from pathlib import Path

import pytest

from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.kernel.money import Money
from creditdesk.plumbing.confined import cage, forking, run_confined, run_confined_together

SAMPLES = "tests.plumbing.confined_samples"
MEBIBYTE = 2**20


@pytest.fixture(params=["forked", "alone"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each promise holds for a child forked from the zygote and for a fresh interpreter."""
    if request.param == "alone":
        monkeypatch.setattr(forking, "AVAILABLE", False)
    elif not forking.AVAILABLE:
        pytest.skip("children are forked on Linux only")
    return str(request.param)


def refusal(name: str, payload: object = None, **limits: int) -> Invalid:
    with pytest.raises(Invalid) as caught:
        run_confined(f"{SAMPLES}:{name}", payload, file="evil.xml", **limits)
    assert caught.value.code == "file_exhausts_reader"
    assert caught.value.place.file == "evil.xml"
    assert caught.value.mend
    return caught.value


def test_the_answer_comes_back() -> None:
    assert run_confined(f"{SAMPLES}:doubled", 21) == 42


def test_values_of_ours_come_back_whatever_is_printed() -> None:
    assert run_confined(f"{SAMPLES}:priced", 1250) == [Money("EUR", 1250)]


def test_a_large_payload_and_answer_pass() -> None:
    assert run_confined(f"{SAMPLES}:doubled", b"ab" * 4 * MEBIBYTE) == b"ab" * 8 * MEBIBYTE


@pytest.mark.parametrize("name", ["swollen", "swollen_slowly"])
def test_too_much_memory_is_refused(name: str) -> None:
    assert refusal(name, memory_bytes=256 * MEBIBYTE).context == {"reason": "memory"}


def test_too_much_processor_time_is_refused() -> None:
    assert refusal("endless", cpu_seconds=1).context == {"reason": "time"}


def test_too_much_waiting_is_refused_at_the_wall_clock() -> None:
    started = time.monotonic()
    assert refusal("asleep", 30, wall_seconds=1).context == {"reason": "time"}
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("name", ["segfaulting", "exiting", "lying"])
def test_a_dead_child_is_refused(name: str) -> None:
    assert refusal(name).context == {"reason": "crash"}


def test_endless_recursion_is_refused() -> None:
    assert refusal("recursing", 0).context == {"reason": "fault"}


def test_a_fault_is_refused_and_logged_without_words_of_the_file(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        assert refusal("buggy").context == {"reason": "fault"}
    assert "ZeroDivisionError at buggy:" in caplog.text
    assert "secret" not in caplog.text


def test_invalid_is_raised_again_with_everything_it_said() -> None:
    with pytest.raises(Invalid) as caught:
        run_confined(f"{SAMPLES}:refusing", "invalid")
    assert str(caught.value) == "a.csv, line 7, amount: no amount. Add it"
    assert (caught.value.code, caught.value.context) == ("bad_line", {"seen": "x"})


@pytest.mark.parametrize(
    ("kind", "error", "code", "context"),
    [
        ("refused", Refused, "no", {"limit": 3}),
        ("conflict", Conflict, "late", {}),
        ("missing", NotFound, "gone", {}),
    ],
)
def test_other_domain_errors_keep_their_type(
    kind: str, error: type[DomainError], code: str, context: dict[str, object]
) -> None:
    with pytest.raises(error) as caught:
        run_confined(f"{SAMPLES}:refusing", kind)
    assert type(caught.value) is error
    assert (caught.value.code, caught.value.context) == (code, context)


def test_the_child_cannot_write_files(tmp_path: Path) -> None:
    target = tmp_path / "escaped.txt"
    assert refusal("writing", str(target)).context == {"reason": "fault"}
    assert not target.exists() or target.stat().st_size == 0


def test_the_child_cannot_open_many_files() -> None:
    assert run_confined(f"{SAMPLES}:open_many_files", None) < 64


def test_the_child_knows_neither_django_nor_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    assert "SECRET_KEY" not in run_confined(f"{SAMPLES}:environment", None)
    assert "django" not in run_confined(f"{SAMPLES}:modules", None)


def test_an_answer_that_names_foreign_code_is_refused() -> None:
    assert refusal("callable_answer").context == {"reason": "crash"}


def test_an_answer_that_cannot_be_sent_is_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert refusal("unsendable").context == {"reason": "fault"}
    assert "in the answer" in caplog.text


def test_an_answer_that_would_run_code_is_refused() -> None:
    assert refusal("sneaking").context == {"reason": "crash"}


@pytest.mark.skipif(platform.machine() not in cage.ALLOWED, reason="no list of calls for this kind")
def test_a_child_taken_over_gets_nowhere(tmp_path: Path) -> None:
    target = tmp_path / "books.txt"
    target.write_text("kept")
    found = run_confined(f"{SAMPLES}:attempts", str(target))
    assert len(found) == 22
    assert {name: how for name, how in found.items() if how == "done"} == {}
    assert target.read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["books.txt"]


def test_the_child_holds_no_descriptor_but_its_own() -> None:
    assert run_confined(f"{SAMPLES}:descriptors", None) == [0, 1, 2, 3]


def test_one_child_leaves_nothing_to_the_next() -> None:
    assert run_confined(f"{SAMPLES}:remembering", "first") == ["first"]
    assert run_confined(f"{SAMPLES}:remembering", "second") == ["second"]


def test_children_at_once_answer_in_the_order_asked() -> None:
    assert run_confined_together(f"{SAMPLES}:doubled", [1, 2, 3]) == [2, 4, 6]
    assert run_confined_together(f"{SAMPLES}:doubled", []) == []
    large = [bytes([n]) * 4 * MEBIBYTE for n in range(3)]
    assert run_confined_together(f"{SAMPLES}:doubled", large) == [each * 2 for each in large]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_of_several_that_dies_refuses_the_file(place: int) -> None:
    with pytest.raises(Invalid) as caught:
        run_confined_together(f"{SAMPLES}:exiting_at", [(n, place) for n in range(3)], file="evil")
    assert (caught.value.code, caught.value.context) == (
        "file_exhausts_reader",
        {"reason": "crash"},
    )
    assert caught.value.place.file == "evil"
    assert run_confined(f"{SAMPLES}:doubled", 4) == 8


def test_each_of_several_has_the_limits() -> None:
    with pytest.raises(Invalid) as caught:
        run_confined_together(f"{SAMPLES}:swollen", [1, 2], memory_bytes=256 * MEBIBYTE)
    assert caught.value.context == {"reason": "memory"}
    with pytest.raises(Invalid) as caught:
        run_confined_together(f"{SAMPLES}:asleep", [0, 60], wall_seconds=1)
    assert caught.value.context == {"reason": "time"}
