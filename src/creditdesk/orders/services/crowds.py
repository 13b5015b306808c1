"""Many orders decided one after the other, their facts read together and written together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from creditdesk.credit import queries as credit
from creditdesk.credit.queries import Turn
from creditdesk.kernel.actor import Actor
from creditdesk.orders import further_queries, many_queries
from creditdesk.orders.further_queries import Asked
from creditdesk.orders.queries import Circumstances
from creditdesk.orders.services.decisions import SHIPS, Judged, judge
from creditdesk.policy.rules import Policy


@dataclass(slots=True)
class Crowd:
    """Customers whose turns are held, as they stand after what was decided about them so far.

    Read together when one is first asked about, and again once they are forgotten.
    """

    actor: Actor
    policy: Policy
    turns: Mapping[str, Turn]
    with_own: bool
    seen: dict[str, Circumstances]
    members: Mapping[int, Sequence[str]]

    @classmethod
    def of(
        cls, actor: Actor, policy: Policy, turns: Mapping[str, Turn], asked: Sequence[Asked]
    ) -> Crowd:
        """Return the crowd of those about whom these orders are asked."""
        members: dict[int, list[str]] = defaultdict(list)
        for one in turns.values():
            members[one.group_id].append(one.number)
        with_own = any(further_queries.is_asked(policy.orders, one) for one in asked)
        return cls(actor, policy, turns, with_own, {}, members)

    def judge(self, number: str, asked: Asked) -> Judged:
        """Ask every rule about an order; where it may ship, what it takes is gone for the next."""
        judged = judge(self.actor, self._seen(number), asked)
        if judged.decision.outcome in SHIPS:
            self._take(number, asked)
        return judged

    def forget(self) -> None:
        """Read all anew when next asked: somebody else wrote meanwhile."""
        self.seen = {}

    def _seen(self, number: str) -> Circumstances:
        if not self.seen:
            self.seen = many_queries.circumstances(
                self.actor.company_id,
                self.policy,
                list(self.turns.values()),
                self.actor.today,
                with_own=self.with_own,
            )
        return self.seen[number]

    def _take(self, number: str, asked: Asked) -> None:
        for one in self.members[self.turns[number].group_id]:
            seen = self.seen[one]
            room = credit.with_reserved(
                seen.room, asked.currency, asked.minor, self.policy.exposure,
                is_own=one == number,
            )  # fmt: skip
            self.seen[one] = replace(seen, room=room)
