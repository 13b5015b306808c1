"""What counts against a limit, and when an order is held, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext, ngettext

from creditdesk.policy.rules import ExposureRules, OrderExclusion, OrderRules, Policy
from creditdesk.policy.wording import granting
from creditdesk.policy.wording.saying import Clause, Said, clauses, days, hour, money, percent

HOUR: Final = 60


def exposure(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what counts against a limit."""
    yield from clauses("exposure", policy.exposure, _EXPOSURE, currency)


def _counted(rules: ExposureRules, _: str) -> str:
    parts = (
        (rules.count_open, gettext("open items not yet late")),
        (rules.count_overdue, gettext("late items")),
        (rules.count_returned, gettext("items whose payment was returned")),
        (rules.count_reserved, gettext("accepted orders not yet billed")),
        (rules.count_ordered_rest, gettext("the rest of orders billed in part")),
    )
    counted = ", ".join(name for counts, name in parts if counts)
    left_out = ", ".join(name for counts, name in parts if not counts)
    if not counted:
        return gettext("Nothing that is open or ordered counts against a limit.")
    if not left_out:
        return gettext("These count against a limit: %(parts)s.") % {"parts": counted}
    return gettext("These count against a limit: %(parts)s. These do not: %(others)s.") % {
        "parts": counted,
        "others": left_out,
    }


def _unapplied(rules: ExposureRules, _: str) -> str:
    if rules.count_unapplied:
        return gettext("Money received and not yet applied lowers what counts.")
    return gettext("Money received and not yet applied does not lower what counts.")


def _haircut(rules: ExposureRules, _: str) -> str:
    if not rules.haircut_percent:
        return gettext("A limit in another currency is converted at the day's rate in full.")
    return gettext("A limit in another currency loses %(percent)s when it is converted.") % {
        "percent": percent(rules.haircut_percent)
    }


_EXPOSURE: Final[tuple[Said[ExposureRules], ...]] = (
    Said(
        (
            "count_open", "count_overdue", "count_returned", "count_reserved",
            "count_ordered_rest",
        ),
        _counted,
    ),
    Said(("count_unapplied",), _unapplied),
    Said(("haircut_percent",), _haircut),
)  # fmt: skip


def rule(code: str) -> str:
    """Return what may hold an order, as a policy names it."""
    return {
        "limit_exceeded": gettext("the limit exceeded"),
        "no_limit": gettext("no limit"),
        "limit_expired": gettext("a limit that ran out"),
        "limit_utilised": gettext("the use of the limit"),
        "overdue": gettext("the days something is late"),
        "overdue_amount": gettext("the amount that is late"),
        "overdue_share": gettext("the share of the limit that is late"),
        "order_size": gettext("the size of the order"),
        "terms_held": gettext("the terms of the order"),
        "better_terms": gettext("better terms than the customer's own"),
        "blocked": gettext("a block"),
        "customer_not_active": gettext("an account not in use"),
        "no_exchange_rate": gettext("a missing exchange rate"),
    }.get(code, code)


def orders(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield when an order is held or refused, when it is asked again and how fast decided."""
    yield from clauses("orders", policy.orders, _ORDERS, currency)
    met: Counter[str] = Counter()
    for row in policy.orders.exclusions:
        yield Clause(f"orders.exclusions.{row.rule}.{met[row.rule]}", _excluded(row, currency))
        met[row.rule] += 1
    if not policy.orders.exclusions:
        yield Clause("orders.exclusions", gettext("Every rule is asked of every order."))


def _limit_tolerance(rules: OrderRules, _: str) -> str:
    if not rules.limit_tolerance_percent:
        return gettext("An order that brings the customer above the limit is held.")
    return gettext(
        "An order that brings the customer more than %(percent)s above the limit is held."
    ) % {"percent": percent(rules.limit_tolerance_percent)}


def _overdue(rules: OrderRules, currency: str) -> str:
    return gettext(
        "An order is held while something is late by more than %(days)s, if that makes at least"
        " %(amount)s."
    ) % {
        "days": days(rules.overdue_days_max),
        "amount": money(rules.overdue_minimum_minor, currency),
    }


def _no_limit(rules: OrderRules, _: str) -> str:
    if rules.no_limit_means == "accept":
        return gettext("A customer without a limit may order; the order is accepted with a note.")
    return gettext("A customer without a limit gets no credit: the order is held.")


def _expired_limit(rules: OrderRules, _: str) -> str:
    if rules.expired_limit_means == "hold":
        return gettext("While the customer's last limit has run out, an order is held for that.")
    return gettext("A limit that ran out counts as none.")


def _overdue_share(rules: OrderRules, _: str) -> str:
    if rules.overdue_limit_percent is None:
        return gettext("How much is late is not compared with the limit.")
    return gettext(
        "An order is held while what is late beyond the days allowed is more than %(percent)s of"
        " the limit."
    ) % {"percent": percent(rules.overdue_limit_percent)}


def _use(rules: OrderRules, _: str) -> str:
    if rules.hold_percent is None:
        return gettext("No order is held for how much of the limit it uses, as long as it fits.")
    return gettext("An order that uses more than %(percent)s of the limit is held.") % {
        "percent": percent(rules.hold_percent)
    }


def _size(rules: OrderRules, currency: str) -> str:
    if rules.order_minor_max is None:
        return gettext("No order is held for its size alone.")
    return gettext("An order above %(amount)s is held.") % {
        "amount": money(rules.order_minor_max, currency)
    }


def _terms_held(rules: OrderRules, _: str) -> str:
    if not rules.terms_held:
        return gettext("No order is held for its terms alone.")
    return gettext("An order on one of these terms is held: %(terms)s.") % {
        "terms": ", ".join(rules.terms_held)
    }


def _better_terms(rules: OrderRules, _: str) -> str:
    if rules.better_terms_mean == "hold":
        return gettext("An order on better terms than the customer's own is held.")
    return gettext("An order on better terms than the customer's own is noted, not held.")


def _refuse(rules: OrderRules, _: str) -> str:
    if not rules.refuse:
        return gettext("No rule refuses an order: what does not fit is held.")
    return gettext("These refuse an order instead of holding it: %(rules)s.") % {
        "rules": ", ".join(map(rule, rules.refuse))
    }


def _check_points(rules: OrderRules, _: str) -> str:
    named = {"ship": gettext("before it ships"), "invoice": gettext("before it is billed")}
    again = [said for code, said in named.items() if code in rules.check_points]
    if not again:
        return gettext("An order is asked when it is placed, and not again at later points.")
    return gettext("An order is asked when it is placed, and again %(points)s.") % {
        "points": gettext(" and ").join(again)
    }


def _grace(rules: OrderRules, _: str) -> str:
    if not rules.grace_days:
        return gettext("At a later point it is asked again, however lately it was decided.")
    return gettext("At a later point it is not asked again within %(days)s of its decision.") % {
        "days": days(rules.grace_days)
    }


def _goal(rules: OrderRules, _: str) -> str:
    return gettext(
        "A held order is to be decided within %(time)s of the desk's hours, %(opens)s to"
        " %(closes)s on working days; after that it goes to the role %(role)s."
    ) % {
        "time": _time(rules.goal_minutes),
        "opens": hour(rules.desk_opens),
        "closes": hour(rules.desk_closes),
        "role": granting.role(rules.late_goes_to),
    }


def _time(minutes: int) -> str:
    if minutes % HOUR:
        return ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}
    count = minutes // HOUR
    return ngettext("%(hours)d hour", "%(hours)d hours", count) % {"hours": count}


def _excluded(row: OrderExclusion, currency: str) -> str:
    """Return of which orders a rule is not asked: all that is named must fit."""
    conditions = [
        text % {"which": ", ".join(which)}
        for text, which in (
            (gettext("of customer %(which)s"), row.customers),
            (gettext("of segment %(which)s"), row.segments),
            (gettext("of kind %(which)s"), row.kinds),
        )
        if which
    ]
    if row.up_to_minor is not None:
        conditions.append(
            gettext("up to %(amount)s") % {"amount": money(row.up_to_minor, currency)}
        )
    if not conditions:
        return gettext("No order is held for this: %(rule)s.") % {"rule": rule(row.rule)}
    return gettext("Orders %(which)s are not held for this: %(rule)s.") % {
        "which": ", ".join(conditions),
        "rule": rule(row.rule),
    }


_ORDERS: Final[tuple[Said[OrderRules], ...]] = (
    Said(("limit_tolerance_percent",), _limit_tolerance),
    Said(("hold_percent",), _use),
    Said(("no_limit_means",), _no_limit),
    Said(("expired_limit_means",), _expired_limit),
    Said(("overdue_days_max", "overdue_minimum_minor"), _overdue),
    Said(("overdue_limit_percent",), _overdue_share),
    Said(("order_minor_max",), _size),
    Said(("terms_held",), _terms_held),
    Said(("better_terms_mean",), _better_terms),
    Said(("refuse",), _refuse),
    Said(("check_points",), _check_points),
    Said(("grace_days",), _grace),
    Said(("goal_minutes", "desk_opens", "desk_closes", "late_goes_to"), _goal),
    Said(
        ("watch_percent",),
        lambda rules, _: (
            gettext("From %(percent)s of the limit on, sales are told it is near.")
            % {"percent": percent(rules.watch_percent)}
        ),
    ),
    Said(
        ("reservation_days",),
        lambda rules, _: (
            gettext("Credit is reserved for an accepted order for %(days)s.")
            % {"days": days(rules.reservation_days)}
        ),
    ),
)
