"""Charts as template tags: drawn by the server, without inline style, each with its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from creditdesk.look import charts, rules, words
from creditdesk.look.shapes import BarRow, GaugePart, Number, PayDot, Tone, TrendSeries

register = Library()


@register.simple_tag
def ageing_bar(
    buckets: Sequence[Number], links: Sequence[str] = (), *, tall: bool = False
) -> SafeString:
    """Show five amounts (not due, 1–30, 31–60, 61–90, over 90 days) as one bar.

    Written without a template: lists show it a hundred times a page.
    """
    rects = format_html_join("", "{}", ((_age_rect(r),) for r in charts.ageing(buckets, links)))
    return format_html(
        '<svg class="age{}" role="{}" aria-label="{}">{}</svg>',
        " tall" if tall else "",
        "group" if links else "img",
        words.ageing_words(buckets),
        rects,
    )


def _age_rect(rect: charts.AgeRect) -> SafeString:
    drawn = format_html(
        '<rect class="{}" x="{}" width="{}" height="100%"><title>{}</title></rect>',
        rect.kind,
        rect.start,
        rect.width,
        rect.label,
    )
    if not rect.href:
        return drawn
    return format_html('<a href="{}" aria-label="{}">{}</a>', rect.href, rect.label, drawn)


@register.inclusion_tag("look/_ageing_legend.html")
def ageing_legend() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Show which colour is which ageing bucket, in words."""
    return {"buckets": [(f"a{i}", name) for i, name in enumerate(words.bucket_names())]}


@register.simple_tag
def bar(value: Number, most: Number, kind: str = "a0") -> SafeString:
    """Return a bar for a table cell: `value` against the greatest of its column."""
    share = max(float(value), 0.0) / float(most) if most else 0.0
    return format_html(
        '<svg class="bar" aria-hidden="true"><rect class="{}" width="{}" height="100%" rx="1.5"/>'
        "</svg>",
        kind,
        rules.percent(min(share, 1.0)),
    )


class GaugeContext(TypedDict):
    """What the gauge partial is given."""

    rects: list[charts.GaugeRect]
    shape: rules.GaugeShape
    used_minor: int
    over_minor: int
    free_minor: int
    limit_minor: int
    insured_minor: int | None
    currency: str
    has_parts: bool


@register.inclusion_tag("look/_gauge.html")
def gauge(
    used_minor: int,
    limit_minor: int,
    currency: str,
    parts: Sequence[GaugePart] = (),
    insured_minor: int | None = None,
    block_reason: str | None = None,
) -> GaugeContext:
    """Show what is used of a limit, and what it is made of; with parts their sum counts.

    Nothing is free for who is blocked, which is who has a reason, be it an empty one.
    """
    pieces = tuple(parts) or (GaugePart("order", gettext("Used"), used_minor),)
    shape = rules.gauge(pieces, limit_minor, insured_minor)
    return {
        "rects": charts.gauge_rects(pieces, shape),
        "shape": shape,
        "used_minor": used_minor,
        "over_minor": max(used_minor - limit_minor, 0),
        "free_minor": max(limit_minor - used_minor, 0) if block_reason is None else 0,
        "limit_minor": limit_minor,
        "insured_minor": insured_minor,
        "currency": currency,
        "has_parts": bool(parts),
    }


class SparkContext(TypedDict):
    """What the spark partial is given."""

    spark: charts.Spark | None


@register.inclusion_tag("look/_spark.html")
def spark(values: Sequence[Number], goal: Number | None = None) -> SparkContext:
    """Show a small line without axes; the figure beside it says the value."""
    return {"spark": charts.spark(values, goal)}


class KpiContext(TypedDict):
    """What the figure partial is given."""

    name: str
    value: str
    unit: str
    delta: str
    note: str
    href: str
    tone: str
    spark: charts.Spark | None


@register.inclusion_tag("look/_kpi.html")
def kpi(
    name: str,
    value: str,
    delta: str = "",
    href: str = "",
    spark: Sequence[Number] = (),
    *,
    unit: str = "",
    note: str = "",
    tone: Tone = "",
    goal: Number | None = None,
) -> KpiContext:
    """Show a figure that opens its documents; `tone` good or bad colours the change."""
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "delta": delta,
        "note": note,
        "href": href,
        "tone": {"good": "better", "bad": "worse"}.get(tone, "quiet"),
        "spark": charts.spark(spark, goal),
    }


class BarsContext(TypedDict):
    """What the bar chart partial is given."""

    plot: charts.Plot
    rows: Sequence[BarRow]
    title: str
    desc: str
    label_head: str
    value_head: str


@register.inclusion_tag("look/_bar_chart.html")
def bar_chart(
    rows: Sequence[BarRow],
    title: str,
    desc: str = "",
    *,
    label_head: str = "",
    value_head: str = "",
) -> BarsContext:
    """Show columns whose marks open their documents, with the same figures as a table."""
    return {
        "plot": charts.bars(rows),
        "rows": rows,
        "title": title,
        "desc": desc,
        "label_head": label_head,
        "value_head": value_head,
    }


class DotsContext(TypedDict):
    """What the dot plot partial is given."""

    dots: charts.DotPlot | None
    rows: Sequence[PayDot]
    title: str
    desc: str
    has_norm: bool


@register.inclusion_tag("look/_dot_plot.html")
def dot_plot(
    rows: Sequence[PayDot],
    title: str,
    desc: str = "",
    *,
    norm_low: int | None = None,
    norm_high: int | None = None,
) -> DotsContext:
    """Show how late each invoice was by the day it fell due, against the payer's own norm."""
    return {
        "dots": charts.dots(rows, norm_low, norm_high) if rows else None,
        "rows": rows,
        "title": title,
        "desc": desc,
        "has_norm": norm_low is not None and norm_high is not None,
    }


class TrendContext(TypedDict):
    """What the trend chart partial is given."""

    trend: charts.Trend
    series: Sequence[TrendSeries]
    title: str
    desc: str
    label_head: str


@register.inclusion_tag("look/_trend_chart.html")
def trend_chart(
    series: Sequence[TrendSeries], title: str, desc: str = "", *, label_head: str = ""
) -> TrendContext:
    """Show lines over the same labels, with the same figures as a table."""
    return {
        "trend": charts.trend(series),
        "series": series,
        "title": title,
        "desc": desc,
        "label_head": label_head,
    }
