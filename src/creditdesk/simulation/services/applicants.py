"""Firms that apply for credit towards the end, so that a case stands in every state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from creditdesk.assessment.cases import gathering, queries
from creditdesk.assessment.cases import services as cases
from creditdesk.assessment.cases.rules import NewCondition, NewDecision
from creditdesk.assessment.cases.services import NewApplication, NewReference
from creditdesk.assessment.rules import sheet_of
from creditdesk.assessment.services import NewStatement
from creditdesk.kernel.money import from_minor
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.life import Life

# A demo shorter than this is over before the first of them would have been decided.
DAYS_MIN: Final = 75
SALES, ANALYST, SYSTEM = "resolver", "analyst", "system"
LINK_AT: Final = time(11, 20)
# In thousands, for firms of about ten times the limit they ask for.
SOUND: Final[Mapping[str, int]] = {
    "cash": 120, "receivables": 480, "inventory": 350, "other_current_assets": 50,
    "fixed_assets": 800, "other_assets": 200, "payables": 300, "short_term_debt": 150,
    "other_current_liabilities": 50, "long_term_debt": 400, "other_long_term_liabilities": 100,
    "retained_earnings": 600, "equity": 1_000, "revenue": 3_000, "cost_of_sales": 2_100,
    "ebitda": 380, "depreciation": 80, "ebit": 300, "interest": 40, "tax": 60, "net_income": 200,
}  # fmt: skip
WEAK: Final[Mapping[str, int]] = {
    **SOUND, "cash": 20, "fixed_assets": 900, "equity": 150, "short_term_debt": 600,
    "long_term_debt": 800, "retained_earnings": -250, "ebitda": 60, "ebit": -20, "tax": 0,
    "net_income": -60,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applicant:
    """A firm that applies: how much for, how long before the end, and how its case goes on."""

    name: str
    person: str
    town: str
    of_class: str
    asked_minor: int
    days_ago: int
    story: str
    figures: Mapping[str, int] | None = None


APPLICANTS: Final = (
    Applicant("Larkfield Joinery", "Ben Marlow", "Ostbruck", "small", 1_200_000, 66, "policy",
              SOUND),
    Applicant("Harrow & Pike", "Clara Pike", "Senden", "medium", 4_000_000, 58, "offer_met",
              SOUND),
    Applicant("Tilling Cold Stores", "Odo Tilling", "Marbeck", "small", 2_500_000, 52, "declined",
              WEAK),
    Applicant("Quarry Lane Motors", "Iris Stone", "Velm", "small", 900_000, 72, "draft"),
    Applicant("Sandpiper Rentals", "Noah Sand", "Ostbruck", "small", 700_000, 40, "withdrawn"),
    Applicant("Greyfriars Packaging", "Lena Grey", "Halden", "medium", 3_000_000, 20, "offer",
              SOUND),
    Applicant("Copperbeech Foods", "Max Beech", "Senden", "small", 1_500_000, 16, "condition",
              SOUND),
    Applicant("Wren Electrical", "Ada Wren", "Marbeck", "sole_trader", 400_000, 12, "review",
              SOUND),
    Applicant("Northgate Fasteners", "Jon North", "Velm", "medium", 6_000_000, 9, "missing"),
    Applicant("Millrace Textiles", "Eva Mill", "Halden", "large", 12_000_000, 4, "fresh", SOUND),
    Applicant("Old Ferry Supplies", "Paul Ferry", "Senden", "small", 600_000, 3, "begun"),
)  # fmt: skip


def begin(life: Life) -> None:
    """Plan who applies, and when; nothing in a demo too short for it."""
    if (life.until - life.first).days < DAYS_MIN:
        return
    for one in APPLICANTS:
        wanted = life.until - timedelta(days=one.days_ago)
        agenda.plan(life, life.calendar.previous_business_day(wanted), partial(_apply, one=one))


def _apply(life: Life, day: date, *, one: Applicant) -> None:
    """Write an application down, and let its case go on in the next days."""
    mail = one.name.split(" ", maxsplit=1)[0].lower()
    monthly = from_minor(one.asked_minor, life.house.currency) / 2
    data = {
        "legal_name": one.name, "legal_form": "Ltd", "register_number": "HR 40117",
        "vat_number": "XI000000000", "street": "Market Row 7", "postal_code": "40117",
        "city": one.town, "country": life.house.country, "contact_name": one.person,
        "contact_email": f"accounts@{mail}.example", "monthly_purchases": str(monthly),
        "annual_revenue": str(monthly * 60), "owner_name": one.person,
        "reference_1_name": "Ashford Steel", "reference_1_email": f"credit.{mail}@ashford.example",
        "reference_2_name": "Beck Paper", "reference_2_email": f"credit.{mail}@beck.example",
    }  # fmt: skip
    if one.story in ("missing", "begun", "draft"):
        del data["street"], data["monthly_purchases"]
    new = NewApplication(
        customer_class=one.of_class, requested_minor=one.asked_minor,
        currency=life.house.currency, data=data, language=life.house.language,
    )  # fmt: skip
    sales = life.acting(SALES, day, agenda.AT)
    reference = cases.start(sales, new=new)
    if one.story in ("draft", "begun"):
        cases.invite(sales, reference)
        return
    cases.submit(sales, reference)
    cases.ask_references(sales, reference)
    agenda.plan_in(life, day, 2, partial(_work, one=one, reference=reference))


def _work(life: Life, day: date, *, one: Applicant, reference: str) -> None:
    """Let the analyst type the figures, referees answer, and the case be decided."""
    if one.story == "fresh":
        return
    analyst = life.acting(ANALYST, day, agenda.AT)
    if one.story == "withdrawn":
        cases.withdraw(life.acting(SALES, day, agenda.AT), reference)
        return
    if one.story == "missing":
        cases.begin(analyst, reference)
        cases.ask_for_missing(analyst, reference)
        return
    _state(life, day, one, reference)
    _refer(life, day, reference, is_slow=one.story == "declined")
    if one.story != "policy":
        cases.begin(analyst, reference)
        if one.story != "review":
            agenda.plan_in(life, day, 1, partial(_decide, one=one, reference=reference))


def _state(life: Life, day: date, one: Applicant, reference: str) -> None:
    if one.figures is None:
        return
    scale = max(one.asked_minor // 1_000_000, 1)
    sheet = sheet_of(
        {code: Decimal(value * scale) for code, value in one.figures.items()},
        period_end=date(day.year - 1, 12, 31), months=12, currency=life.house.currency,
        unit=1_000,
    )  # fmt: skip
    row = NewStatement(customer_id=0, sheet=sheet)
    cases.record_figures(life.acting(ANALYST, day, agenda.AT), reference, row=row)


def _refer(life: Life, day: date, reference: str, *, is_slow: bool) -> None:
    """Let everybody asked for a reference answer by their link."""
    system = life.acting(SYSTEM, day, LINK_AT)
    of = queries.application(life.company.id, reference)
    for ask in queries.asks(life.company.id, of.id):
        if ask.kind == "reference" and ask.state == "open":
            new = NewReference(
                years_known=4, highest_minor=of.requested_minor, currency=of.currency,
                days_late=45 if is_slow else 3, would_again=not is_slow,
            )  # fmt: skip
            cases.answer_reference(system, ask.id, new=new)


def _decide(life: Life, day: date, *, one: Applicant, reference: str) -> None:
    """Let the analyst decide as the story goes, with the reasons that cost most."""
    of = queries.application(life.company.id, reference)
    known = gathering.known(of, on=day)
    half = of.requested_minor // 2
    terms = known.recommendation.terms or "net30"
    if one.story == "declined":
        new = NewDecision(
            answer="decline", reasons=known.reasons[:3],
            explanation="Losses, little equity and slow payment of others: no credit now.",
        )  # fmt: skip
    elif one.story == "condition":
        new = NewDecision(
            answer="approve", limit_minor=of.requested_minor, terms=terms,
            conditions=(NewCondition(kind="deposit", minor=half // 5),),
            explanation="Sound figures; a deposit until a year's history with us stands.",
        )  # fmt: skip
    else:
        new = NewDecision(
            answer="counter", limit_minor=half, terms=terms, reasons=known.reasons[:2],
            explanation="Half now, and the rest after six months of prompt payment.",
        )  # fmt: skip
    cases.decide(life.acting(ANALYST, day, agenda.AT), reference, new=new)
    if one.story == "offer_met":
        agenda.plan_in(life, day, 2, partial(_accept, reference=reference))


def _accept(life: Life, day: date, *, reference: str) -> None:
    of = queries.application(life.company.id, reference)
    for ask in queries.asks(life.company.id, of.id):
        if ask.kind == "offer" and ask.state == "open":
            cases.answer_offer(life.acting(SYSTEM, day, LINK_AT), ask.id, accepts=True)
