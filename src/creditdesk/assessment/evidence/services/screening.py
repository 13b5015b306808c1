"""Writers of screening: who is near a listed name, and what people found of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from creditdesk.assessment.evidence.models import ScreeningHit, ScreeningReview
from creditdesk.assessment.evidence.queries import screening
from creditdesk.assessment.evidence.queries.screening import HitRow, ListedRow, NamedRow
from creditdesk.assessment.evidence.rules import names, reviews
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import digest
from creditdesk.policy import queries as policy

BLOCK_REASON: Final = "Sanctions list: {source} {reference}"
TEXT_LENGTH: Final = 2_000
_MARK: Final = """
    INSERT INTO assessment_screeningmark
        (company_id, customer_id, application_id, names_sha256, lists_sha256, screened_at)
    SELECT %(company_id)s, m.customer_id, m.application_id, m.digest, %(lists)s, %(at)s
      FROM unnest(%(customers)s::bigint[], %(applications)s::bigint[], %(digests)s::text[])
           AS m (customer_id, application_id, digest)
     ORDER BY 2, 3
    ON CONFLICT (company_id, customer_id, application_id)
    DO UPDATE SET names_sha256 = EXCLUDED.names_sha256, lists_sha256 = EXCLUDED.lists_sha256,
                  screened_at = EXCLUDED.screened_at
"""


@dataclass(frozen=True, slots=True)
class Screened:
    """How many were screened, how many new hits came of it, who was blocked again."""

    screened: int = 0
    hits: int = 0
    blocked: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """A listed entry near a name of ours: the nearest pair of names."""

    own: str
    entry: ListedRow
    percent: float


@command("assessment.screen")
def screen(actor: Actor) -> Screened:
    """Compare every customer whose names changed, or all once a list did, with the lists.

    A hit that was reviewed comes back only where our name or the entry is another. Credit of
    customers whose hit is confirmed is blocked again if somebody lifted the block.
    """
    blocked = _block_confirmed(actor)
    lists = lists_digest(actor)
    if not lists:
        return Screened(blocked=blocked)
    waiting = screening.unscreened(actor.company_id, lists)
    if not waiting:
        return Screened(blocked=blocked)
    hits = _compared(actor, waiting)
    made = _keep(actor, [(one.customer_id, None, found) for one, found in hits])
    _mark(actor, lists, [(one.customer_id, None, one.names_sha256) for one in waiting])
    return Screened(len(waiting), made, blocked)


@command("assessment.screen")
def screen_application(actor: Actor, application_id: int, own: Sequence[str]) -> int:
    """Compare the names of an application with the lists; return how many new hits there are."""
    lists = lists_digest(actor)
    if not lists:
        return 0
    told = sorted({one.strip() for one in own} - {""})
    found = _near(told, screening.listed(actor.company_id), _at_least(actor))
    made = _keep(actor, [(None, application_id, one) for one in found])
    _mark(actor, lists, [(None, application_id, digest(told))])
    return made


def lists_digest(actor: Actor) -> str:
    """Return the digest of the lists in force and of how near is near; empty without a list."""
    lists = screening.lists(actor.company_id)
    return digest([_at_least(actor), *(one.sha256 for one in lists)]) if lists else ""


@command("assessment.review_hit")
def review_hit(actor: Actor, hit_id: int, *, verdict: str, reason: str, after: int) -> HitRow:
    """Say what a hit is, and why; a confirmed one blocks the customer's credit.

    Clearing takes a proposal and a second person, both signed in: a key may only confirm. `after`
    is the last review that was seen: Conflict where there is a later one.
    """
    if verdict not in ScreeningReview.Verdict.values:
        raise verdict_unknown()
    if not reason.strip():
        raise review_without_reason()
    ScreeningHit.objects.select_for_update().filter(company_id=actor.company_id, id=hit_id).first()
    hit = screening.hit(actor.company_id, hit_id)
    if hit.review_id != after:
        raise hit_reviewed_meanwhile()
    reviews.refuse_wrong_turn(
        hit.verdict,
        verdict,
        is_own=reviews.is_same(hit.reviewed_by_id, hit.reviewed_by, actor.user_id, actor.name),
        is_person=actor.user_id is not None,
    )
    acts_on("screening_hit", {hit_id})
    ScreeningReview.objects.create(
        company_id=actor.company_id, hit_id=hit_id, verdict=verdict,
        body={"reason": reason.strip()[:TEXT_LENGTH]}, recorded_at=actor.at,
        recorded_by=actor.name, recorded_by_id=actor.user_id,
    )  # fmt: skip
    if verdict == "confirmed" and hit.customer_id is not None:
        credit.take_over_blocks(actor, {hit.customer_id: _why(hit)})
    return screening.hit(actor.company_id, hit_id)


def _block_confirmed(actor: Actor) -> int:
    open_ones = screening.confirmed_unblocked(actor.company_id)
    reasons = {one.customer_id: _why(one) for one in open_ones if one.customer_id is not None}
    if reasons:
        credit.take_over_blocks(actor, reasons)
    return len(reasons)


def _why(hit: HitRow) -> str:
    return BLOCK_REASON.format(source=hit.source, reference=hit.reference)


def _at_least(actor: Actor) -> int:
    return policy.in_force(actor.company_id, actor.today).evidence.likeness_percent


def _compared(actor: Actor, waiting: Sequence[NamedRow]) -> list[tuple[NamedRow, _Found]]:
    listed = screening.listed(actor.company_id)
    laid_out = names.laid_out([one.name_key for one in listed])
    at_least = _at_least(actor)
    return [
        (row, found) for row in waiting for found in _nearest(row.names, listed, laid_out, at_least)
    ]


def _near(own: Sequence[str], listed: Sequence[ListedRow], at_least: int) -> list[_Found]:
    laid_out = names.laid_out([one.name_key for one in listed])
    return list(_nearest(own, listed, laid_out, at_least))


def _nearest(
    own: Sequence[str], listed: Sequence[ListedRow], laid_out: names.Names, at_least: int
) -> Iterator[_Found]:
    """Yield each entry that one of the names is near, with the nearest pair."""
    best: dict[tuple[str, str], _Found] = {}
    for name in own:
        for one in names.near(names.key(name), laid_out, at_least=at_least):
            entry = listed[one.place]
            place = (entry.source, entry.reference)
            if place not in best or best[place].percent < one.percent:
                best[place] = _Found(name, entry, one.percent)
    yield from best.values()


def _keep(actor: Actor, found: Sequence[tuple[int | None, int | None, _Found]]) -> int:
    before = ScreeningHit.objects.filter(company_id=actor.company_id).count()
    ScreeningHit.objects.bulk_create(
        [
            ScreeningHit(
                company_id=actor.company_id, customer_id=customer_id,
                application_id=application_id, source=one.entry.source,
                reference=one.entry.reference, score=Decimal(str(one.percent)),
                fingerprint=digest(
                    [names.key(one.own), one.entry.source, one.entry.reference,
                     one.entry.entry_sha256]
                ),
                body={
                    "own_name": one.own, "listed_name": one.entry.name,
                    "is_alias": one.entry.is_alias, "kind": one.entry.kind,
                    "programme": one.entry.programme, "countries": one.entry.countries,
                },
                recorded_at=actor.at, recorded_by=actor.name,
            )
            for customer_id, application_id, one in found
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return ScreeningHit.objects.filter(company_id=actor.company_id).count() - before


def _mark(actor: Actor, lists: str, marks: Sequence[tuple[int | None, int | None, str]]) -> None:
    sql.execute(
        _MARK,
        {
            "company_id": actor.company_id, "lists": lists, "at": actor.at,
            "customers": [one[0] for one in marks], "applications": [one[1] for one in marks],
            "digests": [one[2] for one in marks],
        },
    )  # fmt: skip


def verdict_unknown() -> Invalid:
    """Return the error of a verdict that there is not."""
    return Invalid(
        "verdict_unknown", "There is no such verdict", place=Place(field="verdict"),
        mend="Choose one of those offered",
    )  # fmt: skip


def review_without_reason() -> Invalid:
    """Return the error of a verdict without a why."""
    return Invalid(
        "review_without_reason", "A verdict needs a reason", place=Place(field="reason"),
        mend="Say what shows it: date of birth, address, register number",
    )  # fmt: skip


def hit_reviewed_meanwhile() -> Conflict:
    """Return the conflict of two people at one hit."""
    return Conflict("hit_reviewed_meanwhile", "Somebody reviewed the hit meanwhile; look again")
