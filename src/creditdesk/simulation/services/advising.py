"""Customers who say by mail what a payment of several invoices is for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from creditdesk.contact import services as contact
from creditdesk.simulation.rules import ways
from creditdesk.simulation.rules.advices import Advice, mail
from creditdesk.simulation.rules.statements import Movement
from creditdesk.simulation.rules.world import Firm, pick
from creditdesk.simulation.services.life import Life

SENT_AT: Final = time(17, 5)
ARRIVES_AT: Final = time(21, 30)


def dressed(life: Life, day: date, firm: Firm, booked: Movement) -> Movement:
    """Return the payment as it names its advice only, having sent that by mail."""
    parts = life.meant[booked.reference].parts
    if firm.number not in life.ways.advising or len(parts) == 1:
        return booked
    chance = life.chance("advice", booked.reference)
    life.counters["advice"] += 1
    is_german = firm.account.language == "de"
    advice = Advice(
        reference=f"A{day:%y}-{4_100 + life.counters['advice']}",
        payer=firm.account.name,
        currency=firm.currency,
        parts=parts,
        person=firm.person,
        sender=firm.email,
        recipient=life.house.sender_email,
        sent_at=_local(life, day),
        form=str(pick(chance, ways.ADVICE_FORMS)),
        is_german=is_german,
    )
    contact.take_in_mail(
        life.acting("system", day, ARRIVES_AT),
        filename=f"{advice.reference}.eml",
        content=mail(advice),
        door="imap",
    )
    word = "Zahlungsavis" if is_german else "Remittance advice"
    return replace(booked, text=f"{word} {advice.reference}", structured=())


def _local(life: Life, day: date) -> datetime:
    minutes = timedelta(minutes=life.chance("sent", day).randint(0, 50))
    return datetime.combine(day, SENT_AT, tzinfo=ZoneInfo(life.house.timezone)) + minutes
