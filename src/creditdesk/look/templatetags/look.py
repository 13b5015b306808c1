"""Every component under one name: `{% load look %}`."""

from __future__ import annotations

from django.template import Library

from creditdesk.look.tags import charts, figures, lists, marks

register = Library()
for part in (figures, marks, charts, lists):
    register.filters.update(part.register.filters)
    register.tags.update(part.register.tags)
