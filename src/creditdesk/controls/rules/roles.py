"""Roles and what each may do. Pure."""

from __future__ import annotations

from typing import Final

# What no person is granted: jobs, the command line and connected systems act as it.
MACHINE: Final = "system"

# A permission is the name of a command, `<room>.<verb>`; `<room>.*` is every command of a room.
# Reading is `read`. No role but that of machines may hold both sides of a pair of duties
# (`rules.duties`); rooms that stand in a pair are therefore spelt out and not given whole.
ROLES: Final[dict[str, frozenset[str]]] = {
    "collector": frozenset(
        {
            "read",
            "collections.log_activity",
            "collections.promise",
            "collections.preview",
            "collections.run",
            "collections.work",
            "contact.send",
            "contact.reply",
            "contact.take_in_mail",
            "contact.hold",
            "contact.consent",
            "contact.resend",
            "statements.send",
            "disputes.open",
            "payments.link",
            "customers.edit",
        }
    ),
    "cash_applier": frozenset(
        {
            "read",
            "cash.open_account",
            "cash.keep_refused",
            "cash.set_aside_refused",
            "cash.take_in",
            "cash.take_in_refused",
            "cash.match",
            "cash.train",
            "cash.apply",
            "cash.undo",
            "cash.take_in_advice",
            "cash.keep_refused_advice",
            "cash.set_aside_advice",
            "cash.read_advices",
            "cash.relate_payer",
            "cash.return_payments",
            "cash.settle_deposit",
            "invoices.recover_write_off",
            "treasury.ask_refund",
            "treasury.draw_up_run",
            "payments.link",
            "payments.open_case",
            "payments.work_case",
            "payments.close_case",
            "payments.clear_payout",
            "disputes.open",
            "reconciliation.explain",
        }
    ),
    # Takes cheques and cash over the counter and brings them to the bank: custody of the money.
    "cashier": frozenset({"read", "cash.receive_cheques", "cash.deposit"}),
    "analyst": frozenset(
        {
            "read",
            "assessment.decide",
            "assessment.record",
            "assessment.assess",
            "credit.set_limit",
            "credit.block",
            "credit.unblock",
            "credit.expire",
            "customers.wake",
            "orders.check",
            "orders.recheck",
            "orders.cancel",
        }
    ),
    "resolver": frozenset(
        {
            "read",
            "disputes.open",
            "disputes.resolve",
            "payments.link",
            "payments.open_case",
            "payments.work_case",
            "payments.close_case",
            "invoices.credit",
            "invoices.replace",
            "contact.reply",
            "contact.take_in_mail",
        }
    ),
    "sales": frozenset({"read", "orders.check"}),
    "biller": frozenset(
        {
            "read",
            "invoices.issue",
            "invoices.deliver",
            "invoices.print",
            "invoices.confirm_delivery",
            "invoices.plan_recurring",
            "invoices.issue_recurring",
            "orders.bill",
            "payments.link",
        }
    ),
    "master_data": frozenset(
        {
            "read",
            "customers.create",
            "customers.edit",
            "customers.set_terms",
            "customers.put_in_group",
            "customers.learn_payer",
            "customers.change_bank_details",
            "customers.confirm_bank_details",
            "customers.close",
            "customers.reopen",
            "customers.merge",
            "treasury.confirm_bank_details",
            "treasury.change_mandate",
            "imports.*",
            "invoices.record",
            "invoices.close",
            "invoices.undo_closures",
            "invoices.set_seller",
            "invoices.set_route",
            "golive.begin",
            "golive.remove_outdated",
            "golive.confirm_delivery",
            "reconciliation.run",
            "insight.export_decisions",
        }
    ),
    "manager": frozenset(
        {
            "read",
            "policy.publish",
            "customers.confirm_bank_details",
            "customers.wake",
            "customers.sleep",
            "cash.cancel_receipt",
            "cash.void_deposit",
            "assessment.fit_card",
            "assessment.approve_card",
            "credit.approve_limit",
            "credit.block",
            "credit.unblock",
            "credit.expire",
            "orders.check",
            "orders.recheck",
            "orders.release",
            "orders.cancel",
            "invoices.approve_credit",
            "invoices.undo_closures",
            "invoices.charge",
            "invoices.deliver",
            "invoices.print",
            "invoices.confirm_delivery",
            "invoices.set_route",
            "invoices.waive_charge",
            "invoices.recover_write_off",
            "invoices.relieve_tax",
            "collections.log_activity",
            "collections.promise",
            "collections.judge",
            "collections.preview",
            "collections.run",
            "collections.work",
            "collections.approve_write_off",
            "contact.*",
            "statements.*",
            "disputes.open",
            "controls.approve_exception",
            "insight.*",
            "golive.sign",
            "golive.confirm_delivery",
            "reconciliation.run",
            "reconciliation.explain",
            "collections.sign_shadow",
            "controls.set_book",
            "day.*",
            "ledger.close_period",
            "ledger.reopen_period",
            "ledger.approve_reopen",
            "ledger.post_closed",
            "controls.retry_job",
            "controls.discard_job",
            "treasury.approve_refund",
            "treasury.approve_run",
            "treasury.confirm_mandate_change",
            "treasury.set_creditor",
        }
    ),
    # Lets money out that others asked for, checked and approved.
    "treasurer": frozenset(
        {"read", "treasury.release_refund", "treasury.fetch_file", "treasury.hand_over_run"}
    ),
    # Proposes what is to be written off; apart from whoever applies cash, and whoever approves it.
    "write_off_clerk": frozenset({"read", "invoices.write_off", "invoices.recover_write_off"}),
    "auditor": frozenset({"read"}),
    "administrator": frozenset({"read", "controls.*", "privacy.*"}),
    MACHINE: frozenset({"*"}),
}


def permissions_of(roles: frozenset[str] | set[str]) -> frozenset[str]:
    """Return everything the roles may do together; unknown roles give nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
