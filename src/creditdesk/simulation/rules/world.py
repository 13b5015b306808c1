"""Who is in the world: two companies, their bank accounts, their customers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import count as count_up
from random import Random
from typing import Final

from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.kernel.references import fold
from creditdesk.simulation.rules import characters, names
from creditdesk.simulation.rules.characters import (
    BOUNCING_SHARE,
    CHARACTERS,
    FAILS_DAYS_BEFORE_END,
    JOINING_SHARE,
    JOINING_WITHIN,
    NEEDS_CALL_SHARE,
    WORSENS_FOR_DAYS,
)
from creditdesk.simulation.rules.delays import POPULATIONS, disputed_share
from creditdesk.simulation.rules.dice import dice

IBAN_REMAINDER: Final = 98  # ISO 13616: check digits bring the number to 1 modulo 97
LIMIT_STEP_MINOR: Final = 250_000
GROUP_FROM: Final = 4
TRIES_MAX: Final = 60
GONE: Final = "mailbox.gone"


@dataclass(frozen=True, slots=True)
class Account:
    """A collecting account of a company and the format in which its bank reports."""

    identifier: str
    currency: str
    format: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A simulated company; `share` is its part of the customers in percent."""

    code: str
    name: str
    currency: str
    country: str
    timezone: str
    language: str
    address: str
    sender_email: str
    phone: str
    share: int
    vat_percent: int
    invoice_prefix: str
    credit_prefix: str
    order_prefix: str
    customer_prefix: str
    population: str
    accounts: tuple[Account, ...]
    countries: tuple[tuple[str, int], ...]
    terms: tuple[tuple[str, int], ...]


def iban(country: str, bban: str) -> str:
    """Return the IBAN of a national account number, with check digits that prove."""
    digits = "".join(str(int(character, 36)) for character in f"{bban}{country}00")
    return f"{country}{IBAN_REMAINDER - int(digits) % 97:02d}{bban}"


HOUSES: Final[tuple[House, ...]] = (
    House(
        code="corvendale-de", name="Corvendale Haustechnik GmbH", currency="EUR", country="DE",
        timezone="Europe/Berlin", language="en", share=50, vat_percent=19,
        address="Speicherkai 14, 20457 Hamburg", sender_email="debitoren@corvendale.example",
        phone="+49 30 23125 700", invoice_prefix="RE", credit_prefix="GS", order_prefix="AB",
        customer_prefix="D", population="trade",
        accounts=(
            Account(iban("DE", "990501230004711007"), "EUR", "camt.053", "Hausbank, EUR"),
        ),
        countries=(("DE", 74), ("NL", 16), ("AT", 10)),
        terms=(("net30", 46), ("net14", 26), ("eom15", 12), ("net45", 10), ("net7", 6)),
    ),
    House(
        code="corvendale-uk", name="Corvendale Building Supplies Ltd", currency="GBP",
        country="GB", timezone="Europe/London", language="en", share=50, vat_percent=20,
        address="7 Aire Wharf, Leeds LS1 4AP", sender_email="credit@corvendale-uk.example",
        phone="+44 113 496 0700", invoice_prefix="INV", credit_prefix="CN", order_prefix="SO",
        customer_prefix="K", population="services",
        accounts=(
            Account(iban("GB", "CRVD60161331926819"), "GBP", "mt940", "Current account, GBP"),
            Account("9930047281", "USD", "bai2", "Dollar account, USD"),
        ),
        countries=(("GB", 86), ("US", 14)),
        terms=(("net30", 60), ("net14", 18), ("eom30", 12), ("net60", 10)),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A customer as the world knows it: what the desk is told, and what it has to find out."""

    account: NewCustomer
    character: str
    size: float
    limit_minor: int
    quoting: str
    payment_run: int | None
    payer_name: str
    email: str
    person: str
    population: str = "trade"
    place: float = 0.5
    disputed_share: float = 0.0
    fails_days_before_end: int = 0
    joins_after_days: int = 0
    needs_call: bool = False

    @property
    def number(self) -> str:
        """The customer number."""
        return self.account.number

    @property
    def currency(self) -> str:
        """The currency it buys and pays in."""
        return self.account.currency


def pick(chance: Random, weighted: tuple[tuple[object, int], ...]) -> object:
    """Return one of the values by weight."""
    values = [value for value, _ in weighted]
    return chance.choices(values, [weight for _, weight in weighted])[0]


def customer_counts(customers: int) -> tuple[int, ...]:
    """Share the customers out over the companies; everyone gets at least one."""
    first = max(1, customers * HOUSES[0].share // 100)
    return first, max(1, customers - first)


def firms(seed: int, house: House, count: int, days: int = 182) -> tuple[Firm, ...]:
    """Return the customers of a company; the first ones show every character at least once.

    `days` is how long the world is: some join later, and those who fail do so at different times.
    """
    cast = _cast(seed, house, count)
    taken: set[str] = set()
    found = [
        _firm(dice(seed, house.code, "firm", place), house, place, code, taken)
        for place, code in enumerate(cast, start=1)
    ]
    failing = [firm.number for firm in found if CHARACTERS[firm.character].fails]
    return tuple(
        _fated(dice(seed, house.code, "fate", firm.number), firm, days, failing[:1])
        for firm in _grouped(found)
    )


def _fated(chance: Random, firm: Firm, days: int, fails_last: list[str]) -> Firm:
    """Draw how a customer pays, whether it joins later, and when it fails if it does."""
    population = POPULATIONS[firm.population]
    low, high = characters.places(firm.character)
    place = low + (high - low) * chance.random()
    contests = disputed_share(population, chance.random()) * characters.DISPUTED_SCALE
    joins, joins_after = chance.random(), chance.randrange(1, max(2, int(days * JOINING_WITHIN)))
    needs_call, bounces = chance.random(), chance.random()
    fails, least = 0, FAILS_DAYS_BEFORE_END
    if CHARACTERS[firm.character].fails:
        spread = chance.randint(least, max(least, days - WORSENS_FOR_DAYS))
        fails = least if firm.number in fails_last else spread
    return replace(
        firm,
        account=_without_mailbox(firm.account) if bounces < BOUNCING_SHARE else firm.account,
        place=place,
        disputed_share=contests,
        fails_days_before_end=fails,
        joins_after_days=joins_after if joins < JOINING_SHARE and not fails else 0,
        needs_call=needs_call < NEEDS_CALL_SHARE,
    )


def _without_mailbox(account: NewCustomer) -> NewCustomer:
    """Let the mailbox the desk writes to be gone; whoever writes there is told so."""
    first, *others = account.contacts
    _, _, domain = first.email.partition("@")
    return replace(account, contacts=(replace(first, email=f"{GONE}@{domain}"), *others))


def _grouped(found: list[Firm]) -> list[Firm]:
    """Put firms of one family into a group: those whose names begin alike, three or more."""
    families = Counter(firm.account.name.split()[0] for firm in found)
    return [
        replace(firm, account=replace(firm.account, group_number=f"G-{_slug(family).upper()}"))
        if families[family := firm.account.name.split()[0]] >= GROUP_FROM
        else firm
        for firm in found
    ]


def _cast(seed: int, house: House, count: int) -> list[str]:
    """Return a character per customer: by weight, in the order of chance."""
    chance = dice(seed, house.code, "cast")
    codes = list(CHARACTERS)
    weights = [CHARACTERS[code].weight for code in codes]
    drawn = chance.choices(codes, weights, k=max(0, count - len(codes)))
    cast = (codes + drawn)[:count]
    chance.shuffle(cast)
    return cast


def _firm(chance: Random, house: House, place: int, character: str, taken: set[str]) -> Firm:
    country = names.COUNTRIES[str(pick(chance, house.countries))]
    name = _free_name(chance, country, taken)
    size = min(characters.SIZE_MOST, chance.lognormvariate(0, characters.SIZE_SIGMA))
    currency = "USD" if country.code == "US" else house.currency
    person = f"{chance.choice(country.first_names)} {chance.choice(country.last_names)}"
    domain = _slug(name)
    postal_code, city = chance.choice(country.cities)
    terms = str(pick(chance, house.terms))
    account = NewCustomer(
        number=f"{house.customer_prefix}{10_000 + place * 7}",
        name=name,
        currency=currency,
        country=country.code,
        language=country.language,
        street=f"{chance.choice(country.streets)} {chance.randint(1, 180)}",
        postal_code=postal_code,
        city=city,
        vat_number=_vat_number(chance, country.code),
        segment="large" if size > 1.6 else "standard",  # noqa: PLR2004 - the largest sixth
        terms_code=terms,
        contacts=_people(chance, country, person, domain),
        bank_accounts=(_bank_account(chance, country.code),),
    )
    run = pick(chance, characters.PAYMENT_RUNS)
    return Firm(
        account=account,
        character=character,
        size=size,
        limit_minor=_limit(character, size),
        quoting=str(pick(chance, characters.QUOTING)),
        payment_run=run if isinstance(run, int) else None,
        payer_name=_bank_name(chance, name),
        email=account.contacts[0].email,
        person=person,
        population=house.population,
    )


def _free_name(chance: Random, country: names.Country, taken: set[str]) -> str:
    """Return an invented name nobody has yet; stems are shared so that matching has to look."""
    for tries in count_up():
        stem, trade = chance.choice(country.stems), chance.choice(country.trades)
        # When nearly every name is taken, branches of the same house are told apart by number.
        branch = (
            f"{stem} {trade}" if tries < TRIES_MAX else f"{stem} {trade} {tries - TRIES_MAX + 2}"
        )
        if branch not in taken:
            taken.add(branch)
            return f"{branch} {chance.choice(country.forms)}"
    raise AssertionError


def _people(
    chance: Random, country: names.Country, person: str, domain: str
) -> tuple[NewContact, ...]:
    other = f"{chance.choice(country.first_names)} {chance.choice(country.last_names)}"
    accounts = NewContact(
        name=person,
        role="accounts payable",
        email=f"{_mailbox(person)}@{domain}.example",
        phone=f"{country.dial} {chance.randint(100, 999)}",
        language=country.language,
        is_primary=True,
    )
    owner = NewContact(
        name=other,
        role="managing director",
        email=f"{_mailbox(other)}@{domain}.example",
        phone=f"{country.dial} {chance.randint(100, 999)}",
        language=country.language,
    )
    return (accounts,) if other == person else (accounts, owner)


def _mailbox(person: str) -> str:
    return ".".join(fold(word).lower() for word in person.split())


def _slug(name: str) -> str:
    letters = "".join(c if c.isalnum() else "-" for c in fold(name).lower())
    return "-".join(part for part in letters.split("-") if part)


def _bank_name(chance: Random, name: str) -> str:
    """Return the name as a bank prints it: capitals or not, cut at 35 characters."""
    printed = fold(name) if chance.random() < 0.4 else name  # noqa: PLR2004 - some banks shout
    return printed[:35]


def _bank_account(chance: Random, country: str) -> str:
    """Return an account number that proves by its check digits; its bank does not exist."""
    digits = f"{chance.randrange(10**10):010d}"
    if country == "DE":
        return iban("DE", f"99{chance.randrange(10**6):06d}{digits}")
    if country == "AT":
        return iban("AT", f"99{chance.randrange(10**3):03d}{digits}0")
    if country == "NL":
        return iban("NL", f"CRVB{digits}")
    if country == "GB":
        return iban("GB", f"CRVB99{chance.randrange(10**4):04d}{digits[:8]}")
    return f"99{digits}"


def _vat_number(chance: Random, country: str) -> str:
    digits = f"{chance.randrange(10**9):09d}"
    return "" if country == "US" else f"{country}{digits}"


def _limit(character: str, size: float) -> int:
    """Return the limit in minor units: some months of expected sales, in round steps."""
    months = CHARACTERS[character].limit_months
    mean_minor = characters.ORDER_MEDIAN_MINOR * 1.44 * 1.2  # mean of the skewed draw, with tax
    month_minor = mean_minor * characters.ORDERS_A_WEEK * 4.35 * size
    return max(1, round(month_minor * months / LIMIT_STEP_MINOR)) * LIMIT_STEP_MINOR
