"""Why a payment was matched so, or was not, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop, ngettext

from creditdesk.kernel.money import from_minor


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """Return one reason of a match in a sentence; an unknown code stands as it is."""
    if code in _COUNTED:
        one, many = _COUNTED[code]
        return ngettext(one, many, int(params.get("count", 0))) % dict(params)
    text = _PLAIN.get(code)
    return gettext(text) % dict(params) if text else code


def method(code: str) -> str:
    """Return how a payment was matched, in a few words."""
    text = _METHODS.get(code)
    return gettext(text) if text else code


def figure_name(code: str) -> str:
    """Return what a figure of honest matching is called."""
    return {
        "straight_through": gettext("Straight through"),
        "line_hit": gettext("Lines hit"),
        "false_match": gettext("False matches"),
        "exceptions_oldest": gettext("Oldest waits"),
    }.get(code, code)


def figure_meaning(code: str) -> str:
    """Return how a figure of honest matching is worked out, in a few words."""
    return {
        "straight_through": gettext("payments settled in full without a person and not undone"),
        "line_hit": gettext("lines settled without a person, of those that stand or wait"),
        "false_match": gettext("payments applied without a person and undone"),
        "exceptions_oldest": gettext("days since the oldest payment that waits came in"),
    }.get(code, "")


def figure_source(code: str, *, days: int) -> str:
    """Return what a figure of honest matching is counted from."""
    return {
        "straight_through": gettext("payments received in the last %(days)d days"),
        "line_hit": gettext("what these payments settle, and what waiting ones were advised with"),
        "false_match": gettext("of these payments, those applied without a person"),
        "exceptions_oldest": gettext("every payment with money that waits"),
    }.get(code, "") % {"days": days}


def warning(code: str, params: Mapping[str, Any]) -> str:
    """Return what to look at in a statement that was taken in, in a sentence."""
    if code == "balance_gap":
        currency = str(params["currency"])
        return gettext(
            "%(account)s begins with %(opening)s, but ended with %(previous)s on %(on)s: a "
            "statement may be missing"
        ) % {
            "account": params["account"],
            "opening": from_minor(int(params["opening_minor"]), currency),
            "previous": from_minor(int(params["previous_closing_minor"]), currency),
            "on": params["previous_on"],
        }
    if code == "lines_known_in_next_statement":
        return gettext("%(count)s of its lines were known from another statement") % dict(params)
    return code


def proof(code: str) -> str:
    """Return whether a statement adds up, in words."""
    return {
        "proved": gettext("adds up"),
        "no_balances": gettext("states no balances"),
    }.get(code, code)


def return_why(code: str) -> str:
    """Return why a return waits, or how it was tied to its payment, in a few words."""
    return {
        "": gettext("not looked at yet"),
        "no_payment": gettext("no payment fits"),
        "several_payments": gettext("several payments fit alike"),
        "amount_only": gettext("only the amount fits"),
        "from_before": gettext("from before returns were posted here"),
        "by_reference": gettext("by its reference"),
        "by_account": gettext("by account and amount"),
        "by_hand": gettext("told by a person"),
        "charged_back": gettext("charged back by the card holder's bank"),
        "refunded_elsewhere": gettext("refunded by the payment service"),
        "given_back": gettext("the money was given back"),
    }.get(code, code)


def receipt_state(code: str) -> str:
    """Return how a receipt stands, in a word or two."""
    return {
        "postdated": gettext("Dated ahead"),
        "held": gettext("To be deposited"),
        "deposited": gettext("Brought to the bank"),
        "credited": gettext("Credited"),
        "bounced": gettext("Bounced"),
        "cancelled": gettext("Cancelled"),
    }.get(code, code)


def receipt_kind(code: str) -> str:
    """Return what was taken, in a word."""
    return {"cheque": gettext("Cheque"), "cash": gettext("Cash")}.get(code, code)


def deposit_state(code: str) -> str:
    """Return how a deposit stands, in a word or two."""
    return {
        "awaited": gettext("Not credited yet"),
        "differing": gettext("Credit differs"),
        "credited": gettext("Credited"),
        "voided": gettext("Voided"),
    }.get(code, code)


_METHODS: Final[Mapping[str, str]] = {
    "deposit": gettext_noop("as a deposit"),
    "structured_reference": gettext_noop("by reference"),
    "document_number": gettext_noop("by invoice number"),
    "amount": gettext_noop("by amount"),
    "balance": gettext_noop("whole balance"),
    "combination": gettext_noop("by a sum"),
    "oldest_first": gettext_noop("oldest first"),
    "by_order": gettext_noop("by the order of allocation"),
    "amount_only": gettext_noop("by amount alone"),
    "payer": gettext_noop("by payer"),
    "none": gettext_noop("nothing found"),
    "by_hand": gettext_noop("by hand"),
    "advice": gettext_noop("by remittance advice"),
    "learned": gettext_noop("as learned"),
    "returned": gettext_noop("returned by the bank"),
    "direct_debit": gettext_noop("by direct debit"),
}
_COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "documents_named": (
        gettext_noop("The text names %(numbers)s"),
        gettext_noop("The text names %(count)d documents: %(numbers)s"),
    ),
    "balance_exact": (
        gettext_noop("The amount is all that is open"),
        gettext_noop("The amount is all that is open, %(count)d items"),
    ),
    "combination_exact": (
        gettext_noop("One item adds up to the amount"),
        gettext_noop("%(count)d items add up to the amount"),
    ),
    "amount_fits_several": (
        gettext_noop("The amount fits one item"),
        gettext_noop("The amount fits %(count)d items equally well"),
    ),
    "payer_is_one_of": (
        gettext_noop("The payer is known"),
        gettext_noop("The payer may be any of %(count)d customers"),
    ),
    "amount_alone": (
        gettext_noop("Nobody is recognised; one item is open with that very amount"),
        gettext_noop("Nobody is recognised; %(count)d items are open with that very amount"),
    ),
    "payer_by_relation": (
        gettext_noop("The payer pays for this customer"),
        gettext_noop("The payer pays for these %(count)d customers"),
    ),
    "fit_exact": (
        gettext_noop("The amount is one open item"),
        gettext_noop("The amount is one open item"),
    ),
    "fit_balance": (
        gettext_noop("The amount is all that is open"),
        gettext_noop("The amount is all that is open, %(count)d items"),
    ),
    "fit_due": (
        gettext_noop("The amount is all that is due"),
        gettext_noop("The amount is all that is due, %(count)d items"),
    ),
    "fit_month": (
        gettext_noop("The amount is a month's item"),
        gettext_noop("The amount is the sum of a month, %(count)d items"),
    ),
    "fit_oldest": (
        gettext_noop("The amount is the oldest item"),
        gettext_noop("The amount is the sum of the oldest %(count)d items"),
    ),
    "fit_sum": (
        gettext_noop("One item adds up to the amount"),
        gettext_noop("%(count)d items add up to the amount"),
    ),
    "fit_oldest_part": (
        gettext_noop("It goes to the oldest item"),
        gettext_noop("It goes to the oldest %(count)d items"),
    ),
    "advice_lines": (
        gettext_noop("Remittance advice %(advice)s names %(count)d document"),
        gettext_noop("Remittance advice %(advice)s names %(count)d documents"),
    ),
}
_PLAIN: Final[Mapping[str, str]] = {
    "document": gettext_noop("Invoice %(number)s"),
    "amount_exact": gettext_noop("The amount is exact"),
    "another_number_fits": gettext_noop(
        "Another invoice is open with this very amount, its number one slip away"
    ),
    "number_misspelt": gettext_noop("The text names %(number)s with one slip"),
    "sum_exact": gettext_noop("Their sum is the amount paid"),
    "instalment_exact": gettext_noop("The amount is one instalment exactly"),
    "some_exact": gettext_noop("Only some of them add up to the amount, and only in one way"),
    "cents_differ": gettext_noop("Only cents differ"),
    "part_paid": gettext_noop("It pays a part of what is named"),
    "paid_too_much": gettext_noop("More was paid than is open on what is named"),
    "balance_exact": gettext_noop("The amount is all that is open"),
    "currency_differs": gettext_noop("What is named is in another currency"),
    "several_customers": gettext_noop("What is named belongs to several customers"),
    "payer_is_another": gettext_noop("The payer is known as another customer"),
    "documents_not_covered": gettext_noop("The money does not cover what is named"),
    "number_may_be_chance": gettext_noop("The number may stand there by chance"),
    "document_settled": gettext_noop("What is named is settled already"),
    "payer_by_assigned": gettext_noop("Somebody has said who paid"),
    "payer_by_account": gettext_noop("The account is the payer's"),
    "payer_by_name": gettext_noop("The name is the payer's"),
    "payer_by_number_in_text": gettext_noop("The text names the customer's number"),
    "payer_by_digits_in_text": gettext_noop("Digits in the text are the customer's number"),
    "payer_by_name_in_text": gettext_noop("The text names the customer"),
    "payer_by_similar": gettext_noop("The name is similar (%(score)s %%)"),
    "payer_by_account_habit": gettext_noop("Payments from this account were always theirs"),
    "payer_by_name_habit": gettext_noop("Payments under this name were always theirs"),
    "payer_by_shared": gettext_noop("Account or name were seen with them, and with others"),
    "payer_by_amount": gettext_noop("Nobody is recognised; the amount is open with them"),
    "fit_discount": gettext_noop("The amount is the item less the share they usually take off"),
    "fit_rounded": gettext_noop("The amount is the item, rounded"),
    "habit_seen": gettext_noop("They paid so %(times)s times in %(count)s payments"),
    "share_taken": gettext_noop("They took %(percent)s %% off %(times)s times before"),
    "short_stays_open": gettext_noop("What is short stays open"),
    "habit_never": gettext_noop("They never paid so in %(count)s payments"),
    "delay_usual": gettext_noop("They usually pay %(days)s days after the due date, as now"),
    "learned_confidence": gettext_noop("%(percent)s %% sure, by model %(version)s"),
    "advice_deduction": gettext_noop("The advice keeps back %(amount)s of %(number)s: %(text)s"),
    "advised_discount": gettext_noop(
        "What is kept back of %(number)s, %(amount)s, is the discount that was earned"
    ),
    "advised_tolerance": gettext_noop(
        "What is kept back of %(number)s, %(amount)s, is a small difference, as advised"
    ),
    "advised_bank_fee": gettext_noop(
        "What is kept back of %(number)s, %(amount)s, is a bank's charge, as advised"
    ),
    "advised_deduction": gettext_noop(
        "What is kept back of %(number)s, %(amount)s, is a deduction, for the reason advised"
    ),
    "advised_left_open": gettext_noop(
        "What is kept back of %(number)s, %(amount)s, is still to come, as advised"
    ),
    "advised_waits": gettext_noop(
        "What is kept back of %(number)s, %(amount)s, waits: the policy does not give it by itself"
    ),
    "advice_number_unknown": gettext_noop("The advice names %(number)s, which is not open here"),
    "advice_line_beyond": gettext_noop("The advice pays more of %(number)s than is open"),
    "nothing_open": gettext_noop("Nothing is open in this currency"),
    "amount_fits_nothing": gettext_noop("The amount fits nothing that is open"),
    "combination_may_be_chance": gettext_noop("So many sums are possible that it may be chance"),
    "combinations_several": gettext_noop("Other items add up to it as well"),
    "nothing_recognised": gettext_noop("Neither payer nor document is recognised"),
    "received_at_counter": gettext_noop("Taken over the counter as %(receipt)s"),
    "receipt_cancelled": gettext_noop("%(by)s cancelled the receipt %(receipt)s"),
    "deposit_differs": gettext_noop(
        "The bank names the deposit %(deposit)s, which is of %(total)s: ask the bank"
    ),
    "deposit_credited": gettext_noop("It is the deposit %(deposit)s, and no payment of its own"),
    "deposit_undone": gettext_noop("It is not the deposit %(deposit)s after all"),
    "applied_by_hand": gettext_noop("Applied by %(by)s"),
    "payer_by_hand": gettext_noop("%(by)s said whose money it is"),
    "on_account_by_hand": gettext_noop("%(by)s left it on account"),
    "short_discount_by_hand": gettext_noop("%(by)s took the discount on what was paid short"),
    "short_tolerance_by_hand": gettext_noop("%(by)s wrote off the small difference"),
    "short_bank_fee_by_hand": gettext_noop("%(by)s took what was short as a bank's charge"),
    "short_deduction_by_hand": gettext_noop("%(by)s disputed what was held back"),
    "short_left_open_by_hand": gettext_noop("%(by)s left the rest open"),
    "given_undone_by_hand": gettext_noop("%(by)s took back what was given"),
    "discount_earned": gettext_noop("The discount of %(percent)s %% was earned until %(until)s"),
    "discount_taken_late": gettext_noop("With a discount, taken too late"),
    "discount_in_time": gettext_noop("With a discount, in time"),
    "in_order": gettext_noop("Nothing is named: it pays what is owed, in the order of the policy"),
    "replayed": gettext_noop("Replayed by date, because money of an earlier day arrived"),
    "small_difference": gettext_noop("The small difference is written off"),
    "discount_or_full": gettext_noop("With and without discount it fits different items"),
    "exchanged_by_hand": gettext_noop("%(by)s applied it to an item in another currency"),
    "collected_by_debit": gettext_noop("Collected in %(run)s"),
    "payment_returned": gettext_noop("The bank took it back on %(on)s %(code)s"),
    "return_undone": gettext_noop("The money was given back on %(on)s"),
    "undone_by_hand": gettext_noop("Undone by %(by)s"),
}


# What a file is that is no statement or table: said within a refusal, in the reader's language.
NO_STATEMENTS: Final = (
    gettext_noop("a ZIP archive"),
    gettext_noop("a PDF"),
    gettext_noop("a gzip archive"),
    gettext_noop("an old Excel file"),
    gettext_noop("a picture"),
    gettext_noop("a text document"),
    gettext_noop("a web page"),
)
