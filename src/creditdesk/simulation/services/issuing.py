"""On the last evening a biller issues some invoices: a plan, discounts, one that was wrong."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Final

from creditdesk.invoices import services as invoices
from creditdesk.invoices.documents.drafts import Draft, DraftLine, Particulars
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.invoices.recurring import services as recurring
from creditdesk.invoices.recurring.rules import Rhythm
from creditdesk.plumbing import clock
from creditdesk.simulation.rules.world import Firm, House
from creditdesk.simulation.services.life import Life

COUNTRY: Final = "DE"
AT: Final = time(16, 40)
NONE: Final = Decimal(0)
EARLY: Final = "3/8, 2/14 net 30"
VALVES: Final = DraftLine(
    name="Thermostatic radiator valve, DN 15", quantity=Decimal(48), price=Decimal("17.90"),
    rate_percent=Decimal(19), description="Set of valve body and sensor head",
)  # fmt: skip
VISIT: Final = DraftLine(
    name="Balancing of the heating circuit", quantity=Decimal("3.5"), unit="HUR",
    price=Decimal(78), discount_percent=Decimal(5), rate_percent=Decimal(19),
)  # fmt: skip
BOOK: Final = DraftLine(
    name="Handbook of drinking-water hygiene", quantity=Decimal(2), price=Decimal("34.50"),
    rate_percent=Decimal(7),
)  # fmt: skip
PUMPS: Final = DraftLine(
    name="Circulation pump 25-60", quantity=Decimal(6), price=Decimal("189.00"),
    category=TaxCategory.REVERSE_CHARGE,
)  # fmt: skip
RENT: Final = DraftLine(
    name="Rent of the tool store, {period}", quantity=Decimal(1), unit="MON", price=Decimal(145),
    rate_percent=Decimal(19),
)  # fmt: skip
FEWER: Final = DraftLine(
    name=VALVES.name, quantity=Decimal(6), price=VALVES.price, rate_percent=Decimal(19)
)
FEWER_STILL: Final = DraftLine(
    name=VALVES.name, quantity=Decimal(4), price=VALVES.price, rate_percent=Decimal(19)
)


def issue_some(life: Life) -> None:
    """Write down who sells, issue a few invoices, replace one, and bill a plan's first turn.

    Only the German house does, and only what customers with an address there are sold.
    """
    at_home = [firm for firm in life.firms if firm.account.country == COUNTRY]
    if life.house.country != COUNTRY or len(at_home) < 4:  # noqa: PLR2004 - one of each
        return
    day = life.calendar.previous_business_day(life.until)
    with clock.held_at(life.moment(day, AT)):
        invoices.set_seller(life.acting("system", day, AT), _seller(life.house, life.first))
        _issue(life, day, at_home)


def _issue(life: Life, day: date, at_home: list[Firm]) -> None:
    biller = life.acting("biller", day, AT)
    first, second, third, fourth = (life.ids[firm.number] for firm in at_home[:4])
    drafts = [
        _draft(first, VALVES, VISIT, terms_code=EARLY),
        _draft(second, VISIT, BOOK, discount_percent=Decimal(3)),
        _draft(third, FEWER),
    ]
    abroad = [firm for firm in life.firms if firm.account.country == "NL"][:1]
    drafts += [_draft(life.ids[firm.number], PUMPS) for firm in abroad]
    numbers = invoices.issue(biller, drafts)
    invoices.replace_invoice(
        life.acting("resolver", day, AT), numbers[2], _draft(third, FEWER_STILL),
        reason="Four valves were delivered, not six",
    )  # fmt: skip
    recurring.set_up(
        biller,
        title="Tool store, monthly rent",
        draft=_draft(fourth, RENT),
        rhythm=Rhythm(unit="month", every=1, starts_on=day.replace(day=1), day_of_month=1),
    )
    recurring.run_due(biller)


def _draft(
    customer_id: int, *lines: DraftLine, terms_code: str = "", discount_percent: Decimal = NONE
) -> Draft:
    return Draft(
        customer_id=customer_id, currency="EUR", lines=lines, terms_code=terms_code,
        discount_percent=discount_percent,
    )  # fmt: skip


def _seller(house: House, since: date) -> Particulars:
    street, _, town = house.address.partition(", ")
    postal_code, _, city = town.partition(" ")
    [account] = house.accounts
    return Particulars(
        valid_from=since,
        name=house.name,
        street=street,
        postal_code=postal_code,
        city=city,
        country=house.country,
        vat_number="DE123456788",
        registration="HRB 990471",
        account=account.identifier,
        electronic_address=house.sender_email,
        contact_name="Bruno Adler",
        contact_phone=house.phone,
        contact_email=house.sender_email,
    )
