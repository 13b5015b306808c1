"""Heads and feet of lists as template tags; filter, sort and page live in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from django.core.paginator import Page
from django.http import HttpRequest, QueryDict
from django.template import Context, Library
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from creditdesk.look.shapes import PageMark

register = Library()


@register.simple_tag(takes_context=True)
def querystring_with(context: Context, **changes: str | int | None) -> str:
    """Return the address's parameters with some changed (None drops one).

    Any change but of the page itself leads back to the first page.
    """
    return _changed(_parameters(context), changes)


def _parameters(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if isinstance(request, HttpRequest) else QueryDict(mutable=True)


def _changed(query: QueryDict, changes: Mapping[str, str | int | None]) -> str:
    if "page" not in changes:
        query.pop("page", None)
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return "?" + query.urlencode()


@register.simple_tag(takes_context=True)
def sort_header(
    context: Context, label: str, key: str, *, number: bool = False, default: str = ""
) -> SafeString:
    """Return a column head that sorts by `key`, then the other way round (`-key`)."""
    query = _parameters(context)
    now = str(query.get("sort") or default)
    state = {key: "ascending", f"-{key}": "descending"}.get(now, "none")
    to = f"-{key}" if now == key else key
    return format_html(
        '<th scope="col"{} aria-sort="{}"><a href="{}">{}</a></th>',
        mark_safe(' class="num"') if number else "",
        state,
        _changed(query, {"sort": to}),
        label,
    )


class PagerContext(TypedDict):
    """What the pager partial is given."""

    mark: PageMark
    earlier: str
    later: str


@register.inclusion_tag("look/_pager.html", takes_context=True)
def pager(context: Context, page: Page[object] | PageMark) -> PagerContext:
    """Show which rows of how many are on the page, with the ways to the other pages."""
    mark = page if isinstance(page, PageMark) else _mark_of(page)
    return {
        "mark": mark,
        "earlier": _changed(_parameters(context), {"page": mark.earlier}) if mark.earlier else "",
        "later": _changed(_parameters(context), {"page": mark.later}) if mark.later else "",
    }


def _mark_of(page: Page[object]) -> PageMark:
    return PageMark(page.number, page.paginator.per_page, page.paginator.count)
