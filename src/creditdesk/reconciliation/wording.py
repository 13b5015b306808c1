"""Causes, accounts and totals of a reconciliation, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext


def cause(code: str) -> str:
    """Return the likeliest cause of a difference."""
    return {
        "missing_here": gettext("Missing here"),
        "missing_there": gettext("Closed in the ERP, open here"),
        "amount_differs": gettext("The amount differs"),
        "paid_here_not_there": gettext("Paid here, not in the ERP"),
        "credit_not_exported": gettext("Credit not in the ERP yet"),
        "cut_off": gettext("Cut-off: booked around the date"),
        "other_customer": gettext("Another customer"),
        "currency_differs": gettext("Another currency"),
        "total_differs": gettext("The control total differs"),
    }.get(code, code)


def what_to_do(code: str) -> str:
    """Return how a difference of that cause is usually mended."""
    return {
        "missing_here": gettext("Load the invoice, or ask why the feed left it out"),
        "missing_there": gettext("Load the closure of the ERP, or ask who closed it there"),
        "amount_differs": gettext("Look at payments and credits on both sides"),
        "paid_here_not_there": gettext("Export the decisions and book the payment in the ERP"),
        "credit_not_exported": gettext("Export the decisions and book the credit in the ERP"),
        "cut_off": gettext("Nothing, if it is gone tomorrow"),
        "other_customer": gettext("Correct the customer where it is wrong"),
        "currency_differs": gettext("Correct the document where it is wrong"),
        "total_differs": gettext("Follow the documents of the customer or the age"),
    }.get(code, "")


def figure(name: str) -> str:
    """Return what a control total is a total of."""
    account, _, bucket = name.partition(":")
    said = {
        "receivable": gettext("Open items"),
        "unapplied": gettext("Credit not applied"),
        "balance": gettext("Balance"),
    }.get(account, account)
    return f"{said}, {bucket_name(bucket)}" if bucket else said


def bucket_name(bucket: str) -> str:
    """Return an ageing bucket in words."""
    return {
        "not_due": gettext("not due"),
        "late_1_30": gettext("1–30 days late"),
        "late_31_60": gettext("31–60 days late"),
        "late_61_90": gettext("61–90 days late"),
        "late_91": gettext("more than 90 days late"),
    }.get(bucket, bucket)


def detail(code: str, params: Mapping[str, Any]) -> str:
    """Return what else is known of a difference: what the ERP says instead, and where."""
    said = []
    if code == "other_customer":
        said.append(gettext("There: customer %(there_customer)s") % params)
    if code == "currency_differs":
        said.append(gettext("There: %(there_currency)s") % params)
    if params.get("line"):
        said.append(gettext("line %(line)s of the file") % params)
    return ", ".join(said)
