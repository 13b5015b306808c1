"""What surrounds every page of the desk: the menu, the company, the business date."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, gettext_noop

from creditdesk.controls import queries as controls
from creditdesk.faces.desk import requests
from creditdesk.faces.desk.help import topic_of
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight import queries as insight
from creditdesk.look.frame import CompanyChoice, DeskFrame, MenuEntry, MenuGroup
from creditdesk.plumbing import clock

ROLE_NAMES = {
    "collector": gettext_noop("Collector"),
    "cash_applier": gettext_noop("Cash applier"),
    "cashier": gettext_noop("Cashier"),
    "analyst": gettext_noop("Credit analyst"),
    "resolver": gettext_noop("Dispute resolver"),
    "sales": gettext_noop("Sales"),
    "biller": gettext_noop("Biller"),
    "master_data": gettext_noop("Master data"),
    "treasurer": gettext_noop("Treasurer"),
    "write_off_clerk": gettext_noop("Write-off clerk"),
    "manager": gettext_noop("Credit manager"),
    "auditor": gettext_noop("Auditor"),
    "administrator": gettext_noop("Administrator"),
    "system": gettext_noop("Everything"),
}
SEE_ALL = frozenset({"manager", "auditor", "system"})


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the menu: who sees it beside those who see all (empty: everybody)."""

    url: str
    label: str
    icon: str
    roles: frozenset[str] = frozenset()
    counted_as: str = ""


def _for(*roles: str) -> frozenset[str]:
    return frozenset(roles)


MENU: tuple[tuple[str, tuple[_Entry, ...]], ...] = (
    (
        gettext_noop("Today"),
        (
            _Entry("/", gettext_noop("Morning"), "home"),
            _Entry("/worklist/", gettext_noop("Worklist"), "list", _for("collector"), "worklist"),
            _Entry(
                "/cash/exceptions/",
                gettext_noop("Cash matching"),
                "match",
                _for("cash_applier"),
                "cash_exceptions",
            ),
            _Entry(
                "/orders/",
                gettext_noop("Orders"),
                "hold",
                _for("analyst", "sales", "biller"),
                "held_orders",
            ),
            _Entry(
                "/applications/",
                gettext_noop("Applications"),
                "plan",
                _for("analyst", "sales", "master_data"),
                "applications",
            ),
            _Entry(
                "/alerts/",
                gettext_noop("Alerts"),
                "alert",
                _for("analyst", "collector"),
                "alerts_open",
            ),
            _Entry("/dunning/", gettext_noop("Reminders"), "send", _for("collector")),
            _Entry(
                "/mailbox/",
                gettext_noop("Mailbox"),
                "inbox",
                _for("collector", "resolver"),
                "replies_open",
            ),
            _Entry(
                "/promises/",
                gettext_noop("Promises"),
                "promise",
                _for("collector"),
                "promises_open",
            ),
            _Entry(
                "/disputes/",
                gettext_noop("Disputes"),
                "dispute",
                _for("collector", "resolver", "cash_applier"),
                "disputes_open",
            ),
            _Entry(
                "/payment-cases/",
                gettext_noop("Payment questions"),
                "bank",
                _for("cash_applier", "resolver"),
                "payment_cases",
            ),
            _Entry("/approvals/", gettext_noop("Approvals"), "check", counted_as="approvals"),
        ),
    ),
    (
        gettext_noop("Book"),
        (
            _Entry("/customers/", gettext_noop("Customers"), "people"),
            _Entry(
                "/payer-ratings/",
                gettext_noop("Payer ratings"),
                "clock",
                _for("analyst", "collector", "sales"),
            ),
            _Entry("/groups/", gettext_noop("Groups"), "people", _for("master_data", "analyst")),
            _Entry("/duplicates/", gettext_noop("Duplicates"), "people", _for("master_data")),
            _Entry(
                "/bank-changes/",
                gettext_noop("Bank details"),
                "bank",
                _for("master_data", "manager"),
            ),
            _Entry("/invoices/", gettext_noop("Invoices"), "doc"),
            _Entry("/invoices/print/", gettext_noop("For the post"), "print", _for("biller")),
            _Entry("/invoices/recurring/", gettext_noop("Recurring"), "calendar", _for("biller")),
            _Entry("/ageing/", gettext_noop("Ageing"), "age"),
            _Entry(
                "/cash/statements/", gettext_noop("Bank statements"), "bank", _for("cash_applier")
            ),
            _Entry(
                "/account-statements/",
                gettext_noop("Statements of account"),
                "mail",
                _for("manager"),
            ),
            _Entry(
                "/cash/receipts/",
                gettext_noop("Cheques and cash"),
                "doc",
                _for("cashier", "cash_applier"),
            ),
            _Entry(
                "/cash/deposits/",
                gettext_noop("Deposits"),
                "bank",
                _for("cashier", "cash_applier"),
            ),
            _Entry("/cash/returns/", gettext_noop("Returns"), "undo", _for("cash_applier")),
            _Entry("/refunds/", gettext_noop("Refunds"), "send", _for("cash_applier", "treasurer")),
            _Entry(
                "/direct-debits/",
                gettext_noop("Direct debits"),
                "bank",
                _for("cash_applier", "treasurer"),
            ),
            _Entry("/payouts/", gettext_noop("Payouts"), "bank", _for("cash_applier", "treasurer")),
            _Entry(
                "/scorecards/", gettext_noop("Scorecards"), "shield", _for("analyst", "manager")
            ),
            _Entry(
                "/limits/",
                gettext_noop("Limits asked for"),
                "shield",
                _for("analyst", "manager", "sales"),
            ),
            _Entry("/reviews/", gettext_noop("Reviews"), "clock", _for("analyst", "manager")),
            _Entry("/insurance/", gettext_noop("Insurance"), "shield", _for("analyst", "manager")),
            _Entry("/screening/", gettext_noop("Screening"), "search", _for("analyst", "manager")),
            _Entry("/interest/", gettext_noop("Late interest"), "clock", _for("manager")),
            _Entry("/write-offs/", gettext_noop("Write-offs"), "minus", _for("write_off_clerk")),
            _Entry("/policy/", gettext_noop("Credit policy"), "book"),
            _Entry("/periods/", gettext_noop("Periods"), "calendar", _for("manager")),
            _Entry(
                "/reconciliation/",
                gettext_noop("Reconciliation"),
                "audit",
                _for("cash_applier", "master_data"),
            ),
        ),
    ),
    (
        gettext_noop("House"),
        (
            _Entry("/imports/", gettext_noop("Imports"), "up-tray", _for("master_data")),
            _Entry("/duties/", gettext_noop("Duties"), "shield", _for("administrator")),
            _Entry("/sign-in-rules/", gettext_noop("Sign-in rules"), "key", _for("administrator")),
            _Entry("/jobs/", gettext_noop("Jobs"), "plan", _for("administrator")),
            _Entry("/audit/", gettext_noop("Audit trail"), "audit", _for("administrator")),
            _Entry("/golive/", gettext_noop("Going live"), "book", _for("master_data")),
            _Entry("/components/", gettext_noop("Components"), "box", _for("administrator")),
        ),
    ),
)


def frame(request: HttpRequest) -> dict[str, object]:
    """Return the frame for templates; nothing for somebody not signed in into a company."""
    if not hasattr(request, "company"):
        return {}
    desk = requests.of(request)
    until = getattr(desk, "set_up_until", None)
    return {"desk": SimpleLazyObject(lambda: frame_of(desk)), "set_up_until": until}


def frame_of(request: DeskRequest) -> DeskFrame:
    """Return the frame of one request: its menu by role, with what waits there."""
    return DeskFrame(
        menu=_menu(request),
        today=request.actor.today,
        company=CompanyChoice(request.company.code, request.company.name),
        companies=tuple(CompanyChoice(one.code, one.name) for one in request.companies),
        user_name=request.actor.name,
        user_role=", ".join(gettext(ROLE_NAMES.get(role, role)) for role in sorted(request.roles)),
        search_url=reverse("search"),
        company_url=reverse("company"),
        sign_out_url=reverse("logout"),
        is_demo=clock.is_moved(),
        topic=topic_of(_page_of(request)),
    )


def _page_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.url_name if match else None) or ""


def _menu(request: DeskRequest) -> tuple[MenuGroup, ...]:
    waiting = insight.waiting(request.company.id) | {
        "approvals": controls.waiting_for(request.actor)
    }
    current = _current(request.path)
    groups = []
    for title, entries in MENU:
        seen = tuple(
            MenuEntry(
                url=entry.url,
                label=gettext(entry.label),
                icon=entry.icon,
                count=waiting.get(entry.counted_as, 0) or None,
                current=entry.url == current,
            )
            for entry in entries
            if not entry.roles or request.roles & (entry.roles | SEE_ALL)
        )
        if seen:
            groups.append(MenuGroup(gettext(title), seen))
    return tuple(groups)


def _current(path: str) -> str:
    """Return the entry a page belongs to: of several the one that says most of its address."""
    urls = (entry.url for _, entries in MENU for entry in entries)
    fitting = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(fitting, key=len, default="")
