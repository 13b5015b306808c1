"""A file of invoices and a bank file loaded by two like companies: one in peace, one killed.

A killed process stands at a known place: another session holds a table, and once somebody waits
there for it, everything is killed. In the end both companies have the same, to the reference.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg

from tests.crash import papers
from tests.crash.asking import FORM, Asking, multipart
from tests.crash.clients import NEW_JOB
from tests.crash.house import PATIENCE, House
from tests.crash.memory import Line, Memory

# Where the web stands when it is killed, and where the worker: what of a chunk is written by then
# grows from place to place. "Twice": the first chunk is in, the second has begun.
TWICE = "invoices_invoice twice"
WEB_STAGES = (
    ("ledger_posting", "web"),
    ("plumbing_importrun", "all"),
    ("plumbing_event", "database"),
    ("invoices_invoice", "web"),
    (TWICE, "web"),
)
WORKER_STAGES = (
    ("cash_payment", "worker"),
    ("cash_allocation", "all"),
    ("ledger_posting", "database"),
    ("credit_exposure", "worker"),
    ("controls_auditentry", "worker"),
)
WAITS = """
    SELECT count(*) FROM pg_locks WHERE mode = %s AND relation = %s::regclass AND NOT granted
"""
STATE: Mapping[str, str] = {
    "invoices": """
        SELECT v.number, c.number, v.issued_on, v.currency, v.net_minor, v.tax_minor, v.total_minor
          FROM invoices_invoice v JOIN customers_customer c ON c.id = v.customer_id
         WHERE v.company_id = %s""",
    "items": """
        SELECT v.number, i.instalment, i.due_on, i.total_minor, i.open_minor, i.settled_on
          FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
         WHERE i.company_id = %s""",
    "lines": """
        SELECT l.text, l.minor, l.currency, l.booked_on, l.ordinal, l.line_no
          FROM cash_bankline l WHERE l.company_id = %s""",
    "payments": """
        SELECT m.reference, l.text, c.number, m.total_minor, m.unapplied_minor, m.on_account
          FROM cash_payment m JOIN cash_bankline l ON l.id = m.bank_line_id
          LEFT JOIN customers_customer c ON c.id = m.customer_id WHERE m.company_id = %s""",
    "applications": """
        SELECT l.text, v.number, a.minor, a.applied_on, a.undone_on
          FROM cash_allocation a JOIN cash_payment m ON m.id = a.payment_id
          JOIN cash_bankline l ON l.id = m.bank_line_id
          JOIN invoices_item i ON i.id = a.item_id JOIN invoices_invoice v ON v.id = i.invoice_id
         WHERE a.company_id = %s""",
    "postings": """
        SELECT d.code, k.code, p.currency, p.minor, c.number, v.number, p.effective_on,
               p.source_kind
          FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
          JOIN ledger_account k ON k.id = p.credit_id
          LEFT JOIN customers_customer c ON c.id = p.customer_id
          LEFT JOIN invoices_item i ON i.id = p.item_id
          LEFT JOIN invoices_invoice v ON v.id = i.invoice_id WHERE p.company_id = %s""",
    "exposure": """
        SELECT c.number, e.currency, e.open_minor, e.unapplied_minor, e.reserved_minor
          FROM credit_exposure e JOIN customers_customer c ON c.id = e.customer_id
         WHERE e.company_id = %s""",
    "disputes": """
        SELECT v.number, d.reference, d.reason, d.disputed_minor, d.status
          FROM disputes_dispute d JOIN invoices_item i ON i.id = d.item_id
          JOIN invoices_invoice v ON v.id = i.invoice_id WHERE d.company_id = %s""",
    # A file that is taken in again is told again, with nothing new.
    "facts": """
        SELECT e.name, count(*) FROM plumbing_event e
         WHERE e.company_id = %s AND e.data->>'lines_new' IS DISTINCT FROM '0' GROUP BY 1""",
    "imports": """
        SELECT r.kind, r.status, r.rows_total, r.rows_done, r.rows_accepted, r.rows_known,
               r.rows_rejected FROM plumbing_importrun r
         WHERE r.company_id = %s AND r.rows_done > 0""",
    "files": "SELECT f.name FROM plumbing_file f WHERE f.company_id = %s",
    "statements": """
        SELECT s.format, s.proof, s.lines_total, s.lines_new FROM cash_statement s
         WHERE s.company_id = %s""",
}


@dataclass
class Loaded:
    """At which places somebody was killed, and how many rows each company has of what."""

    struck: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


def compare(house: House, founded: Mapping[str, Any], *, rows: int, stages: int | None) -> Loaded:
    """Load the same files in both companies, one of them killed at so many stages of each."""
    loaded = Loaded()
    calm = _Loading(house, founded["calm"], rows)
    calm.invoices(())
    calm.bank(())
    shaken = _Loading(house, founded["shaken"], rows)
    loaded.struck += shaken.invoices(WEB_STAGES[:stages])
    loaded.struck += shaken.bank(WORKER_STAGES[:stages])
    left, right = calm.state(), shaken.state()
    for what, lines in left.items():
        assert right[what] == lines, f"{what}: {_differing(lines, right[what])}"
        loaded.rows[what] = len(lines)
    return loaded


def _differing(left: list[Any], right: list[Any]) -> str:
    only_left, only_right = set(left) - set(right), set(right) - set(left)
    return f"{len(left)} and {len(right)}: {list(only_left)[:3]} and {list(only_right)[:3]}"


class _Loading:
    """One company that loads one file of invoices and one of the bank."""

    def __init__(self, house: House, founded: Mapping[str, Any], rows: int) -> None:
        self.house = house
        self.founded = founded
        self.asking = Asking(house, founded, Memory())
        self.day = date.fromisoformat(founded["today"])
        customers = founded["customers"]
        self._second: psycopg.Connection[Any] | None = None
        self.rows = [(customers[n % len(customers)], f"L-{n:06d}", 1_000 + n) for n in range(rows)]

    def invoices(self, stages: tuple[tuple[str, str], ...]) -> list[str]:
        """Take the file in at the desk and load it; return where somebody was killed."""
        content = papers.invoice_file(self.rows, self.day)
        body, kind = multipart({"kind": "invoices"}, "invoices.csv", content)
        page = self.asking.desk("master_data", "/imports/", body, kind).location
        headers = self.asking.headers("master_data", FORM)

        def load() -> None:
            with suppress(OSError, http.client.HTTPException):
                self.asking.once("POST", f"{page}load", b"", headers)

        struck = [
            one for one in stages if self._struck(*one, load, is_over=lambda: self._is_loaded(page))
        ]
        while not self._is_loaded(page):
            self.asking.desk("master_data", f"{page}load", b"", FORM)
        return [f"{table} ({victim})" for table, victim in struck]

    def bank(self, stages: tuple[tuple[str, str], ...]) -> list[str]:
        """Drop the file and let the worker look; return where somebody was killed."""
        name = "bank.csv"
        code = str(self.founded["code"])
        place = self.house.drop / code
        content = papers.bank_file(self._lines(), self.day, account=code.upper())
        papers.drop(place / "bank", name, content)

        def is_over() -> bool:
            assert not (place / "refused").exists(), f"{place} refused"
            return (place / "done" / name).exists()

        struck = [one for one in stages if self._struck(*one, self._look, is_over=is_over)]
        _until(is_over, self._look, every=5.0)
        return [f"{table} ({victim})" for table, victim in struck]

    def _lines(self) -> list[Line]:
        """Most pay an invoice in full, every tenth short, and every twentieth says nothing."""
        lines: list[Line] = []
        for n, (_, number, minor) in enumerate(self.rows):
            if n % 20 == 7:
                lines.append((minor, f"nobody knows {n}"))
            else:
                lines.append((minor - 300 if n % 10 == 3 else minor, f"invoice {number}"))
        return lines

    def _look(self) -> None:
        with suppress(psycopg.Error), self._connected() as connection:
            connection.execute(NEW_JOB.encode(), ["day.drop", self.founded["company_id"]])
            connection.commit()

    def _is_loaded(self, page: str) -> bool:
        """Whether an import is done, as the database has it."""
        reference = page.rstrip("/").rpartition("/")[2]
        with self._connected() as connection:
            found = connection.execute(
                "SELECT status FROM plumbing_importrun WHERE company_id = %s AND reference = %s",
                [self.founded["company_id"], reference],
            ).fetchone()
        assert found is not None, f"{reference} was acknowledged and is gone"
        status: str = found[0]
        return status == "done"

    def _struck(
        self, stage: str, victim: str, act: Callable[[], None], *, is_over: Callable[[], bool]
    ) -> bool:
        """Kill while the act waits at that table; whether it came there before it was over."""
        table, _, twice = stage.partition(" ")
        acting = threading.Thread(target=act, daemon=True)
        with self._held(table) as held:
            acting.start()
            is_there = self._somebody_waits(table, is_over)
            if is_there and twice:
                is_there = self._let_pass(table, held, is_over)
            if is_there:
                self.house.kill(victim)
        if is_there:
            self.house.rise(victim)
        acting.join(PATIENCE)
        assert not acting.is_alive()
        return is_there

    def _let_pass(self, table: str, held: Any, is_over: Callable[[], bool]) -> bool:
        """Let who waits go on to his commit, and hold whoever comes to the table after that."""
        # Stays open: closed by the end of the process that holds it, or of the server.
        second = self._connected()
        queued = threading.Thread(target=_lock, args=(second, table), daemon=True)
        queued.start()
        with self._connected() as watching:
            _until(lambda: _waiting(watching, table, "ShareLock"))
        held.rollback()
        queued.join(PATIENCE)
        self._second = second
        return self._somebody_waits(table, is_over)

    @contextmanager
    def _held(self, table: str) -> Iterator[Any]:
        """Within the block nobody writes to the table."""
        self._second = None
        connection = self._connected()
        try:
            _lock(connection, table)
            yield connection
        finally:
            for one in (connection, self._second):
                if one is not None:
                    with suppress(psycopg.Error):
                        one.close()

    def _somebody_waits(self, table: str, is_over: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + PATIENCE
        with self._connected() as watching:
            while not _waiting(watching, table, "RowExclusiveLock"):
                if is_over():
                    return False
                assert time.monotonic() < deadline, f"nobody came to {table}"
                time.sleep(0.02)
        return True

    def _connected(self) -> psycopg.Connection[Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            url = self.house.database_url()
            with suppress(psycopg.OperationalError):
                if url is not None:
                    return psycopg.connect(url)
            assert time.monotonic() < deadline, "no database"
            time.sleep(0.1)

    def state(self) -> dict[str, list[Any]]:
        """Return all that the company has, by what people know it by."""
        with closing(self._connected()) as connection:
            return {
                what: sorted(
                    connection.execute(statement.encode(), [self.founded["company_id"]]).fetchall(),
                    key=repr,
                )
                for what, statement in STATE.items()
            }


def _lock(connection: psycopg.Connection[Any], table: str) -> None:
    connection.execute(f"LOCK TABLE {table} IN SHARE MODE".encode())


def _waiting(watching: psycopg.Connection[Any], table: str, mode: str) -> bool:
    found = watching.execute(WAITS.encode(), [mode, table]).fetchone()
    watching.rollback()
    return found is not None and bool(found[0])


def _until(
    is_so: Callable[[], bool], ask: Callable[[], None] | None = None, *, every: float = 0.02
) -> None:
    """Wait until it is so, asking for it again and again."""
    deadline, next_ask = time.monotonic() + PATIENCE, 0.0
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        if ask is not None and time.monotonic() >= next_ask:
            ask()
            next_ask = time.monotonic() + every
        time.sleep(0.02)
