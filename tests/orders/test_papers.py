"""Papers put to a held order: who, what, how many, and who sees them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from creditdesk.assessment.cases.papers import SIZE_MAX, NewPaper
from creditdesk.controls.models import AuditEntry
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.orders import paper_queries, queries, services, wait_queries
from creditdesk.orders.paper_queries import PaperRow
from creditdesk.plumbing import queries as files
from tests.orders.verbs import a_customer, an_order

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def held(desk: Actor) -> Actor:
    a_customer(desk, limit=1_000)
    an_order(desk)
    return desk


def put(actor: Actor, name: str = "proof.pdf", content: bytes = PDF) -> int:
    return services.attach(actor, "SO-1", paper=NewPaper(name=name, content=content))


def papers(actor: Actor) -> list[PaperRow]:
    order = queries.order(actor.company_id, "SO-1")
    return paper_queries.papers(actor.company_id, order.id)


def test_it_is_kept_byte_for_byte_and_noted(held: Actor) -> None:
    paper_id = put(held, "C:\\post\\proof\x07.pdf")
    [row] = papers(held)
    assert (row.id, row.name, row.size_bytes, row.recorded_by) == (
        paper_id, "proof.pdf", len(PDF), held.name,
    )  # fmt: skip
    assert files.kept_file(held.company_id, row.file_id).content == PDF
    order = queries.order(held.company_id, "SO-1")
    [note] = wait_queries.notes(held.company_id, order.id)
    assert (note.kind, note.text) == ("attached", "proof.pdf")
    [queued] = wait_queries.queue(held.company_id)
    assert queued.papers == 1
    entry = AuditEntry.objects.get(company_id=held.company_id, command="orders.attach")
    assert entry.actor == held.name


def test_the_same_paper_again_changes_nothing(held: Actor) -> None:
    assert put(held) == put(held, "again.pdf")
    assert [one.name for one in papers(held)] == ["proof.pdf"]
    assert len(wait_queries.notes(held.company_id, queries.order(held.company_id, "SO-1").id)) == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("proof.pdf", b"", "paper_empty"),
        ("proof.pdf", b"%PDF-" + b"x" * SIZE_MAX, "paper_too_large"),
        ("proof.pdf", b"MZ", "paper_unreadable"),
        ("proof.exe", PDF, "paper_unreadable"),
        ("proof", PDF, "paper_unreadable"),
        ("figures.csv", b"a;\xff", "paper_unreadable"),
    ],
)
def test_what_is_no_paper_is_refused(held: Actor, name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        put(held, name, content)
    assert refused.value.code == code
    assert papers(held) == []


def test_there_are_not_too_many(held: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditdesk.orders.services.papers.FILES_MAX", 2)
    for n in range(2):
        put(held, f"{n}.csv", str(n).encode())
    with pytest.raises(Conflict) as refused:
        put(held, "2.csv", b"2")
    assert refused.value.code == "order_papers_too_many"
    assert put(held, "0.csv", b"0") == papers(held)[0].id
    assert len(papers(held)) == 2


def test_only_while_it_is_held(held: Actor) -> None:
    services.release(held, "SO-1", "known")
    with pytest.raises(Conflict) as refused:
        put(held)
    assert refused.value.code == "order_takes_no_paper"
    assert papers(held) == []


def test_who_may(held: Actor, actor_of: Callable[..., Actor]) -> None:
    for n, role in enumerate(("sales", "analyst", "manager")):
        put(actor_of(held.company_id, role=role), f"{n}.csv", role.encode())
    for role in ("auditor", "collector", "biller"):
        with pytest.raises(Refused):
            put(actor_of(held.company_id, role=role), "x.csv", b"x")
    assert len(papers(held)) == 3


def test_a_paper_of_another_order_is_not_given(held: Actor) -> None:
    paper_id = put(held)
    an_order(held, "SO-2", 5_000)
    mine, other = (queries.order(held.company_id, one) for one in ("SO-1", "SO-2"))
    with pytest.raises(NotFound):
        paper_queries.paper(held.company_id, other.id, paper_id)
    with pytest.raises(NotFound):
        paper_queries.paper(held.company_id + 1, mine.id, paper_id)
