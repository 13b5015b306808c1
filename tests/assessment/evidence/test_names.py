"""Names are near listed ones whatever their order, spelling and legal form; others are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.assessment.evidence.rules import names


@pytest.mark.parametrize(
    ("own", "listed", "percent"),
    [
        ("Sablev Ivan Petrovich", "Ivan Petrovich SABLEV", 100),
        ("SABLEW, Iwan", "Iwan Sablew", 100),
        ("Blacksea Sable Trading", "Black Sea Sable Trading LLC", 100),
        ("Müller & Söhne GmbH", "MUELLER SOEHNE", 100),
        ("Иван Саблев", "Иван Саблев", 100),
        ("Sable Trading", "Sable Trading House Cyprus", 95),
        ("Quir Shiping SA", "QUIR SHIPPING S.A.", 96),
        ("Ivan Petrov", "Ivan Petrovich SABLEV", 0),
        ("Trading", "Black Sea Sable Trading LLC", 0),
        ("Acorn Foods", "Veldari Relief Fund", 0),
        ("", "Veldari", 0),
    ],
)
def test_how_near(own: str, listed: str, percent: float) -> None:
    laid_out = names.laid_out([names.key(listed)])
    found = names.near(names.key(own), laid_out, at_least=88)
    assert [one.percent for one in found] == ([percent] if percent else [])


def test_the_nearest_comes_first_and_every_one_comes() -> None:
    laid_out = names.laid_out([names.key(one) for one in ("Sablev", "Sablew", "Sabler X", "Oak")])
    assert [one.place for one in names.near("SABLEW", laid_out, at_least=80)] == [1, 0]


WORD = st.text("ABCDEFGHIJ", min_size=4, max_size=9)


@given(st.lists(WORD, min_size=1, max_size=4), st.data())
def test_looking_up_finds_what_comparing_each_pair_does_one_letter_off(
    words: list[str], data: st.DataObject
) -> None:
    listed = " ".join(words)
    place = data.draw(st.integers(0, len(words) - 1))
    word = words[place]
    at = data.draw(st.integers(0, len(word) - 1))
    other = [*words[:place], word[:at] + "X" + word[at + 1 :], *words[place + 1 :]]
    own = " ".join(data.draw(st.permutations(other)))
    percent = names.likeness(own, listed)
    found = names.near(own, names.laid_out([listed, "ZZZZ"]), at_least=75)
    assert [one.percent for one in found] == ([percent] if percent >= 75 else [])


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_of_both_alike(one: str, other: str) -> None:
    a, b = names.key(one), names.key(other)
    assert names.likeness(a, b) == names.likeness(b, a)
    assert 0 <= names.likeness(a, b) <= 100
