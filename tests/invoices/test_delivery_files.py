"""Files that say how customers are sent documents: taken row by row, once, by customer."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from creditdesk import wiring
from creditdesk.invoices import delivery_queries, services
from creditdesk.invoices.delivery_rules import Route
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.imports import queries
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.imports.queries import RunRow
from tests.invoices.people import a_buyer
from tests.support.fixtures import founded

wiring.connect()
KIND = "delivery_preferences"
HEAD = "Customer,Versandart,Format,Invoice e-mail,Recipient,Read receipt\n"


def loaded(actor: Actor, text: str) -> RunRow:
    """Load the text as such a file, by the mapping that is guessed."""
    content = text.encode()
    reference = imports.open_run(actor, kind=KIND, filename="ways.csv", content=content)
    assert queries.run(actor.company_id, reference).kind == KIND
    imports.load(actor, reference)
    return queries.run(actor.company_id, reference)


def counts(run: RunRow) -> tuple[int, int, int]:
    return run.rows_accepted, run.rows_known, run.rows_rejected


def route(actor: Actor, customer_id: int) -> Route | None:
    return delivery_queries.own_route(actor.company_id, customer_id)


def test_each_customer_is_sent_documents_as_the_file_says_and_once(actor: Actor) -> None:
    first, second, third, fourth = (a_buyer(actor, f"C{n}") for n in range(1, 5))
    services.set_route(actor, fourth, channel="post")
    text = HEAD + (
        "C1,E-Mail,ZUGFeRD + UBL,rechnung@acorn.example,Rechnungsprüfung,ja\n"
        "C2,Post,,,,\n"
        "C3,own,,,,no\n"
        "C4,company,,,,\n"
    )
    assert counts(loaded(actor, text)) == (4, 0, 0)
    assert route(actor, first) == Route(
        "email", ("pdf", "ubl"), "rechnung@acorn.example", "Rechnungsprüfung", asks_receipt=True
    )
    assert route(actor, second) == Route("post")
    assert route(actor, third) == Route("own")
    assert route(actor, fourth) is None
    assert route(actor, first) is not None
    again = text.replace("E-Mail", "email")  # other bytes, the same sense
    assert counts(loaded(actor, again)) == (0, 4, 0)


def test_an_empty_cell_leaves_what_is_set(actor: Actor) -> None:
    customer_id = a_buyer(actor, "C1")
    services.set_route(
        actor, customer_id, channel="email", forms=["cii"], email="ap@acorn.example",
        recipient_name="Ann", asks_receipt=True,
    )  # fmt: skip
    assert counts(loaded(actor, HEAD + "C1,email,,new@acorn.example,,\n")) == (1, 0, 0)
    assert route(actor, customer_id) == Route(
        "email", ("cii",), "new@acorn.example", "Ann", asks_receipt=True
    )
    assert counts(loaded(actor, HEAD + "C1,post,,,,yes\n")) == (1, 0, 0)
    assert route(actor, customer_id) == Route("post", ("cii",), "new@acorn.example", "Ann")


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("C9,email,,,,", "customer_number", "customer_unknown"),
        ("C1,pigeon,,,,", "channel", "channel_unknown"),
        ("C1,email,pdf+docx,,,", "forms", "form_unknown"),
        ("C1,email,,ann at acorn,,", "email", "email_malformed"),
        ('C1,email,,"ann@a.example, bob@a.example",,', "email", "email_malformed"),
        ("C1,email,,,,perhaps", "asks_receipt", "answer_unknown"),
        (f"C1,email,,,{'n' * 201},", "recipient_name", "text_malformed"),
        ("C2,email,,,,", "customer_number", "customer_twice"),
    ],
)
def test_a_bad_row_comes_back_and_the_good_ones_go_in(
    actor: Actor, row: str, field: str, code: str
) -> None:
    first, second = a_buyer(actor, "C1"), a_buyer(actor, "C2")
    run = loaded(actor, f"{HEAD}C2,post,,,,\n{row}\n")
    assert counts(run) == (1, 0, 1)
    assert run.faults == {code: 1}
    returned = queries.rejected_file(actor.company_id, run.reference).content.decode("utf-8-sig")
    given = next(csv.reader([row]))
    [_, given_back] = csv.reader(io.StringIO(returned))
    assert given_back[: len(given)] == given
    assert str(3) in given_back
    assert field in given_back
    assert route(actor, first) is None
    assert route(actor, second) == Route("post")


def test_another_company_keeps_its_ways(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    other = actor_of(founded("other").id)
    a_buyer(actor, "C1")
    theirs = a_buyer(other, "C1")
    services.set_route(other, None, channel="own")
    loaded(actor, HEAD + "C1,post,,,,\n")
    assert route(other, theirs) is None
    assert delivery_queries.routes(other.company_id, [theirs])[theirs].channel == "own"
