"""Charts as marks to be drawn: where each stands, what it says and what it opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creditdesk.look import rules, words
from creditdesk.look.shapes import BarRow, GaugePart, Number, PayDot, TrendPoint, TrendSeries

TOP, PLOT = 22, 150  # pixels above the plot, and its height: a scaled drawing would blur the text
AXIS = 0.07  # the share of the width that belongs to the value axis


@dataclass(frozen=True, slots=True)
class AxisLine:
    """A value line of the grid, `y` in pixels from the top."""

    y: str
    label: str
    is_zero: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A column, dot or label: places in percent across and pixels down."""

    x: str
    y: str
    width: str
    height: str
    label: str
    shown: str
    href: str
    kind: str
    label_x: str
    crowded: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """The frame all value charts share, and their marks."""

    lines: list[AxisLine]
    marks: list[Mark]
    left: str
    width: str
    bottom: str
    label_y: str
    height: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series as a path over a square of 100, stretched over the plot."""

    name: str
    kind: str
    path: str
    area: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A plot of lines; `rows` is its table, one row a label."""

    plot: Plot
    series: list[Line]
    top: str
    depth: str
    rows: list[tuple[str, list[TrendPoint]]]


@dataclass(frozen=True, slots=True)
class DotPlot:
    """A plot of dots over time with the payer's own norm as a band."""

    plot: Plot
    band_y: str
    band_height: str
    months: list[Mark]


@dataclass(frozen=True, slots=True)
class AgeRect:
    """A piece of an ageing bar."""

    kind: str
    start: str
    width: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class GaugeRect:
    """A piece of a gauge and its line in the legend."""

    kind: str
    start: str
    width: str
    part: GaugePart


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line without axes; the last value gets a dot."""

    path: str
    area: str
    end: str
    goal: str


def _down(share: float) -> str:
    return f"{TOP + (1 - share) * PLOT:.1f}"


def _across(share: float) -> str:
    return rules.percent(AXIS + share * (1 - AXIS))


def _plot(axis: rules.Scale, marks: list[Mark]) -> Plot:
    lines = [
        AxisLine(_down(axis.height(tick)), rules.axis_number(tick, axis.step), tick == 0)
        for tick in axis.ticks
    ]
    return Plot(
        lines=lines,
        marks=marks,
        left=rules.percent(AXIS),
        width=rules.percent(1 - AXIS),
        bottom=str(TOP + PLOT),
        label_y=str(TOP + PLOT + 18),
        height=str(TOP + PLOT + 26),
    )


def bars(rows: Sequence[BarRow]) -> Plot:
    """Return one column a row, standing on zero, growing up or down."""
    axis = rules.scale([row.value for row in rows])
    slot = 1 / max(len(rows), 1)
    marks = []
    for i, row in enumerate(rows):
        top = max(axis.height(row.value), axis.height(0))
        foot = min(axis.height(row.value), axis.height(0))
        marks.append(
            Mark(
                x=_across((i + 0.2) * slot),
                y=_down(top),
                width=rules.percent(slot * 0.6 * (1 - AXIS)),
                height=f"{max((top - foot) * PLOT, 1):.1f}",
                label=row.label,
                shown=row.shown or rules.axis_number(float(row.value), 1),
                href=row.href,
                kind=row.tone or "plain",
                label_x=_across((i + 0.5) * slot),
                crowded=_is_crowded(i, len(rows)),
            )
        )
    return _plot(axis, marks)


def _is_crowded(index: int, count: int) -> bool:
    """Say whether a label leaves first when there is little room: all but some five."""
    every = -(-count // 5)
    return index % every != 0


def dots(rows: Sequence[PayDot], norm_low: int | None, norm_high: int | None) -> DotPlot:
    """Return one dot an invoice: across by due date, up by days late, early below zero."""
    norm = [value for value in (norm_low, norm_high) if value is not None]
    axis = rules.scale([*(row.late_days for row in rows), *norm, 10])
    first = min(row.due_on for row in rows)
    last = max(row.due_on for row in rows)
    marks = [
        Mark(
            x=_across(0.02 + 0.96 * rules.time_share(row.due_on, first, last)),
            y=_down(axis.height(row.late_days)),
            width="",
            height="",
            label=row.label,
            shown=f"{words.day(row.due_on)}, {words.lateness(row.late_days)}",
            href=row.href,
            kind=rules.dot_kind(row, norm_high),
            label_x="",
            crowded=False,
        )
        for row in rows
    ]
    ticks = rules.month_ticks(first, last)
    months = [
        Mark(
            x=_across(0.02 + 0.96 * tick.share),
            y="",
            width="",
            height="",
            label=words.month(tick.on),
            shown="",
            href="",
            kind="",
            label_x="",
            crowded=i % 2 == 1,
        )
        for i, tick in enumerate(ticks)
        if tick.share <= 0.94  # noqa: PLR2004 (a label further right would be cut off)
    ]
    band = norm_low is not None and norm_high is not None
    high, low = axis.height(norm_high or 0), axis.height(norm_low or 0)
    return DotPlot(
        plot=_plot(axis, marks),
        band_y=_down(high) if band else "",
        band_height=f"{max((high - low) * PLOT, 1):.1f}" if band else "",
        months=months,
    )


def trend(series: Sequence[TrendSeries]) -> Trend:
    """Return the lines over one shared axis; the axis leaves zero when that shows more."""
    values = [float(point.value) for line in series for point in line.points]
    low, high = min(values, default=0.0), max(values, default=0.0)
    axis = rules.scale(values, from_zero=low < 0 or low < 0.6 * high)
    labels = series[0].points if series else ()
    last = max(len(labels) - 1, 1)
    marks = [
        Mark(
            x=_across(0.02 + 0.96 * i / last),
            y=_down(axis.height(point.value)),
            width="",
            height="",
            label=f"{line.name}, {point.label}" if len(series) > 1 else point.label,
            shown=point.shown or rules.axis_number(float(point.value), 1),
            href=point.href,
            kind=line.kind,
            label_x=point.label if line is series[0] else "",
            crowded=_is_crowded(i, len(labels)),
        )
        for line in series
        for i, point in enumerate(line.points)
    ]
    paths = [(line, rules.polyline([p.value for p in line.points], axis)) for line in series]
    return Trend(
        plot=_plot(axis, marks),
        series=[Line(line.name, line.kind, path, f"{path}L100 100L0 100Z") for line, path in paths],
        top=str(TOP),
        depth=str(PLOT),
        rows=[(point.label, [line.points[i] for line in series]) for i, point in enumerate(labels)],
    )


def ageing(buckets: Sequence[Number], links: Sequence[str]) -> list[AgeRect]:
    """Return the pieces of an ageing bar; empty buckets have none."""
    pieces = zip(words.bucket_names(), rules.shares(buckets), strict=True)
    return [
        AgeRect(
            kind=f"a{i}",
            start=share.start,
            width=share.width,
            label=f"{name} {share.whole_percent} %",
            href=links[i] if i < len(links) else "",
        )
        for i, (name, share) in enumerate(pieces)
        if share
    ]


def gauge_rects(parts: Sequence[GaugePart], shape: rules.GaugeShape) -> list[GaugeRect]:
    """Return the pieces that take room, beside what they are."""
    return [
        GaugeRect(
            part.kind if part.kind.startswith("a") else f"k-{part.kind}",
            piece.start,
            piece.width,
            part,
        )
        for part, piece in zip(parts, shape.pieces, strict=True)
        if piece
    ]


def spark(values: Sequence[Number], goal: Number | None) -> Spark | None:
    """Return the small line over a box of 100 by 24, or nothing for fewer than two values."""
    if len(values) < 2:  # noqa: PLR2004 (a line needs two ends)
        return None
    axis = rules.scale([*values, *([goal] if goal is not None else [])], from_zero=False, steps=20)
    last = len(values) - 1
    places = [
        (f"{i / last * 100:.1f}", f"{2 + (1 - axis.height(value)) * 20:.1f}")
        for i, value in enumerate(values)
    ]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    return Spark(
        path=path,
        area=f"{path}L100 24L0 24Z",
        end=f"M{places[-1][0]} {places[-1][1]}h0",
        goal=f"M0 {2 + (1 - axis.height(goal)) * 20:.1f}H100" if goal is not None else "",
    )
