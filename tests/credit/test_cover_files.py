"""Files of insurers' decisions: taken row by row, once, and named where they cannot be."""

from __future__ import annotations

from decimal import Decimal

from creditdesk import wiring
from creditdesk.credit import queries as credit
from creditdesk.credit import services
from creditdesk.credit.services import NewPolicy
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.imports import queries
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.imports.queries import RunRow
from tests.orders.verbs import EARLY, a_customer
from tests.support.fixtures import TODAY

wiring.connect()
HEAD = "Policy number,Buyer,Covered amount,Currency,Effective date,Expiry,Type\n"


def loaded(actor: Actor, text: str) -> RunRow:
    """Load the text as such a file, by the mapping that is guessed."""
    reference = imports.open_run(
        actor, kind="insurance_covers", filename="covers.csv", content=text.encode()
    )
    imports.load(actor, reference)
    return queries.run(actor.company_id, reference)


def counts(run: RunRow) -> tuple[int, int, int]:
    return run.rows_accepted, run.rows_known, run.rows_rejected


def test_decisions_are_taken_once_and_bad_rows_come_back(desk: Actor) -> None:
    services.add_policy(
        desk,
        NewPolicy(
            insurer="Fidelity", number="P-1", currency="EUR", valid_from=EARLY, valid_to=TODAY,
            maximum_liability_minor=10**9, retention_percent=Decimal(10),
        ),
    )  # fmt: skip
    first, second = a_customer(desk, "C-1"), a_customer(desk, "C-2")
    text = HEAD + (
        "P-1,C-1,5000.00,EUR,2026-03-01,,\n"
        "P-1,C-2,800,USD,2026-03-01,2026-12-31,Discretionary\n"
        "P-1,C-1,0,EUR,2026-03-10,,named\n"
        "P-9,C-1,1,EUR,2026-03-01,,\n"
        "P-1,C-9,1,EUR,2026-03-01,,\n"
        "P-1,C-1,-1,EUR,2026-03-01,,\n"
        "P-1,C-1,1,EUR,2026-03-01,2026-02-01,\n"
        "P-1,C-1,1,EUR,2026-03-01,,partial\n"
    )
    assert counts(loaded(desk, text)) == (3, 0, 5)
    kept = [(row.customer_id, row.kind, row.minor, row.currency, row.valid_from.day)
            for row in credit.cover_rows(desk.company_id)]  # fmt: skip
    assert kept == [
        (first, "named", 0, "EUR", 10),
        (second, "discretionary", 80_000, "USD", 1),
        (first, "named", 500_000, "EUR", 1),
    ]
    assert counts(loaded(desk, text + "\n")) == (0, 3, 5)
    assert len(credit.cover_rows(desk.company_id)) == 3
