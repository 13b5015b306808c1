"""The policy names the scorecard of a class: only that one decides by itself."""

from __future__ import annotations

from typing import Any

import pytest

from creditdesk.assessment import card_queries, queries, rules, shipped
from creditdesk.assessment import services as scoring
from creditdesk.assessment.cases import gathering, services, wording
from creditdesk.assessment.cases import queries as cases
from creditdesk.assessment.models import Assessment, CardApproval
from creditdesk.assessment.services import cards as learned
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.assessment.cases.verbs import again, applied, referred, stated

EXPERT = shipped.expert_card()


def named(actor: Actor, *uses: dict[str, Any]) -> None:
    """The policy in force from today names these cards."""
    policy.publish(
        actor, given={**DEFAULT, "scorecards": {"uses": list(uses)}}, valid_from=actor.today
    )


def own_card(actor: Actor, version: int, *, is_approved: bool = True) -> int:
    """A card of the company's own that scores as the one that ships."""
    body = {**rules.as_data(EXPERT), "key": "learned", "version": version}
    card_id = learned.stored(actor, rules.read(body))
    if is_approved:
        CardApproval.objects.create(
            company_id=actor.company_id, card_id=card_id, valid_from=actor.today,
            recorded_at=actor.at, recorded_by="second",
        )  # fmt: skip
    return card_id


def complete(desk: Actor) -> cases.ApplicationRow:
    """An application that the policy would decide by itself."""
    of = applied(desk)
    stated(desk, of)
    services.submit(desk, of.reference)
    referred(desk, of)
    return of


def stops(of: cases.ApplicationRow, desk: Actor) -> list[tuple[str, object]]:
    found = gathering.known(again(of), on=desk.today).recommendation
    return [(one.code, one.params.get("card")) for one in found.to_person]


@pytest.mark.parametrize(
    ("use", "key"),
    [
        ({"card": EXPERT.key}, EXPERT.key),
        ({"card": EXPERT.key, "card_version": EXPERT.version, "segment": "small"}, EXPERT.key),
        ({"card": "learned", "card_version": 1}, "learned"),
        ({"card": "learned"}, "learned"),
    ],
)
def test_a_card_that_is_named_and_approved_decides(
    desk: Actor, use: dict[str, Any], key: str
) -> None:
    own_card(desk, 1)
    named(desk, use)
    of = complete(desk)
    assert services.work(desk) == services.Worked(1, 0, 0)
    [made] = cases.decisions(desk.company_id, of.id)
    assert (made.is_automatic, services.replay(desk.company_id, made.id)) == (True, True)
    [scored] = queries.assessments(desk.company_id, of.party_id)
    assert queries.card(desk.company_id, scored.card_id).card.key == key


def test_of_several_versions_the_one_named_scores_though_another_was_approved_later(
    desk: Actor,
) -> None:
    first, second = own_card(desk, 1), own_card(desk, 2)
    named(desk, {"card": "learned", "card_version": 1})
    used = card_queries.card_used(desk.company_id, desk.today, "small")
    assert used.card is not None
    assert (used.card.version, used.stop, first < second) == (1, "", True)
    latest = queries.card_for(desk.company_id, desk.today)
    assert latest.version == 2


def test_a_class_no_card_is_named_for_is_left_to_a_person(desk: Actor) -> None:
    named(desk, {"card": EXPERT.key, "segment": "large"})
    of = complete(desk)
    assert services.work(desk) == services.Worked(0, 0, 0)
    assert (again(of).state, cases.decisions(desk.company_id, of.id)) == ("submitted", [])
    assert stops(of, desk) == [("card_not_named", "")]
    assert wording.step("card_not_named") == (
        "The policy names no scorecard for such customers, so none decides by itself"
    )


@pytest.mark.parametrize(
    "use", [{"card": "learned", "card_version": 3}, {"card": "bought"},
            {"card": EXPERT.key, "card_version": EXPERT.version + 1}],
)  # fmt: skip
def test_a_card_that_is_named_and_not_approved_scores_nobody(
    desk: Actor, use: dict[str, Any]
) -> None:
    own_card(desk, 3, is_approved=False)
    named(desk, use)
    of = complete(desk)
    assert services.work(desk) == services.Worked(0, 0, 0)
    wanted = " ".join(str(one) for one in (use["card"], use.get("card_version")) if one)
    assert stops(of, desk)[1:] == [("card_missing", wanted)]
    assert cases.decisions(desk.company_id, of.id) == []
    with pytest.raises(Refused) as refused:
        scoring.score_party(desk, of.party_id, segment="small")
    assert refused.value.code == "card_not_approved"
    assert not Assessment.objects.filter(company_id=desk.company_id).exists()
