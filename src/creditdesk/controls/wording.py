"""Duty pairs, requests and their states in words."""

from __future__ import annotations

from django.utils.translation import gettext

from creditdesk.controls import rules


def pair(number: int) -> str:
    """Return a pair of duties in words."""
    code = next((one.code for one in (*rules.PAIRS, *rules.ON_ONE_DOCUMENT) if one.number == number), "")
    return {
        "apply_cash_write_off": gettext("apply cash × write off"),
        "edit_customer_approve_credit": gettext("edit customer master × approve credit"),
        "set_limit_release_order": gettext("set limit × release held order"),
        "credit_memo_approve": gettext("issue credit note × approve it"),
        "write_off_approve": gettext("propose write-off × approve it"),
        "cheques_post_receipts": gettext("receive cheques × post receipts"),
        "create_customer_approve_limit": gettext("create customer × approve its limit"),
        "bank_details_refund": gettext("change bank details × release refund"),
        "resolve_dispute_collect": gettext("resolve dispute × collect cash"),
        "post_receipt_reconcile": gettext("post receipt × reconcile bank"),
        "scorecard_decide": gettext("edit scorecard × decide application"),
        "grant_use": gettext("grant roles × use any of the duties"),
        "close_reopen": gettext("close a period × approve its reopening"),
    }.get(code, str(number))


def state(code: str) -> str:
    """Return the state of a request in a word."""
    return {
        "waiting": gettext("Waiting"),
        "done": gettext("Approved"),
        "failed": gettext("Approved, not possible"),
        "refused": gettext("Refused"),
        "withdrawn": gettext("Withdrawn"),
        "expired": gettext("Expired"),
    }.get(code, code)


def who_approves(permission: str) -> str:
    """Return whose approval is asked, in words."""
    return {
        "credit.approve_limit": gettext("somebody who approves limits"),
        "invoices.approve_credit": gettext("somebody who approves credit notes"),
        "controls.approve_exception": gettext("somebody who approves exceptions from duties"),
        "ledger.approve_reopen": gettext("somebody who approves reopenings and did not close it"),
    }.get(permission, permission)
