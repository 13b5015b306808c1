"""Invented values for the page that shows every component; nothing else uses them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import get_month_names
from django.utils.translation import gettext

from creditdesk.look import words
from creditdesk.look.icons import ICONS
from creditdesk.look.shapes import (
    BarRow,
    GaugePart,
    PageMark,
    PayDot,
    Step,
    TimelineEntry,
    TrendPoint,
    TrendSeries,
)

TODAY = date(2026, 11, 17)
WEEKS = (47, 48, 49, 50, 51, 52, 53, 1, 2, 3, 4, 5, 6)
CASH = (742, 816, 905, 688, 731, 402, 318, 640, 712, 748, 765, 820, 702)
MONTHS = (12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
DSO = (43.1, 43.8, 45.9, 44.2, 44.0, 43.6, 44.9, 45.3, 44.8, 45.1, 45.4, 46.2)
DSO_BEFORE = (41.8, 42.4, 43.9, 43.1, 42.8, 42.2, 42.6, 43.0, 42.9, 42.7, 43.0, 43.2)
LATE = (7, 9, 8, 6, 5, 8, 11, 9, 10, 7, 8, 3, 10, 9, 9, 3, 2, 6, 7, 9, 8, 10, 7, 9, 9, 5, 12, 9, 11)
LATER = (6, 6, 7, 8, 10, 9, 11, 13, 11, 16, 15, 17, 21, 19, 22, 23, 26)
STILL_OPEN = (("09214", 61), ("09871", 34), ("10102", 25), ("10455", 12))


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row of the sample list."""

    name: str
    reference: str
    buckets: tuple[int, int, int, int, int]
    late_days: int
    standing: str
    tone: str
    open_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Showcase:
    """What `look/components.html` shows, as the variable `show`."""

    today: date
    icons: tuple[str, ...]
    rows: tuple[SampleRow, ...]
    page: PageMark
    buckets: tuple[int, int, int, int, int]
    bucket_links: tuple[str, ...]
    dso: tuple[float, ...]
    cash: tuple[BarRow, ...]
    dots: tuple[PayDot, ...]
    trend: tuple[TrendSeries, ...]
    gauge: tuple[GaugePart, ...]
    steps: tuple[Step, ...]
    timeline: tuple[TimelineEntry, ...]


def showcase() -> Showcase:
    """Return one value of every shape."""
    return Showcase(
        today=TODAY,
        icons=tuple(ICONS),
        rows=_rows(),
        page=PageMark(number=2, per_page=25, total=1204),
        buckets=(1_567_850, 848_715, 794_000, 421_860, 268_000),
        bucket_links=("#not-due", "#late-30", "#late-60", "#late-90", "#later"),
        dso=DSO,
        cash=tuple(
            BarRow(gettext("W %(week)d") % {"week": week}, value, str(value), f"#week-{week}")
            for week, value in zip(WEEKS, CASH, strict=True)
        ),
        dots=_dots(),
        trend=_trend(),
        gauge=_gauge(),
        steps=(
            Step(gettext("Before due"), gettext("12 Sep"), "done"),
            Step(gettext("First reminder"), gettext("28 Oct"), "done"),
            Step(gettext("Second reminder"), gettext("today"), "now"),
            Step(gettext("Final notice"), gettext("24 Nov")),
            Step(gettext("Hand over"), gettext("8 Dec")),
        ),
        timeline=_timeline(),
    )


def _rows() -> tuple[SampleRow, ...]:
    return (
        SampleRow(
            "Calder Valley Plumbing Ltd",
            "C-10187",
            (1_567_850, 848_715, 794_000, 421_860, 0),
            34,
            gettext("Watch"),
            "warn",
            3_632_425,
            "GBP",
        ),
        SampleRow(
            "Bauzentrum Oder GmbH",
            "C-10044",
            (5_522_000, 4_120_000, 0, 0, 0),
            1,
            gettext("Current"),
            "",
            9_642_000,
            "EUR",
        ),
        SampleRow(
            "Harbour & Finch Developments",
            "C-10251",
            (0, 740_000, 0, 0, 5_091_040),
            104,
            gettext("Insurer"),
            "bad",
            5_831_040,
            "USD",
        ),
        SampleRow(
            "Rijnmond Klimaat B.V.",
            "C-10012",
            (4_188_010, 0, 0, 0, 0),
            -12,
            gettext("Current"),
            "good",
            4_188_010,
            "EUR",
        ),
        SampleRow(
            "Hoshino Setsubi K.K.",
            "C-10203",
            (0, 0, 941_520, 0, 0),
            44,
            gettext("In dispute"),
            "info",
            941_520,
            "JPY",
        ),
    )


def _dots() -> tuple[PayDot, ...]:
    begin = date(2025, 1, 6)
    paid = tuple(
        PayDot(
            due_on=begin + timedelta(days=14 * i),
            late_days=late,
            label=f"INV-{25 + i // 26}-{8000 + 47 * i:05}",
            href=f"#invoice-{i}",
            shown="4 218.60",
        )
        for i, late in enumerate((*LATE, *LATER))
    )
    still_open = tuple(
        PayDot(
            due_on=TODAY - timedelta(days=late),
            late_days=late,
            label=f"INV-26-{number}",
            href=f"#invoice-{number}",
            shown="7 940.00",
            is_open=True,
        )
        for number, late in STILL_OPEN
    )
    return (*paid, *still_open)


def _trend() -> tuple[TrendSeries, ...]:
    named = get_month_names("abbreviated", locale=words.locale())
    months = [named[number] for number in MONTHS]

    def series(name: str, values: tuple[float, ...], kind: str) -> TrendSeries:
        points = tuple(
            TrendPoint(month, value, f"{value:.1f}", f"#{month}" if kind == "line" else "")
            for month, value in zip(months, values, strict=True)
        )
        return TrendSeries(name, points, "line" if kind == "line" else "compare")

    goal = tuple(TrendPoint(month, 44, "44.0") for month in months)
    return (
        series(gettext("This year"), DSO, "line"),
        series(gettext("A year before"), DSO_BEFORE, "compare"),
        TrendSeries(gettext("Goal"), goal, "goal"),
    )


def _gauge() -> tuple[GaugePart, ...]:
    return (
        GaugePart("a0", gettext("Not due, less free credit"), 1_567_850),
        GaugePart("a1", gettext("1–30 days late"), 848_715),
        GaugePart("a2", gettext("31–60 days late"), 794_000),
        GaugePart("a3", gettext("61–90 days late, in dispute"), 421_860),
        GaugePart("order", gettext("Orders released, not invoiced"), 845_000, "#orders"),
        GaugePart("this", gettext("This order"), 1_896_000),
    )


def _timeline() -> tuple[TimelineEntry, ...]:
    return (
        TimelineEntry(
            gettext("Tue 24 Nov"),
            "clock",
            gettext("Next: final notice"),
            gettext("if nothing is paid or promised by then."),
            is_next=True,
        ),
        TimelineEntry(
            gettext("today 06:10"),
            "alert",
            gettext("Promise broken."),
            gettext("7 940.00 due Fri 13 Nov, not on the statement of 16 Nov."),
        ),
        TimelineEntry(
            gettext("6 Nov 14:02"),
            "phone",
            gettext("Call with Janet Okafor."),
            gettext("“The 7 940 goes out with Friday’s run.” Promise for 13 Nov."),
        ),
        TimelineEntry(
            gettext("28 Oct"),
            "mail",
            gettext("First reminder."),
            gettext("Opened 28 Oct 10:41."),
            "#message-1",
        ),
    )
