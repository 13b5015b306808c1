"""Applications in words: fields, classes, states, reasons, steps of a recommendation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.utils.translation import get_language, gettext, ngettext

from creditdesk.assessment import wording as scoring


def state(code: str) -> str:
    """Return how an application stands."""
    return {
        "draft": gettext("Draft"),
        "submitted": gettext("Submitted"),
        "in_review": gettext("In review"),
        "decided": gettext("Conditions open"),
        "counter_offer": gettext("Counter-offer open"),
        "accepted": gettext("Account open"),
        "declined": gettext("Declined"),
        "expired": gettext("Expired"),
        "withdrawn": gettext("Withdrawn"),
    }.get(code, code)


def customer_class(code: str) -> str:
    """Return a class of applicants."""
    return {
        "small": gettext("Small company"),
        "medium": gettext("Medium company"),
        "large": gettext("Large company"),
        "sole_trader": gettext("Sole trader"),
    }.get(code, code)


def channel(code: str) -> str:
    """Return by which way an application came."""
    return {
        "desk": gettext("taken in by us"),
        "api": gettext("by the interface"),
        "web": gettext("by the web form"),
    }.get(code, code)


def answer(code: str) -> str:
    """Return what is recommended or decided."""
    return {
        "approve": gettext("Approve"),
        "counter": gettext("Counter-offer"),
        "decline": gettext("Decline"),
        "refer": gettext("A person must look"),
    }.get(code, code)


def security(code: str) -> str:
    """Return a security or another condition."""
    return {
        "none": gettext("none"),
        "guarantee": gettext("Guarantee"),
        "deposit": gettext("Deposit"),
        "insurance": gettext("Credit insurance"),
        "other": gettext("Another condition"),
    }.get(code, code)


def document(code: str) -> str:
    """Return a kind of paper."""
    return {
        "financial_statement": gettext("Financial statement"),
        "register_extract": gettext("Register extract"),
        "bank_letter": gettext("Letter of the bank"),
        "guarantee": gettext("Guarantee"),
        "other": gettext("Another paper"),
    }.get(code, code)


def ask(code: str) -> str:
    """Return what somebody is asked for."""
    return {
        "form": gettext("Application form"),
        "reference": gettext("Trade reference"),
        "documents": gettext("What is missing"),
        "offer": gettext("Counter-offer"),
        "objection": gettext("Objection"),
    }.get(code, code)


def ask_state(code: str) -> str:
    """Return how what was asked stands."""
    return {
        "open": gettext("waiting"),
        "answered": gettext("answered"),
        "withdrawn": gettext("withdrawn"),
    }.get(code, code)


def missing(code: str) -> str:
    """Return something missing, by its code such as `field:city`."""
    kind, _, what = code.partition(":")
    if kind == "field":
        return field(what)
    if kind == "document":
        return document(what)
    return {
        "references": gettext("Trade references"),
        "statements": gettext("Financial statements"),
    }.get(kind, kind)


def missing_count(code: str, count: int) -> str:
    """Return something missing with how many of it."""
    if code == "references":
        return ngettext("%(n)d trade reference", "%(n)d trade references", count) % {"n": count}
    if code == "statements":
        return ngettext(
            "%(n)d financial statement", "%(n)d financial statements", count
        ) % {"n": count}  # fmt: skip
    return missing(code)


def field(code: str) -> str:
    """Return a field of the form."""
    return _fields(get_language() or "en").get(code, code)


@cache
def _fields(_language: str) -> Mapping[str, str]:
    found = {
        "legal_name": gettext("Legal name"),
        "legal_form": gettext("Legal form"),
        "register_number": gettext("Register number"),
        "vat_number": gettext("VAT number"),
        "street": gettext("Street and number"),
        "postal_code": gettext("Postal code"),
        "city": gettext("Town"),
        "country": gettext("Country, two letters"),
        "contact_name": gettext("Contact person"),
        "contact_email": gettext("E-mail"),
        "contact_phone": gettext("Telephone"),
        "industry": gettext("Industry"),
        "founded_in": gettext("Founded in"),
        "employees": gettext("Employees"),
        "annual_revenue": gettext("Revenue of a year"),
        "monthly_purchases": gettext("Purchases expected a month"),
        "owner_name": gettext("Owner"),
        "owner_income": gettext("Owner's income a year"),
        "owner_debt_service": gettext("Owner's debt service a year"),
    }
    for n in (1, 2, 3):
        found[f"reference_{n}_name"] = gettext("Reference %(n)d: name") % {"n": n}
        found[f"reference_{n}_email"] = gettext("Reference %(n)d: e-mail") % {"n": n}
    return found


def reason(code: str) -> str:
    """Return a reason as an applicant is given it, by its code such as `factor:loss_years`."""
    kind, _, what = code.partition(":")
    if kind == "factor":
        return scoring.point(what)
    if kind == "missing":
        return gettext("Not given: %(what)s") % {"what": missing(what)}
    if kind == "evidence":
        return gettext("Facts stated in the application could not be confirmed")
    return {
        "measure:need": gettext("Amount asked for against the purchases expected"),
        "measure:equity": gettext("Equity against the amount asked for"),
        "measure:revenue": gettext("Revenue against the amount asked for"),
        "measure:without_figures": gettext("No financial statement for the amount asked for"),
        "reference:slow": gettext("Slow payment of other suppliers"),
    }.get(code, what or code)


def step(code: str) -> str:
    """Return a step of the recommendation, or why a person decides."""
    return {
        "requested": gettext("Asked for"),
        "need": gettext("What the purchases need"),
        "ceiling": gettext("Most the class is given"),
        "equity": gettext("Share of equity"),
        "revenue": gettext("Share of a year's revenue"),
        "without_figures": gettext("Without a statement"),
        "not_scored": gettext("Too little is known to score"),
        "class_unknown": gettext("The policy offers this class nothing"),
        "natural_person": gettext("A natural person: a human decides"),
        "not_as_asked": gettext("Not what was asked for"),
        "above_automatic": gettext("Above what the policy decides by itself"),
        "security": gettext("A security is needed"),
        "bad_reference": gettext("A reference speaks against it"),
        "missing": gettext("Something is missing"),
        "evidence": gettext("Evidence needs a look"),
        "card_not_named": gettext(
            "The policy names no scorecard for such customers, so none decides by itself"
        ),
        "card_missing": gettext("The scorecard the policy names is not approved"),
    }.get(code, code)
