"""Codes of the rooms as words and tones, where the room itself has no wording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import get_format
from django.utils.translation import gettext, ngettext

from creditdesk.credit.queries import Standing
from creditdesk.look.shapes import Tone
from creditdesk.look.tags.figures import money_text
from creditdesk.orders.rules import Fired
from creditdesk.policy.rules import Terms

NEAR_LIMIT_PERCENT = 90


def standing_badge(standing: Standing | None) -> tuple[str, Tone]:
    """Return how a customer stands against the limit, in a word with its tone."""
    if standing is None:
        return gettext("Unknown"), ""
    if standing.block_reason is not None:
        return gettext("Blocked"), "bad"
    if standing.limit_minor is None:
        return gettext("No limit"), ""
    used = standing.percent_used
    if standing.available_minor is not None and standing.available_minor < 0:
        return gettext("Over limit"), "bad"
    if used is not None and used >= NEAR_LIMIT_PERCENT:
        return gettext("Near limit"), "warn"
    return gettext("Within limit"), "good"


def terms(one: Terms) -> str:
    """Return when invoices under these terms fall due, in words."""
    found = ngettext("%(days)d day net", "%(days)d days net", one.net_days) % {"days": one.net_days}
    if one.from_month_end:
        found = gettext("%(net)s from the end of the month") % {"net": found}
    if one.day_of_month is not None:
        found = gettext("%(net)s, on day %(day)d of the month") % {
            "net": found,
            "day": one.day_of_month,
        }
    parts = len(one.instalment_percents)
    if parts == 1:
        return found
    return ngettext("%(net)s, in %(parts)d part", "%(net)s, in %(parts)d parts", parts) % {
        "net": found,
        "parts": parts,
    }


def customer_status(status: str) -> str:
    """Return the status of an account in a word."""
    return {
        "active": gettext("Active"),
        "dormant": gettext("Dormant"),
        "closed": gettext("Closed"),
    }.get(status, status)


def order_status(status: str) -> tuple[str, Tone]:
    """Return the state of an order in a word with its tone."""
    known: dict[str, tuple[str, Tone]] = {
        "held": (gettext("Held"), "bad"),
        "accepted": (gettext("Accepted"), "good"),
        "released": (gettext("Released"), "warn"),
        "refused": (gettext("Refused"), "bad"),
        "cancelled": (gettext("Cancelled"), ""),
        "billed": (gettext("Invoiced"), "info"),
    }
    return known.get(status, (status, ""))


def buys_as() -> tuple[tuple[str, str], ...]:
    """Return what a customer may buy as, each in words."""
    return (
        ("", gettext("Not stated: a business")),
        ("business", gettext("A business")),
        ("consumer", gettext("A consumer")),
    )


def customer_field(field: str) -> str:
    """Return a field of a customer's history in words."""
    return {
        "name": gettext("Name"),
        "status": gettext("Status"),
        "currency": gettext("Currency"),
        "language": gettext("Language"),
        "country": gettext("Country"),
        "street": gettext("Street"),
        "postal_code": gettext("Postal code"),
        "city": gettext("City"),
        "vat_number": gettext("VAT number"),
        "buys_as": gettext("Buys as"),
        "lei": gettext("LEI"),
        "duns": gettext("D-U-N-S number"),
        "parent": gettext("Belongs to"),
        "analyst": gettext("Credit analyst"),
        "status reason": gettext("Reason for the status"),
        "merged into": gettext("Became"),
        "merged from": gettext("Took over"),
        "bank details": gettext("Bank details"),
        "bank details asked": gettext("Bank details asked for"),
        "bank details denied": gettext("Bank details denied"),
        "bank details withdrawn": gettext("Bank details taken back"),
        "segment": gettext("Segment"),
        "note": gettext("Note"),
        "terms": gettext("Terms"),
        "group": gettext("Group"),
        "contact": gettext("Contact"),
        "contact name": gettext("Name of a contact"),
        "contact role": gettext("Role of a contact"),
        "contact email": gettext("E-mail of a contact"),
        "contact phone": gettext("Telephone of a contact"),
        "contact language": gettext("Language of a contact"),
        "contact is_primary": gettext("First contact"),
        "contact is_active": gettext("Contact in use"),
    }.get(field, field)


@dataclass(frozen=True, slots=True)
class FiredWords:
    """A rule that fired: its name, what it saw and what it compares with, in words."""

    name: str
    note: str
    value: str
    threshold: str
    is_holding: bool
    is_excused: bool = False

    @property
    def sentence(self) -> str:
        """Rule and value in one line."""
        return f"{self.name}: {self.value}" if self.value else self.name


def rule_name(rule: str) -> tuple[str, str]:
    """Return what an order rule is called, and what it looks at."""
    known = {
        "limit_exceeded": (gettext("Limit"), gettext("exposure after this order")),
        "group_limit_exceeded": (
            gettext("Limit of the group"),
            gettext("exposure of the group after this order"),
        ),
        "currency_limit_exceeded": (
            gettext("Limit in the currency"),
            gettext("exposure in the order's currency"),
        ),
        "group_currency_limit_exceeded": (
            gettext("Limit of the group in the currency"),
            gettext("exposure of the group in the order's currency"),
        ),
        "no_limit": (gettext("No limit"), gettext("nobody has set a limit for this customer")),
        "overdue": (gettext("Oldest late"), gettext("days past due of the oldest open item")),
        "overdue_amount": (gettext("Late amount"), gettext("late beyond the days allowed")),
        "blocked": (gettext("Blocked"), gettext("no further credit")),
        "customer_not_active": (gettext("Account"), gettext("the account is not in use")),
        "no_exchange_rate": (gettext("Exchange rate"), gettext("an amount cannot be compared")),
        "limit_nearly_used": (gettext("Limit nearly used"), gettext("with this order")),
        "reservation_expired": (gettext("Reservation"), gettext("not invoiced in time")),
        "limit_expired": (gettext("Limit ran out"), gettext("the last day it counted")),
        "limit_utilised": (gettext("Use of the limit"), gettext("with this order")),
        "overdue_share": (gettext("Late share"), gettext("late amount against the limit")),
        "order_size": (gettext("Size"), gettext("this order alone")),
        "terms_held": (gettext("Terms"), gettext("orders on these terms are looked at")),
        "better_terms": (gettext("Better terms"), gettext("than the customer’s own")),
    }
    return known.get(rule, (rule, ""))


def fired(rules: Iterable[Fired], currency: str) -> list[FiredWords]:
    """Return the rules that fired in words; amounts are in `currency`."""
    found = []
    for one in rules:
        name, note = rule_name(one.rule)
        found.append(
            FiredWords(
                name,
                note,
                _measured(one.value, one.unit, currency),
                _threshold(one, currency),
                one.severity in ("hold", "refuse"),
                one.severity == "excused",
            )
        )
    return found


def _threshold(one: Fired, currency: str) -> str:
    if one.unit in ("reason", "currency", "date", "terms") or one.rule == "no_limit":
        return gettext("none") if one.rule in ("blocked", "no_limit") else str(one.threshold)
    shown = _measured(one.threshold, one.unit, currency)
    if one.unit == "status":
        return shown
    pattern = (
        gettext("below %(value)s") if one.rule == "overdue_amount" else gettext("at most %(value)s")
    )
    return pattern % {"value": shown}


def _measured(value: int | str, unit: str, currency: str) -> str:
    if unit == "minor" and isinstance(value, int):
        return money_text(value, currency) if currency else str(value)
    if unit == "days" and isinstance(value, int):
        return ngettext("%(days)d day", "%(days)d days", value) % {"days": value}
    if unit == "percent":
        return f"{str(value).replace('.', get_format('DECIMAL_SEPARATOR'))} %"
    return customer_status(str(value)) if unit == "status" else str(value)


_ORDER_RULES = (
    ("limit_exceeded", "no_limit"),
    ("overdue", "overdue_amount"),
    ("blocked",),
    ("customer_not_active",),
    ("no_exchange_rate",),
)


def kept_rules(rules: Iterable[Fired]) -> list[str]:
    """Return the names of the holding rules that were asked and did not fire."""
    broken = {one.rule for one in rules}
    return [rule_name(names[0])[0] for names in _ORDER_RULES if not broken & set(names)]
