"""`creditdesk delivery`: documents sent, shown, printed for the post and handed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from creditdesk.customers.rules import NewContact
from creditdesk.faces.cli import delivery
from creditdesk.invoices import services
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Refused
from creditdesk.plumbing import clock
from creditdesk.policy import services as policy
from tests.invoices.people import SELLER, a_buyer, a_draft
from tests.support.fixtures import TODAY

NUMBER, BATCH = "INV-2026-000001", "PRT-2026-000001"


@pytest.fixture
def number(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(clock, "today", lambda *_: TODAY)
    services.set_seller(actor, SELLER)
    policy.ensure_default(actor, valid_from=TODAY.replace(month=1))
    ann = NewContact(name="Ann", email="ap@acorn.example", is_primary=True)
    [issued] = services.issue(actor, [a_draft(a_buyer(actor, contacts=(ann,)))])
    return issued


def send(channel: str = "", reason: str = "", *, is_preview: bool = False) -> int:
    return delivery.send(
        numbers=[NUMBER], channel=channel, forms=[], reason=reason, company="",
        is_preview=is_preview,
    )  # fmt: skip


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_it_goes_by_post_from_the_command_line(
    number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert number == NUMBER
    assert send("post", is_preview=True) == 0
    with pytest.raises(Refused) as nothing:
        delivery.print_(out=tmp_path, company="")
    assert nothing.value.code == "nothing_to_print"
    said(capsys)
    assert send("post") == 0
    assert said(capsys) == "acme: 1 on their way, 0 sent so before, 0 refused, 0 by own means\n"
    assert send("post") == 0
    assert said(capsys) == "acme: 0 on their way, 1 sent so before, 0 refused, 0 by own means\n"
    assert delivery.print_(out=tmp_path, company="") == 0
    file = tmp_path / f"{BATCH}.pdf"
    assert said(capsys) == f"{BATCH}: 1 documents, 2 pages, in {file}\n"
    first = file.read_bytes()
    assert first.startswith(b"%PDF")
    file.unlink()
    assert delivery.again(reference=BATCH, out=file, company="") == 0
    assert file.read_bytes() == first
    with pytest.raises(Invalid) as wrong:
        delivery.posted(reference=BATCH, on="31.02.2026", company="")
    assert wrong.value.code == "date_malformed"
    assert delivery.posted(reference=BATCH, on="", company="") == 0
    said(capsys)
    assert delivery.show(number=NUMBER, company="") == 0
    told = said(capsys)
    assert told.startswith(f"{NUMBER}: Delivered\n")
    assert "Handed to the post" in told
    assert BATCH in told


@pytest.mark.usefixtures("number")
def test_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert delivery.show(number="INV-9", company="") == 1
    assert said(capsys) == "INV-9 was not sent from here\n"
    with pytest.raises(NotFound):
        delivery.again(reference="PRT-2026-000009", out=tmp_path, company="")
    with pytest.raises(Refused) as refused:
        send(reason="Lost")
    assert refused.value.code == "delivery_under_way"
