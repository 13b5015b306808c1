"""Errors in the reader's language: by form, with the same values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.faces.desk import faults
from creditdesk.kernel.errors import Conflict, Invalid

FORMS = [
    faults.form_of("There is no payment {1} of {2}", "Von {2} gibt es keine Zahlung {1}"),
    faults.form_of("There is no payment {1}", "Die Zahlung {1} gibt es nicht"),
    faults.form_of("{1} is {2}", "{1} ist {2}"),
]


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("There is no payment PAY-7", "Die Zahlung PAY-7 gibt es nicht"),
        ("There is no payment 'A of' of B", "Von B gibt es keine Zahlung 'A of'"),
        ("x is y", "x ist y"),
        ("nothing fits", "nothing fits"),
    ],
)
def test_a_sentence_is_said_by_the_first_form_it_fits(raised: str, said: str) -> None:
    assert faults.filled(raised, FORMS) == said


@given(st.text(min_size=1))
def test_values_are_kept_as_they_are(value: str) -> None:
    form = faults.form_of("No {1}!", "Kein {1}!")

    assert faults.filled(f"No {value}!", [form]) == f"Kein {value}!"


def test_an_error_reads_with_its_mend() -> None:
    assert faults.sentence(Conflict("x_y", "It moved")) == "It moved"
    assert faults.sentence(Invalid("x_y", "It is odd", mend="Mend it")) == "It is odd. Mend it"
