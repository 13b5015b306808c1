"""What speaks against somebody is found in one call, by application, by customer, or by both."""

from __future__ import annotations

from creditdesk.assessment.evidence.queries import evidence_of
from creditdesk.kernel.actor import Actor
from tests.orders.verbs import a_customer


def test_of_whom_nothing_is_kept_nothing_is_said(desk: Actor) -> None:
    customer = a_customer(desk)
    for application_id, customer_id in ((7, None), (None, customer), (7, customer)):
        found = evidence_of(
            desk.company_id,
            application_id=application_id,
            customer_id=customer_id,
            as_of=desk.today,
        )
        assert (found.reports, found.hits, found.signals) == ([], [], [])
        assert not found.stops_automatic
