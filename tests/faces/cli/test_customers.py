"""Accounts, limits and exposure on the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, time
from io import StringIO

import pytest

from creditdesk.credit import queries as credit
from creditdesk.credit import services
from creditdesk.customers import queries
from creditdesk.faces.cli import customers as cli
from creditdesk.faces.cli import limits
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.plumbing import clock
from tests.customers.stage import acorn
from tests.orders.verbs import a_customer, an_invoice, an_order, opened
from tests.support.fixtures import TODAY


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return opened(actor)


def said(act: Callable[[], int], status: int = 0) -> str:
    with redirect_stdout(StringIO()) as told:
        assert act() == status
    return told.getvalue()


def test_an_account_is_shown_with_what_keeps_it_open(desk: Actor) -> None:
    of = acorn(desk, "C-1", city="Leipzig", duns="150483782", terms_code="net30")
    an_invoice(desk, of, 30_000)
    services.block(desk, of, reason="cheque returned")
    assert said(lambda: cli.show(number="C-1", company="")) == (
        "C-1  Acorn C-1 GmbH  active\n"
        "  open since 2026-03-16, in EUR\n"
        "  address: Leipzig, DE\n"
        "  D-U-N-S: 150483782\n"
        "  terms: net30\n"
        "  Anna  anna@example.com  +49 221 5550101\n"
        "  blocked since 2026-03-16: cheque returned\n"
        "  stands in the way of closing, open_items: 1  300.00 EUR\n"
    )


def test_closing_says_what_stands_in_the_way_or_closes(desk: Actor) -> None:
    of = a_customer(desk)
    an_order(desk, "SO-1", 12_500)
    told = said(lambda: cli.close(number="C-1", reason="gone", company=""), status=1)
    assert "stands in the way of closing, order: 1" in told
    assert queries.customer_by_id(desk.company_id, of).status == "active"
    a_customer(desk, "C-2")
    assert said(lambda: cli.close(number="C-2", reason="gone", company="")) == "C-2 is closed\n"
    with pytest.raises(Invalid, match="reason"):
        cli.close(number="C-1", reason=" ", company="")


def test_a_merge_is_shown_before_it_is_done(desk: Actor) -> None:
    of = acorn(desk, "C-1")
    acorn(desk, "C-2")
    an_invoice(desk, of, 30_000)

    def merged(*, is_preview: bool) -> str:
        return said(
            lambda: cli.merge(
                number="C-1", survivor="C-2", reason="twice", company="", is_preview=is_preview
            )
        )

    shown = merged(is_preview=True)
    assert queries.customer_by_id(desk.company_id, of).status == "active"
    assert merged(is_preview=False) == shown
    assert shown.splitlines()[1] == "  runs off where it is, open_items: 1"
    assert queries.customer_by_id(desk.company_id, of).status == "closed"


def test_a_group_is_set_from_a_day_and_shown_by_day(desk: Actor) -> None:
    acorn(desk, "C-1")
    acorn(desk, "C-2")
    told = said(lambda: cli.belong(number="C-1", parent="C-2", valid_from="2026-04-01", company=""))
    assert told == "from 2026-04-01 C-1 belongs to C-2\n"
    assert said(lambda: cli.group(number="C-1", on="2026-04-01", company="")) == (
        "C-2  Acorn C-2 GmbH  active\n  C-1  Acorn C-1 GmbH  active\n"
    )
    assert said(lambda: cli.group(number="C-1", on="", company="")) == (
        "C-1  Acorn C-1 GmbH  active\n"
    )
    with pytest.raises(Refused) as circle:
        cli.belong(number="C-2", parent="C-1", valid_from="2026-04-01", company="")
    assert circle.value.code == "group_circle"


def test_limits_are_shown_asked_for_and_refused(desk: Actor) -> None:
    of = a_customer(desk, limit=100_000)
    an_invoice(desk, of, 30_000)
    assert said(lambda: limits.show(number="C-1", company="")) == (
        "limit 1000.00 EUR, exposure 300.00 EUR, available 700.00 EUR\n"
        "  internal  1000.00 EUR  2020-01-01 – …  1000.00 EUR  counts in full\n"
    )

    def asked(amount: str = "200.00", until: str = "2026-06-30") -> str:
        return said(
            lambda: limits.ask(
                number="C-1", amount=amount, reason="spring", kind="temporary", currency="",
                until=until, company="",
            )
        )  # fmt: skip

    assert asked() == "asked for: LIM-2026-000001\n"
    assert said(lambda: limits.requests(every=False, company="")) == (
        "LIM-2026-000001  C-1  temporary  200.00 EUR  waiting  command line: spring\n"
    )
    told = said(lambda: limits.refuse(reference="LIM-2026-000001", answer="late", company=""))
    assert told == "refused: LIM-2026-000001\n"
    assert said(lambda: limits.requests(every=False, company="")) == "no limit is asked for\n"
    assert "refused" in said(lambda: limits.requests(every=True, company=""))
    for wrong, code in (("1.005", "amount_malformed"), ("x", "amount_malformed")):
        with pytest.raises(Invalid) as fault:
            asked(wrong)
        assert fault.value.code == code
    with pytest.raises(Invalid) as endless:
        asked(until="")
    assert endless.value.code == "temporary_limit_without_end"
    assert len(credit.limit_requests(desk.company_id)) == 1


def test_exposure_by_bucket_with_its_documents(desk: Actor) -> None:
    of = a_customer(desk, limit=900_000)
    an_invoice(desk, of, 30_000)
    an_order(desk, "SO-1", 12_500)
    told = said(lambda: limits.exposure(number="C-1", with_items=True, company=""))
    assert told.splitlines()[:3] == [
        "exposure of C-1: 425.00 EUR",
        "  Open, not yet due: 300.00 EUR  counts",
        "    INV-1  2026-03-16  300.00 EUR",
    ]
    assert "    SO-1" in told
    assert "    " not in said(lambda: limits.exposure(number="C-1", with_items=False, company=""))
