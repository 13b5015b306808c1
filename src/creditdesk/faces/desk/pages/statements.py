"""Bank statements: files taken in and proved, their lines, and what is not a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash import wording
from creditdesk.cash.queries import AccountFreshness, LineRow, StatementPage, StatementRow
from creditdesk.cash.services import TakeInResult
from creditdesk.collections import queries as collections
from creditdesk.faces.desk import forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, Place, Refused
from creditdesk.look.shapes import Tone

FILES_MAX = 50
NOT_RECEIVED_DAYS = 90
NOT_RECEIVED_MAX = 500
LINE_KINDS = ("received", "returned", "outgoing")


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A collecting account, and whether its statements are as fresh as reminders need."""

    row: AccountFreshness
    is_stale: bool


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A statement in the list with whether it adds up, in words."""

    row: StatementRow
    proof: str
    tone: Tone


def _accounts(request: DeskRequest) -> list[AccountLine]:
    fact = collections.bank_fact(request.company.id, request.actor.today)
    required_on = fact.required_on if fact else request.actor.today
    return [
        AccountLine(row, row.latest_closing is None or row.latest_closing < required_on)
        for row in cash.bank_freshness(request.company.id)
    ]


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the statements taken in, the latest first; or give them as a file."""
    return _listed(request, None)


def _listed(request: HttpRequest, error: DomainError | None) -> HttpResponse:
    desk = requests.of(request)
    columns = _columns()
    ask = lists.asked(request, sorts=cash.STATEMENT_SORTS, sort="-recorded_at")

    def fetch(page: int, size: int) -> StatementPage:
        return cash.statement_listing(
            desk.company.id, text=ask.text, sort=ask.sort, page=page, size=size
        )

    if ask.format:
        every = (_line(row) for row in lists.every(fetch))
        return lists.export(desk, columns, every, name="statements", form=ask.format)
    shown = fetch(ask.page, lists.PER_PAGE)
    context = {
        "lines": [_line(row) for row in shown.rows],
        "mark": lists.mark(shown),
        "ask": ask,
        "accounts": _accounts(desk),
        "error": error,
        "may_take_in": desk.actor.may("cash.take_in"),
        "waiting": cash.exceptions_count(desk.company.id),
        "refused": cash.refused_files(desk.company.id),
        "is_filtered": bool(ask.text),
    }
    return lists.show(
        desk,
        "desk/cash/statements.html",
        "desk/cash/_statements.html",
        context,
        status=200 if error is None else 409 if isinstance(error, Conflict) else 422,
    )


def _line(row: StatementRow) -> StatementLine:
    return StatementLine(row, wording.proof(row.proof), "good" if row.proof == "proved" else "")


def _columns() -> list[Column[StatementLine]]:
    def currency(line: StatementLine) -> str:
        return line.row.currency

    return [
        Column("account", gettext("Account"), lambda one: one.row.account),
        Column("to_date", gettext("Up to"), lambda one: one.row.to_date, "date"),
        Column("statement", gettext("Statement"), lambda one: one.row.statement_id),
        Column("format", gettext("Format"), lambda one: one.row.format),
        Column("currency", gettext("Currency"), currency),
        Column("opening", gettext("Opening"), lambda one: one.row.opening_minor, "money", currency),
        Column("closing", gettext("Closing"), lambda one: one.row.closing_minor, "money", currency),
        Column(
            "received", gettext("Received"), lambda one: one.row.received_minor, "money", currency
        ),
        Column("lines", gettext("Lines"), lambda one: one.row.lines_total, "number"),
        Column("new", gettext("New lines"), lambda one: one.row.lines_new, "number"),
        Column("payments", gettext("Payments"), lambda one: one.row.payments, "number"),
        Column("waiting", gettext("Waiting"), lambda one: one.row.payments_waiting, "number"),
        Column("recorded_at", gettext("Taken in"), lambda one: one.row.recorded_at, "date"),
    ]


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in the bank files given and match what they brought; a faulty one says where it is."""
    desk = requests.of(request)
    try:
        taken = [_taken(desk, number, one) for number, one in enumerate(_files(request), start=1)]
    except (Invalid, Conflict) as error:
        return _listed(request, error)
    except Refused as error:
        if error.code == "not_permitted":
            raise
        return _listed(request, error)
    if any(one.payments for one in taken) and desk.actor.may("cash.match"):
        cash_services.match(desk.actor)
    _tell(request, desk, taken)
    return HttpResponseRedirect(reverse("statements"), status=303)


def _files(request: HttpRequest) -> list[UploadedFile[bytes]]:
    files = request.FILES.getlist("file")
    if not files or len(files) > FILES_MAX:
        raise Invalid(
            "file_missing",
            gettext("Between one and %(most)d files are taken in at once") % {"most": FILES_MAX},
            place=Place(field="file"),
            mend=gettext("Choose the files your bank gave you"),
        )
    return files


def _taken(request: DeskRequest, number: int, file: UploadedFile[bytes]) -> TakeInResult:
    name = (file.name or "file")[:200]
    if (file.size or 0) > settings.UPLOAD_BYTES_MAX:
        raise Invalid(
            "statement_too_large",
            gettext("The file is larger than %(mib)d MiB")
            % {"mib": settings.UPLOAD_BYTES_MAX // 2**20},
            place=Place(file=name),
            mend=gettext("Ask the bank for one file per day, or split it"),
        )
    actor = forms.acting(request)
    keyed = actor.keyed(f"{actor.key}:{number}" if actor.key else None)
    content = file.read()
    try:
        return cash_services.take_in(keyed, filename=name, content=content)
    except (Invalid, Refused) as error:
        if isinstance(error, Refused) and error.code != "account_of_another_company":
            raise
        cash_services.keep_refused(
            request.actor, filename=name, content=content, why=cash_services.refusal_of(error)
        )
        raise


def _tell(request: HttpRequest, desk: DeskRequest, taken: Sequence[TakeInResult]) -> None:
    lines_new = sum(one.lines_new for one in taken)
    if not lines_new:
        messages.info(request, gettext("Nothing new: every line was known already"))
    else:
        said = ngettext(
            "%(lines)d new line, %(payments)d payments; %(waiting)d wait for somebody",
            "%(lines)d new lines, %(payments)d payments; %(waiting)d wait for somebody",
            lines_new,
        )
        values = {
            "lines": lines_new,
            "payments": sum(one.payments for one in taken),
            "waiting": cash.exceptions_count(desk.company.id),
        }
        messages.success(request, said % values)
    for one in taken:
        for statement in one.statements:
            for warned in statement.warnings:
                messages.warning(request, wording.warning(warned.code, warned.params))


@require_safe
def page(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Show one statement with the lines it brought; or give the lines as a file."""
    desk = requests.of(request)
    row = cash.statement(desk.company.id, statement_id)
    columns = _line_columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns))
    wanted = ask.text.casefold()
    lines = [
        line
        for line in cash.statement_lines(desk.company.id, statement_id)
        if wanted in f"{line.counterparty} {line.text} {line.reference}".casefold()
    ]
    lines = lists.arranged(lines, columns, ask.sort)
    if ask.format:
        return lists.export(desk, columns, lines, name="bank-lines", form=ask.format)
    shown, mark = lists.page_of(lines, ask.page)
    context = {"line": _line(row), "lines": shown, "mark": mark, "ask": ask}
    return lists.show(desk, "desk/cash/statement.html", "desk/cash/_lines.html", context)


@require_safe
def not_received(request: HttpRequest) -> HttpResponse:
    """Show what came back and what went out of late: no payment comes of these lines."""
    desk = requests.of(request)
    kind = lists.choice(request, "kind", ("returned", "outgoing"), "returned")
    since: date = desk.actor.today - timedelta(days=NOT_RECEIVED_DAYS)
    lines = cash.not_received(
        desk.company.id,
        "outgoing" if kind == "outgoing" else "returned",
        since=since,
        limit=NOT_RECEIVED_MAX,
    )
    columns = _line_columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns))
    if ask.format:
        return lists.export(desk, columns, lines, name="bank-lines", form=ask.format)
    shown, mark = lists.page_of(lists.arranged(lines, columns, ask.sort), ask.page)
    context = {"lines": shown, "mark": mark, "ask": ask, "kind": kind, "since": since}
    return lists.show(desk, "desk/cash/not_received.html", "desk/cash/_lines.html", context)


def _line_columns() -> list[Column[LineRow]]:
    def currency(line: LineRow) -> str:
        return line.currency

    return [
        Column("booked_on", gettext("Booked"), lambda one: one.booked_on, "date"),
        Column("counterparty", gettext("Counterparty"), lambda one: one.counterparty),
        Column("account", gettext("Their account"), lambda one: one.counterparty_account),
        Column("text", gettext("Text"), lambda one: one.text),
        Column("reference", gettext("Reference"), lambda one: one.reference),
        Column("currency", gettext("Currency"), currency),
        Column("minor", gettext("Amount"), lambda one: one.minor, "money", currency),
        Column("payment", gettext("Payment"), lambda one: one.payment_reference),
    ]


urlpatterns = [
    path("cash/statements/", listing, name="statements"),
    path("cash/statements/take-in", take_in, name="statements-take-in"),
    path("cash/statements/<int:statement_id>/", page, name="statement"),
    path("cash/not-received/", not_received, name="not-received"),
]
