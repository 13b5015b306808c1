"""What happens outside the desk: orders, deliveries, payments with their bank files, answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from random import Random
from typing import Final

from creditdesk.contact import services as contact
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.errors import Refused
from creditdesk.orders import services as orders
from creditdesk.policy.rules import due_date
from creditdesk.simulation import queries
from creditdesk.simulation.rules import behaviour, characters, names
from creditdesk.simulation.rules.statements import Movement, write
from creditdesk.simulation.rules.world import Firm
from creditdesk.simulation.services import refunds, unlike
from creditdesk.simulation.services.founding import open_accounts
from creditdesk.simulation.services.life import Complaint, Debt, Delivery, Held, Life, Meant, Said

NEWCOMERS_AT: Final = time(9, 0)
ORDERS_AT: Final = time(13, 0)
INVOICES_AT: Final = time(16, 0)
POST_AT: Final = time(9, 10)
BANKS_AT: Final = time(21, 30)
FAILING_ORDERS_END_DAYS: Final = 20
BANK_FEE_MINOR: Final = 1_850
LETTERS_A_DAY_MAX: Final = 200
ACCEPTED: Final = ("accepted", "released")
EXPORT_COUNTRIES: Final = ("NL", "AT", "US")


def newcomers(life: Life, day: date) -> None:
    """Open the accounts of those who become customers by now."""
    joining = [
        firm for firm in life.to_come if life.first + timedelta(days=firm.joins_after_days) <= day
    ]
    if joining:
        life.welcome(joining, open_accounts(life.acting("system", day, NEWCOMERS_AT), joining))
        life.to_come = tuple(firm for firm in life.to_come if firm not in joining)


def place_orders(life: Life, day: date) -> None:
    """Let customers order: most orders are checked, the rest is called off without a check."""
    placed = [one for firm in life.firms if (one := _order(life, day, firm)) is not None]
    asked = [delivery for delivery, _ in placed if delivery.order_reference]
    may_ship = _checked(life, day, asked) if asked else frozenset()
    for delivery, chance in placed:
        reference = delivery.order_reference
        if not reference or reference in may_ship:
            _schedule(life, day, chance, delivery)
        else:
            life.held[reference] = Held(reference, delivery, day)


def _checked(life: Life, day: date, asked: Sequence[Delivery]) -> frozenset[str]:
    """Check the orders of a day; return those that may ship."""
    answers = orders.check_all(
        life.acting("system", day, ORDERS_AT),
        [
            orders.ToCheck(
                customer_number=one.firm.number,
                order_reference=one.order_reference,
                currency=one.firm.currency,
                total_minor=one.net_minor + tax_minor(life, one),
                placed_on=day,
            )
            for one in asked
        ],
    )
    return frozenset(one.order_reference for one in answers if one.outcome in ACCEPTED)


def _order(life: Life, day: date, firm: Firm) -> tuple[Delivery, Random] | None:
    """Return what a customer orders today, if anything; without a reference it is called off."""
    chance = life.chance("order", firm.number, day)
    if chance.random() >= behaviour.order_chance(firm, day, life.first):
        return None
    if behaviour.has_stopped(firm, day + timedelta(days=FAILING_ORDERS_END_DAYS), life.until):
        return None
    net_minor = behaviour.order_net_minor(chance, firm)
    is_called_off = chance.random() < characters.CALLED_OFF_SHARE
    reference = "" if is_called_off else life.next_number(life.house.order_prefix)
    return Delivery(firm, net_minor, reference), chance


def tax_minor(life: Life, delivery: Delivery) -> int:
    """Return the VAT of a delivery; exports carry none."""
    if delivery.firm.account.country in EXPORT_COUNTRIES:
        return 0
    return (delivery.net_minor * life.house.vat_percent + 50) // 100


def let_go(life: Life, day: date, reference: str) -> None:
    """Deliver an order that was held until today."""
    held = life.held.pop(reference)
    _schedule(life, day, life.chance("delivery", reference), held.delivery)


def _schedule(life: Life, day: date, chance: Random, delivery: Delivery) -> None:
    days = chance.randint(1, characters.DELIVERY_DAYS_MAX)
    life.deliveries[life.calendar.add_business_days(day, days)].append(delivery)


def invoice_deliveries(life: Life, day: date) -> None:
    """Invoice what left today in one batch; the customers enter it in their own books."""
    leaving = life.deliveries.pop(day, [])
    if not leaving:
        return
    new = [
        NewInvoice(
            customer_id=life.ids[delivery.firm.number],
            number=life.next_number(life.house.invoice_prefix),
            issued_on=day,
            currency=delivery.firm.currency,
            net_minor=delivery.net_minor,
            tax_minor=tax_minor(life, delivery),
            order_reference=delivery.order_reference,
        )
        for delivery in leaving
    ]
    recorded = invoices.record(life.acting("system", day, INVOICES_AT), new)
    if recorded.rejected:
        raise Refused("simulated_invoice_rejected", str(recorded.rejected[0]))
    for delivery, invoice in zip(leaving, new, strict=True):
        _owe(life, delivery.firm, invoice, day)


def _owe(life: Life, firm: Firm, invoice: NewInvoice, day: date) -> None:
    """Enter an invoice in the customer's books, with what it means to do about it."""
    chance = life.chance("invoice", invoice.number)
    terms = life.policy.terms_for(firm.account.terms_code)
    due_on = due_date(terms, day, life.calendar)
    debt = Debt(invoice.number, firm, due_on, invoice.total_minor, None)
    life.debts[firm.number][invoice.number] = debt
    if behaviour.is_disputed(chance, firm):
        debt.is_contested = True
        after = timedelta(days=chance.randint(*characters.COMPLAINT_DAYS))
        written_on = life.calendar.roll(day + after, "following")
        life.complaints[written_on].append(Complaint(firm, invoice.number))
    debt.pay_on = behaviour.payment_date(
        chance, firm, due_on=due_on, issued_on=day, end=life.until, calendar=life.calendar,
        is_disputed=debt.is_contested,
    )  # fmt: skip
    if firm.number in life.debited:
        debt.pay_on = None


def bank_day(life: Life, day: date) -> None:
    """Let customers pay and the banks write their statements, delivered the next morning."""
    life.files += life.late_files
    life.late_files.clear()
    booked: dict[str, list[Movement]] = {currency: [] for currency in life.vaults}
    for firm in life.firms:
        for movement in _payments(life, day, firm):
            booked[movement.currency or _vault_currency(life, firm)].append(movement)
    unlike.book(life, day, booked)
    for movements in booked.values():
        life.chance("bank order", day).shuffle(movements)
    _outgoing(life, day, booked[life.house.currency])
    for currency, vault in life.vaults.items():
        vault.statements += 1
        file = write(vault.account, day, vault.statements, vault.balance_minor, booked[currency])
        (life.late_files if _is_late(life, currency, day) else life.files).append(file)
        vault.balance_minor += sum(movement.minor for movement in booked[currency])


def _is_late(life: Life, currency: str, day: date) -> bool:
    """Whether a statement misses its morning; the last ones of the world never do."""
    is_last = life.calendar.next_business_day(life.calendar.next_business_day(day)) >= life.until
    drawn = life.chance("late file", currency, day).random()
    return not is_last and drawn < characters.LATE_FILE_SHARE


def _vault_currency(life: Life, firm: Firm) -> str:
    return firm.currency if firm.currency in life.vaults else life.house.currency


def _payments(life: Life, day: date, firm: Firm) -> list[Movement]:
    """Return what a customer pays today: what it means to pay by now, in one sum or singly."""
    if behaviour.has_stopped(firm, day, life.until):
        return []
    ready = [
        debt
        for debt in life.debts[firm.number].values()
        if debt.pay_on is not None and debt.pay_on <= day and not debt.is_contested
    ]
    if not ready:
        return []
    chance = life.chance("payment", firm.number, day)
    singly = len(ready) > 5 or chance.random() < 0.2  # noqa: PLR2004 - long lists are paid singly
    groups = [[debt] for debt in ready] if singly else [ready]
    return [paid for group in groups for paid in _payment(life, day, firm, chance, group)]


def _payment(
    life: Life, day: date, firm: Firm, chance: Random, group: list[Debt]
) -> list[Movement]:
    """Pay a group of invoices in one movement and strike them from the customer's books.

    Now and then the same is paid a second time by mistake.
    """
    parts = {}
    is_short = False
    for debt in group:
        missing = 0 if debt.is_rest else behaviour.short_minor(chance, firm, debt.minor)
        parts[debt.number] = debt.minor - missing
        is_short = is_short or missing > 0
        del life.debts[firm.number][debt.number]
    credit_numbers = [number for debt in group for number in debt.credits]
    wording = behaviour.quote(chance, firm, list(parts), credit_numbers, is_short=is_short)
    unknown = behaviour.stranger(chance)
    booked = Movement(
        minor=behaviour.rounded_up_minor(chance, sum(parts.values())),
        reference=life.remember(day, Meant(firm, parts)),
        counterparty=unknown or firm.payer_name,
        counterparty_account="" if unknown else firm.account.bank_accounts[0],
        text="" if unknown else wording.text,
        structured=() if unknown else wording.structured,
    )
    booked = unlike.dressed(life, day, firm, group, booked)
    meant = life.meant[booked.reference]
    if chance.random() >= characters.TWICE_SHARE or life.ways.pays_for_others(
        booked.counterparty_account
    ):
        return [booked]
    twin = replace(meant, parts={}, is_exchanged=False, twin=booked.reference)
    again = replace(booked, reference=life.remember(day, twin))
    refunds.plan(life, day, firm, (booked, again))
    return [booked, again]


def _outgoing(life: Life, day: date, movements: list[Movement]) -> None:
    """Pay suppliers on Fridays out of what came in, and bank fees at the month's last day."""
    chance = life.chance("suppliers", day)
    friday = 4
    if day.weekday() == friday:
        spare = life.vaults[life.house.currency].balance_minor
        for place, supplier in enumerate(sorted(chance.sample(names.SUPPLIERS, 2))):
            paid = spare * chance.randint(6, 11) // 100
            movements.append(
                Movement(
                    minor=-paid,
                    reference=f"S{day:%y%m%d}{place}",
                    counterparty=supplier,
                    text=f"Inv {chance.randint(10_000, 99_999)}",
                )
            )
    if life.calendar.next_business_day(day).month != day.month:
        movements.append(
            Movement(
                minor=-BANK_FEE_MINOR,
                reference=f"F{day:%y%m%d}",
                counterparty="Bank",
                text="Account fees",
            )
        )


def answer_letters(life: Life, day: date) -> None:
    """Let customers react to what the desk sent this morning: answer, pay sooner, or nothing."""
    actor = life.acting("system", day, POST_AT)
    letters = queries.letters_sent(
        life.company.id,
        after_id=life.last_letter_id,
        since=life.moment(day, time.min),
        limit=LETTERS_A_DAY_MAX,
    )
    life.last_letter_id = max((row.id for row in letters), default=life.last_letter_id)
    for row in letters:
        firm = life.of_id.get(row.customer_id)
        if firm is None:  # an applicant: answers by the link
            continue
        chance = life.chance("letter", row.reference)
        late = [debt for debt in life.debts[firm.number].values() if debt.due_on < day]
        if not firm.needs_call:
            _hurry(life, day, chance, late)
        if not late or not behaviour.answers_letter(chance, firm):
            continue
        kind = behaviour.letter_answer(chance, is_disputing=any(d.is_contested for d in late))
        said = Said(kind, life.calendar.add_business_days(day, chance.randint(3, 8)))
        reply_id = contact.record_reply(
            actor,
            row.customer_id,
            sender=firm.email,
            subject=f"Re: {row.subject}",
            body=_letter(chance, said, late[0].number, firm),
            in_reply_to=row.reference,
        )
        life.said[reply_id] = said


def _hurry(life: Life, day: date, chance: Random, late: list[Debt]) -> None:
    if late and chance.random() < characters.MOVED_BY_LETTER_SHARE:
        soon = life.calendar.add_business_days(day, chance.randint(2, 6))
        for debt in late:
            if debt.pay_on is not None:
                debt.pay_on = min(debt.pay_on, soon)


def _letter(chance: Random, said: Said, number: str, firm: Firm) -> str:
    words = behaviour.words(chance, said.kind, number=number, on=said.on)
    return f"{words}\n\n{firm.person}\n{firm.account.name}"


def complain(life: Life, day: date) -> None:
    """Let customers write about what was wrong with a delivery."""
    actor = life.acting("system", day, POST_AT)
    for complaint in life.complaints.pop(day, []):
        chance = life.chance("complaint", complaint.number)
        contact.record_reply(
            actor,
            life.ids[complaint.firm.number],
            sender=complaint.firm.email,
            subject=complaint.number,
            body=_letter(chance, Said("dispute", day), complaint.number, complaint.firm),
        )
