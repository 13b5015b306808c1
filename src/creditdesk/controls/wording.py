"""Duty pairs, requests and their states in words."""

from __future__ import annotations

from django.utils.translation import gettext

from creditdesk.controls import rules


def pair(number: int) -> str:
    """Return a pair of duties in words."""
    code = next(
        (one.code for one in (*rules.PAIRS, *rules.ON_ONE_DOCUMENT) if one.number == number), ""
    )
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
        "receive_cancel_receipt": gettext("take cheques and cash × cancel or settle them"),
        "enter_application_decide": gettext("write an application down × decide it"),
        "close_reopen": gettext("close a period × approve its reopening"),
        "change_bank_details_confirm": gettext("change bank details × call back about them"),
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
        "collections.approve_write_off": gettext("somebody who approves write-offs"),
        "controls.approve_exception": gettext("somebody who approves exceptions from duties"),
        "ledger.approve_reopen": gettext("somebody who approves reopenings and did not close it"),
        "policy.publish": gettext("somebody who publishes the credit policy"),
        "orders.release": gettext("somebody else who releases held orders"),
        "treasury.approve_refund": gettext("somebody else who approves refunds"),
    }.get(permission) or gettext("somebody else who may do the same")


def second_factor(mode: str) -> str:
    """Return who must have a second factor, in words."""
    return {
        "off": gettext("Nobody"),
        "privileged": gettext("Whoever manages, administers, applies cash or analyses credit"),
        "all": gettext("Everybody"),
    }.get(mode, mode)


def act(name: str) -> str:
    """Return a command before which people show again who they are, in words."""
    return {
        "cash.apply": gettext("Apply cash"),
        "cash.undo": gettext("Undo an application of cash"),
        "collections.run": gettext("Run reminders"),
        "controls.approve": gettext("Approve a request"),
        "controls.ask_exception": gettext("Ask for an exception from duties"),
        "controls.end_exception": gettext("End an exception from duties"),
        "controls.grant": gettext("Give a role"),
        "controls.issue_key": gettext("Issue an API key"),
        "controls.refuse": gettext("Refuse a request"),
        "controls.revoke": gettext("Take a role"),
        "controls.set_book": gettext("Choose whose books count"),
        "controls.set_security": gettext("Change these rules"),
        "credit.block": gettext("Block a customer"),
        "credit.set_limit": gettext("Set a credit limit"),
        "credit.unblock": gettext("Unblock a customer"),
        "customers.change_bank_details": gettext("Change bank details"),
        "customers.edit": gettext("Edit a customer"),
        "golive.sign": gettext("Sign the going live"),
        "imports.load": gettext("Load a file"),
        "invoices.credit": gettext("Issue a credit note"),
        "ledger.close_period": gettext("Close a period"),
        "ledger.reopen_period": gettext("Reopen a period"),
        "orders.release": gettext("Release a held order"),
        "policy.publish": gettext("Publish a policy"),
        "privacy.erase": gettext("Erase personal data"),
    }.get(name, name)
