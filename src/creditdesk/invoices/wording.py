"""Charges for paying late and why some wait, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext


def charge_kind(code: str) -> str:
    """Return what is charged."""
    return {
        "interest": gettext("Late interest"),
        "compensation": gettext("Compensation"),
        "return_fee": gettext("Fee for a returned payment"),
    }.get(code, code)


def law(code: str) -> str:
    """Return whose law a charge goes by."""
    return {
        "EU": gettext("EU directive"),
        "DE": gettext("German law"),
        "FR": gettext("French law"),
        "UK": gettext("UK law"),
        "US": gettext("Contract, United States"),
        "CONTRACT": gettext("Contract"),
    }.get(code, code)


def waits(code: str, count: int) -> str:
    """Return why items were not charged, with how many."""
    return {
        "disputed": gettext("Contested, charged once that is settled: %(count)s"),
        "no_law": gettext("No law is known for the customer's country: %(count)s"),
        "written_off": gettext("Written off, charged only if it is owed again: %(count)s"),
        "below_minimum": gettext("Below the smallest charge, added up: %(count)s"),
    }.get(code, f"{code}: %(count)s") % {"count": count}


def mode(code: str) -> str:
    """Return what becomes of charges by policy."""
    return {
        "off": gettext("The policy charges no late interest."),
        "memo": gettext("By policy charges are shown and not posted."),
        "post": gettext("By policy each charge is posted as an item of its own."),
    }[code]
