"""A small ERP of our own making: what it exports, and a company that goes live from it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta

from creditdesk.controls import queries as controls
from creditdesk.controls import services as controls_services
from creditdesk.controls.queries import CompanyRow
from creditdesk.golive import queries, services
from creditdesk.golive.rules import Report
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from creditdesk.plumbing.imports import kinds, mapping
from creditdesk.plumbing.imports import queries as imports_read
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.imports.kinds import Batch, Cells, Manifest
from creditdesk.plumbing.imports.parsing import Parser
from creditdesk.plumbing.imports.queries import RunRow
from creditdesk.plumbing.models import ImportRun
from creditdesk.plumbing.services import keep_file, take_references
from creditdesk.policy import services as policy

CUT_OVER = date(2026, 3, 15)  # a Sunday
TODAY = date(2026, 3, 16)

PEOPLE = {"Lena": 1001, "Marta": 1002}

CUSTOMERS = (
    "Customer No,Name,Country,E-mail,Currency\n"
    "C-1,Birch Ltd,DE,ap@birch.example,EUR\n"
    "C-2,Alder GmbH,DE,kreditoren@alder.example,EUR\n"
    "C-3,Rowan SA,FR,,EUR\n"
    "C-4,Elm Inc,US,ap@elm.example,USD\n"
)


def ago(days: int, *, of: date = CUT_OVER) -> str:
    return (of - timedelta(days=days)).isoformat()


ITEM_HEADINGS = (
    "Invoice No,Customer No,Invoice date,Due date,Currency,Total,Open amount,Delivery status,"
    "Dunning level,Last dunning date,Terms"
)


def item_rows() -> list[str]:
    return [
        # reminded once, a fortnight ago: the second reminder is next
        f"R-1,C-1,{ago(60)},{ago(30)},EUR,1190.00,1190.00,delivered,1,{ago(14)},net30",
        # partly paid there, not due yet
        f"R-2,C-1,{ago(10)},{ago(-20)},EUR,500.00,120.50,delivered,,,net30",
        # 170 days late and never reminded: begins at the last step
        f"R-3,C-2,{ago(200)},{ago(170)},EUR,2000.00,2000.00,delivered,,,net30",
        # reminded twice, the day before the cut-over: nothing for now
        f"R-4,C-4,{ago(90)},{ago(60)},USD,750.00,750.00,delivered,2,{ago(1)},net30",
        # overdue and not delivered
        f"R-5,C-1,{ago(40)},{ago(10)},EUR,99.99,99.99,not delivered,,,net30",
        # nobody to write to
        f"R-6,C-3,{ago(70)},{ago(40)},EUR,300.00,300.00,delivered,,,net30",
    ]


CREDITS = f"Document,Customer No,Date,Currency,Credit amount\nG-1,C-2,{ago(20)},EUR,150.00\n"
LIMITS = f"Customer No,Credit limit,Currency,Valid from\nC-1,5000,EUR,{ago(100)}\nC-4,2000,USD,\n"
DISPUTES = (
    "Invoice No,Customer No,Amount,Currency,Reason,Opened,Note\n"
    f"R-2,C-1,50.00,EUR,quality,{ago(5)},Two pallets were wet\n"
)
PROMISES = (
    "Customer No,Amount,Currency,Promised for,Promised on,Invoice No,Note\n"
    f"C-4,250.00,USD,{ago(-40)},{ago(5)},R-4,Instalment 1 of 2\n"
    f"C-4,500.00,USD,{ago(-70)},{ago(5)},R-4,Instalment 2 of 2\n"
)
CONTACTS = (
    "Customer No,Date,Channel,Outcome,Note\n"
    f"C-2,{ago(90)},phone,reached,Will look into it\n"
    f"C-1,{ago(3)},email,,Asked for a copy\n"
)
HOLDS = "Customer No,What,Until,Note\nC-3,opt_out,,Asked by letter\n"
TOTALS = (
    "As of,Account,Age,Customer No,Currency,Amount\n"
    f"{CUT_OVER},receivable,,,EUR,3710.49\n"
    f"{CUT_OVER},receivable,,,USD,750.00\n"
    f"{CUT_OVER},receivable,not due,,EUR,120.50\n"
    f"{CUT_OVER},receivable,1-30 days,,EUR,1289.99\n"
    f"{CUT_OVER},receivable,31-60,,EUR,300.00\n"
    f"{CUT_OVER},receivable,over 90,,EUR,2000.00\n"
    f"{CUT_OVER},receivable,,C-1,EUR,1410.49\n"
    f"{CUT_OVER},unapplied,,,EUR,150.00\n"
    f"{CUT_OVER},balance,,,EUR,3560.49\n"
)


def items(rows: Iterable[str]) -> str:
    return "\n".join([ITEM_HEADINGS, *rows]) + "\n"


@dataclass
class Company:
    """A company on the way to its first live day."""

    row: CompanyRow
    loader: Actor
    signer: Actor

    @property
    def id(self) -> int:
        return self.row.id

    def it_is(self, today: date) -> None:
        at = datetime(today.year, today.month, today.day, 9, 0, tzinfo=UTC)
        self.loader = replace(self.loader, today=today, at=at)
        self.signer = replace(self.signer, today=today, at=at)

    def brings(self, kind: str, text: str, *, name: str = "") -> RunRow:
        """Load a file through the usual door."""
        filename = name or f"{kind}.csv"
        reference = imports.open_run(
            self.loader, kind=kind, filename=filename, content=text.encode()
        )
        run = imports.load(self.loader, reference)
        assert run.status == "done"
        return run

    def knows(self, kind: str, text: str) -> RunRow:
        """Load rows by the same steps without a child process that reads the file."""
        of_kind = kinds.kind_of(kind)
        headers, *rows = list(csv.reader(io.StringIO(text)))
        proposal = mapping.propose(of_kind.fields, headers, rows)
        parsed = Parser(of_kind.fields, proposal.columns(), proposal.options, len(headers)).parse(
            rows
        )
        reference = take_references(self.loader, "IMP", 1)[0]
        row = ImportRun.objects.create(
            company_id=self.id, reference=reference, kind=kind, status="done",
            file_id=keep_file(self.loader, f"{reference}.csv", text.encode()),
            recorded_at=self.loader.at, recorded_by=self.loader.name,
            report={"headers": headers, "sample": [], "guesses": [], "is_remembered": False,
                    "date_order": asdict(proposal.date_order),
                    "decimal": asdict(proposal.decimal)},
        )  # fmt: skip
        options = of_kind.settled(self.loader, proposal.options)
        cells = Cells(parsed.columns, len(parsed.positions))
        batch = Batch(
            run_id=row.id,
            manifest=Manifest(reference, "0" * 64, 0, len(rows)),
            options=options,
            prepared=of_kind.prepare(cells, options),
            lines=[position + 2 for position in parsed.positions],
            columns=parsed.columns,
        )
        outcome = of_kind.load(self.loader, batch)
        faults = [*parsed.faults, *outcome.faults]
        row.rows_total, row.rows_done = len(rows), len(rows)
        row.rows_accepted, row.rows_known = outcome.accepted, outcome.known
        row.rows_rejected = len(faults)
        row.report["faults"] = dict(Counter(fault.code for fault in faults))
        row.save()
        return imports_read.run(self.id, reference)

    def brings_everything(self) -> None:
        for kind, text in EVERYTHING:
            run = self.knows(kind, text)
            assert run.faults == {}, (kind, run.faults)

    def report(self) -> Report:
        row = queries.going_live(self.id)
        assert row is not None
        return queries.report(self.id, row, today=self.signer.today)

    def signs(self, note: str = "") -> services.Signed:
        _, sha256 = queries.as_kept(self.report())
        return services.sign(self.signer, report_sha256=sha256, note=note)

    def goes_live(self) -> None:
        services.begin(self.loader, cut_over_on=CUT_OVER)
        self.brings_everything()
        self.signs()


EVERYTHING: Sequence[tuple[str, str]] = (
    ("customers", CUSTOMERS),
    ("opening_items", items(item_rows())),
    ("opening_credits", CREDITS),
    ("opening_limits", LIMITS),
    ("opening_disputes", DISPUTES),
    ("opening_promises", PROMISES),
    ("opening_contacts", CONTACTS),
    ("opening_holds", HOLDS),
    ("control_totals", TOTALS),
)


def founded(actor: Actor, *, book: str = "erp") -> Company:
    """Prepare the standing company: its policy, and two people."""
    policy.ensure_default(actor, valid_from=date(2020, 1, 1))
    controls_services.set_book(actor, book=book)
    lena, marta = (replace(actor, name=name, user_id=user_id) for name, user_id in PEOPLE.items())
    return Company(controls.company(actor.company_id), lena, marta)


def moved_clock(today: date) -> None:
    clock.move(datetime(today.year, today.month, today.day, 9, 0, tzinfo=UTC))
