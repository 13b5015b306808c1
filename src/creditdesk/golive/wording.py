"""Findings and kinds of going live, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from creditdesk.golive.rules import Finding


def kind(code: str) -> str:
    """Return what rows of a kind are."""
    return {
        "customers": gettext("Customers"),
        "opening_items": gettext("Open items"),
        "opening_credits": gettext("Credits on account"),
        "opening_limits": gettext("Credit limits"),
        "opening_disputes": gettext("Disputes"),
        "opening_promises": gettext("Promises and instalments"),
        "opening_contacts": gettext("Last contacts"),
        "opening_holds": gettext("Holds and consents"),
        "control_totals": gettext("Control totals of the ERP"),
        "open_items_snapshot": gettext("Open items of the ERP"),
        "closures": gettext("Closures"),
        "exchange_rates": gettext("Exchange rates"),
        "reference_rates": gettext("Reference rates of late interest"),
        "invoices": gettext("Invoices"),
        "insurance_covers": gettext("Decisions of credit insurers"),
        "delivery_preferences": gettext("How documents are sent"),
    }.get(code, code)


def finding(found: Finding) -> str:
    """Return what was found, in a sentence."""
    return _FINDINGS.get(found.code, lambda: found.code)()


def mend(found: Finding) -> str:
    """Return what to do about it."""
    return _MENDS.get(found.code, lambda: "")()


_FINDINGS = {
    "nothing_loaded": lambda: gettext("No open items have been loaded"),
    "customer_unknown": lambda: gettext("Customers named by rows are not there"),
    "number_taken": lambda: gettext("Documents stand in the books already"),
    "books_not_empty": lambda: gettext("Documents were recorded before going live was signed"),
    "issued_after_cut_over": lambda: gettext("Documents are dated after the cut-over"),
    "dispute_without_item": lambda: gettext("Disputes name no open item"),
    "dispute_above_open": lambda: gettext("Disputes are about more than is open"),
    "promise_without_item": lambda: gettext("Promises name no open item"),
    "promise_past": lambda: gettext("Promises were due before today"),
    "no_control_totals": lambda: gettext("No control totals of the cut-over date were given"),
    "overdue_without_level": lambda: gettext("Overdue items have no dunning level"),
    "level_without_date": lambda: gettext("Dunning levels have no date of the last reminder"),
    "level_not_overdue": lambda: gettext("Items have a dunning level and are not overdue"),
    "level_above_ladder": lambda: gettext("Dunning levels are above the ladder of the policy"),
    "dunned_after_cut_over": lambda: gettext("Reminders are dated after the cut-over"),
    "contact_missing": lambda: gettext("Customers with open items have nobody to write to"),
    "terms_unknown": lambda: gettext("Terms are not in the policy"),
    "in_credit": lambda: gettext("Documents are in credit"),
    "undelivered": lambda: gettext("Items are not delivered yet"),
    "due_before_issued": lambda: gettext("Items fall due before their date"),
    "very_old": lambda: gettext("Items are more than two years overdue"),
    "limit_missing": lambda: gettext("Customers with open items have no credit limit"),
    "not_in_latest_file": lambda: gettext("Rows are not in the latest file of their kind"),
}
_MENDS = {
    "nothing_loaded": lambda: gettext("Load the list of open items"),
    "customer_unknown": lambda: gettext("Load the customers, or correct the numbers"),
    "number_taken": lambda: gettext("Take them out of the file"),
    "books_not_empty": lambda: gettext(
        "Going live opens empty books: begin with a new company, or ask who recorded them"
    ),
    "issued_after_cut_over": lambda: gettext("They come with the daily feed; take them out"),
    "dispute_without_item": lambda: gettext("Correct the invoice number, or take the row out"),
    "dispute_above_open": lambda: gettext("Correct the amount"),
    "promise_without_item": lambda: gettext("Correct the invoice number, or leave it empty"),
    "promise_past": lambda: gettext("Take them out; note them as last contact if they matter"),
    "no_control_totals": lambda: gettext("Load them, or say in the note how the total was checked"),
    "overdue_without_level": lambda: gettext(
        "Each begins at the step that fits its lateness; load the levels if they were reminded"
    ),
    "level_without_date": lambda: gettext("The cut-over date counts as the date of the reminder"),
    "level_not_overdue": lambda: gettext("Look whether due date or level is wrong"),
    "level_above_ladder": lambda: gettext("They count as the last step"),
    "dunned_after_cut_over": lambda: gettext("Look whether the date is right"),
    "contact_missing": lambda: gettext("They get no reminder until somebody is added"),
    "terms_unknown": lambda: gettext("Due dates count, the terms are kept as text"),
    "in_credit": lambda: gettext("They become credit on account, to be applied"),
    "undelivered": lambda: gettext("Nobody is reminded of them until they are delivered"),
    "due_before_issued": lambda: gettext("Look whether the dates are right"),
    "very_old": lambda: gettext("Consider writing them off before they are taken over"),
    "limit_missing": lambda: gettext("The policy says what no limit means"),
    "not_in_latest_file": lambda: gettext("Remove them if they were settled meanwhile"),
}
