"""Deposits: what is brought to the bank, its slip, and which credit of the bank it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services, wording
from creditdesk.cash.queries import receipts as reads
from creditdesk.cash.queries import tills
from creditdesk.cash.queries.receipts import ReceiptRow
from creditdesk.cash.queries.tills import DrawerRow, TillCountRow
from creditdesk.faces.desk import confirming, faults, forms, requests
from creditdesk.faces.desk.pages.receipts import given_out, line_of
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.look.shapes import Tone

TONES: Final[dict[str, Tone]] = {"awaited": "warn", "differing": "bad", "credited": "good"}
TOLD: Final = frozenset({"account_unknown", "receipt_unknown"})


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what is to be brought to the bank, by currency, and the deposits."""
    desk = requests.of(request)
    held = reads.held_receipts(desk.company.id)
    context = {
        "held": list(_held(desk, held)),
        "drawers": _drawers(desk),
        "counts": tills.till_counts(desk.company.id, limit=20),
        "may_count": desk.actor.may("cash.count_till"),
        "deposits": [
            (row, wording.deposit_state(row.state), TONES.get(row.state, ""))
            for row in reads.deposits(desk.company.id)
        ],
        "today": desk.actor.today.isoformat(),
        "may_deposit": desk.actor.may("cash.deposit"),
    }
    return render(request, "desk/counter/deposits.html", context)


def _held(
    desk: DeskRequest, rows: Sequence[ReceiptRow]
) -> Iterator[tuple[str, list[object], Sequence[TillCountRow], int, list[str]]]:
    """Yield what may be brought of each currency: receipts, differences, the sum, the accounts."""
    off = tills.undeposited_differences(desk.company.id)
    for currency, group in groupby(rows, key=lambda one: one.currency):
        mine = list(group)
        differences = [one for one in off if one.currency == currency]
        total = sum(one.minor for one in mine) + sum(one.minor for one in differences)
        yield currency, _lines(mine), differences, total, _accounts(desk, currency)


def _drawers(desk: DeskRequest) -> list[DrawerRow]:
    """Return what should lie in the till; the company's own currency where it is empty."""
    return tills.drawers(desk.company.id) or [DrawerRow(desk.company.currency, 0)]


@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Keep what was counted in the till, and post by how much it is off."""
    desk = requests.of(request)
    currency = forms.text(request, "currency")[:3].upper()
    return confirming.done(
        request,
        lambda: services.count_till(
            forms.acting(desk),
            currency,
            book_minor=forms.parsed(request, "book", int),
            counted_minor=forms.amount(request, "counted", currency),
            reason=forms.text(request, "reason"),
        ),
        gettext("The count is kept; a difference goes on the next slip"),
        "deposits",
    )


def _lines(rows: Sequence[ReceiptRow]) -> list[object]:
    return [line_of(one) for one in rows]


def _accounts(desk: DeskRequest, currency: str) -> list[str]:
    rows = cash.bank_freshness(desk.company.id)
    return [row.identifier for row in rows if row.currency == currency]


@require_POST
def draw_up(request: HttpRequest) -> HttpResponse:
    """Put what was ticked on one deposit."""
    desk = requests.of(request)
    try:
        done = services.deposit(
            forms.acting(desk),
            request.POST.getlist("receipt"),
            account=forms.text(request, "account"),
            brought_on=forms.day(request, "brought_on") or desk.actor.today,
        )
    except (Invalid, Conflict, Refused, NotFound) as error:
        if error.code in confirming.NOT_THEIRS:
            raise
        if isinstance(error, NotFound) and error.code not in TOLD:
            raise
        messages.error(request, faults.sentence(error))
        return HttpResponseRedirect(reverse("deposits"), status=303)
    messages.success(request, gettext("%(number)s is drawn up") % {"number": done.reference})
    return HttpResponseRedirect(reverse("deposit", args=[done.reference]), status=303)


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a deposit, what it holds, and the credits of the bank that may be it."""
    desk = requests.of(request)
    row = reads.deposit(desk.company.id, reference)
    stands = row.state
    is_awaited = stands in ("awaited", "differing")
    may_settle = desk.actor.may("cash.settle_deposit")
    context = {
        "row": row,
        "state": wording.deposit_state(stands),
        "tone": TONES.get(stands, ""),
        "lines": _lines(reads.receipts_of_deposit(desk.company.id, row.id)),
        "differences": tills.differences_of_deposit(desk.company.id, row.id),
        "is_awaited": is_awaited,
        "credits": reads.credits_for(desk.company.id, row.id) if is_awaited else [],
        "may_settle": may_settle and is_awaited,
        "may_unsettle": may_settle and stands == "credited",
        "may_void": desk.actor.may("cash.void_deposit") and is_awaited,
    }
    return render(request, "desk/counter/deposit.html", context)


@require_safe
def paper(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the slip as it was printed."""
    desk = requests.of(request)
    return given_out(desk, reads.deposit(desk.company.id, reference).file_id)


@require_POST
def settle(request: HttpRequest, reference: str) -> HttpResponse:
    """Say which credits a deposit is."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.settle_deposit(
            forms.acting(desk), reference, request.POST.getlist("payment")
        ),
        gettext("The bank has credited it"),
        "deposit",
        told={"payment_unknown"},
        args=[reference],
    )


@require_POST
def unsettle(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that the credits are none of it."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.unsettle_deposit(forms.acting(desk), reference),
        gettext("It waits for the bank again"),
        "deposit",
        args=[reference],
    )


@require_POST
def void(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that a deposit never got to the bank."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.void_deposit(
            forms.acting(desk), reference, reason=forms.text(request, "reason")
        ),
        gettext("Voided; its receipts may be deposited anew"),
        "deposit",
        args=[reference],
    )


urlpatterns = [
    path("cash/deposits/", listing, name="deposits"),
    path("cash/deposits/count", count, name="till-count"),
    path("cash/deposits/draw-up", draw_up, name="deposit-draw-up"),
    path("cash/deposits/<str:reference>/", page, name="deposit"),
    path("cash/deposits/<str:reference>/paper", paper, name="deposit-paper"),
    path("cash/deposits/<str:reference>/settle", settle, name="deposit-settle"),
    path("cash/deposits/<str:reference>/unsettle", unsettle, name="deposit-unsettle"),
    path("cash/deposits/<str:reference>/void", void, name="deposit-void"),
]
