"""Errors as problem details (RFC 9457): a code, what is wrong, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from creditdesk.kernel.errors import (
    ApprovalNeeded,
    Conflict,
    DomainError,
    Invalid,
    NotFound,
    Refused,
)
from creditdesk.look.faults import said

STATUS: Mapping[type[DomainError], int] = {NotFound: 404, Refused: 403, Conflict: 409, Invalid: 422}
MEND = {
    "json_invalid": gettext_noop("Send a JSON object, encoded in UTF-8."),
    "missing": gettext_noop("Add the field."),
    "extra_forbidden": gettext_noop("Leave the field out; it is not known here."),
}
CORRECT = gettext_noop("Correct the field.")
CODES = {400: "request_malformed", 404: "not_found"}
# The phrases of HTTP, and what the reader of bodies says of a field.
TITLES = (
    gettext_noop("Bad Request"),
    gettext_noop("Unauthorized"),
    gettext_noop("Forbidden"),
    gettext_noop("Not Found"),
    gettext_noop("Conflict"),
    gettext_noop("Request Entity Too Large"),
    gettext_noop("Content Too Large"),  # of later Pythons
    gettext_noop("Unprocessable Entity"),
    gettext_noop("Unprocessable Content"),
    gettext_noop("Too Many Requests"),
)
OF_FIELDS = (
    gettext_noop("Field required"),
    gettext_noop("Extra inputs are not permitted"),
    gettext_noop("Input should be a valid string"),
    gettext_noop("Input should be a valid boolean"),
    gettext_noop("Input should be a valid number"),
    gettext_noop("Input should be a valid integer"),
    gettext_noop("Input should be a valid integer, unable to parse string as an integer"),
    gettext_noop("Input should be a valid list"),
    gettext_noop("Input should be a valid dictionary or object to extract fields from"),
    gettext_noop("Input should be a valid date"),
    gettext_noop("Input should be a valid date or datetime, {1}"),
    gettext_noop("Input should be {1}"),
    gettext_noop("Input should be greater than or equal to {1}"),
    gettext_noop("Input should be less than or equal to {1}"),
    gettext_noop("String should match pattern '{1}'"),
    gettext_noop("String should have at least {1} character"),
    gettext_noop("String should have at least {1} characters"),
    gettext_noop("String should have at most {1} characters"),
    gettext_noop("List should have at least {1} item after validation, not {2}"),
    gettext_noop("List should have at most {1} items after validation, not {2}"),
    gettext_noop("Value error, {1}"),
    gettext_noop("control characters are not allowed"),
)


class Place(Schema):
    """Where the fault stands: the field of the request, and its line if it came in a list."""

    field: str | None = None
    line: int | None = None


class Problem(Schema):
    """A problem as RFC 9457 describes it; `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    place: Place | None = None
    mend: str = ""
    errors: list[dict[str, Any]] | None = None


RESPONSES: dict[int, type[Problem]] = dict.fromkeys(
    (400, 401, 403, 404, 409, 413, 422, 429), Problem
)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    line: int | None = None,
    mend: str = "",
    errors: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    """Return a response that says what is wrong as application/problem+json.

    Title, detail and mend are said in the language the request is answered in.
    """
    place = {"field": field, "line": line} if field or line else None
    body = {
        "type": f"urn:creditdesk:problem:{code}",
        "title": gettext(HTTPStatus(status).phrase),
        "status": status,
        "code": code,
        "detail": said(detail),
        "place": place,
        "mend": said(mend),
    }
    if errors is not None:
        body["errors"] = errors
    return JsonResponse(body, status=status, content_type="application/problem+json")


@csrf_exempt
@login_not_required
def no_address(_: HttpRequest) -> HttpResponse:
    """Say to a program, whatever it asked with, that there is nothing at this address."""
    return problem(
        404,
        "not_found",
        "There is nothing at this address",
        mend="See /api/v1/openapi.json for the addresses there are.",
    )


def connect(api: NinjaAPI) -> None:
    """Let every error of the house leave the API as a problem."""
    api.add_exception_handler(DomainError, _domain)
    api.add_exception_handler(ValidationError, _validation)
    api.add_exception_handler(AuthenticationError, _authentication)
    api.add_exception_handler(Throttled, _throttled)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(RequestDataTooBig, _too_large)


def _domain(_: HttpRequest, raised: DomainError | type[DomainError]) -> HttpResponse:
    error = cast("DomainError", raised)
    if isinstance(error, ApprovalNeeded):
        body = {"reference": error.reference, "state": "waiting", "permission": error.permission}
        return JsonResponse(body, status=202)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    if isinstance(error, Invalid):
        return problem(
            status,
            error.code,
            error.message,
            field=error.place.field,
            line=error.place.line,
            mend=error.mend,
        )
    line = error.context.get("line")  # of those that came in a list
    return problem(status, error.code, error.message, line=line if isinstance(line, int) else None)


def _validation(_: HttpRequest, raised: ValidationError | type[ValidationError]) -> HttpResponse:
    error = cast("ValidationError", raised)
    faults = [
        {
            "field": ".".join(str(part) for part in one["loc"][2:]) or str(one["loc"][0]),
            "code": one["type"],
            "detail": said(one["msg"]),
        }
        for one in error.errors
    ]
    first = faults[0]
    return problem(
        422,
        "request_invalid",
        f"{first['field']}: {first['detail']}",
        field=first["field"],
        mend=MEND.get(first["code"], CORRECT),
        errors=faults[:50],
    )


def _authentication(
    _: HttpRequest, _error: AuthenticationError | type[AuthenticationError]
) -> HttpResponse:
    response = problem(
        401,
        "key_unknown",
        "The request carries no key, or one that is unknown or revoked",
        field="Authorization",
        mend="Send `Authorization: Bearer cd_…` or `X-API-Key: cd_…`.",
    )
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _throttled(_: HttpRequest, error: Throttled | type[Throttled]) -> HttpResponse:
    wait = getattr(error, "wait", None) or 1
    response = problem(
        429, "too_many_requests", "This key asks too often", mend=f"Wait {wait} s and ask again."
    )
    response.headers["Retry-After"] = str(int(wait))
    return response


def _http(_: HttpRequest, raised: HttpError | type[HttpError]) -> HttpResponse:
    error = cast("HttpError", raised)
    if isinstance(error.__cause__, HttpError):  # what our parser said, under the framework's words
        error = error.__cause__
    code = CODES.get(error.status_code, "request_refused")
    return problem(error.status_code, code, error.message)


def _too_large(_: HttpRequest, _error: RequestDataTooBig | type[RequestDataTooBig]) -> HttpResponse:
    return problem(
        413, "request_too_large", "The body is larger than may be sent", mend="Send several."
    )


def _not_found(_: HttpRequest, _error: Http404 | type[Http404]) -> HttpResponse:
    return problem(404, "not_found", "There is nothing at this address")
