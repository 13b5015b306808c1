"""A case with labels taken in, matched and judged, beside COPY and one UPDATE … FROM."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from benchmarks import server, stage
from benchmarks.cases import Case, Item, Line, Past, as_camt, reference
from benchmarks.measures.matching import APPLY, PLAIN
from benchmarks.timing import timed
from creditdesk.cash import services as cash
from creditdesk.controls import services as controls
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy

ITEMS_AT_ONCE: Final = 20_000
LINES_A_FILE: Final = 50_000
_ALLOCATED: Final = """
    SELECT l.reference, v.number, a.minor FROM cash_allocation a
      JOIN cash_payment p ON p.id = a.payment_id JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN invoices_item i ON i.id = a.item_id JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE a.undone_on IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Allocated:
    reference: str
    number: str
    minor: int


@dataclass(slots=True)
class Score:
    """How lines of a kind were dealt with; `right` and `false` count lines that were applied."""

    lines: int = 0
    decidable: int = 0
    decided: int = 0
    right: int = 0
    false: int = 0
    settled: int = 0
    hit: int = 0

    def add(self, line: Line, found: Mapping[str, int]) -> None:
        """Count a line with what was applied of it."""
        truth = dict(line.settles)
        self.lines += 1
        self.decidable += line.is_decidable and bool(truth)
        self.settled += len(truth)
        self.hit += sum(found.get(number) == minor for number, minor in truth.items())
        if found:
            is_right = found == truth
            self.right += is_right
            self.false += not is_right
            self.decided += is_right and line.is_decidable


@dataclass(frozen=True, slots=True)
class Judged:
    """What a case came to: scores by kind, rates of ours and of the floor, memory added."""

    scores: Mapping[str, Score]
    lines_per_s: float
    floor_per_s: float
    cpu_seconds: float
    added_mib: int
    falsely: Sequence[tuple[Line, Mapping[str, int]]] = field(default_factory=tuple)

    def total(self) -> Score:
        """Return the scores of all kinds together."""
        found = Score()
        for score in self.scores.values():
            for name in ("lines", "decidable", "decided", "right", "false", "settled", "hit"):
                setattr(found, name, getattr(found, name) + getattr(score, name))
        return found


def judge(case: Case, database: str) -> Judged:
    """Load the case into a fresh database of that name, match it, and say how well that went."""
    server.clone(server.TEMPLATE, database)
    stage.enter(database)
    with server.hurried():
        _load(case)
    stage.leave()
    server.tidy(database)
    server.clone(database, f"{database}_floor")
    floor = _floor(case, f"{database}_floor")
    server.drop(f"{database}_floor")
    stage.enter(database)
    actor = _now(case)
    places = range(0, len(case.lines), LINES_A_FILE)
    contents = [as_camt(case, first, first + LINES_A_FILE) for first in places]

    def work() -> None:
        for content in contents:
            cash.take_in(actor, filename="bank.xml", content=content)
        cash.match(actor)

    done = timed(work, backend_pid=stage.backend_pid())
    for content in contents:  # the bank sends its files again: nothing of them is new
        again = cash.take_in(actor, filename="again.xml", content=content)
        if again.lines_new:
            raise RuntimeError("lines of a file that came twice were taken in twice")
    scores, falsely = _scores(case)
    stage.leave()
    server.drop(database)
    return Judged(
        scores=scores,
        lines_per_s=len(case.lines) / done.seconds,
        floor_per_s=len(case.lines) / floor,
        cpu_seconds=done.cpu_seconds,
        added_mib=done.added_mib,
        falsely=falsely,
    )


def _scores(case: Case) -> tuple[dict[str, Score], list[tuple[Line, Mapping[str, int]]]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in sql.fetch(_Allocated, _ALLOCATED):
        of_line = found[row.reference]
        of_line[row.number] = of_line.get(row.number, 0) + row.minor
    scores: defaultdict[str, Score] = defaultdict(Score)
    falsely = []
    for place, line in enumerate(case.lines):
        applied = found.get(reference(place), {})
        scores[line.kind].add(line, applied)
        if applied and applied != dict(line.settles):
            falsely.append((line, applied))
    return dict(scores), falsely


def _now(case: Case) -> Actor:
    """Return who matches, the day after the last booking; of a made case, its own day."""
    booked = [line.booked_on for line in case.lines]
    return stage.actor(today=max([stage.TODAY, *booked]))


def _learn(case: Case, ids: Mapping[str, int]) -> None:
    """Live through the history: what was new, what was paid by its number; then train."""
    owed = {item.number: item.minor for past in case.history for item in past.items}
    for n, past in enumerate(case.history):
        actor = stage.actor(today=past.on)
        _record(actor, past.items, ids)
        content = as_camt(replace(case, lines=past.lines), 0, len(past.lines), of=f"PAST{n:05d}L")
        if past.lines:
            cash.take_in(actor, filename="past.xml", content=content)
            cash.match(actor)
        _forgive(actor, past, owed)
    if case.history:
        cash.train(_now(case))


def _forgive(actor: Actor, past: Past, owed: Mapping[str, int]) -> None:
    """Credit what the payers of a day took off: of what was paid short nothing stays open."""
    for line in past.lines:
        for number, minor in line.settles:
            if minor < owed[number]:
                invoices.credit_amount(
                    actor, number, issued_on=past.on, gross_minor=owed[number] - minor,
                    reason="discount",
                )  # fmt: skip


def _load(case: Case) -> None:
    controls.found_company(
        "bench", name="Bench Supply", currency=case.currency, country=case.country,
        timezone="Europe/Berlin", sender_email="credit@example.com",
    )  # fmt: skip
    actor = stage.actor(today=min([stage.TODAY, *(past.on for past in case.history)]))
    policy.ensure_default(actor, valid_from=stage.EARLY)
    currencies = {item.customer: item.currency for item in case.every_item}
    ids = customers.create(
        actor,
        new=[
            NewCustomer(
                number=one.number,
                name=one.name,
                currency=currencies.get(one.number, case.currency),
                bank_accounts=one.bank_accounts,
                aliases=one.aliases,
            )
            for one in case.customers
        ],
    )
    customer_ids = {one.number: row for one, row in zip(case.customers, ids, strict=True)}
    _learn(case, customer_ids)
    _record(stage.actor(), case.items, customer_ids)


def _record(actor: Actor, items: Sequence[Item], customer_ids: Mapping[str, int]) -> None:
    for first in range(0, len(items), ITEMS_AT_ONCE):
        result = invoices.record(
            actor,
            [
                NewInvoice(
                    customer_id=customer_ids[one.customer],
                    number=one.number,
                    issued_on=one.issued_on,
                    due_on=one.due_on,
                    currency=one.currency,
                    net_minor=one.minor,
                )
                for one in items[first : first + ITEMS_AT_ONCE]
            ],
        )
        if result.rejected:
            raise ValueError(f"an item of the case is refused: {result.rejected[0]}")


def _floor(case: Case, database: str) -> float:
    """Return the seconds of COPY and one UPDATE … FROM on the exact number."""
    rows = [
        (place, line.booked_on, line.currency, line.minor, line.text)
        for place, line in enumerate(case.lines)
    ]
    with server.connect(database) as connection:
        connection.execute(PLAIN)
        connection.commit()
        start = time.perf_counter()
        with connection.cursor().copy("COPY plain_line FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.execute(APPLY)
        connection.commit()
        return time.perf_counter() - start
