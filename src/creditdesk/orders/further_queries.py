"""What a decision looks at only where the policy, or the asker, gives reason to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from creditdesk.credit.rules import total_in
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.orders.queries import Circumstances, Own
from creditdesk.orders.rules import Facts, is_better
from creditdesk.plumbing import sql
from creditdesk.policy.rules import OrderRules

_OWN = """
    SELECT c.id, c.segment,
        COALESCE((SELECT t.terms_code FROM customers_terms t
                   WHERE t.customer_id = c.id AND t.valid_from <= %(on)s
                   ORDER BY t.valid_from DESC, t.id DESC LIMIT 1), ''),
        (SELECT l.valid_to FROM credit_limit l
          WHERE l.customer_id = c.id AND l.company_id = c.company_id AND l.valid_from <= %(on)s
          ORDER BY l.valid_from DESC, l.id DESC LIMIT 1)
    FROM customers_customer c
    WHERE c.company_id = %(company_id)s AND c.id = ANY(%(customers)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class _Own:
    customer_id: int
    segment: str
    terms: str
    limit_to: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about beside who orders: how much, which kind of order, on which terms."""

    currency: str
    minor: int
    kind: str = ""
    terms_code: str = ""


def is_asked(rules: OrderRules, asked: Asked) -> bool:
    """Whether policy or asker give reason to look further than every decision does."""
    return bool(
        asked.terms_code
        or rules.terms_held
        or rules.exclusions
        or rules.order_minor_max is not None
        or rules.expired_limit_means != "no_limit"
    )


def own_of(company_id: int, customer_ids: Sequence[int], on: date) -> dict[int, Own]:
    """Return what is each customer's own, where policy or asker give reason to look at it."""
    params = {"company_id": company_id, "customers": sql.array(customer_ids), "on": on}
    return {
        one.customer_id: Own(one.segment, one.terms, one.limit_to)
        for one in sql.fetch(_Own, _OWN, params, planned=True)
    }


def further(
    company_id: int, seen: Circumstances, asked: Asked, facts: Facts, on: date
) -> dict[str, Any]:
    """Return the further facts by name; a statement more, unless what is own was read along."""
    customer_id = seen.customer.customer_id
    own = seen.own or own_of(company_id, [customer_id], on)[customer_id]
    rules = seen.policy.orders
    more: dict[str, Any] = {}
    if rules.exclusions:
        more |= {
            "customer_number": seen.customer.number,
            "segment": own.segment,
            "kind": asked.kind,
            "order_home_minor": _in(seen, seen.company_currency, (asked.currency, asked.minor)),
        }
    if rules.order_minor_max is not None:
        more |= {
            "order_minor": _in(seen, facts.currency, (asked.currency, asked.minor)) or 0,
            "order_max_minor": _in(
                seen, facts.currency, (seen.company_currency, rules.order_minor_max)
            ),
        }
    lapsed = facts.limit_minor is None and own.limit_to is not None and own.limit_to < on
    if lapsed and own.limit_to is not None and rules.expired_limit_means == "hold":
        more |= {"limit_expired_on": own.limit_to.isoformat(), "judged_on": on.isoformat()}
    return more | _terms(seen, asked, own.terms, on)


def _terms(seen: Circumstances, asked: Asked, own_code: str, on: date) -> dict[str, Any]:
    """Return the terms the order would be paid under, and those they are better than."""
    own = seen.policy.terms_for(own_code)
    if not asked.terms_code or asked.terms_code == own.code:
        return {"terms_code": own.code}
    wanted = seen.policy.terms.get(asked.terms_code)
    if wanted is None:
        raise Invalid(
            "order_terms_unknown",
            f"The policy has no terms {asked.terms_code!r}",
            place=Place(field="terms"),
            mend="Give the code of one of the policy's terms, or leave it out.",
        )
    better = own.code if is_better(wanted, own, on=on) else ""
    return {"terms_code": wanted.code, "better_than": better}


def _in(seen: Circumstances, currency: str, amount: tuple[str, int]) -> int | None:
    """Return an amount in a currency, rounded up; nothing without a rate."""
    rates = {} if amount[0] == currency else seen.rates_into(currency)
    total = total_in(currency, [amount], rates)
    return None if total.without_rate else total.minor
