"""What a payment leaves open of an item, and the ways to deal with it, worded for the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash.queries import AdjustmentRow, Named, PaymentPage
from creditdesk.cash.rules.shortfall import Standing, Step, steps
from creditdesk.cash.rules.withheld import NOTE_LENGTH_MAX
from creditdesk.cash.services import Solution
from creditdesk.disputes.rules import REASONS
from creditdesk.faces.desk.pages.disputes import reason_word
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.errors import NotFound
from creditdesk.kernel.references import reference_key
from creditdesk.look.tags.figures import day, money_text
from creditdesk.policy import queries as policies

WAY_PREFIX = "way-"
REASON_PREFIX = "reason-"
NOTE_PREFIX = "note-"
ID_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Button:
    """One way as a button: what it does, and in words what becomes of amount and tax."""

    way: str
    label: str
    note: str
    minor: int
    why_not: str


@dataclass(frozen=True, slots=True)
class ShortLine:
    """An item the payment pays in part, with what stays open of it and the ways to deal with it."""

    item_id: int
    number: str
    minor: int
    buttons: tuple[Button, ...]
    reasons: tuple[tuple[str, str], ...]
    advised: Named | None = None

    @property
    def possible(self) -> tuple[Button, ...]:
        """The ways that may be taken with one click."""
        return tuple(one for one in self.buttons if not one.why_not and one.way != "deduction")

    @property
    def impossible(self) -> tuple[Button, ...]:
        """The ways the policy or the terms do not allow, each saying why."""
        return tuple(one for one in self.buttons if one.why_not)


@dataclass(frozen=True, slots=True)
class Given:
    """What was given on an item with the payment, in words."""

    row: AdjustmentRow
    label: str
    tax: str


def after(request: DeskRequest, page: PaymentPage) -> tuple[ShortLine, ...]:
    """Return what the payment left open of the items it paid, each with its ways."""
    paid = [one for one in page.allocations if one.undone_on is None]
    if not paid:
        return ()
    owners = cash.invoices_of(request.company.id, {one.item_id for one in paid})
    return _lines(request, page, dict.fromkeys(owners, 0), owners)


def before(
    request: DeskRequest, page: PaymentPage, shares: Sequence[tuple[OpenItemRow, int]]
) -> tuple[ShortLine, ...]:
    """Return what accepting a proposal would leave open, each with its ways."""
    short = {item.item_id: minor for item, minor in shares}
    return _lines(request, page, short, {item.item_id: item.invoice_id for item, _ in shares})


def _lines(
    request: DeskRequest,
    page: PaymentPage,
    paying: Mapping[int, int],
    owners: Mapping[int, int],
) -> tuple[ShortLine, ...]:
    company_id = request.company.id
    rules = policies.in_force(company_id, request.actor.today).short_payments
    found = cash.standings(company_id, set(owners.values()), payment_id=page.payment.id)
    named = cash.named_shorts(company_id, page.payment.id)
    lines = []
    for item_id in paying:
        given = found.get(owners[item_id])
        if given is None or given.currency != page.payment.currency:
            continue
        standing = given.paying(paying)
        part = next(one for one in standing.parts if one.item_id == item_id)
        if part.open_minor <= 0:
            continue
        ways = steps(standing, item_id, rules, paid_on=page.payment.paid_on)
        advised = named.get(reference_key(standing.number))
        if advised is not None and advised.minor != part.open_minor:
            advised = None
        lines.append(
            ShortLine(
                item_id, standing.number, part.open_minor,
                tuple(_button(standing, step) for step in ways),
                tuple((one, reason_word(one)) for one in _reasons(advised)),
                advised,
            )
        )  # fmt: skip
    return tuple(lines)


def _reasons(advised: Named | None) -> list[str]:
    """Return why something may be held back, what an advice names first."""
    every = [one for one in REASONS if one != "short_payment"]
    first = advised.reason if advised is not None else ""
    return sorted(every, key=lambda one: one != first)


def _button(standing: Standing, step: Step) -> Button:
    return Button(
        step.way, _label(step), _note(standing, step), step.minor,
        _why_not(step.why_not) if step.why_not else "",
    )  # fmt: skip


def _label(step: Step) -> str:
    if step.way == "discount":
        if step.percent is None:
            return gettext("Discount")
        percent = f"{step.percent.normalize():f}"
        said = (
            gettext("Discount of %(percent)s %%, earned")
            if step.is_earned
            else gettext("Discount of %(percent)s %%, taken late")
        )
        return said % {"percent": percent}
    return {
        "tolerance": gettext("Write off"),
        "bank_fee": gettext("Bank charge"),
        "deduction": gettext("Deduction"),
        "left_open": gettext("Leave open"),
    }[step.way]


def _note(standing: Standing, step: Step) -> str:
    """Say what becomes of the tax, or what the way means."""
    if step.way == "left_open":
        return gettext("still to be paid, and chased")
    if step.way == "bank_fee":
        return gettext("our cost, the tax stays")
    if not step.adjusted:
        return ""
    if not step.is_tax_known:
        return gettext("the tax of this invoice is not known here")
    words = [_tax_words(standing, step)]
    if step.until is not None:
        words.append(gettext("offered until %(day)s") % {"day": day(step.until)})
    return ", ".join(words)


def _tax_words(standing: Standing, step: Step) -> str:
    if not step.tax_minor:
        return gettext("the tax stays")
    tax = money_text(step.tax_minor, standing.currency)
    return gettext("of it %(tax)s tax") % {"tax": tax}


def _why_not(code: str) -> str:
    return {
        "above_tolerance": gettext("more than the policy writes off"),
        "above_bank_fee": gettext("more than the policy takes as a bank's charge"),
        "above_discount": gettext("more than any discount that was offered"),
    }.get(code, code)


def given(rows: Sequence[AdjustmentRow]) -> tuple[Given, ...]:
    """Return what was given with the payment, in words."""
    return tuple(Given(row, _kind(row), _kept_tax(row)) for row in rows)


def _kind(row: AdjustmentRow) -> str:
    return {
        "discount_earned": gettext("discount, earned"),
        "discount_unearned": gettext("discount, taken late"),
        "tolerance": gettext("written off as a small difference"),
        "bank_fee": gettext("charge of a bank"),
    }[row.kind]


def _kept_tax(row: AdjustmentRow) -> str:
    """Say the tax within, by rate where the invoice was issued here."""
    if not row.is_tax_known:
        return gettext("the tax of this invoice is not known here")
    shares = [
        f"{share.rate_percent.normalize():f} %: {money_text(share.tax_minor, row.currency)}"
        for share in row.taxes
        if share.rate_percent is not None and share.tax_minor
    ]
    if shares:
        return gettext("of it tax %(shares)s") % {"shares": ", ".join(shares)}
    if row.tax_minor:
        tax = money_text(row.tax_minor, row.currency)
        return gettext("of it %(tax)s tax") % {"tax": tax}
    return gettext("the tax stays")


def chosen(request: HttpRequest) -> dict[int, Solution]:
    """Return the way somebody chose for each item, by the fields of the form."""
    found: dict[int, Solution] = {}
    for name in request.POST:
        item = name.removeprefix(WAY_PREFIX)
        way = request.POST.get(name, "")
        if item == name or not way:
            continue
        if not (item.isascii() and item.isdecimal() and len(item) <= ID_DIGITS_MAX):
            raise NotFound("item_unknown", gettext("There is no such open item"))
        reason = request.POST.get(f"{REASON_PREFIX}{item}", "") if way == "deduction" else ""
        note = request.POST.get(f"{NOTE_PREFIX}{item}", "") if way == "deduction" else ""
        found[int(item)] = cash_services.solution(
            way, reason=reason, note=note.replace("\0", "")[:NOTE_LENGTH_MAX]
        )
    return found
