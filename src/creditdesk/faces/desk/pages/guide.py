"""The help of all pages on one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from creditdesk.faces.desk.help import TOPICS


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Show what each page is for and what is done there."""
    return render(request, "desk/help.html", {"topics": TOPICS})


urlpatterns = [path("help/", help_page, name="help")]
