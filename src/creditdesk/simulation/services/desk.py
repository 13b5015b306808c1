"""What the people of the desk do on a day, each in their own role and in their own order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, time, timedelta
from random import Random
from typing import Final

from creditdesk.cash import services as cash
from creditdesk.collections import queries as collections_queries
from creditdesk.collections import services as collections
from creditdesk.collections.queries import WorkRow
from creditdesk.collections.services import NewPromise
from creditdesk.contact import queries as contact_queries
from creditdesk.contact import services as contact
from creditdesk.contact.queries import ReplyRow
from creditdesk.controls import services as controls
from creditdesk.credit import services as credit
from creditdesk.disputes import queries as disputes_queries
from creditdesk.disputes import services as disputes
from creditdesk.disputes.queries import DisputeRow
from creditdesk.disputes.rules import NewDispute
from creditdesk.invoices import queries as invoices_queries
from creditdesk.invoices import services as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded
from creditdesk.orders import queries as orders_queries
from creditdesk.orders import services as orders
from creditdesk.simulation import queries
from creditdesk.simulation.queries import WaitingPayment
from creditdesk.simulation.rules import behaviour, characters
from creditdesk.simulation.rules.characters import CHARACTERS
from creditdesk.simulation.rules.world import Firm, pick
from creditdesk.simulation.services import questions, unlike_cash
from creditdesk.simulation.services.life import Debt, Life, Meant
from creditdesk.simulation.services.outside import let_go

CASH_AT: Final = time(9, 20)
CALLS_AT: Final = time(10, 15)
DISPUTES_AT: Final = time(11, 30)
CREDIT_AT: Final = time(14, 30)
APPROVALS_AT: Final = time(15, 5)
ASKED_MINOR: Final = 15_000_000
POST_LEAVES_AT: Final = time(15, 40)
CALL_NOTES: Final = {
    "promise": ("{person} promised the transfer.", "Spoke to {person}, money is coming."),
    "reached": ("{person} says it was paid; asked for proof.", "{person} will check and call."),
    "not_reached": ("No answer.", "Line was busy twice."),
    "left_message": ("Left a message for {person}.", "Asked reception to have {person} call."),
    "dispute": ("{person} contests the invoice.", "{person} waits for a correction."),
}
DISPUTE_REASONS: Final = ("price", "quality", "quantity")


def clear_cash(life: Life, day: date) -> None:
    """Let the cash applier solve what matching left, but for what still waits for an answer."""
    actor = life.acting("cash_applier", day, CASH_AT)
    waiting = [
        (payment, life.meant[payment.bank_reference])
        for payment in queries.waiting_payments(life.company.id)
        if _is_worked(life, day, payment)
    ]
    for payment, meant in waiting:
        if not unlike_cash.apply(life, actor, payment, meant):
            _apply(life, actor, payment, meant)


def _is_worked(life: Life, day: date, payment: WaitingPayment) -> bool:
    """Whether the applier has found out by today what a payment was for."""
    chance = life.chance("exception", payment.bank_reference)
    days = pick(chance, characters.EXCEPTION_DAYS)
    arrived_on = life.calendar.next_business_day(payment.received_on)
    return arrived_on + timedelta(days=int(str(days))) <= day


def _apply(life: Life, actor: Actor, payment: WaitingPayment, meant: Meant) -> None:
    """Apply a payment to what it was meant for; what is over stays on account.

    What was put to somebody else is taken back first.
    """
    customer_id = life.ids[meant.firm.number]
    left = payment.unapplied_minor
    if payment.applied_minor and payment.customer_id != customer_id:
        cash.undo(actor, payment.payment_id)
        left += payment.applied_minor
    allocations: dict[int, int] = {}
    items = invoices_queries.open_items(
        life.company.id, customer_ids=[customer_id], currency=payment.currency
    )
    for item in items:
        minor = min(left, item.open_minor, meant.parts.get(item.number, 0))
        if minor > 0:
            allocations[item.item_id] = minor
            left -= minor
    if allocations:
        cash.apply(actor, payment.payment_id, allocations=allocations, customer_id=customer_id)
    if left:
        cash.put_on_account(actor, payment.payment_id, customer_id=customer_id)


def read_replies(life: Life, day: date) -> None:
    """Let the collector read what customers wrote; a complaint becomes a dispute."""
    actor = life.acting("collector", day, CALLS_AT)
    for reply in contact_queries.replies_open(life.company.id):
        chance = life.chance("reply", reply.customer_number, reply.received_at.isoformat())
        days = int(str(pick(chance, characters.REPLY_DAYS)))
        written_on = reply.received_at.date()
        if life.calendar.add_business_days(written_on, days) > day:
            continue
        _answer(life, day, actor, reply, chance)
        contact.handle_reply(actor, reply.id)


def _answer(life: Life, day: date, actor: Actor, reply: ReplyRow, chance: Random) -> None:
    """Do what a letter asks for: open a dispute, or note the promise it makes."""
    firm = life.of_id[reply.customer_id]
    contested = [
        debt
        for debt in life.debts[firm.number].values()
        if debt.is_contested and debt.number in reply.body_text
    ]
    for debt in contested:
        _open_dispute(life, actor, debt, chance)
    said = life.said.get(reply.id)
    if said is not None and said.kind == "paid":
        questions.ask(life, day, firm)
    if said is None or said.kind != "promise" or said.on < day:
        return
    promised = _promised(life, day, firm, chance, said.on)
    if promised is not None:
        collections.promise(
            actor,
            reply.customer_id,
            currency=promised.currency,
            minor=promised.minor,
            due_on=promised.due_on,
            item_ids=promised.item_ids,
            note=f"written by {firm.person}",
        )


def _open_dispute(life: Life, actor: Actor, debt: Debt, chance: Random) -> None:
    """Open a dispute on an invoice, unless it has one or nothing of it is open."""
    disputed = disputes_queries.open_item_ids(life.company.id)
    items = invoices_queries.open_items(life.company.id, customer_ids=[life.ids[debt.firm.number]])
    item = next((i for i in items if i.number == debt.number), None)
    if item is None:
        debt.is_contested = False
        return
    if item.item_id in disputed:
        return
    disputes.open(
        actor,
        [
            NewDispute(
                item_id=item.item_id,
                reason=chance.choice(DISPUTE_REASONS),
                disputed_minor=item.open_minor,
                note=f"said by {debt.firm.person}",
            )
        ],
    )


def work_list(life: Life, day: date) -> None:
    """Let the collector call the top of the worklist and note what was said."""
    actor = life.acting("collector", day, CALLS_AT)
    todo = [
        row
        for row in collections_queries.worklist(life.company.id, day)
        if row.done_at is None and row.action != "answer_reply"
    ]
    for row in todo[: characters.CALLS_A_DAY]:
        _call(life, day, actor, row)


def _call(life: Life, day: date, actor: Actor, row: WorkRow) -> None:
    """Call a customer, note the answer and tick the customer off."""
    firm = life.of_id[row.customer_id]
    chance = life.chance("call", firm.number, day)
    late = [debt for debt in life.debts[firm.number].values() if debt.due_on < day]
    contested = [debt for debt in late if debt.is_contested]
    outcome = behaviour.call_outcome(chance, firm, is_disputing=bool(contested))
    on = life.calendar.add_business_days(day, chance.randint(2, 8))
    promised = _promised(life, day, firm, chance, on) if outcome == "promise" else None
    if outcome == "promise" and promised is None:
        outcome = "reached"
    collections.log_activity(
        actor,
        row.customer_id,
        kind="call",
        outcome=outcome,
        note=chance.choice(CALL_NOTES[outcome]).format(person=firm.person),
        follow_up_on=(
            life.calendar.add_business_days(day, 2) if outcome == "left_message" else None
        ),
        promise=promised,
    )
    if outcome == "dispute":
        _open_dispute(life, actor, contested[0], chance)
    collections.mark_done(actor, row.customer_id, on=day)


def _promised(life: Life, day: date, firm: Firm, chance: Random, due_on: date) -> NewPromise | None:
    """Return a promise of what is overdue; the customer keeps it, or pays later after all.

    Nothing overdue in the customer's own books is nothing to promise.
    """
    items = [
        item
        for item in invoices_queries.open_items(
            life.company.id, customer_ids=[life.ids[firm.number]], currency=firm.currency
        )
        if item.due_on < day and item.number in life.debts[firm.number]
    ]
    if not items:
        return None
    later = life.calendar.add_business_days(due_on, chance.randint(4, 12))
    is_kept = behaviour.keeps_promise(chance, firm)
    for item in items:
        debt = life.debts[firm.number][item.number]
        if debt.pay_on is not None:
            debt.pay_on = due_on if is_kept else max(debt.pay_on, later)
    return NewPromise(
        currency=firm.currency,
        minor=sum(item.open_minor for item in items),
        due_on=due_on,
        item_ids=tuple(item.item_id for item in items),
    )


@contextmanager
def approved_by(manager: Actor) -> Iterator[None]:
    """Within the block what needs a second person is asked, and the manager approves it."""
    try:
        yield
    except ApprovalNeeded as needed:
        controls.approve(manager, needed.reference)


def settle_disputes(life: Life, day: date) -> None:
    """Let the resolver close disputes that have been looked into: a credit note, or a no."""
    actor = life.acting("resolver", day, DISPUTES_AT)
    for dispute in disputes_queries.open_disputes(life.company.id):
        chance = life.chance("dispute", dispute.reference)
        days = chance.randint(*characters.DISPUTE_DAYS)
        if dispute.opened_on + timedelta(days=days) <= day:
            _settle(life, day, actor, dispute, chance)


def _settle(life: Life, day: date, actor: Actor, dispute: DisputeRow, chance: Random) -> None:
    firm = life.of_id[dispute.customer_id]
    item = invoices_queries.items_by_id(life.company.id, [dispute.item_id])[dispute.item_id]
    is_credited = chance.random() < characters.CREDITED_SHARE and item.open_minor > 0
    credited = 0
    if is_credited:
        credited = _credit(life, day, actor, dispute, item, chance)
    disputes.resolve(actor, dispute.reference, resolution="credited" if is_credited else "rejected")
    _pay_the_rest(life, day, firm, item, credited, chance)


def _credit(
    life: Life,
    day: date,
    actor: Actor,
    dispute: DisputeRow,
    item: OpenItemRow,
    chance: Random,
) -> int:
    """Write the credit note that settles a dispute; return its amount with tax."""
    minor = min(item.open_minor, dispute.disputed_minor)
    if dispute.reason != "short_payment":
        minor = max(1, minor * chance.randint(*characters.CREDITED_HUNDREDTHS) // 100)
    number = life.next_number(life.house.credit_prefix, 4)
    percent = life.house.vat_percent if _is_taxed(life, item) else 0
    net_minor = minor * 100 // (100 + percent)
    with approved_by(life.acting("manager", day, APPROVALS_AT)):
        invoices.credit(
            actor,
            item.number,
            number=number,
            issued_on=day,
            net_minor=net_minor,
            tax_minor=minor - net_minor,
            reason=dispute.reason,
        )
    debt = life.debt(life.of_id[dispute.customer_id], item.number)
    if debt is not None:
        debt.credits.append(number)
    return minor


def _is_taxed(life: Life, item: OpenItemRow) -> bool:
    return invoices_queries.invoice(life.company.id, item.number).tax_minor > 0


def _pay_the_rest(
    life: Life, day: date, firm: Firm, item: OpenItemRow, credited: int, chance: Random
) -> None:
    """Let the customer pay what a settled dispute leaves open, some days later."""
    rest = item.open_minor - credited
    debts = life.debts[firm.number]
    if rest <= 0:
        debts.pop(item.number, None)
        return
    pay_on = life.calendar.add_business_days(day, chance.randint(3, 8))
    known = debts.get(item.number)
    if known is None:
        debts[item.number] = Debt(item.number, firm, item.due_on, rest, pay_on, is_rest=True)
        return
    known.minor, known.is_contested, known.pay_on = rest, False, pay_on


def send_waiting(life: Life, day: date) -> None:
    """Send what waited for the customer's own morning, such as mail across the ocean."""
    if queries.has_waiting_mail(life.company.id):
        collections.send_queued(life.acting("system", day, POST_LEAVES_AT))


def decide_credit(life: Life, day: date) -> None:
    """Let the manager see to held orders, the analyst to limits that grew tight and to blocks.

    What the day found room for this morning is delivered.
    """
    if life.held:
        waiting = orders_queries.orders(life.company.id, statuses=["held"])
        for reference in sorted(life.held.keys() - {order.reference for order in waiting}):
            let_go(life, day, reference)
    manager = life.acting("manager", day, CREDIT_AT)
    for held in list(life.held.values()):
        chance = life.chance("held", held.reference, day)
        is_failing = held.delivery.firm.character == "failing"
        if not is_failing and chance.random() < characters.RELEASE_SHARE:
            orders.release(manager, held.reference, "payment announced, customer known for years")
            let_go(life, day, held.reference)
        elif held.since + timedelta(days=characters.CANCEL_AFTER_DAYS) <= day:
            orders.cancel(manager, held.reference)
            del life.held[held.reference]
    analyst = life.acting("analyst", day, CREDIT_AT)
    for step in (_raise_limits, _ask_for_more, _block):
        step(life, day, analyst)


def _raise_limits(life: Life, day: date, actor: Actor) -> None:
    quarters = (day - life.first).days // characters.RAISE_LIMIT_EVERY_DAYS
    times = min(
        characters.RAISE_LIMIT_TIMES_MAX, (characters.RAISE_LIMIT_PERCENT / 100) ** quarters
    )
    for firm in life.firms:
        limit_minor = round(firm.limit_minor * times)
        if CHARACTERS[firm.character].growth_a_month > 1 and life.limits[firm.number] < limit_minor:
            life.limits[firm.number] = limit_minor
            with approved_by(life.acting("manager", day, APPROVALS_AT)):
                credit.set_limit(
                    actor,
                    life.ids[firm.number],
                    minor=life.limits[firm.number],
                    currency=firm.currency,
                    valid_from=day,
                    reason="growing, pays well",
                )


def _ask_for_more(life: Life, day: date, actor: Actor) -> None:
    """On the last day worked, leave the manager a limit to approve, above the analyst's own."""
    if day != life.calendar.previous_business_day(life.until):
        return
    growing = [one for one in life.firms if CHARACTERS[one.character].growth_a_month > 1]
    firm = max(growing or life.firms, key=lambda one: life.limits[one.number])
    with suppress(ApprovalNeeded):
        credit.set_limit(
            actor,
            life.ids[firm.number],
            minor=max(2 * life.limits[firm.number], ASKED_MINOR),
            currency=firm.currency,
            valid_from=day,
            reason="framework order announced for next quarter",
        )


def _block(life: Life, day: date, actor: Actor) -> None:
    for firm in life.firms:
        is_known = behaviour.is_known_to_fail(firm, day, life.until)
        if is_known and firm.number not in life.blocked:
            life.blocked.add(firm.number)
            credit.block(actor, life.ids[firm.number], reason="insolvency filing announced")
