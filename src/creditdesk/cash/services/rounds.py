"""A whole round of matching: what payers advised, what the rules find, what was learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from creditdesk.cash.services import matching
from creditdesk.cash.services.advising import apply_advised
from creditdesk.cash.services.carrying import Applied
from creditdesk.cash.services.counting import count_due
from creditdesk.cash.services.depositing import recognise_deposits
from creditdesk.cash.services.keeping import MatchResult
from creditdesk.cash.services.second_look import look_again
from creditdesk.kernel.actor import Actor


def match(actor: Actor, *, payment_ids: Sequence[int] | None = None) -> MatchResult:
    """Match the given payments, or all that nobody has dealt with; apply what is certain.

    First cheques whose date has come are brought in, and deposits known among what the bank
    credited. Then three passes, each a transaction of its own: remittance advices, the rules, and
    what relations and a trained model make sure of the rest. What is not certain is kept with its
    reasons and proposals for a person. Safe to repeat.
    """
    unkeyed = actor.keyed(None)
    if payment_ids is None:
        count_due(unkeyed)
    recognise_deposits(unkeyed)
    advised = apply_advised(unkeyed, payment_ids=payment_ids)
    by_rules = matching.match(actor, payment_ids=payment_ids)
    learned = look_again(unkeyed, payment_ids=payment_ids)
    before = len(advised.payment_ids)
    result = replace(by_rules, matched=by_rules.matched + before, left=by_rules.left + before)
    return with_more(with_more(result, advised), learned)


def with_more(result: MatchResult, more: Applied) -> MatchResult:
    """Return the result with what another pass applied of what is counted as left."""
    applied = len(more.payment_ids)
    minors = Counter(result.applied_minor) + Counter(more.applied_minor)
    return replace(
        result,
        applied=result.applied + applied,
        identified=result.identified + more.identified,
        left=result.left - applied,
        overtaken=result.overtaken + more.overtaken,
        applied_minor=dict(minors),
    )
