"""Writers of news: kept once, tied to a customer, and acted upon."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.monitoring.alerts.events import NewsTied
from creditdesk.monitoring.alerts.models import News
from creditdesk.monitoring.alerts.queries import seeing
from creditdesk.monitoring.alerts.rules import Reported, changes
from creditdesk.monitoring.alerts.services import raising
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import AlertRule

# Where policy does not watch insolvencies, news of this age still block, if it says they do.
LOOK_BACK_DAYS: Final = 1_825
_PUT: Final = """
    INSERT INTO monitoring_news
        (company_id, content_key, kind, told_on, source, matched_by, proposed, body, customer_id,
         state, settled_by, recorded_at, recorded_by)
    SELECT %(company_id)s, g.key, g.kind, g.told_on, g.source, g.matched_by,
           ARRAY(SELECT x::bigint FROM json_array_elements_text(g.proposed::json) AS x),
           g.body::jsonb, g.customer_id,
           CASE WHEN g.customer_id IS NULL THEN 'proposed' ELSE 'tied' END, '', %(at)s, %(by)s
      FROM unnest(%(keys)s::text[], %(kinds)s::text[], %(days)s::date[], %(sources)s::text[],
                  %(matched)s::text[], %(proposed)s::text[], %(bodies)s::text[],
                  %(customers)s::bigint[]) WITH ORDINALITY
        AS g (key, kind, told_on, source, matched_by, proposed, body, customer_id, place)
     ORDER BY g.place
    ON CONFLICT (company_id, content_key) DO NOTHING
    RETURNING customer_id, kind
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNews:
    """Something told about a business: of a customer, or of one of those proposed."""

    kind: str
    told_on: date
    source: str
    customer_id: int | None = None
    matched_by: str = ""
    proposed: tuple[int, ...] = ()
    name: str = ""
    identifier: str = ""
    text: str = ""

    def key(self) -> str:
        """Return what is the same for the same news, however often they come."""
        about = self.customer_id or f"{self.identifier}|{self.name}"
        said = to_json([about, self.kind, self.told_on, self.source, self.text])
        return hashlib.sha256(said.encode()).hexdigest()

    def body(self) -> str:
        """Return what may be erased, as JSON."""
        found = {"name": self.name, "identifier": self.identifier, "text": self.text}
        return to_json({key: value for key, value in found.items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauChange:
    """A report of a source beside the one before it; without one before, `before` says nothing."""

    customer_id: int
    source: str
    reported_on: date
    before: Reported
    now: Reported


@dataclass(frozen=True, slots=True)
class _Kept:
    customer_id: int | None
    kind: str


def put(actor: Actor, new: Sequence[NewNews]) -> int:
    """Keep news and act on those that are new; return how many were. Not a command of its own."""
    if not new:
        return 0
    rows = sql.fetch(
        _Kept,
        _PUT,
        {
            "company_id": actor.company_id, "at": actor.at, "by": actor.name,
            "keys": [one.key() for one in new],
            "kinds": [one.kind for one in new],
            "days": [one.told_on for one in new],
            "sources": [one.source for one in new],
            "matched": [one.matched_by for one in new],
            "proposed": [to_json(one.proposed) for one in new],
            "bodies": [one.body() for one in new],
            "customers": [one.customer_id for one in new],
        },
    )  # fmt: skip
    _act(actor, [(one.customer_id, one.kind) for one in rows if one.customer_id is not None])
    return len(rows)


def note_changes(actor: Actor, reports: Sequence[BureauChange]) -> int:
    """Keep as news what newer reports say that is different; return how many. Not a command."""
    if not reports:
        return 0
    lower = policies.in_force(actor.company_id, actor.today).alerts.lower_is_better
    names = {one.casefold() for one in lower}
    return put(
        actor,
        [
            NewNews(
                kind=kind, told_on=one.reported_on, source=one.source,
                customer_id=one.customer_id, matched_by="report", text=_told(one),
            )
            for one in reports
            for kind in changes(
                one.before, one.now, lower_is_better=one.source.casefold() in names
            )
        ],
    )  # fmt: skip


def _told(one: BureauChange) -> str:
    pairs = (
        (one.before.score, one.now.score),
        (one.before.grade, one.now.grade),
        (one.before.status, one.now.status),
    )
    return ", ".join(f"{before} → {now}" for before, now in pairs if before != now and now)


@command("monitoring.tie_news")
def tie(actor: Actor, news_id: int, customer_id: int) -> None:
    """Say whom news are about; they count from now on as if they had named their customer."""
    found = _proposed(actor, news_id)
    customers.customer_by_id(actor.company_id, customer_id)
    found.customer_id, found.state = customer_id, News.State.TIED
    found.settled_at, found.settled_by = actor.at, actor.name
    found.save(update_fields=["customer_id", "state", "settled_at", "settled_by"])
    _act(actor, [(customer_id, found.kind)])


@command("monitoring.tie_news")
def dismiss(actor: Actor, news_id: int) -> None:
    """Say that news are about none of our customers."""
    found = _proposed(actor, news_id)
    found.state, found.settled_at, found.settled_by = News.State.DISMISSED, actor.at, actor.name
    found.save(update_fields=["state", "settled_at", "settled_by"])


def _proposed(actor: Actor, news_id: int) -> News:
    found = News.objects.select_for_update().filter(company_id=actor.company_id, id=news_id).first()
    if found is None:
        raise NotFound("news_unknown", "There are no such news")
    if found.state != News.State.PROPOSED:
        raise Conflict("news_settled", "Somebody has said already whom these news are about")
    return found


def _act(actor: Actor, tied: Sequence[tuple[int, str]]) -> None:
    """Raise what the news are a cause of, and stop credit and reminders of the insolvent."""
    if not tied:
        return
    ids = sorted({customer_id for customer_id, _ in tied})
    kinds = tuple(sorted({kind for _, kind in tied}))
    _stop(actor, ids)
    raising.look(actor, signals=seeing.NEWS_SIGNALS, customer_ids=ids)
    announce(actor, [NewsTied(customer_ids=tuple(ids), kinds=kinds)])


def _stop(actor: Actor, ids: Collection[int]) -> None:
    rules = policies.in_force(actor.company_id, actor.today).alerts
    if not (rules.insolvency_blocks or rules.insolvency_stops_contact):
        return
    watched = [row for row in rules.watch if row.signal == "insolvency"]
    days = watched[0].look_back_days if watched else LOOK_BACK_DAYS
    row = AlertRule(signal="insolvency", threshold=1, look_back_days=days)
    insolvent = [
        one.customer_id
        for one in seeing.seen(actor.company_id, actor.today, [row], ["insolvency"], ids)
    ]
    if rules.insolvency_blocks and insolvent:
        credit.take_over_blocks(actor, dict.fromkeys(insolvent, "insolvency"))
    if rules.insolvency_stops_contact:
        contact.place_holds(
            actor,
            [
                NewHold(one, None, "manual", f"manual:insolvency:{one}", None, "insolvency")
                for one in insolvent
            ],
        )
