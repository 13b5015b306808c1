"""What applicants gave leaves by rule, and not before a clock allows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from creditdesk.assessment.cases import queries, services
from creditdesk.assessment.cases.services import privacy
from creditdesk.contact.services.claiming import CLAIM, Claimed
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import Subject
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.assessment.cases.verbs import again, applied, decision, person
from tests.support.fixtures import TODAY


def a_case(desk: Actor, days: int) -> Case:
    later = replace(desk, today=TODAY + timedelta(days=days))
    return Case(later, Subject("retention", 0), "DE", 1)


def test_a_refused_application_is_blanked_after_sixty_days(desk: Actor) -> None:
    of, other = applied(desk), applied(desk, form={"legal_name": "Open Ltd"})
    services.submit(desk, of.reference)
    services.ask_references(desk, of.reference)
    new = decision("decline", reasons=("missing:references",))
    services.decide(person(desk), of.reference, new=new)
    [kept] = privacy.retain(a_case(desk, 60))
    assert (kept.count, again(of).name) == (0, "Brightwater Tools Ltd")
    [gone] = privacy.retain(a_case(desk, 61))
    assert gone.count == 1
    found = again(of)
    assert (found.name, found.email, found.data) == ("erased", "", {})
    [asked] = [one for one in queries.asks(of.company_id, of.id) if one.kind == "reference"]
    assert (asked.recipient, asked.recipient_name, asked.answer) == ("erased", "", {})
    assert queries.decisions(of.company_id, of.id) == []
    assert again(other).name == "Open Ltd"
    [nothing] = privacy.retain(a_case(desk, 62))
    assert nothing.count == 0


def test_a_letter_to_an_applicant_is_claimed_for_sending(desk: Actor) -> None:
    of = applied(desk)
    services.invite(desk, of.reference)
    params = {"company_id": desk.company_id, "after": 0, "limit": 10}
    [claimed] = sql.fetch(Claimed, CLAIM, params)
    assert (claimed.customer_id, claimed.recipient, claimed.country) == (of.party_id, of.email, "")
