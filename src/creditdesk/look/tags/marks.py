"""Marks as template tags: icons, badges, reasons, steps, timelines and empty states."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypedDict

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from creditdesk.look.icons import ICONS
from creditdesk.look.shapes import Step, TimelineEntry, Tone

register = Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Return an icon; without a label it is decoration and not read out."""
    if name not in ICONS:
        raise ValueError(f"there is no icon named {name!r}; see look/icons.py")
    if label:
        return format_html(
            '<svg class="i" role="img" aria-label="{}"><use href="#i-{}"/></svg>', label, name
        )
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
@cache
def icon_sprite() -> SafeString:
    """Return every icon once, for the top of a page."""
    symbols = format_html_join(
        "",
        '<symbol id="i-{}" viewBox="0 0 16 16"><path d="{}"/></symbol>',
        ICONS.items(),
    )
    return format_html('<svg hidden aria-hidden="true">{}</svg>', symbols)


@register.simple_tag
def badge(text: str, tone: Tone = "") -> SafeString:
    """Return a state in a word; the tone changes shape and colour."""
    if not tone:
        return format_html('<span class="badge">{}</span>', text)
    return format_html('<span class="badge" data-tone="{}">{}</span>', tone, text)


@register.simple_tag
def reason(figure: str, lead: str, text: str = "", tone: str = "") -> SafeString:
    """Return one line of a list of reasons: the figure, what it is, and why."""
    return format_html(
        '<li><span class="figure {}">{}</span><div><strong>{}</strong>'
        ' <span class="second">{}</span></div></li>',
        {"good": "better", "bad": "worse"}.get(tone, ""),
        figure,
        lead,
        text,
    )


@register.simple_block_tag
def empty_state(content: str, icon_name: str, title: str, text: str = "") -> SafeString:
    """Return an empty state that teaches the first step; the block holds its buttons."""
    acts = content.strip()
    return format_html(
        '<div class="empty"><span class="disc">{}</span><h3>{}</h3>{}{}</div>',
        icon(icon_name),
        title,
        format_html("<p>{}</p>", text) if text else "",
        # The block was rendered by this template engine and is escaped already.
        format_html('<div class="acts">{}</div>', mark_safe(acts)) if acts else "",  # noqa: S308
    )


class StepsContext(TypedDict):
    """What the steps partial is given."""

    steps: Sequence[Step]


@register.inclusion_tag("look/_steps.html")
def steps(rungs: Sequence[Step]) -> StepsContext:
    """Show where on a ladder or in a form the reader stands."""
    return {"steps": rungs}


class TimelineContext(TypedDict):
    """What the timeline partial is given."""

    entries: Sequence[TimelineEntry]


@register.inclusion_tag("look/_timeline.html")
def timeline(entries: Sequence[TimelineEntry]) -> TimelineContext:
    """Show what happened, newest first, with what comes next on top."""
    return {"entries": entries}
