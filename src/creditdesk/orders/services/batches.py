"""Many orders at once: checked in one transaction, or held ones decided anew.

However many there are, a constant number of statements asks and writes. They are decided one after
the other, each as it would be alone: what one takes of a limit is gone for the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from creditdesk.controls.commands import command
from creditdesk.credit import queries as credit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import at_line
from creditdesk.orders import many_queries, queries
from creditdesk.orders.further_queries import Asked
from creditdesk.orders.queries import DecisionRow, OrderRow
from creditdesk.orders.rules import Request
from creditdesk.orders.services import points
from creditdesk.orders.services.checking import (
    DECISION_COLUMNS,
    ORDER_COLUMNS,
    answered_before,
    placed_row,
    refuse_another,
)
from creditdesk.orders.services.crowds import Crowd
from creditdesk.orders.services.decisions import (
    CheckResult,
    Concluding,
    Judged,
    all_decided_again,
    asked_of,
    changed_meanwhile,
    columns_of,
    concluded_all,
    in_arrays,
    refuse_closed,
    result_of,
)
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy

# Numbered as they were asked, but written by reference: so two batches with references in common
# never wait for each other in a circle.
INSERT_ALL = f"""
    WITH sequence AS MATERIALIZED (
        SELECT pg_get_serial_sequence('orders_order', 'id')::regclass AS ids
    ), given AS MATERIALIZED (
        SELECT nextval((SELECT ids FROM sequence)) AS id, g.*
        FROM unnest(%(customers)s::bigint[], %(references)s::text[], %(currencies)s::text[],
                    %(totals)s::bigint[], %(placed)s::date[], %(kinds)s::text[],
                    %(terms)s::text[], %(margins)s::bigint[], %(outcomes)s::text[],
                    %(fired)s::text[], %(inputs)s::text[], %(versions)s::int[])
            WITH ORDINALITY
            AS g (customer_id, reference, currency, total_minor, placed_on, kind, terms_code,
                  margin_minor, outcome, fired, inputs, policy_version, place)
    ), placed AS (
        INSERT INTO orders_order (id, {ORDER_COLUMNS})
        SELECT id, %(company_id)s, customer_id, reference, currency, total_minor, placed_on,
               outcome, %(at)s, kind, terms_code, margin_minor
        FROM given ORDER BY reference
        ON CONFLICT (company_id, reference) DO NOTHING
        RETURNING id
    ), decided AS (
        INSERT INTO orders_decision ({DECISION_COLUMNS})
        SELECT %(company_id)s, g.id, g.outcome, g.fired::jsonb, g.inputs::jsonb,
               g.policy_version, %(actor)s, '', %(at)s
        FROM given g JOIN placed ON placed.id = g.id
        ORDER BY g.place
        RETURNING id, order_id
    )
    SELECT g.reference, decided.order_id, decided.id
    FROM decided JOIN given g ON g.id = decided.order_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCheck:
    """An order to be checked with others: what `check` is asked of one."""

    customer_number: str
    order_reference: str
    currency: str
    total_minor: int
    placed_on: date
    kind: str = ""
    terms_code: str = ""
    margin_minor: int | None = None
    point: str = "confirm"


@dataclass(frozen=True, slots=True)
class RecheckResult:
    """Which held orders were accepted after all, and how many stay held."""

    accepted: tuple[str, ...]
    still_held: int


@dataclass(frozen=True, slots=True)
class _New:
    """An order judged, and not written yet; `line` counts from 1."""

    line: int
    asked: Request
    placed_on: date
    judged: Judged


class _Written(NamedTuple):
    reference: str
    order_id: int
    decision_id: int


@command("orders.check")
def check_all(actor: Actor, requests: Sequence[ToCheck]) -> tuple[CheckResult, ...]:
    """Answer for many orders as `check` does one after the other, all or none of them.

    An error names the line of the order it is about, counted from 1. Nobody else decides about the
    customers meanwhile, nor about their groups.
    """
    asked = [_read(line, one) for line, one in enumerate(requests, 1)]
    if not asked:
        return ()
    turns = credit.turns(actor.company_id, [one.customer_number for one in asked], actor.today)
    for line, one in enumerate(asked, 1):
        if one.customer_number not in turns:
            with at_line(line):
                raise queries.customer_unknown(one.customer_number)
    rules = policy.in_force(actor.company_id, actor.today)
    known = many_queries.known(actor.company_id, [one.order_reference for one in asked])
    run = _Run(
        actor,
        Crowd.of(actor, rules, turns, [_asked(one) for one in asked]),
        known,
        queries.latest_decisions(actor.company_id, [one.id for one in known.values()])
        if known
        else {},
    )
    for line, (one, given) in enumerate(zip(asked, requests, strict=True), 1):
        with at_line(line):
            run.take(line, one, given)
    run.write()
    return tuple(run.answers[line] for line in range(1, len(asked) + 1))


def _read(line: int, given: ToCheck) -> Request:
    """Return what is asked, if it can be understood."""
    with at_line(line):
        asked = Request(
            customer_number=given.customer_number,
            order_reference=given.order_reference,
            currency=given.currency,
            total_minor=given.total_minor,
            kind=given.kind,
            terms_code=given.terms_code,
            margin_minor=given.margin_minor,
        )
        points.known(given.point)
    return asked


def _asked(one: Request) -> Asked:
    return Asked(one.currency, one.total_minor, one.kind, one.terms_code)


@dataclass(slots=True)
class _Run:
    """Orders taken one after the other: what is known, what is judged, what was answered."""

    actor: Actor
    crowd: Crowd
    known: Mapping[str, OrderRow]
    latest: Mapping[int, DecisionRow]
    new: list[_New] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    answers: dict[int, CheckResult] = field(default_factory=dict)

    def take(self, line: int, asked: Request, given: ToCheck) -> None:
        """Judge a new order, or answer for a known one.

        One to be decided anew, or asked about twice here, comes when all before it is written.
        """
        reference = asked.order_reference
        order = self.known.get(reference)
        if reference not in self.met:
            self.met.add(reference)
            if order is None:
                self._judge(line, asked, given.placed_on)
                return
            refuse_another(order, asked)
            latest, rules = self.latest[order.id], self.crowd.policy.orders
            if not points.is_due(self.actor, rules, given.point, order, latest):
                self.answers[line] = result_of(order, latest)
                return
        self.write()
        seen = queries.circumstances(
            self.actor.company_id, asked.customer_number, reference=reference, on=self.actor.today
        )
        self.answers[line] = answered_before(self.actor, asked, seen, given.point)
        self.crowd.forget()

    def _judge(self, line: int, asked: Request, placed_on: date) -> None:
        refuse_closed(self.actor, self.crowd.turns[asked.customer_number])
        judged = self.crowd.judge(asked.customer_number, _asked(asked))
        self.new.append(_New(line, asked, placed_on, judged))

    def write(self) -> None:
        """Write what was judged so far, and answer for it."""
        new, self.new = self.new, []
        if not new:
            return
        written = {one.reference: one for one in self._inserted(new)}
        for one in new:
            if one.asked.order_reference not in written:
                with at_line(one.line):
                    self._refuse_taken(one.asked)
        concluding = []
        for one in new:
            ids, outcome = written[one.asked.order_reference], one.judged.decision.outcome
            turn = self.crowd.turns[one.asked.customer_number]
            order = placed_row(
                self.actor, turn, one.asked, one.placed_on, outcome, ids.order_id
            )  # fmt: skip
            concluding.append(Concluding(order, one.judged, outcome, ids.decision_id))
        answers = concluded_all(self.actor, concluding)
        self.answers.update(zip((one.line for one in new), answers, strict=True))

    def _inserted(self, new: Sequence[_New]) -> list[_Written]:
        turns = self.crowd.turns
        return sql.fetch(
            _Written,
            INSERT_ALL,
            {
                "company_id": self.actor.company_id,
                "at": self.actor.at,
                "actor": self.actor.name,
                "customers": sql.array(turns[one.asked.customer_number].customer_id for one in new),
                "references": sql.array(one.asked.order_reference for one in new),
                "currencies": sql.array(one.asked.currency for one in new),
                "totals": sql.array(one.asked.total_minor for one in new),
                "placed": sql.array(one.placed_on for one in new),
                "kinds": sql.array(one.asked.kind for one in new),
                "terms": sql.array(one.asked.terms_code for one in new),
                "margins": sql.array(one.asked.margin_minor for one in new),
                **in_arrays([columns_of(one.judged) for one in new]),
            },
            planned=True,
        )

    def _refuse_taken(self, asked: Request) -> None:
        """Refuse an order taken meanwhile for another customer, whose turn is not ours."""
        order = queries.order(self.actor.company_id, asked.order_reference)
        refuse_another(order, asked)
        raise changed_meanwhile(order)


@command("orders.recheck")
def recheck_held(actor: Actor, customer_ids: Sequence[int] | None = None) -> RecheckResult:
    """Decide every held order anew, of some customers or of all, except those too old.

    The oldest come first; an order stays held without a new decision where rules still hold it.
    """
    rules = policy.in_force(actor.company_id, actor.today)
    since = actor.today - timedelta(days=rules.orders.reservation_days)
    waiting = many_queries.held_since(actor.company_id, since, customer_ids)
    if not waiting:
        return RecheckResult((), 0)
    turns = credit.turns(
        actor.company_id, [order.customer_number for order in waiting], actor.today
    )
    now = many_queries.by_id(actor.company_id, [order.id for order in waiting])
    crowd = Crowd.of(actor, rules, turns, [asked_of(order) for order in waiting])
    accepted = []
    for order in sorted(waiting, key=lambda one: (one.customer_id, one.placed_on, one.id)):
        if now[order.id].status != "held":
            continue
        judged = crowd.judge(order.customer_number, asked_of(order))
        if judged.decision.outcome == "accepted":
            accepted.append((now[order.id], judged))
    all_decided_again(actor, accepted, "accepted")
    references = tuple(order.reference for order, _ in accepted)
    return RecheckResult(references, len(waiting) - len(references))
