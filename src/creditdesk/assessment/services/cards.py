"""Writers of scorecards: learned from history, and approved by a second person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from django.db import IntegrityError, transaction

from creditdesk.assessment import history, learning, queries, rules
from creditdesk.assessment.models import CardApproval, StoredCard
from creditdesk.assessment.queries import CardRow
from creditdesk.assessment.rules import measures
from creditdesk.controls.commands import command, require
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place, Refused
from creditdesk.plumbing.encoding import digest

HELD_OUT_OF_TEN: Final = 3
KEY: Final = "learned"


def fit_card(actor: Actor, content: bytes) -> CardRow:
    """Learn a card from a history of firms and keep it with how it does on firms held out.

    Three firms in ten are held out, by their names, so that the same file splits the same way.
    The card counts only once a second person approved it. Learning takes minutes and holds no
    transaction; only what was learned is written in one.
    """
    require(actor, "assessment.fit_card")
    return fitted(actor, history.read(content))


def fitted(actor: Actor, whole: history.History) -> CardRow:
    """Learn a card from a history and keep it; Refused where the history teaches too little."""
    held = [_is_held_out(firm) for firm in whole.firms]
    version = queries.next_version(actor.company_id, KEY)
    learned, tested = _part(whole, held, out=False), _part(whole, held, out=True)
    if not 0 < sum(tested.bad) < len(tested.bad):
        raise learning.fitting_lacks_outcomes()
    card = learning.learn(learned.points, learned.bad, key=KEY, version=version)
    return keep_card(actor, rules.as_data(card), measured(card, learned, tested))


@command("assessment.fit_card")
def keep_card(actor: Actor, body: dict[str, Any], found: dict[str, Any]) -> CardRow:
    """Keep a card that was learned, with its measures; Conflict where another came between."""
    return queries.card(actor.company_id, _keep(actor, rules.read(body), found))


@command("assessment.approve_card")
def approve_card(actor: Actor, card_id: int, *, valid_from: date) -> CardRow:
    """Let a card count from a day on; Refused for whoever made it, Conflict the second time."""
    row = queries.card(actor.company_id, card_id)
    if row.recorded_by == actor.name:
        raise card_approved_by_its_maker()
    if valid_from < actor.today:
        raise card_from_the_past()
    try:
        with transaction.atomic():
            CardApproval.objects.create(
                company_id=actor.company_id, card_id=row.id, valid_from=valid_from,
                recorded_at=actor.at, recorded_by=actor.name,
            )  # fmt: skip
    except IntegrityError as error:
        if "card_approved_once" not in str(error):
            raise
        raise card_approved_already() from error
    return queries.card(actor.company_id, card_id)


def stored(actor: Actor, card: rules.Card) -> int:
    """Return the id under which a card is kept; the shipped one is kept when first used."""
    found = queries.card_id(actor.company_id, card.key, card.version)
    return found if found is not None else _keep(actor, card, {}, again=True)


def measured(card: rules.Card, learned: history.History, tested: history.History) -> dict[str, Any]:
    """Return how well a card tells and predicts, on what it learned from and on the firms held out.

    Stability is that of the scores held out against those learned from.
    """
    scores = {"learned": _scored(card, learned), "held_out": _scored(card, tested)}
    found: dict[str, Any] = {}
    for name, part in (("learned", learned), ("held_out", tested)):
        totals, chances = scores[name]
        area = measures.auc(totals, part.bad)
        found[name] = {
            "firms": len(part.bad),
            "failed": sum(part.bad),
            "auc": area,
            "gini": measures.gini(area),
            "ks": measures.ks(totals, part.bad),
            "brier": measures.brier(chances, part.bad),
        }
    groups = measures.calibration(scores["held_out"][1], tested.bad)
    found["calibration"] = [{**asdict(one), "observed": one.observed} for one in groups]
    found["psi"] = measures.psi(scores["learned"][0], scores["held_out"][0])
    return found


def _scored(card: rules.Card, part: history.History) -> tuple[Sequence[float], Sequence[float]]:
    done = [rules.score(card, row) for row in part.points]
    totals = [float(scored.total) for scored in done]
    return totals, [float(scored.probability or 0) for scored in done]


def _is_held_out(firm: str) -> bool:
    return hashlib.sha256(firm.encode()).digest()[0] % 10 < HELD_OUT_OF_TEN


def _part(whole: history.History, held: Sequence[bool], *, out: bool) -> history.History:
    chosen = [n for n, one in enumerate(held) if one is out]
    return history.History(
        tuple(whole.firms[n] for n in chosen),
        tuple(whole.points[n] for n in chosen),
        tuple(whole.bad[n] for n in chosen),
    )


def _keep(actor: Actor, card: rules.Card, found: dict[str, Any], *, again: bool = False) -> int:
    body = rules.as_data(card)
    try:
        with transaction.atomic():
            row = StoredCard.objects.create(
                company_id=actor.company_id, key=card.key, version=card.version, body=body,
                measures=found, sha256=digest(body), recorded_at=actor.at,
                recorded_by=actor.name,
            )  # fmt: skip
    except IntegrityError as error:
        kept = queries.card_id(actor.company_id, card.key, card.version) if again else None
        if kept is None:
            raise card_stored_meanwhile() from error
        return kept
    return row.id


def card_approved_by_its_maker() -> Refused:
    """Return the refusal of whoever made the card."""
    return Refused(
        "card_approved_by_its_maker",
        "Who made a scorecard does not approve it",
        mend="Ask a second person",
    )


def card_from_the_past() -> Invalid:
    """Return the error of an approval that would change days gone by."""
    return Invalid(
        "card_from_the_past",
        "A scorecard cannot count from a day gone by",
        place=Place(field="valid_from"),
        mend="Give today or a later day",
    )


def card_approved_already() -> Conflict:
    """Return the conflict of a card approved before."""
    return Conflict("card_approved_already", "The scorecard is approved already")


def card_stored_meanwhile() -> Conflict:
    """Return the conflict of two cards learned at once."""
    return Conflict("card_stored_meanwhile", "Another scorecard was learned meanwhile")
