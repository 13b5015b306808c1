"""Reviews at the command line."""

from __future__ import annotations

import pytest

from creditdesk.controls import queries as controls
from creditdesk.faces.cli import reviews
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from tests.assessment.reviews.verbs import limited, the_review
from tests.orders.verbs import opened


def test_reviews_are_listed_and_opened(actor: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    opened(actor)
    code = controls.company(actor.company_id).code
    customer = limited(actor)

    assert reviews.show(state="open", company=code) == 0
    assert capsys.readouterr().out == "No review is like that.\n"
    assert reviews.start(customer="C-1", reason="a rumour", company=code) == 0
    told = capsys.readouterr().out
    reference = the_review(customer).reference
    assert told.startswith(f"{reference}: C-1 Customer C-1, due ")
    assert "limit 20000.00 EUR. Leave it: 20000.00 EUR" in told
    assert reviews.show(state="open", company=code) == 0
    assert capsys.readouterr().out == told
    with pytest.raises(Conflict):
        reviews.start(customer="C-1", reason="again", company=code)
