"""An application becomes an account, a counter-offer or a refusal, and each replays."""

from __future__ import annotations

from pathlib import Path

import pytest

from creditdesk.assessment import queries as finances
from creditdesk.assessment.cases import gathering, queries, services
from creditdesk.assessment.cases.rules import NewCondition
from creditdesk.assessment.notices import queries as notices
from creditdesk.controls import services as controls
from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, DomainError, Invalid, Refused
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import sql
from tests.assessment.cases.verbs import again, applied, decision, person, referred, stated
from tests.support import verapdf


def test_the_policy_decides_what_is_complete_and_within_its_authority(desk: Actor) -> None:
    of = applied(desk)
    stated(desk, of)
    assert services.submit(desk, of.reference) == "submitted"
    referred(desk, of)
    assert services.work(desk) == services.Worked(1, 0, 0)
    found = again(of)
    assert (found.state, found.complete_on) == ("accepted", desk.today)
    [made] = queries.decisions(desk.company_id, of.id)
    assert (made.answer, made.is_automatic, made.recorded_by) == ("approve", True, "policy")
    assert (made.limit_minor, made.terms, made.policy_version) == (1_000_000, "net45", 1)
    assert services.replay(desk.company_id, made.id)
    account = customers.customer(desk.company_id, found.customer_number)
    assert (account.id, account.name, account.city) == (of.party_id, of.name, "Hamburg")
    [terms] = customers.terms_by_customer(desk.company_id)[account.id]
    assert terms.terms_code == "net45"
    standing = credit.standing(desk.company_id, account.id, desk.today)
    assert (standing.limit_minor, standing.currency) == (1_000_000, "EUR")
    [told] = notices.notices(desk.company_id, of.id)
    assert (told.kind, told.reasons) == ("approval", [])
    assert files.kept_file(desk.company_id, told.file_id).content.startswith(b"%PDF-")
    assert told.message_id is not None
    assert services.work(desk) == services.Worked(0, 0, 0)
    # What was scored before the account was opened is the account's now.
    assert [one.id for one in finances.assessments(desk.company_id, account.id)] == [
        made.assessment_id
    ]


@pytest.mark.needs("verapdf")
def test_the_reference_validator_takes_the_notice(desk: Actor, tmp_path: Path) -> None:
    of = applied(desk)
    stated(desk, of)
    assert services.submit(desk, of.reference) == "submitted"
    referred(desk, of)
    assert services.work(desk) == services.Worked(1, 0, 0)
    [told] = notices.notices(desk.company_id, of.id)
    pdf = bytes(files.kept_file(desk.company_id, told.file_id).content)
    assert verapdf.broken(tmp_path, {"notice": pdf}) == {"notice": []}


def test_a_person_declines_with_the_factors_that_cost_most(desk: Actor) -> None:
    edward = person(desk)
    of = applied(desk)
    stated(desk, of, {"retained_earnings": -900, "net_income": -300})
    services.submit(desk, of.reference)
    services.begin(edward, of.reference)
    known = gathering.known(again(of), on=desk.today)
    factors = [one for one in known.reasons if one.startswith("factor:")]
    with pytest.raises(Invalid) as caught:
        services.decide(edward, of.reference, new=decision("decline", reasons=("internal_policy",)))
    assert caught.value.code == "reason_is_none"
    assert queries.decisions(desk.company_id, of.id) == []
    done = services.decide(
        edward, of.reference, new=decision("decline", reasons=tuple(factors[:3]))
    )
    assert done.state == "declined"
    assert "internal" not in done.notice_text
    [told] = notices.notices(desk.company_id, of.id)
    assert (told.kind, list(told.reasons)) == ("adverse", factors[:3])
    assert customers.names(desk.company_id) == {}
    assert services.replay(desk.company_id, done.decision_id)


def test_a_counter_offer_is_accepted_by_its_link_and_waits_for_its_condition(desk: Actor) -> None:
    edward = person(desk)
    of = applied(desk, minor=9_000_000)
    services.submit(desk, of.reference)
    offer = decision(
        "counter", 500_000, reasons=("measure:without_figures",),
        conditions=(NewCondition(kind="deposit", minor=100_000),),
    )  # fmt: skip
    with pytest.raises(Invalid) as caught:
        services.decide(edward, of.reference, new=offer)
    assert caught.value.code == "reason_not_scored"
    offer = decision(
        "counter", 500_000, reasons=("missing:references",), conditions=offer.conditions
    )
    done = services.decide(edward, of.reference, new=offer)
    assert done.state == "counter_offer"
    [link] = [one for one in queries.asks(desk.company_id, of.id) if one.kind == "offer"]
    assert services.answer_offer(desk, link.id, accepts=True) == "decided"
    with pytest.raises(Conflict) as conflict:
        services.answer_offer(desk, link.id, accepts=True)
    assert conflict.value.code == "ask_over"
    [made] = queries.decisions(desk.company_id, of.id)
    [condition] = queries.conditions(desk.company_id, made.id)
    state = services.meet_condition(edward, of.reference, condition.id, note="received")
    assert state == "accepted"
    standing = credit.standing(desk.company_id, of.party_id, desk.today)
    assert standing.limit_minor == 500_000


def test_a_limit_above_ones_authority_waits_for_another(desk: Actor) -> None:
    edward = person(desk)
    of = applied(desk, minor=20_000_000)
    services.submit(desk, of.reference)
    with pytest.raises(ApprovalNeeded) as caught:
        services.decide(edward, of.reference, new=decision(minor=20_000_000))
    assert caught.value.permission == "credit.approve_limit"
    assert again(of).state == "submitted"
    maren = person(desk, "maren", "manager")
    assert controls.approve(maren, caught.value.reference).state == "done"
    assert again(of).state == "accepted"
    [made] = queries.decisions(desk.company_id, of.id)
    assert (made.recorded_by, made.approval) == ("edward", caught.value.reference)


def test_about_a_person_no_machine_decides(desk: Actor) -> None:
    of = applied(desk, of_class="sole_trader", form={"owner_name": "Rosa Field"})
    stated(desk, of)
    services.submit(desk, of.reference)
    referred(desk, of)
    assert services.work(desk).decided == 0
    with pytest.raises(Refused) as caught:
        services.decide(desk, of.reference, new=decision())
    assert caught.value.code == "human_needed"
    assert again(of).state == "submitted"


def test_who_wrote_it_down_does_not_decide_it(desk: Actor) -> None:
    edward = person(desk)
    of = applied(edward)
    services.submit(edward, of.reference)
    with pytest.raises(DomainError) as caught:
        services.decide(edward, of.reference, new=decision())
    assert caught.value.code == "duties_same_document"
    assert again(of).state == "submitted"
    assert sql.scalar("SELECT count(*) FROM assessment_decision") == 0
