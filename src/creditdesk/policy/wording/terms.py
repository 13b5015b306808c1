"""Terms of payment in words: when an invoice falls due, in which parts, what paying early earns."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext, ngettext

from creditdesk.policy.rules import Discount, Policy, Terms
from creditdesk.policy.rules.terms import Part
from creditdesk.policy.wording.saying import Clause, days, money, months, percent

LAST_DAY = 31


def terms(policy: Policy, _currency: str) -> Iterator[Clause]:
    """Yield the default terms, then each of the terms that may be agreed."""
    yield Clause(
        "default_terms",
        gettext("Who has agreed nothing else pays by %(terms)s.") % {"terms": policy.default_terms},
    )
    for one in policy.terms.values():
        yield Clause(f"terms.{one.code}", f"{one.code}: {'; '.join(_said(one))}.")


def _said(one: Terms) -> Iterator[str]:
    yield _due(one)
    if one.cut_off_day is not None:
        yield gettext(
            "an invoice issued after day %(day)d counts from the first of the next month"
        ) % {"day": one.cut_off_day}
    yield from _shares(one)
    yield from _rolled(one)
    yield from _discounts(one)


def _due(one: Terms) -> str:
    said = ngettext("%(days)d day net", "%(days)d days net", one.net_days) % {"days": one.net_days}
    if one.from_month_end:
        said = gettext("%(net)s from the end of the month") % {"net": said}
    if one.months_later:
        said = gettext("%(net)s, after %(months)s") % {
            "net": said,
            "months": months(one.months_later),
        }
    if one.to_month_end:
        said = gettext("%(net)s, then to the end of the month") % {"net": said}
    if one.day_of_month is not None:
        said = gettext("%(net)s, then on %(day)s") % {"net": said, "day": _day(one.day_of_month)}
    return said


def _day(day: int) -> str:
    if day == LAST_DAY:
        return gettext("the last day of the month")
    return gettext("day %(day)d of the month") % {"day": day}


def _shares(one: Terms) -> Iterator[str]:
    if one.parts:
        yield gettext("in parts: %(parts)s") % {"parts": ", ".join(map(_part, one.parts))}
    elif len(one.instalment_percents) > 1:
        yield gettext("in parts of %(percents)s, %(months)s apart") % {
            "percents": ", ".join(map(percent, one.instalment_percents)),
            "months": months(one.instalment_months),
        }
    else:
        return
    yield {
        "largest": gettext("a cent left over goes to the largest part"),
        "first": gettext("a cent left over goes to the first part"),
        "last": gettext("a cent left over goes to the last part"),
    }[one.remainder]


def _part(part: Part) -> str:
    if part.minor is not None:
        said = money(part.minor, part.currency)
    elif part.percent is not None:
        said = percent(part.percent)
    else:
        said = gettext("an even share of the rest")
    if part.net_days is not None:
        said = gettext("%(part)s after %(days)s") % {"part": said, "days": days(part.net_days)}
    if part.months_later:
        said = gettext("%(part)s, %(months)s later") % {
            "part": said,
            "months": months(part.months_later),
        }
    return said


def _rolled(one: Terms) -> Iterator[str]:
    if one.roll != "none":
        yield gettext("a due day nobody works moves %(where)s") % {"where": _where(one.roll)}


def _where(roll: str) -> str:
    return {
        "following": gettext("to the next working day"),
        "modified_following": gettext("to the next working day of the month, else back"),
        "preceding": gettext("to the working day before"),
    }.get(roll, roll)


def _discounts(one: Terms) -> Iterator[str]:
    if not one.discounts:
        return
    for step in one.discounts:
        yield _discount(step)
    yield {
        "adjust_at_payment": gettext("a discount taken lowers the tax"),
        "discounted_from_start": gettext("tax is on the discounted amount from the start"),
        "no_adjustment": gettext("a discount taken leaves the tax as it is"),
    }[one.discount_tax]
    if one.discount_base == "without_tax":
        yield gettext("the discount is on the amount without tax")
    if not one.discount_on_freight:
        yield gettext("freight earns no discount")
    if one.discount_after_part_payment:
        yield gettext("the discount is earned after a part payment too")
    if one.discount_roll != "none":
        yield gettext("a discount's last day nobody works moves %(where)s") % {
            "where": _where(one.discount_roll)
        }


def _discount(step: Discount) -> str:
    if step.within_days is not None:
        return gettext("%(percent)s discount within %(days)s") % {
            "percent": percent(step.percent),
            "days": days(step.within_days),
        }
    said = gettext("%(percent)s discount until %(day)s") % {
        "percent": percent(step.percent),
        "day": _day(step.day_of_month or 1),
    }
    if not step.months_later:
        return said
    return gettext("%(discount)s, %(months)s later") % {
        "discount": said,
        "months": months(step.months_later),
    }
