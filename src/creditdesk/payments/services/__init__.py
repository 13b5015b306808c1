"""The writers of payments: links, attempts, what the provider tells, payouts, cases."""

from creditdesk.payments.services.cases import (
    attach,
    attach_mail,
    close,
    move_on,
    note,
    open_cases,
    take,
)
from creditdesk.payments.services.checkout import begin
from creditdesk.payments.services.clearing import clear, clear_received, clear_taken, lines_for
from creditdesk.payments.services.hearing import hear, work_off
from creditdesk.payments.services.links import (
    DEBITED,
    Payability,
    is_set_up,
    is_set_up_for,
    label_of,
    link_for,
    links_for,
    links_of_invoices,
    of_invoice,
    of_items,
    offered,
    sample_address,
)
from creditdesk.payments.services.sweeping import settled_elsewhere, sweep

__all__ = [
    "DEBITED",
    "Payability",
    "attach",
    "attach_mail",
    "begin",
    "clear",
    "clear_received",
    "clear_taken",
    "close",
    "hear",
    "is_set_up",
    "is_set_up_for",
    "label_of",
    "lines_for",
    "link_for",
    "links_for",
    "links_of_invoices",
    "move_on",
    "note",
    "of_invoice",
    "of_items",
    "offered",
    "open_cases",
    "sample_address",
    "settled_elsewhere",
    "sweep",
    "take",
    "work_off",
]
