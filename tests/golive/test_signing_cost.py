"""Signing asks the database as often for many rows as for few."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from creditdesk.contact import queries as contact
from creditdesk.controls.commands import preview
from creditdesk.golive import services
from tests.golive import erp
from tests.golive.erp import CUT_OVER, Company, ago

WHAT = ("hold", "block", "opt_out", "opt_in")


def brings(going: Company, count: int) -> None:
    """Bring so many customers over, each with all that can be brought."""
    numbers = range(count)
    heading = erp.CUSTOMERS.partition("\n")[0]
    rows = {
        "customers": [f"K-{n},Firm {n},DE,a{n}@x.example,EUR" for n in numbers],
        "opening_items": [
            f"R-{n},K-{n},{ago(60)},{ago(30)},EUR,100.00,50.00,not delivered,1,{ago(14)},net30"
            for n in numbers
        ],
        "opening_credits": [f"G-{n},K-{n},{ago(20)},EUR,5.00" for n in numbers],
        "opening_limits": [f"K-{n},5000,EUR,{ago(100)}" for n in numbers],
        "opening_disputes": [f"R-{n},K-{n},10.00,EUR,quality,{ago(5)},wet" for n in numbers],
        "opening_promises": [
            f"K-{n},20.00,EUR,{ago(-40)},{ago(5)},R-{n},by phone" for n in numbers
        ],
        "opening_contacts": [f"K-{n},{ago(9)},phone,reached,called" for n in numbers],
        "opening_holds": [f"K-{n},{WHAT[n % 4]},,why {n}" for n in numbers],
    }
    headings = dict(erp.EVERYTHING) | {"customers": heading}
    for kind, lines in rows.items():
        text = "\n".join([headings[kind].partition("\n")[0], *lines]) + "\n"
        assert going.knows(kind, text).faults == {}, kind


def statements(going: Company) -> int:
    with CaptureQueriesContext(connection) as asked, preview():
        going.signs("no totals")
    return len(asked)


def test_forty_customers_cost_as_many_statements_as_four(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    brings(going, 4)
    few = statements(going)
    brings(going, 40)
    assert statements(going) == few

    assert going.signs("no totals").documents == 80
    kinds = [hold.kind for hold in contact.live_holds(going.id)]
    assert kinds.count("undelivered") == 40
    assert kinds.count("manual") == 10
