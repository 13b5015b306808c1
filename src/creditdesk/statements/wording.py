"""What stands on a statement, in words."""

from __future__ import annotations

from django.utils.translation import gettext

from creditdesk.statements.rules import Movement


def every(code: str) -> str:
    """Return how often, in words."""
    return {
        "month": gettext("every month"),
        "quarter": gettext("every quarter"),
        "never": gettext("on demand only"),
    }.get(code, code)


def kind(movement: Movement) -> str:
    """Return what moved the account, in words."""
    told = {
        "invoice": gettext("Invoice"),
        "credit": gettext("Credit note"),
        "payment": gettext("Payment"),
        "interest": gettext("Late interest"),
        "compensation": gettext("Compensation for recovery costs"),
        "brought_forward": gettext("Brought forward"),
        "written_off": gettext("Written off"),
        "discount": gettext("Discount"),
        "small_difference": gettext("Small difference"),
        "fee": gettext("Fee for a returned payment"),
        "reminder_fee": gettext("Fee for a reminder"),
        "returned": gettext("Payment returned"),
        "refund": gettext("Paid back"),
        "taken_back": gettext("Payment contested"),
        "for_another": gettext("Paid for another customer"),
        "by_another": gettext("Paid by another customer"),
        "exchange": gettext("Set against another currency"),
    }.get(movement.kind, gettext("Adjustment"))
    return gettext("%(what)s taken back") % {"what": told} if movement.is_reversal else told


def ages() -> list[str]:
    """Return the names of the ageing's buckets, not due first."""
    return [
        gettext("Not due"),
        gettext("1–30 days"),
        gettext("31–60 days"),
        gettext("61–90 days"),
        gettext("Over 90 days"),
    ]
