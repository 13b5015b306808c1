"""The notice of a direct debit, in the customer's language."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext, override

from creditdesk.kernel.money import from_minor


def prenotification(
    *,
    language: str,
    amount_minor: int,
    collect_on: date,
    mandate: str,
    creditor: str,
    account_end: str,
    numbers: list[str],
) -> tuple[str, str]:
    """Return subject and text: what is collected when, by which mandate, from which account."""
    with override(language or "en"):
        words = {
            "amount": f"{from_minor(amount_minor, 'EUR'):f} EUR",
            "on": date_format(collect_on, "DATE_FORMAT"),
            "mandate": mandate,
            "creditor": creditor,
            "account": account_end,
            "numbers": ", ".join(numbers),
        }
        subject = gettext("Direct debit of %(amount)s on %(on)s") % words
        text = (
            gettext(
                "On %(on)s we collect %(amount)s from your account ending in %(account)s.\n\n"
                "Invoices: %(numbers)s\nMandate: %(mandate)s\nCreditor identifier: %(creditor)s\n\n"
                "Please see that the account holds enough. If something is wrong, answer this"
                " message before that day."
            )
            % words
        )
    return subject, text
