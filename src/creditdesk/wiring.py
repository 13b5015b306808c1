"""Who reacts to what: the house's whole behaviour between rooms, on one page."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.assessment.cases.services import privacy as applications_privacy
from creditdesk.assessment.evidence.services.report_files import REPORTS
from creditdesk.assessment.reviews import privacy as reviews_privacy
from creditdesk.assessment.reviews import queries as reviews_read
from creditdesk.assessment.reviews import services as reviews
from creditdesk.assessment.services import privacy as assessment_privacy
from creditdesk.assessment.services.statement_files import STATEMENTS
from creditdesk.cash import queries as cash_read
from creditdesk.cash.events import (
    DeductionTaken,
    PaymentsApplied,
    PaymentsReceived,
    PaymentsReturned,
    ShortfallSolved,
    ShortPaid,
    StatementsTakenIn,
)
from creditdesk.cash.services import privacy as cash
from creditdesk.collections import closing_queries as promised
from creditdesk.collections.services import privacy as collections
from creditdesk.contact.events import (
    MessageReported,
    MessagesFailed,
    MessagesSent,
    MessagesWithdrawn,
)
from creditdesk.contact.services import privacy as contact
from creditdesk.controls.commands import approving
from creditdesk.controls.privacy import cases
from creditdesk.controls.privacy.cases import Eraser, Retainer
from creditdesk.credit import closing_queries as exposed
from creditdesk.credit import queries as credit_read
from creditdesk.credit import services as credit
from creditdesk.credit.events import (
    CustomerBlocked,
    CustomerUnblocked,
    LimitsSet,
    ReservationsConverted,
    ReservationsExpired,
)
from creditdesk.credit.services import privacy as credit_privacy
from creditdesk.credit.services.cover_files import COVERS
from creditdesk.customers.events import LimitsStated
from creditdesk.customers.services import lifecycle
from creditdesk.customers.services import privacy as customers
from creditdesk.customers.services.imports import CUSTOMERS
from creditdesk.disputes import closing_queries as disputed
from creditdesk.disputes import services as disputes
from creditdesk.golive.services import privacy as golive
from creditdesk.golive.services.fact_files import KINDS as OPENING_FACTS
from creditdesk.golive.services.item_files import OPENING_CREDITS, OPENING_ITEMS
from creditdesk.insight import queries as proofs
from creditdesk.invoices import closing_queries as recurring
from creditdesk.invoices.services import charging, delivering
from creditdesk.invoices.services import privacy as invoices
from creditdesk.invoices.services.closure_files import CLOSURES
from creditdesk.invoices.services.delivering.preference_files import DELIVERY_PREFERENCES
from creditdesk.invoices.services.imports import INVOICES
from creditdesk.ledger import services as ledger
from creditdesk.monitoring.alerts.events import AlertsChanged
from creditdesk.monitoring.alerts.services import privacy as alerts_privacy
from creditdesk.monitoring.alerts.services.news_files import NEWS
from creditdesk.orders import closing_queries as ordered
from creditdesk.orders import review_queries as orders_read
from creditdesk.orders import services as orders
from creditdesk.orders.services import privacy as orders_privacy
from creditdesk.orders.services import reacting
from creditdesk.payments import services as payments
from creditdesk.payments.services import privacy as payments_privacy
from creditdesk.plumbing.events import AT_ONCE, LATER, AtOnce, Event
from creditdesk.plumbing.imports import kinds
from creditdesk.policy import queries as policy
from creditdesk.policy.events import PolicyPublished
from creditdesk.policy.rate_files import EXCHANGE_RATES, REFERENCE_RATES
from creditdesk.reconciliation.services import privacy as reconciliation
from creditdesk.reconciliation.services.erp_files import CONTROL_TOTALS, OPEN_ITEMS_SNAPSHOT
from creditdesk.statements import services as statements
from creditdesk.treasury import closing_queries as mandated
from creditdesk.treasury import queries as treasury
from creditdesk.treasury.services import clearing, crediting
from creditdesk.treasury.services import privacy as treasury_privacy

# In the transaction that made the fact, set-based; nothing is sent.
AT_ONCE_REACTIONS: dict[type[Event], list[AtOnce]] = {
    MessageReported: [delivering.note_reported],
    MessagesFailed: [delivering.note_failed],
    MessagesSent: [delivering.note_sent],
    MessagesWithdrawn: [delivering.note_withdrawn],
    LimitsStated: [credit.record_stated_limits],
    PaymentsReturned: [clearing.cancel_refunds_of_returned, crediting.debits_returned],
    AlertsChanged: [reviews.after_alerts],
    CustomerBlocked: [reviews.after_blocks],
    CustomerUnblocked: [reacting.after_unblocking],
    LimitsSet: [reacting.after_limits],
    PaymentsApplied: [payments.settled_elsewhere, reacting.after_payments],
    PaymentsReceived: [payments.clear_received],
    ReservationsConverted: [orders.mark_billed],
    ReservationsExpired: [orders.hold_expired],
    ShortPaid: [disputes.open_for_short_payments],
    DeductionTaken: [disputes.open_for_deductions],
    ShortfallSolved: [disputes.end_for_solved],
    StatementsTakenIn: [
        clearing.clear_refunds,
        crediting.settle_collections,
        payments.clear_taken,
    ],
}

# One job per reaction per batch. The day tells whatever a job did not come to.
LATER_REACTIONS: dict[type[Event], list[str]] = {PolicyPublished: ["day.tell_policy"]}

# What can be imported, and by which room.
IMPORTS: Sequence[kinds.Kind] = (
    CUSTOMERS,
    INVOICES,
    CLOSURES,
    OPEN_ITEMS_SNAPSHOT,
    CONTROL_TOTALS,
    EXCHANGE_RATES,
    REFERENCE_RATES,
    DELIVERY_PREFERENCES,
    OPENING_ITEMS,
    OPENING_CREDITS,
    *OPENING_FACTS,
    STATEMENTS,
    REPORTS,
    COVERS,
    NEWS,
)

# What must hold before the books of a period are closed.
CLOSING_PROOFS = {"books": proofs.prove}

# When money came in that was applied later: interest runs to the day it came in.
PAID_ON = {"allocation": cash_read.received_on, "adjustment": cash_read.adjusted_by}

# What keeps an account from being closed.
OBSTACLES = (
    exposed.obstacles,
    recurring.obstacles,
    ordered.obstacles,
    mandated.obstacles,
    disputed.obstacles,
    promised.obstacles,
)
# Who tells what of what is open is late or came back, for a policy that counts them apart.
OPEN_PARTS = [proofs.open_parts]

# Who knows more of what changed of a customer since the last review.
READINGS = [orders_read.readings]

# Where an invoice can be paid online: written into the mail that brings it.
PAY_AT = {"online": payments.links_of_invoices}

# Whose debts are collected: their invoices ask for no payment online.
DEBITED = {"mandate": treasury.debited}

# Who erases a person's data, from the top of the house down: each knows what those above keep.
ERASERS: Sequence[Eraser] = (
    statements.erase_personal,
    applications_privacy.erase_personal,
    assessment_privacy.erase_personal,
    reviews_privacy.erase_personal,
    alerts_privacy.erase_personal,
    collections.erase_personal,
    disputes.erase_personal,
    treasury_privacy.erase_personal,
    payments_privacy.erase_personal,
    cash.erase_personal,
    orders_privacy.erase_personal,
    invoices.erase_personal,
    credit_privacy.erase_personal,
    contact.erase_personal,
    customers.erase_personal,
    # What stands and falls with the account: they look at what all of the above keep.
    reconciliation.erase_personal,
    golive.erase_personal,
)

# Who erases what is older than its period, whosever it is.
RETAINERS: Sequence[Retainer] = (
    statements.retain,
    applications_privacy.retain,
    assessment_privacy.retain,
    alerts_privacy.retain,
    collections.retain,
    disputes.retain,
    payments_privacy.retain,
    orders_privacy.retain,
    treasury_privacy.retain,
    cash.retain,
    invoices.retain,
    contact.retain,
)


def connect() -> None:
    """Make the lists known to the rooms below; called once when the product starts."""
    AT_ONCE.update(AT_ONCE_REACTIONS)
    LATER.update(LATER_REACTIONS)
    ledger.PROOFS.update(CLOSING_PROOFS)
    charging.PAID_ON.update(PAID_ON)
    credit_read.OPEN_PARTS[:] = OPEN_PARTS
    reviews_read.FURTHER[:] = READINGS
    delivering.PAY_AT.update(PAY_AT)
    lifecycle.OBSTACLES[:] = OBSTACLES
    payments.DEBITED.update(DEBITED)
    approving.NAMED_BY[:] = [policy.second_person]
    for kind in IMPORTS:
        kinds.register(kind)
    cases.ERASERS[:] = ERASERS
    cases.RETAINERS[:] = RETAINERS
    cases.ENDED[:] = [customers.ended_accounts]
