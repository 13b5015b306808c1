"""Accounts, periods and what blocks a closing, in the reader's words."""

from __future__ import annotations

from django.utils.translation import gettext

from creditdesk.ledger import rules
from creditdesk.look.shapes import Tone


def account(code: str) -> str:
    """Return what an account is called."""
    return {
        rules.RECEIVABLE: gettext("Receivables"),
        rules.UNAPPLIED: gettext("Unapplied money and credit"),
        rules.UNIDENTIFIED: gettext("Money of payers not yet known"),
        rules.BANK: gettext("Bank"),
        rules.REVENUE: gettext("Revenue"),
        rules.VAT_OUTPUT: gettext("VAT on sales"),
        rules.INTEREST: gettext("Late interest"),
        rules.COMPENSATION: gettext("Compensation for late payment"),
        rules.DISCOUNT: gettext("Early-payment discount"),
        rules.DISCOUNT_UNEARNED: gettext("Discount taken late"),
        rules.TOLERANCE: gettext("Small differences written off"),
        rules.BANK_FEES: gettext("Bank charges"),
        rules.TILL_DIFFERENCES: gettext("Differences of the till"),
        rules.FX_POSITION: gettext("Currency position"),
        rules.FX_GAIN: gettext("Exchange gains"),
        rules.FX_LOSS: gettext("Exchange losses"),
        rules.RETURN_FEES: gettext("Fees for returned payments"),
        rules.BAD_DEBT: gettext("Bad debts"),
        rules.BAD_DEBT_RECOVERED: gettext("Bad debts recovered"),
        rules.DUNNING_FEES: gettext("Reminder fees"),
        rules.PAYOUTS: gettext("Refunds on their way"),
        rules.OPENING: gettext("Opening balances"),
        rules.ERP_PAID: gettext("Paid in the ERP"),
        rules.ERP_CREDITED: gettext("Credited in the ERP"),
        rules.ERP_WRITTEN_OFF: gettext("Written off in the ERP"),
    }.get(code, code)


def status(code: str) -> tuple[str, Tone]:
    """Return how a period stands, in a word with its tone."""
    known: dict[str, tuple[str, Tone]] = {
        rules.OPEN: (gettext("Open"), ""),
        rules.SOFT_CLOSED: (gettext("Soft-closed"), "warn"),
        rules.CLOSED: (gettext("Closed"), "good"),
    }
    return known[code]


def act(code: str) -> str:
    """Return what was done to a period."""
    return {
        "close": gettext("Closed"),
        "soft_close": gettext("Soft-closed"),
        "reopen": gettext("Reopened"),
    }[code]


def blocked(code: str) -> str:
    """Return why a period cannot be closed."""
    return {
        "period_not_over": gettext("The period is not over yet."),
        "period_closed_already": gettext("The period is closed already."),
        "earlier_period_open": gettext("An earlier period is open; close that one first."),
        "books_differ": gettext("The books do not prove."),
    }.get(code, code)
