"""Planned messages as drafts: to whom, about which items, with the fees and interest they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from creditdesk.collections.rules import Planned
from creditdesk.collections.services import fees
from creditdesk.contact import queries as contact
from creditdesk.contact.rules import Draft, DraftItem
from creditdesk.customers import queries as customers
from creditdesk.invoices.services import Accrued, accrued
from creditdesk.kernel.actor import Actor
from creditdesk.policy.rules import Policy, Step, notice_law

CHASING = "collection"
NOTHING = Accrued(0, 0)
EMAIL = "email"


class Drafting:
    """Makes the drafts of one run by one policy; asks per batch, and only what policy calls for."""

    def __init__(self, actor: Actor, policy: Policy) -> None:
        self._actor = actor
        self._policy = policy
        self._tariff = fees.tariff(actor, policy)
        self._tells_interest = policy.interest.mode == "memo" and policy.interest.on_letters
        self._contested = self._disputed() if self._tells_interest else frozenset()

    def drafts(self, planned: Sequence[Planned], pay_at: Sequence[str]) -> list[Draft]:
        """Return a draft for each planned message, with where it can be paid online."""
        actor = self._actor
        ids = {one.customer_id for one in planned}
        accounts = customers.customers_by_id(actor.company_id, ids)
        people = customers.primary_contacts(actor.company_id, ids)
        costs = self._fees(planned, {of: account.country for of, account in accounts.items()})
        late = self._interest(planned)
        names_charges = bool(costs or late)
        drafts = []
        for one, address in zip(planned, pay_at, strict=True):
            account, person = accounts[one.customer_id], people.get(one.customer_id)
            drafts.append(
                Draft(
                    customer_id=one.customer_id,
                    customer_name=account.name,
                    recipient=person.email if person else "",
                    recipient_name=person.name if person else "",
                    contact_id=person.id if person else None,
                    channel=one.step.channel,
                    purpose=one.step.purpose,
                    step=one.step.code,
                    tone=one.step.tone,
                    language=(person.language if person else "") or account.language,
                    country=account.country,
                    currency=one.currency,
                    pay_by=_pay_by(one.step, account.country, actor.today),
                    pay_at=address if one.step.channel == EMAIL else "",
                    accrued_on=actor.today if names_charges else None,
                    items=_charged(one, costs, late) if names_charges else _items(one),
                )
            )
        return drafts

    def _fees(self, planned: Sequence[Planned], countries: Mapping[int, str]) -> Mapping[int, int]:
        if not self._tariff.is_on:
            return {}
        taken = [
            (line, countries[one.customer_id])
            for one in planned
            if one.step.purpose == CHASING
            for line in one.lines
        ]
        return self._tariff.fees(self._actor.company_id, taken)

    def _interest(self, planned: Sequence[Planned]) -> Mapping[int, Accrued]:
        """Return what accrued on the late items of reminders, where policy has it shown."""
        if not self._tells_interest:
            return {}
        rules = self._policy.interest
        return accrued(
            self._actor.company_id,
            rules,
            [
                line.item_id
                for one in planned
                if one.step.purpose == CHASING
                for line, late_days, _ in one.lines
                if late_days > 0
            ],
            since=rules.since or self._policy.valid_from,
            through=self._actor.today,
            contested=self._contested,
        )

    def _disputed(self) -> frozenset[int]:
        if self._policy.interest.charge_disputed:
            return frozenset()
        return frozenset(
            hold.item_id
            for hold in contact.live_holds(self._actor.company_id, on=self._actor.today)
            if hold.kind == "dispute" and hold.item_id is not None
        )


def _pay_by(step: Step, country: str, today: date) -> date:
    """Return until when a message gives to pay: by its step, or the law where it gives more."""
    by_law = notice_law.least_days(country, today) if step.purpose == CHASING else 0
    return today + timedelta(days=max(step.pay_within_days, by_law))


def _items(one: Planned) -> tuple[DraftItem, ...]:
    return tuple(
        DraftItem(
            line.item_id, line.number, line.due_on, days_late, line.open_minor,
            own.code if own else "",
        )
        for line, days_late, own in one.lines
    )  # fmt: skip


def _charged(
    one: Planned, costs: Mapping[int, int], late: Mapping[int, Accrued]
) -> tuple[DraftItem, ...]:
    """Return the items of a message with the fee and the interest of each."""
    return tuple(
        item._replace(
            fee_minor=costs.get(item.item_id, 0),
            interest_minor=late.get(item.item_id, NOTHING).interest_minor,
            compensation_minor=late.get(item.item_id, NOTHING).compensation_minor,
        )
        for item in _items(one)
    )
