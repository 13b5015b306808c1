"""Statements with named kinds of noise, made from a seed, and what each line truly settles.

The receivables are those of `benchmarks.receivables`: n open invoices of n/10 customers. Half of
the invoices are used, each by one line, except that a sum takes several and that a double payment
comes twice. Two thirds of the payers are named by the bank, half of those with an account known.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from benchmarks import receivables
from benchmarks.cases import Case, Customer, Item, Line
from benchmarks.receivables import AS_OF, CURRENCY, Invoice

# Kind → how many of a hundred lines, about, and what it is.
KINDS: Final[Mapping[str, tuple[int, str]]] = {
    "exact": (40, "the number as issued, the very amount"),
    "buried_number": (15, "the number in other words, other case, blanks or nothing between"),
    "digits_only": (4, "the digits of the number without its letters"),
    "transposed_digits": (6, "two neighbouring digits of the number changed places"),
    "missing_reference": (8, "who paid, and no number"),
    "sum_named": (5, "two to five invoices, all named"),
    "sum_unnamed": (3, "two or three invoices, none named"),
    "short_payment": (7, "the number, and less: a fee, a discount, or half"),
    "over_payment": (3, "the number, and more than is open"),
    "third_party": (3, "the number, paid by somebody who is no customer"),
    "wrong_payer": (2, "the number, paid by another customer"),
    "duplicate": (3, "the same payment twice"),
    "unrelated": (1, "money that pays nothing here"),
}
UNNAMED_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class _World:
    """The receivables with chance, and who owes what."""

    chance: random.Random
    of_customer: Mapping[int, Sequence[Invoice]]
    customers: Sequence[receivables.Customer]
    numbers: frozenset[str]

    def payer(self, invoice: Invoice, *, always: bool = False) -> tuple[str, str]:
        """Return the counterparty's name and account, as the bank tells them of a line."""
        roll = self.chance.random()
        name = invoice.customer.name if always or roll < 2 / 3 else ""
        if not name:
            return "", ""
        return _as_banks_write(name, self.chance), account_of(invoice.customer.index)


def account_of(index: int) -> str:
    """Return the account from which a customer pays; only every other one is known."""
    spelt = "".join(str(int(sign, 36)) for sign in f"BENC{index:010d}NL00")
    return f"NL{98 - int(spelt) % 97:02d}BENC{index:010d}"


def case(count: int, *, seed: int) -> Case:
    """Return a case with so many open invoices; the same seed gives the same case."""
    made = receivables.receivables(count, seed=seed)
    chance = random.Random(seed + 2)
    of_customer: defaultdict[int, list[Invoice]] = defaultdict(list)
    for one in made.invoices:
        of_customer[one.customer.index].append(one)
    world = _World(chance, of_customer, made.customers, frozenset(i.number for i in made.invoices))
    return Case(
        customers=tuple(
            Customer(one.number, one.name, (account_of(one.index),) if one.index % 2 else ())
            for one in made.customers
        ),
        items=tuple(
            Item(i.number, i.customer.number, i.issued_on, i.due_on, CURRENCY, i.minor)
            for i in made.invoices
        ),
        lines=tuple(_lines(world, made.invoices)),
    )


def _lines(world: _World, invoices: Sequence[Invoice]) -> Iterator[Line]:
    kinds = [kind for kind, (share, _) in KINDS.items() for _ in range(share)]
    used: set[str] = set()
    for place in world.chance.sample(range(len(invoices)), len(invoices) // 2):
        invoice = invoices[place]
        if invoice.number in used:
            continue
        used.add(invoice.number)
        kind = kinds[world.chance.randrange(len(kinds))]
        if kind.startswith("sum"):
            free = [i for i in world.of_customer[invoice.customer.index] if i.number not in used]
            most = min(len(free), 4 if kind == "sum_named" else 2)
            if most < 1:
                kind = "exact"
            else:
                others = world.chance.sample(free, world.chance.randint(1, most))
                used |= {one.number for one in others}
                yield _sum(world, kind, [invoice, *others])
                continue
        yield from _MAKERS[kind](world, invoice)


def _line(
    world: _World, kind: str, invoice: Invoice, text: str, *, always_payer: bool = False
) -> Line:
    name, account = world.payer(invoice, always=always_payer)
    return Line(
        kind=kind, booked_on=AS_OF, currency=CURRENCY, minor=invoice.minor, text=text,
        counterparty=name, counterparty_account=account,
        settles=((invoice.number, invoice.minor),),
    )  # fmt: skip


def _exact(world: _World, invoice: Invoice) -> Iterator[Line]:
    yield _line(world, "exact", invoice, f"Payment {invoice.number}")


def _buried(world: _World, invoice: Invoice) -> Iterator[Line]:
    number, chance = invoice.number, world.chance
    spelt = chance.choice(
        (
            number.lower().replace("/", " "),
            number.replace("/", ""),
            number.replace("/", "-"),
            number.replace("/", " / "),
            number.replace("/", "."),
        )
    )
    text = chance.choice(
        (
            "thanks for {} ok / ref bank 99", "RG.{} KD 4711 VOM 03.11.2026",
            "acct 20251 inv {}, goods as agreed", "SEPA CREDIT {}//EREF NOTPROVIDED",
            "/INV/{} 2026-11-20 payment run 118",
        )
    )  # fmt: skip
    yield _line(world, "buried_number", invoice, text.format(spelt))


def _digits(world: _World, invoice: Invoice) -> Iterator[Line]:
    year, number = invoice.number.split("/")[1:]
    spelt = world.chance.choice((number, f"{year}{number}", f"{year}/{number}"))
    yield _line(world, "digits_only", invoice, f"your invoice {spelt}")


def _transposed(world: _World, invoice: Invoice) -> Iterator[Line]:
    number = invoice.number
    start = number.rindex("/") + 1
    places = [n for n in range(start, len(number) - 1) if number[n] != number[n + 1]]
    if not places:
        yield from _exact(world, invoice)
        return
    n = world.chance.choice(places)
    wrong = number[:n] + number[n + 1] + number[n] + number[n + 2 :]
    line = _line(world, "transposed_digits", invoice, f"Payment {wrong}")
    yield line


def _missing(world: _World, invoice: Invoice) -> Iterator[Line]:
    line = _line(world, "missing_reference", invoice, "Payment on account", always_payer=True)
    if world.chance.random() < 1 / 3:
        line = replace(
            line, counterparty="", counterparty_account="",
            text=f"Transfer from {invoice.customer.name}",
        )  # fmt: skip
    alike = sum(i.minor == invoice.minor for i in world.of_customer[invoice.customer.index])
    yield replace(line, is_decidable=alike == 1)


def _sum(world: _World, kind: str, invoices: Sequence[Invoice]) -> Line:
    total = sum(one.minor for one in invoices)
    named = kind == "sum_named"
    text = ", ".join(one.number for one in invoices) if named else "Several invoices, thank you"
    line = _line(world, kind, invoices[0], text, always_payer=not named)
    open_here = [one.minor for one in world.of_customer[invoices[0].customer.index]]
    return replace(
        line,
        minor=total,
        settles=tuple((one.number, one.minor) for one in invoices),
        is_decidable=named or _ways(open_here, total) == 1,
    )


def _ways(amounts: Sequence[int], total: int) -> int:
    """Return in how many ways up to four amounts, or all of them, make the total."""
    ways = sum(
        sum(chosen) == total
        for size in range(1, UNNAMED_MAX + 1)
        for chosen in combinations(amounts, size)
    )
    return ways + (len(amounts) > UNNAMED_MAX and sum(amounts) == total)


def _short(world: _World, invoice: Invoice) -> Iterator[Line]:
    line = _line(world, "short_payment", invoice, f"Payment {invoice.number}")
    paid = world.chance.choice(
        (invoice.minor - 1500, invoice.minor - invoice.minor * 2 // 100, invoice.minor // 2)
    )
    yield replace(line, minor=paid, settles=((invoice.number, paid),))


def _over(world: _World, invoice: Invoice) -> Iterator[Line]:
    line = _line(world, "over_payment", invoice, f"Payment {invoice.number}")
    yield replace(line, minor=invoice.minor + world.chance.choice((900, 10_000)))


def _third(world: _World, invoice: Invoice) -> Iterator[Line]:
    line = _line(world, "third_party", invoice, f"{invoice.customer.name}: {invoice.number}")
    yield replace(
        line, counterparty="Factoring Nord Bank", counterparty_account="FR7630006000011234567890189"
    )


def _wrong(world: _World, invoice: Invoice) -> Iterator[Line]:
    line = _line(world, "wrong_payer", invoice, f"Payment {invoice.number}")
    other = world.customers[(invoice.customer.index + 1) % len(world.customers)]
    yield replace(
        line, counterparty=other.name, counterparty_account=account_of(other.index),
        is_decidable=False,
    )  # fmt: skip


def _duplicate(world: _World, invoice: Invoice) -> Iterator[Line]:
    line = _line(world, "duplicate", invoice, f"Payment {invoice.number}")
    yield line
    yield replace(line, settles=(), is_decidable=False)


def _unrelated(world: _World, invoice: Invoice) -> Iterator[Line]:
    told = world.chance.choice(("Rent car park 12", "Insurance refund 2026 4471", "Scrap metal"))
    yield Line(
        kind="unrelated", booked_on=AS_OF, currency=CURRENCY, minor=invoice.minor + 1, text=told,
        counterparty="Stadtwerke", settles=(), is_decidable=False,
    )  # fmt: skip


def _as_banks_write(name: str, chance: random.Random) -> str:
    return chance.choice((name, name.upper(), name.upper().rpartition(" ")[0]))


_MAKERS: Final[Mapping[str, Callable[[_World, Invoice], Iterator[Line]]]] = {
    "exact": _exact,
    "buried_number": _buried,
    "digits_only": _digits,
    "transposed_digits": _transposed,
    "missing_reference": _missing,
    "short_payment": _short,
    "over_payment": _over,
    "third_party": _third,
    "wrong_payer": _wrong,
    "duplicate": _duplicate,
    "unrelated": _unrelated,
}


def counted(lines: Sequence[Line]) -> Counter[str]:
    """Return how many lines there are of each kind."""
    return Counter(line.kind for line in lines)
