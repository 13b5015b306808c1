"""What was paid twice and is asked back: the letter, the case, four hands, the bank, its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from creditdesk.cash import services as cash
from creditdesk.contact import services as contact
from creditdesk.payments import services as payments
from creditdesk.payments.rules.cases import NewCase
from creditdesk.simulation import queries
from creditdesk.simulation.rules import ways
from creditdesk.simulation.rules.orders_to_banks import ordered
from creditdesk.simulation.rules.statements import Movement
from creditdesk.simulation.rules.world import Firm
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.life import Life
from creditdesk.treasury import services as treasury
from creditdesk.treasury.services import RefundResult

ASKS: Final = {
    "de": "Wir haben am {day} versehentlich doppelt überwiesen. Bitte den Betrag erstatten{to}.",
    "en": "We paid twice by mistake on {day}. Please transfer the amount back{to}.",
}
TO: Final = {"de": " auf unser Konto {iban}", "en": " to our account {iban}"}
FAILS_AFTER_DAYS: Final = 3
CASE_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class _Asked:
    """A refund on its way through the house: whose, of which two bank lines, with which case."""

    firm: Firm
    twins: tuple[Movement, Movement]
    account: str
    case: str = ""
    refund_id: int = 0

    @property
    def minor(self) -> int:
        """What is asked back."""
        return self.twins[0].minor


def plan(life: Life, day: date, firm: Firm, twins: tuple[Movement, Movement]) -> None:
    """Let a customer that paid twice ask for it, where euros can be paid back."""
    again = twins[1]
    chance = life.chance("refund", again.reference)
    account = again.counterparty_account
    is_euro = (again.currency or firm.currency) == "EUR"
    if not is_euro or not account or chance.random() >= ways.ASKS_BACK_SHARE:
        return
    life.counters["refund"] += 1
    if life.counters["refund"] % ways.OTHER_ACCOUNT_EVERY == 0:
        account = ways.other_account(chance, life.house)
    days = chance.randint(*ways.ASKS_BACK_DAYS)
    agenda.plan_in(life, day, days, partial(_write, one=_Asked(firm, twins, account)))


def _write(life: Life, day: date, *, one: _Asked) -> None:
    """Let the customer write; the resolver opens a case, the applier asks for the refund."""
    firm = one.firm
    language = firm.account.language if firm.account.language in ASKS else "en"
    is_other = one.account != one.twins[0].counterparty_account
    found = [queries.payment_by_line(life.company.id, each.reference) for each in one.twins]
    paid = max(
        (each for each in found if each), key=lambda each: each.unapplied_minor, default=None
    )
    if paid is None:
        return
    words = ASKS[language].format(
        day=f"{paid.received_on:%d.%m.%Y}",
        to=TO[language].format(iban=one.account) if is_other else "",
    )
    contact.record_reply(
        life.acting("system", day, agenda.AT),
        life.ids[firm.number],
        sender=firm.email,
        subject="Doppelzahlung" if language == "de" else "Paid twice",
        body=f"{words}\n\n{firm.person}\n{firm.account.name}",
    )
    if paid.unapplied_minor >= one.minor:
        _ask(life, day, one, paid)


def _ask(life: Life, day: date, one: _Asked, paid: queries.WaitingPayment) -> None:
    firm = one.firm
    applier = life.acting("cash_applier", day, agenda.AT)
    if paid.customer_id is None:
        cash.put_on_account(applier, paid.payment_id, customer_id=life.ids[firm.number])
    [case] = payments.open_cases(
        life.acting("resolver", day, agenda.AT),
        [
            NewCase(
                kind="duplicate",
                customer_id=life.ids[firm.number],
                payment_id=paid.payment_id,
                currency=paid.currency,
                minor=one.minor,
                due_on=day + timedelta(days=CASE_DAYS),
                note=f"{firm.person} asks for what was paid twice.",
            )
        ],
    )
    asked = treasury.ask_refund(
        applier,
        paid.payment_id,
        minor=one.minor,
        iban=one.account,
        payee=firm.account.name,
        reason="Paid twice",
    )
    known = replace(one, case=case, refund_id=asked.refund_id)
    agenda.plan_in(life, day, 1, partial(_approve, one=known, asked=asked))


def _approve(life: Life, day: date, *, one: _Asked, asked: RefundResult) -> None:
    """Let master data call back where the account is new, and the manager approve."""
    if not asked.is_checked:
        treasury.confirm_bank_details(
            life.acting("master_data", day, agenda.AT),
            one.refund_id,
            spoke_to=one.firm.person,
            note="called back on the number of the account; the bank details are right",
        )
    treasury.approve_refund(life.acting("manager", day, agenda.AT), one.refund_id)
    agenda.plan_in(life, day, 1, partial(_release, one=one))


def _release(life: Life, day: date, *, one: _Asked) -> None:
    """Let the treasurer release the refund and hand its file to the bank, which pays."""
    treasurer = life.acting("treasurer", day, agenda.AT)
    released = treasury.release_refunds(
        treasurer, [one.refund_id], account=life.house.accounts[0].identifier
    )
    file = treasury.fetch_file(treasurer, released.reference)
    for told in ordered(file.content):
        on = life.calendar.roll(told.on, "following")
        paid = Movement(
            minor=-told.minor,
            reference=f"A{told.end_to_end}",
            counterparty=told.name,
            counterparty_account=told.account,
            text=told.text,
            end_to_end=told.end_to_end,
            currency=told.currency,
        )
        life.bookings[on].append(paid)
        if life.chance("refund fails", one.twins[1].reference).random() < ways.REFUND_FAILS_SHARE:
            _fail(life, on, paid)
        agenda.plan_in(life, on, 2, partial(_close, case=one.case))


def _fail(life: Life, on: date, paid: Movement) -> None:
    """Let the payee's bank send a refund back: the account is closed."""
    back_on = life.calendar.add_business_days(on, FAILS_AFTER_DAYS)
    life.bookings[back_on].append(
        replace(paid, minor=-paid.minor, reference=f"R{paid.reference}", return_code="AC04")
    )


def _close(life: Life, day: date, *, case: str) -> None:
    payments.close(
        life.acting("resolver", day, agenda.AT),
        case,
        ending="refunded",
        answer="Paid back to the account confirmed.",
    )


def leave_one(life: Life, day: date) -> None:
    """On the last day worked, leave the manager a refund to approve, where money is on account."""
    found = queries.largest_on_account(life.company.id, "EUR")
    if found is None or life.house.currency != "EUR":
        return
    firm = life.of_id[found.customer_id]
    treasury.ask_refund(
        life.acting("cash_applier", day, agenda.AT),
        found.payment_id,
        minor=found.minor,
        iban=found.account,
        payee=firm.account.name,
        reason="Credit balance asked back",
    )
