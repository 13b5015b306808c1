"""Files that are kept, given as they came."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from creditdesk.assessment.cases import papers
from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.faces.desk import forms
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.plumbing import queries as files


def saved(desk: DeskRequest, file_id: int, name: str) -> HttpResponse:
    """Return a kept file to be saved, never to be shown in the browser."""
    kept = files.kept_file(desk.company.id, file_id)
    plain = "".join(
        one if one.isascii() and (one.isalnum() or one in " .-_") else "_" for one in name
    )
    response = HttpResponse(kept.content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{plain}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def paper_of(request: HttpRequest, kind: str = "other") -> NewPaper:
    """Return the paper a form brought; Invalid without one, or for one too large to be read."""
    given = request.FILES.get("file")
    if not isinstance(given, UploadedFile) or given.size is None:
        raise forms.nothing_chosen("file")
    if given.size > papers.SIZE_MAX:
        raise papers.paper_too_large()
    return NewPaper(name=given.name or "", content=given.read(), kind=kind)
