"""Tags of the desk's own templates: `{% load desk %}`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

from creditdesk.faces.desk import faults, forms, matching_figures, requests
from creditdesk.look import words

register = Library()
register.filter("said", faults.said)


@register.filter
def plain(number: Decimal) -> str:
    """Return a figure without needless noughts, its decimal point as the reader writes it."""
    return f"{number.normalize():f}".replace(".", words.point())


@register.filter
def of(found: Mapping[int, str], key: int) -> str:
    """Return what stands for a row, "" where nothing does."""
    return found.get(key, "")


@register.simple_tag
def once() -> SafeString:
    """Return the hidden key by which a form sent twice has one effect; put it in each POST form."""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', forms.KEY_FIELD, forms.new_key()
    )


@register.inclusion_tag("desk/cash/_figures.html", takes_context=True)
def matching_strip(context: Mapping[str, Any]) -> dict[str, object]:
    """Show how honest matching is; it stands on every screen of cash."""
    return {"strip": matching_figures.strip(requests.of(context["request"]))}
