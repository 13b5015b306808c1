"""Evidence in the reader's language: what a signal says, sources, outcomes, verdicts."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext


def signal(code: str, params: Mapping[str, str]) -> str:
    """Return what a signal says, as one sentence."""
    pattern = _signals().get(code)
    if pattern is None:
        return code
    named = dict(params)
    if "kind" in named:
        named["kind"] = identifier(named["kind"])
    if "source" in named:
        named["source"] = source(named["source"])
    try:
        return pattern % named
    except (KeyError, ValueError):
        return gettext("This was erased")


def _signals() -> Mapping[str, str]:
    return {
        "shared_bank_account": gettext(
            "The bank account is already that of another customer: %(customers)s"
        ),
        "throw_away_mail": gettext("%(domain)s gives out mail addresses for minutes"),
        "country_vat": gettext("The address is in %(stated)s, the VAT number is of %(other)s"),
        "country_iban": gettext("The address is in %(stated)s, the bank account in %(other)s"),
        "identifier_wrong": gettext("%(kind)s: the number cannot be right"),
        "many_same_email": gettext(
            "%(count)s applications within %(days)s days from the same mail address"
        ),
        "many_same_phone": gettext(
            "%(count)s applications within %(days)s days with the same telephone number"
        ),
        "many_same_address": gettext(
            "%(count)s applications within %(days)s days from the same address"
        ),
        "many_same_network": gettext(
            "%(count)s applications within %(days)s days from the same network address"
        ),
        "name_differs": gettext("%(source)s knows the number under another name: %(name)s"),
        "country_differs": gettext("%(source)s names another country: %(country)s"),
        "not_registered": gettext("%(source)s does not know the number"),
        "not_active": gettext("%(source)s says the business is not active: %(status)s"),
        "insolvent": gettext("%(source)s names insolvency proceedings"),
        "accounts_overdue": gettext("%(source)s says the annual accounts are overdue"),
        "hit_open": gettext("A name may be on the list %(source)s: %(name)s"),
        "hit_confirmed": gettext("A name is on the list %(source)s: %(name)s"),
    }


def identifier(kind: str) -> str:
    """Return the name of a kind of identifier."""
    return {
        "vat_number": gettext("VAT number"),
        "lei": gettext("LEI"),
        "duns": gettext("D-U-N-S number"),
        "iban": gettext("IBAN"),
        "company_number": gettext("Company number"),
    }.get(kind, kind)


def severity(code: str) -> str:
    """Return how heavy a signal weighs, in words."""
    return {
        "note": gettext("note"),
        "concern": gettext("concern"),
        "grave": gettext("grave"),
    }.get(code, code)


def source(code: str) -> str:
    """Return the name of a source of reports or of a list."""
    return {
        "gleif": "GLEIF",
        "vies": "VIES",
        "companies_house": "Companies House",
        "eu": gettext("European Union"),
        "un": gettext("United Nations"),
        "ofac": "OFAC",
    }.get(code, code)


def verdict(code: str) -> str:
    """Return what became of a hit, in words."""
    return {
        "": gettext("to be looked at"),
        "proposed": gettext("no match, says the first"),
        "cleared": gettext("no match"),
        "sent_back": gettext("to be looked at again"),
        "confirmed": gettext("it is them"),
    }.get(code, code)


def step(kind: str) -> str:
    """Return a kind of step of an investigation, in words."""
    return {
        "call": gettext("Call"),
        "visit": gettext("Visit"),
        "register": gettext("Register"),
        "bureau": gettext("Bureau"),
        "reference": gettext("Reference"),
        "web": gettext("Web"),
        "document": gettext("Document"),
        "note": gettext("Note"),
        "finding": gettext("Finding"),
    }.get(kind, kind)


def outcome(code: str) -> str:
    """Return what an investigation found, in words."""
    return {
        "": gettext("under way"),
        "clear": gettext("nothing against them"),
        "concern": gettext("something to mind"),
        "against": gettext("speaks against credit"),
        "open": gettext("no answer found"),
    }.get(code, code)
