"""The morning: the figures, what moved and why, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_skeleton
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from creditdesk.controls import queries as controls
from creditdesk.faces.desk import lists, requests
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight import queries as insight
from creditdesk.insight import wording
from creditdesk.insight.queries import Morning, MorningFigure
from creditdesk.insight.rules import BUCKETS, Cause, Figure, Movement
from creditdesk.look import words as look_words
from creditdesk.look.shapes import Tone, TrendPoint, TrendSeries

SHOWN = ("dso", "overdue_share", "collected", "promises_kept", "cei", "unapplied")
RISE_IS_GOOD = frozenset(
    {"collected", "promises_kept", "promises_kept_amount", "cei", "straight_through", "line_hit"}
)
NEUTRAL = frozenset({"receivable"})
SPARK_DAYS = 42
NO_BREAK_SPACE = "\u00a0"
TREND_POINTS_MAX = 13
TOP_CAUSES = 5


@dataclass(frozen=True, slots=True)
class FigureCard:
    """A figure of the strip, in words, with the documents behind it."""

    name: str
    value: str
    delta: str
    tone: Tone
    note: str
    href: str
    spark: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class NeedLine:
    """Something that waits for a person, and where."""

    icon: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One reason of a movement, as the list of reasons shows it."""

    figure: str
    lead: str
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class MovementLines:
    """What a figure was, what it is, and why."""

    title: str
    before_minor: int
    after_minor: int
    causes: list[CauseLine]


@require_safe
def morning(request: HttpRequest) -> HttpResponse:
    """Show the morning of the business date, or of an earlier one."""
    desk = requests.of(request)
    on = min(lists.day(request, "on") or desk.actor.today, desk.actor.today)
    found = insight.morning(desk.company.id, on)
    kept = insight.stored_figures(desk.company.id, since=on - timedelta(days=SPARK_DAYS), until=on)
    own = insight.ageing(desk.company.id, as_of=on).in_company_currency
    owes_anything = own.total_minor or own.unapplied_minor
    context = {
        "morning": found,
        "on": on,
        "is_today": on == desk.actor.today,
        "headline": wording.headline(found),
        "greeting": _greeting(desk.actor.name, found),
        "cards": [_card(found, one, kept) for one in _shown(found)],
        "needs": [*_approvals(desk), *(_need(one) for one in found.needs)],
        "movements": [_movement(one, found.currency) for one in found.movements],
        "ageing": own,
        "bucket_links": _bucket_links(on),
        "trend": _trend(kept),
        "is_new": not owes_anything and not found.needs and not kept,
        "figures": [
            (
                wording.figure_name(one.figure.code),
                wording.figure_value(one.figure, found.currency),
                "; ".join(wording.figure_note(note) for note in one.figure.notes),
                wording.figure_variant(one.figure.variant),
                _href(one.figure.code),
            )
            for one in found.figures
        ],
    }
    return render(request, "desk/morning/page.html", context)


def _greeting(name: str, found: Morning) -> str:
    given = name.split(maxsplit=1)[0] if name.split() else name
    if not found.needs:
        return gettext("Good morning, %(name)s. Nothing waits for you.") % {"name": given}
    said = [wording.need(one) for one in found.needs]
    listed = gettext(" and ").join(filter(None, (", ".join(said[:-1]), said[-1])))
    return gettext("Good morning, %(name)s: %(needs)s.") % {"name": given, "needs": listed}


def _shown(found: Morning) -> list[MorningFigure]:
    by_code = {one.figure.code: one for one in found.figures}
    return [by_code[code] for code in SHOWN if code in by_code]


def _card(found: Morning, one: MorningFigure, kept: dict[date, tuple[Figure, ...]]) -> FigureCard:
    figure = one.figure
    change = one.since_week if one.since_week is not None else one.since_previous
    since = gettext("in a week") if one.since_week is not None else gettext("since last time")
    notes = [wording.figure_note(note) for note in figure.notes]
    if figure.code == "overdue_share":
        overdue = wording.figure_value(found.figure("overdue").figure, found.currency)
        notes.append(overdue.replace(" ", NO_BREAK_SPACE))
    moved = wording.change(change, figure, found.currency) if change else ""
    return FigureCard(
        name=wording.figure_name(figure.code),
        value=wording.figure_value(figure, found.currency),
        delta=f"{moved} {since}" if moved else "",
        tone=_tone(figure.code, change),
        note="; ".join(notes),
        href=_href(figure.code),
        spark=_spark(figure, kept),
    )


def _tone(code: str, change: Decimal | None) -> Tone:
    if not change or code in NEUTRAL:
        return ""
    return "good" if (change > 0) == (code in RISE_IS_GOOD) else "bad"


def _spark(figure: Figure, kept: dict[date, tuple[Figure, ...]]) -> tuple[float, ...]:
    """Return the written values of the figure, oldest first; a line needs two."""
    values = [
        float(one.value)
        for _, figures in sorted(kept.items())
        for one in figures
        if one.code == figure.code and one.variant == figure.variant and one.value is not None
    ]
    return tuple(values) if len(values) > 1 else ()


def _href(code: str) -> str:
    """Return the documents behind a figure."""
    return {
        "overdue_share": f"{reverse('invoices')}?state=overdue&sort=due_on",
        "collected": "/cash/statements/",
        "unapplied": "/cash/exceptions/",
        "unidentified": "/cash/exceptions/",
        "promises_kept": "/promises/",
        "promises_kept_amount": "/promises/",
        "promises_part_kept": "/promises/",
        "straight_through": f"{reverse('matching-figures')}?behind=not_straight#behind",
        "line_hit": f"{reverse('matching-figures')}?behind=straight#behind",
        "false_match": f"{reverse('matching-figures')}?behind=undone#behind",
        "exceptions_oldest": reverse("exceptions"),
        "dso": reverse("ageing"),
        "cei": reverse("ageing"),
    }.get(code, reverse("ageing"))


def _need(need: insight.Need) -> NeedLine:
    icon, href = {
        "cash_exceptions": ("match", "/cash/exceptions/"),
        "held_orders": ("hold", reverse("orders")),
        "replies_open": ("inbox", "/mailbox/replies/"),
        "promises_broken": ("promise", "/promises/?status=broken"),
        "mails_uncertain": ("mail", "/mailbox/?status=handed_over"),
        "over_limit": ("shield", f"{reverse('customers')}?standing=over"),
        "differences": ("match", reverse("reconciliation")),
        "going_live": ("check", reverse("golive")),
        "first_run": ("send", reverse("dunning")),
        "undelivered": ("send", f"{reverse('invoices')}?state=undelivered"),
        "recurring_stopped": ("alert", reverse("recurring")),
        "alerts_critical": ("alert", f"{reverse('alerts')}?severity=critical"),
        "limits_expiring": ("clock", f"{reverse('customers')}?standing=expiring"),
    }.get(need.code, ("alert", reverse("morning")))
    return NeedLine(icon, wording.need(need), href)


def _approvals(request: DeskRequest) -> list[NeedLine]:
    """Return what the reader is asked to approve, which is nobody else's morning."""
    count = controls.waiting_for(request.actor)
    said = ngettext(
        "%(count)s request waits for your approval",
        "%(count)s requests wait for your approval",
        count,
    )
    return [NeedLine("approve", said % {"count": count}, reverse("approvals"))] if count else []


def _movement(movement: Movement, currency: str) -> MovementLines:
    return MovementLines(
        wording.figure_name(movement.code),
        movement.before_minor,
        movement.after_minor,
        [_cause(one, movement.code, currency) for one in movement.causes[:TOP_CAUSES]],
    )


def _cause(cause: Cause, code: str, currency: str) -> CauseLine:
    sign = "+" if cause.minor > 0 else ""
    worse = cause.minor > 0
    tone = "" if code in NEUTRAL else "bad" if worse else "good"
    said = wording.cause(cause, currency)
    figure = f"{sign}{wording.whole(cause.minor, currency)}"
    # The amount stands beside the sentence already.
    lead, _, rest = said.replace(f" ({figure})", "", 1).partition(", ")
    return CauseLine(figure, lead[:1].upper() + lead[1:], rest, tone)


def _bucket_links(on: date) -> list[str]:
    link = f"{reverse('ageing')}?as_of={on.isoformat()}&bucket="
    return [f"{link}{code}" for code in BUCKETS]


def _trend(kept: dict[date, tuple[Figure, ...]]) -> Sequence[TrendSeries]:
    """Return DSO over the written mornings, thinned to what a chart can name."""
    points = [
        (on, one.value)
        for on, figures in sorted(kept.items())
        for one in figures
        if one.code == "dso" and one.value is not None
    ]
    step = -(-len(points) // TREND_POINTS_MAX) or 1
    chosen = points[::-1][::step][::-1]
    if len(chosen) < 2:  # noqa: PLR2004 - one point is no line
        return ()
    series = TrendSeries(
        gettext("DSO"),
        tuple(
            TrendPoint(
                format_skeleton("MMMd", on, locale=look_words.locale()),
                value,
                look_words.decimal(value),
                f"{reverse('morning')}?on={on.isoformat()}",
            )
            for on, value in chosen
        ),
    )
    return (series,)


urlpatterns = [path("", morning, name="morning")]
