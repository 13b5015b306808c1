"""Charges for paying late and why some wait, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext


def charge_kind(code: str) -> str:
    """Return what is charged."""
    return {
        "interest": gettext("Late interest"),
        "compensation": gettext("Compensation"),
        "return_fee": gettext("Fee for a returned payment"),
        "dunning_fee": gettext("Fee for a reminder"),
    }.get(code, code)


def charge_title(kinds: Collection[str]) -> str:
    """Return what a document with charges of these kinds is called.

    Fees stand on documents of their own; interest and compensation share one.
    """
    if set(kinds) == {"compensation"}:
        return charge_kind("compensation")
    fee = next((one for one in ("return_fee", "dunning_fee") if one in kinds), "interest")
    return charge_kind(fee)


def because(code: str) -> str:
    """Return why something was written off."""
    return {
        "bad_debt": gettext("Cannot be collected"),
        "insolvency": gettext("Insolvency"),
        "small_balance": gettext("Small balance"),
        "limitation": gettext("Limitation"),
        "disputed_lost": gettext("Dispute lost"),
    }.get(code, code)


def relief_waits(code: str, count: int) -> str:
    """Return why the tax of write-offs was not taken back, with how many."""
    return {
        "tax_unknown": gettext("Taken over at going live, so their tax is not known: %(count)s"),
        "no_rule": gettext("No rule of the policy for their reason: %(count)s"),
        "not_yet": gettext("Not on that day by the policy's rule: %(count)s"),
    }.get(code, f"{code}: %(count)s") % {"count": count}


def law(code: str) -> str:
    """Return whose law a charge goes by."""
    return {
        "EU": gettext("EU directive"),
        "DE": gettext("German law"),
        "FR": gettext("French law"),
        "UK": gettext("UK law"),
        "NO": gettext("Norwegian law"),
        "US": gettext("Contract, United States"),
        "CONTRACT": gettext("Contract"),
    }.get(code, code)


def reference(code: str) -> str:
    """Return which published rate late interest is counted from."""
    return {
        "ecb_mro": gettext("European Central Bank, main refinancing operations"),
        "boe_base": gettext("Bank of England, Bank Rate at the end of the day before"),
        "bbk_base": gettext("Bundesbank, base rate of § 247 BGB"),
        "norges_policy": gettext("Norges Bank, policy rate"),
    }.get(code, code)


def day_count(code: str) -> str:
    """Return how days are counted for interest."""
    return {
        "actual/365": gettext("each day, of 365 in a year"),
        "actual/360": gettext("each day, of 360 in a year"),
        "actual/actual": gettext("each day, of those of its year"),
        "30/360": gettext("months of 30 days, of 360 in a year"),
    }.get(code, code)


def waits(code: str, count: int) -> str:
    """Return why items were not charged, with how many."""
    return {
        "disputed": gettext("Contested, charged once that is settled: %(count)s"),
        "no_law": gettext("No law is known for the customer's country: %(count)s"),
        "consumer": gettext("Owed by consumers, who are charged nothing by that law: %(count)s"),
        "no_rate": gettext("No rate was ever entered for that law: %(count)s"),
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
