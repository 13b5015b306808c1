from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.utils.translation import override

from creditdesk.look.shapes import BarRow, GaugePart, PageMark, PayDot, TrendPoint, TrendSeries
from tests.look.pages import FRAME, request_for

HOSTILE = "<script>alert(1)</script>"
SAFE = "&lt;script&gt;alert(1)&lt;/script&gt;"


def rendered(source: str, path: str = "/", **values: object) -> str:
    context = Context({"request": request_for(path), **values})
    return str(Template("{% load look %}" + source).render(context)).strip()


def test_money_is_marked_up_for_reading_and_copying() -> None:
    assert rendered('{{ 794000|money:"GBP" }}') == (
        '<data class="money" value="7940.00">7\u202f940<span class="c">.00</span>'
        " <abbr>GBP</abbr></data>"
    )


def test_an_amount_leaves_the_code_to_the_column_head() -> None:
    assert rendered('{{ v|amount:"JPY" }}', v=-41280) == (
        '<data class="money" value="-41280">−41\u202f280</data>'
    )


@pytest.mark.parametrize("tag", ["money", "amount", "money_text", "amount_text"])
def test_an_unknown_amount_is_a_dash(tag: str) -> None:
    assert rendered("{{ v|" + tag + ':"GBP" }}', v=None) == "–"


def test_a_hostile_currency_cannot_write_html() -> None:
    assert HOSTILE not in rendered("{{ 1|money:c }}", c=HOSTILE)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "14 Oct 2026"),
        ("en-gb", "14 Oct 2026"),
        ("en-us", "Oct 14, 2026"),
        ("de", "14. Okt. 2026"),
        ("xx", "14 Oct 2026"),
    ],
)
def test_a_day_follows_the_reader(language: str, text: str) -> None:
    with override(language):
        assert rendered("{{ v|day }}", v=date(2026, 10, 14)) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 34|days_late }}", "34 days late"),
        ("{{ 1|days_late }}", "1 day late"),
        ("{{ 0|days_late }}", "due today"),
        ("{{ due|days_late:as_of }}", "due in 3 days"),
        ("{{ due|days_late }}", "–"),
        ("{{ none|days_late }}", "–"),
        ("{{ none|day }}", "–"),
        ("{{ 1204|grouped }}", "1\u202f204"),
    ],
)
def test_lateness_in_a_phrase(source: str, text: str) -> None:
    shown = rendered(source, due=date(2026, 10, 14), as_of=date(2026, 10, 11), none=None)

    assert shown == text


def test_lateness_in_a_column_shows_its_bucket() -> None:
    assert rendered("{% late_mark 34 %}") == (
        '<span class="late" title="34 days late">34 <span class="key a2"></span></span>'
    )


def test_an_icon_is_decoration_unless_named() -> None:
    assert rendered('{% icon "phone" %}') == (
        '<svg class="i" aria-hidden="true"><use href="#i-phone"/></svg>'
    )
    assert 'aria-label="Call"' in rendered('{% icon "phone" "Call" %}')


def test_an_unknown_icon_is_a_fault_of_the_page() -> None:
    with pytest.raises(ValueError, match="no icon named 'unicorn'"):
        rendered('{% icon "unicorn" %}')


@pytest.mark.parametrize(
    "source",
    [
        "{% badge v 'bad' %}",
        "{% badge v %}",
        "{% reason v v v %}",
        "{% empty_state 'bank' v v %}{{ v }}{% endempty_state %}",
        "{% kpi v v v v note=v %}",
        "{% bar_chart bars v v %}",
        "{% dot_plot dots v v %}",
        "{% trend_chart lines v v %}",
        "{% gauge 5 3 'EUR' parts=parts %}",
    ],
)
def test_hostile_words_stay_words(source: str) -> None:
    page = rendered(
        source,
        v=HOSTILE,
        bars=[BarRow(HOSTILE, 3, HOSTILE, HOSTILE)],
        dots=[PayDot(date(2026, 1, 1), 3, HOSTILE, HOSTILE, HOSTILE)],
        lines=[TrendSeries(HOSTILE, (TrendPoint(HOSTILE, 1, HOSTILE, HOSTILE),))],
        parts=[GaugePart("a0", HOSTILE, 5)],
    )

    assert HOSTILE not in page
    assert SAFE in page


def test_an_ageing_bar_says_what_it_shows() -> None:
    page = rendered("{% ageing_bar v %}", v=[60, 0, 30, 0, 10])

    assert 'role="img" aria-label="Ageing: Not due 60 %, 31–60 30 %, Over 90 10 %"' in page
    assert page.count("<rect") == 3
    assert '<rect class="a2" x="60.00%" width="30.00%" height="100%">' in page


def test_an_ageing_bar_with_links_is_no_picture() -> None:
    page = rendered("{% ageing_bar v links %}", v=[1, 1, 0, 0, 0], links=["/not-due", "/late"])

    assert 'role="group"' in page
    assert '<a href="/late" aria-label="1–30 days 50 %">' in page


def test_an_ageing_bar_of_nothing() -> None:
    assert 'aria-label="Ageing: nothing open"></svg>' in rendered(
        "{% ageing_bar v %}", v=[0, 0, 0, 0, 0]
    )


def test_a_chart_is_also_a_table_with_the_same_figures_and_links() -> None:
    rows = [BarRow("W 1", 10, "10 k", "/w1"), BarRow("W 2", -5, "−5 k", "/w2")]
    page = rendered("{% bar_chart rows 'Cash' 'Falls.' label_head='Week' %}", rows=rows)

    assert "<title>Cash</title><desc>Falls.</desc>" in page
    assert page.count('<a href="/w2"') == 2
    assert '<th scope="row"><a href="/w2">W 2</a></th><td class="num">−5 k</td>' in page


def test_a_negative_column_hangs_below_zero() -> None:
    page = rendered("{% bar_chart rows 'Net' %}", rows=[BarRow("A", 10), BarRow("B", -10)])
    # The axis runs from -10 to 10 over 150 pixels from 22 down, so zero stands at 97.
    assert 'y="22.0" height="75.0"' in page
    assert 'y="97.0" height="75.0"' in page


def test_dots_link_to_their_invoices() -> None:
    dots = [
        PayDot(date(2026, 1, 1), 5, "INV-1", "/i/1"),
        PayDot(date(2026, 3, 1), 30, "INV-2", "/i/2", is_open=True),
    ]
    page = rendered("{% dot_plot rows 'Late' norm_low=0 norm_high=4 %}", rows=dots)

    assert '<a href="/i/1" tabindex="-1" aria-label="INV-1: 1 Jan 2026, 5 days late">' in page
    assert '<circle class="out"' in page
    assert '<circle class="open"' in page
    assert '<rect class="norm"' in page


def test_no_dots_teach_instead() -> None:
    page = rendered("{% dot_plot rows 'Late' %}", rows=[])

    assert "the first one draws the first dot" in page
    assert "<svg" not in page


def test_a_drawing_never_takes_the_readers_decimal_comma() -> None:
    with override("de"):
        page = rendered(
            "{% ageing_bar v %}{% bar_chart rows 'x' %}{% spark s %}{% bar 1 3 %}"
            "{% trend_chart lines 'y' %}{% gauge 1 3 'EUR' %}",
            v=[1, 2, 0, 0, 0],
            rows=[BarRow("A", 1.5), BarRow("B", 3)],
            s=[1, 2.5, 3],
            lines=[TrendSeries("n", (TrendPoint("a", 1), TrendPoint("b", 2.5)))],
        )

    drawn = page.replace(", ", " ")
    assert 'width="33.33%"' in drawn
    assert not [part for part in drawn.split('"') if part.endswith("%") and "," in part]


def test_a_trend_starts_near_its_values_when_they_hardly_move() -> None:
    line = TrendSeries("DSO", (TrendPoint("Jan", 43.1), TrendPoint("Feb", 46.2)))
    page = rendered("{% trend_chart lines 'DSO' %}", lines=[line])

    assert ">43</text>" in page
    assert ">0</text>" not in page


def test_a_gauge_says_how_far_over() -> None:
    page = rendered("{% gauge 6373425 6000000 'GBP' %}")

    assert 'aria-label="Used 63\u202f734.25 of limit 60\u202f000.00 GBP"' in page
    assert 'class="k-excess"' in page
    assert 'over by <data class="money" value="3734.25">' in page


def test_a_bar_never_leaves_its_cell() -> None:
    assert 'width="100.00%"' in rendered("{% bar 9 3 %}")
    assert 'width="0.00%"' in rendered("{% bar -9 3 %}")
    assert 'width="0.00%"' in rendered("{% bar 9 0 %}")


def test_a_figure_without_documents_is_no_link() -> None:
    assert rendered('{% kpi "DSO" "46.2" %}').startswith('<div class="kpi">')
    assert rendered('{% kpi "DSO" "46.2" href="/dso" %}').startswith('<a href="/dso" class="kpi">')


@pytest.mark.parametrize(
    ("path", "changes", "query"),
    [
        ("/?q=a+b&page=3", "sort='open'", "?q=a+b&amp;sort=open"),
        ("/?q=a&page=3", "page=4", "?q=a&amp;page=4"),
        ("/?q=a&page=3", "q=None", "?"),
        ("/?tag=x&tag=y", "page=2", "?tag=x&amp;tag=y&amp;page=2"),
        ("/", "q='ü&'", "?q=%C3%BC%26"),
    ],
)
def test_a_list_keeps_its_other_parameters(path: str, changes: str, query: str) -> None:
    assert rendered("{% querystring_with " + changes + " %}", path) == query


@pytest.mark.parametrize(
    ("path", "state", "to"),
    [
        ("/?q=a&page=2", "descending", "?q=a&amp;sort=late"),
        ("/?sort=late", "ascending", "?sort=-late"),
        ("/?sort=open", "none", "?sort=late"),
    ],
)
def test_a_column_head_turns_the_order(path: str, state: str, to: str) -> None:
    page = rendered("{% sort_header 'Late' 'late' number=True default='-late' %}", path)

    assert page == (f'<th scope="col" class="num" aria-sort="{state}"><a href="{to}">Late</a></th>')


def test_the_pager_leads_to_both_neighbours() -> None:
    page = rendered("{% pager mark %}", "/?q=a&page=2", mark=PageMark(2, 25, 1204))

    assert "26–50 of 1\u202f204" in page
    assert 'rel="prev" href="?q=a&amp;page=1"' in page
    assert 'rel="next" href="?q=a&amp;page=3"' in page


def test_the_pager_takes_a_page_of_django() -> None:
    page = rendered("{% pager page %}", page=Paginator(list(range(30)), 25).page(2))

    assert "26–30 of 30" in page
    assert 'rel="next"' not in page


@pytest.mark.parametrize(
    ("name", "initials"), [("Helena Brandt", "HB"), ("marit", "M"), ("", "?"), ("A de B", "AB")]
)
def test_initials(name: str, initials: str) -> None:
    frame = replace(FRAME, user_name=name)

    assert frame.initials == initials
