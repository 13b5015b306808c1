"""Figures, causes and needs in the reader's words; the rules speak in codes only."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext, ngettext

from creditdesk.insight.queries.mornings import Morning, MorningFigure, Need
from creditdesk.insight.rules import Cause, CustomerCause, Figure, Movement
from creditdesk.kernel.money import from_minor
from creditdesk.look.rules import grouped
from creditdesk.look.words import decimal

NOTHING = "\u2013"
NAMED_IN_A_CAUSE = 2


def whole(minor: int | Decimal, currency: str) -> str:
    """Return an amount in whole units, grouped, without its currency."""
    units = from_minor(int(minor), currency).quantize(Decimal(1), ROUND_HALF_UP)
    return grouped(int(units))


def figure_name(code: str) -> str:
    """Return what a figure is called."""
    names = {
        "receivable": gettext("Receivables"),
        "overdue": gettext("Overdue"),
        "overdue_share": gettext("Overdue share"),
        "over_90_share": gettext("Over 90 days"),
        "dso": gettext("DSO"),
        "dso_countback": gettext("DSO, countback"),
        "dso_best_possible": gettext("Best possible DSO"),
        "average_days_delinquent": gettext("Average days delinquent"),
        "cei": gettext("Collection effectiveness"),
        "collected": gettext("Cash collected"),
        "unapplied": gettext("Unapplied"),
        "unapplied_share": gettext("Unapplied share"),
        "unidentified": gettext("Payer unknown"),
        "promises_kept": gettext("Promises kept"),
        "promises_kept_amount": gettext("Promises kept, by amount"),
        "promises_part_kept": gettext("Promises kept in part"),
        "straight_through": gettext("Straight through"),
        "line_hit": gettext("Lines hit"),
        "false_match": gettext("False matches"),
        "exceptions_oldest": gettext("Oldest waits"),
    }
    return names[code]


def figure_variant(variant: str) -> str:
    """Return how a figure was worked out, in words; one that is not known stands as its code."""
    plain = {
        "open_items": gettext("sum of the open invoices"),
        "of_receivable": gettext("of the receivables"),
        "countback_calendar_months": gettext("calendar months of sales, counted back"),
        "money_and_credit": gettext("money and credit notes not yet applied"),
        "payer_unknown": gettext("received from nobody known"),
        "days_since_receipt": gettext("days since the oldest payment that waits came in"),
    }
    if variant in plain:
        return plain[variant]
    counted: tuple[tuple[str, str], ...] = (
        (r"period_end_(\d+)_days", gettext("balance of the day against the sales of %(n)s days")),
        (r"crf_(\d+)_months", gettext("what could be collected in %(n)s months, and was")),
        (r"last_(\d+)_days", gettext("in the last %(n)s days")),
        (r"received_last_(\d+)_days", gettext("of what was received in the last %(n)s days")),
        (r"by_count_last_(\d+)_days", gettext("by number, due in the last %(n)s days")),
        (r"by_amount_last_(\d+)_days", gettext("by amount, due in the last %(n)s days")),
    )
    for pattern, text in counted:
        found = re.fullmatch(pattern, variant)
        if found:
            return text % {"n": found[1]}
    return variant


def figure_value(figure: Figure, currency: str) -> str:
    """Return the value with its unit; a dash where the figure has no meaning."""
    return NOTHING if figure.value is None else _value(figure.value, figure, currency)


def _value(value: Decimal, figure: Figure, currency: str) -> str:
    match figure.unit:
        case "minor":
            return f"{whole(value, currency)} {currency}"
        case "percent":
            return gettext("%(number)s %%") % {"number": decimal(value)}
        case "days":
            return gettext("%(number)s days") % {"number": decimal(value)}
        case "count":
            return grouped(int(value))


def figure_note(code: str) -> str:
    """Return what is to be known about a figure."""
    notes = {
        "no_sales": gettext("no credit sales in the period"),
        "lower_bound": gettext("more is owed than all known sales: the true figure is higher"),
        "negative_receivable": gettext("customers are in credit"),
        "negative_sales": gettext("a month with more credit notes than invoices"),
        "nothing_to_collect": gettext("nothing was to be collected"),
        "nothing_owed": gettext("nothing is owed"),
        "no_promises_due": gettext("no promise fell due"),
        "nothing_received": gettext("nothing was received"),
        "nothing_waits": gettext("no payment waits"),
    }
    return notes[code]


def change(value: Decimal | None, figure: Figure, currency: str) -> str:
    """Return a change with its sign, points for percentages; empty where none is known."""
    if value is None:
        return ""
    sign = "+" if value > 0 else ""
    if figure.unit == "percent":
        return gettext("%(number)s points") % {"number": f"{sign}{decimal(value)}"}
    return f"{sign}{_value(value, figure, currency)}"


def headline(morning: Morning) -> str:
    """Return the morning in a sentence: how overdue moved, to what share, and why first of all."""
    share = morning.figure("overdue_share")
    overdue = next((one for one in morning.movements if one.code == "overdue"), None)
    if overdue is None:
        return _standing(morning, share)
    moved = {
        "minor": whole(abs(overdue.change_minor), morning.currency),
        "currency": morning.currency,
        "share": figure_value(share.figure, morning.currency),
    }
    if overdue.change_minor > 0:
        sentence = gettext("Overdue rose by %(minor)s %(currency)s to %(share)s") % moved
    elif overdue.change_minor < 0:
        sentence = gettext("Overdue fell by %(minor)s %(currency)s to %(share)s") % moved
    else:
        return gettext("Overdue stands still at %(share)s.") % moved
    why = leading_cause(overdue)
    return f"{sentence}: {cause(why, morning.currency)}" if why else f"{sentence}."


def _standing(morning: Morning, share: MorningFigure) -> str:
    """Return where things stand when there is no earlier morning to compare with."""
    receivable = morning.figure("receivable").figure
    if share.figure.value is None:
        return gettext("Nothing is owed.")
    return gettext("Receivables are %(receivable)s, of which %(share)s overdue.") % {
        "receivable": figure_value(receivable, morning.currency),
        "share": figure_value(share.figure, morning.currency),
    }


def leading_cause(movement: Movement) -> Cause | None:
    """Return the largest cause that pulled the way the figure went."""
    rose = movement.change_minor > 0
    return next((one for one in movement.causes if (one.minor > 0) == rose), None)


def cause(of: Cause, currency: str) -> str:
    """Return a cause as a sentence that names the customers who moved most."""
    sentences: dict[str, Callable[[int], str]] = {
        "fell_due": lambda n: ngettext(
            "%(items)s invoice fell due unpaid (%(minor)s)",
            "%(items)s invoices fell due unpaid (%(minor)s)", n,
        ),
        "arrived_late": lambda n: ngettext(
            "%(items)s invoice was late when it arrived (%(minor)s)",
            "%(items)s invoices were late when they arrived (%(minor)s)", n,
        ),
        "paid": lambda n: ngettext(
            "%(items)s invoice was paid (%(minor)s)",
            "%(items)s invoices were paid (%(minor)s)", n,
        ),
        "payment_undone": lambda n: ngettext(
            "the payment of %(items)s invoice was undone (%(minor)s)",
            "the payments of %(items)s invoices were undone (%(minor)s)", n,
        ),
        "credited": lambda n: ngettext(
            "%(items)s invoice was credited (%(minor)s)",
            "%(items)s invoices were credited (%(minor)s)", n,
        ),
        "written_off": lambda n: ngettext(
            "%(items)s invoice was written off (%(minor)s)",
            "%(items)s invoices were written off (%(minor)s)", n,
        ),
        "owed_again": lambda n: ngettext(
            "%(items)s invoice that was written off is owed again (%(minor)s)",
            "%(items)s invoices that were written off are owed again (%(minor)s)", n,
        ),
        "invoiced": lambda n: ngettext(
            "%(items)s invoice was issued (%(minor)s)",
            "%(items)s invoices were issued (%(minor)s)", n,
        ),
        "exchange_rates": lambda _: gettext("exchange rates moved (%(minor)s)"),
    }  # fmt: skip
    sign = "+" if of.minor > 0 else ""
    said = sentences[of.code](of.items) % {
        "items": grouped(of.items),
        "minor": f"{sign}{whole(of.minor, currency)}",
    }
    return f"{said}{_named(of, currency)}."


def _named(of: Cause, currency: str) -> str:
    """Return who moved most: all of it for a single customer, else the first two by amount."""
    if not of.top:
        return ""
    if of.customers == 1:
        return gettext(", all of %(customer)s") % {"customer": of.top[0].customer}
    named = ", ".join(_customer(one, currency) for one in of.top[:NAMED_IN_A_CAUSE])
    return gettext(", above all %(customers)s") % {"customers": named}


def _customer(one: CustomerCause, currency: str) -> str:
    return f"{one.customer} ({whole(abs(one.minor), currency)})"


def need(of: Need) -> str:
    """Return what waits for a person, counted."""
    sentences: dict[str, Callable[[int], str]] = {
        "cash_exceptions": lambda n: ngettext(
            "%(count)s payment waits to be applied", "%(count)s payments wait to be applied", n
        ),
        "held_orders": lambda n: ngettext(
            "%(count)s order is held", "%(count)s orders are held", n
        ),
        "alerts_critical": lambda n: ngettext(
            "%(count)s critical alert is open", "%(count)s critical alerts are open", n
        ),
        "replies_open": lambda n: ngettext(
            "%(count)s reply is unanswered", "%(count)s replies are unanswered", n
        ),
        "promises_broken": lambda n: ngettext(
            "%(count)s promise was broken", "%(count)s promises were broken", n
        ),
        "mails_uncertain": lambda n: ngettext(
            "%(count)s message may or may not have been sent",
            "%(count)s messages may or may not have been sent", n,
        ),
        "over_limit": lambda n: ngettext(
            "%(count)s customer is over the limit", "%(count)s customers are over the limit", n
        ),
        "undelivered": lambda n: ngettext(
            "%(count)s document did not reach its customer",
            "%(count)s documents did not reach their customers", n,
        ),
        "limits_expiring": lambda n: ngettext(
            "%(count)s limit expires soon", "%(count)s limits expire soon", n
        ),
        "recurring_stopped": lambda n: ngettext(
            "%(count)s recurring invoice was refused and stopped",
            "%(count)s recurring invoices were refused and stopped", n,
        ),
        "differences": lambda n: ngettext(
            "%(count)s difference to the ERP is unexplained",
            "%(count)s differences to the ERP are unexplained", n,
        ),
        "going_live": lambda n: ngettext(
            "%(count)s going live waits to be signed", "%(count)s goings live wait to be signed", n
        ),
        "first_run": lambda n: ngettext(
            "%(count)s shadow run waits to be signed", "%(count)s shadow runs wait to be signed", n
        ),
    }  # fmt: skip
    return sentences[of.code](of.count) % {"count": grouped(of.count)}
