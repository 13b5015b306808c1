"""The page that shows every component."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from creditdesk.look.showcase import showcase


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Show everything the desk is made of, with invented figures."""
    context = {"show": showcase(), "frame": "desk/base.html"}
    return render(request, "look/components.html", context)


urlpatterns = [path("components/", components, name="components")]
