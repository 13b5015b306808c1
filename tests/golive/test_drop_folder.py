"""The drop folder: finished files in by the usual doors, once, whatever stops in between."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from creditdesk.cash import queries as cash
from creditdesk.customers import queries as customers
from creditdesk.day import folder, rules
from creditdesk.day.folder import Taken
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import kinds
from creditdesk.plumbing.imports import queries as imports_read
from creditdesk.plumbing.imports import services as imports
from tests.golive import erp
from tests.golive.erp import Company, ago

BYTES_MAX = 200_000
INVOICES = (
    "Invoice No,Customer No,Invoice date,Due date,Total,Currency\n"
    f"N-1,C-1,{ago(40)},{ago(10)},119.00,EUR\n"
    f"N-2,C-2,{ago(30)},{ago(0)},238.00,EUR\n"
)


class Drop:
    """A drop folder into which an ERP writes."""

    def __init__(self, path: Path, actor: Actor) -> None:
        self.path = path
        self.actor = actor

    def has(self, name: str, content: str | bytes, *, seconds_old: float = 60) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        written = file.stat().st_mtime - seconds_old
        os.utime(file, (written, written))
        return file

    def is_looked_at(self) -> list[Taken]:
        return folder.take_up(self.actor, self.path, bytes_max=BYTES_MAX)

    def outcomes(self) -> list[tuple[str, str, str]]:
        return [(one.name, one.kind, one.outcome) for one in self.is_looked_at()]

    def result(self, place: str, name: str) -> dict[str, Any]:
        return dict(json.loads((self.path / place / f"{name}.result.json").read_text()))

    def lies_in(self, place: str) -> list[str]:
        directory = self.path / place
        return sorted(one.name for one in directory.iterdir()) if directory.is_dir() else []

    def waits(self) -> list[str]:
        return sorted(one.name for one in self.path.iterdir() if one.is_file() or one.is_symlink())


@pytest.fixture
def drop(going: Company, tmp_path: Path) -> Drop:
    found = Drop(tmp_path / "drop", going.loader)
    found.path.mkdir()
    return found


ACCOUNT = "DE89370400440532013000"


def bank_file(text: str, amount: str) -> str:
    return (
        "Account;Booking date;Amount;Currency;Name;Text;Balance\n"
        f"{ACCOUNT};2026-03-13;{amount};EUR;Birch;{text};{float(amount) + 1000:.2f}\n"
    )


def test_files_go_in_by_the_usual_doors_and_are_put_away(drop: Drop) -> None:
    drop.has("export-0815.csv", erp.CUSTOMERS)  # known by its headings
    drop.has("invoices-2026-03-16.csv", INVOICES)  # by its name
    drop.has("bank/0815.csv", bank_file("N-1", "119.00"))  # by its subfolder

    assert drop.outcomes() == [
        ("export-0815.csv", "customers", "loaded"),
        ("invoices-2026-03-16.csv", "invoices", "loaded"),
        ("0815.csv", "bank", "loaded"),
    ]
    assert sorted(customers.by_number(drop.actor.company_id)) == ["C-1", "C-2", "C-3", "C-4"]
    assert invoices.invoice(drop.actor.company_id, "N-1").open_minor == 0
    assert invoices.invoice(drop.actor.company_id, "N-2").open_minor == 23_800
    assert drop.waits() == [folder.MARKER]
    assert drop.lies_in("done") == [
        "0815.csv", "0815.csv.result.json", "export-0815.csv", "export-0815.csv.result.json",
        "invoices-2026-03-16.csv", "invoices-2026-03-16.csv.result.json",
    ]  # fmt: skip
    assert drop.result("done", "0815.csv") == {
        "file": "0815.csv", "kind": "bank", "outcome": "loaded", "lines": 1, "new": 1, "applied": 1,
    }  # fmt: skip
    assert drop.is_looked_at() == []


def test_the_same_file_again_is_known_and_has_no_second_effect(drop: Drop) -> None:
    files = {
        "customers.csv": erp.CUSTOMERS,
        "invoices.csv": INVOICES,
        "bank.csv": bank_file("N-1", "119.00"),
    }
    for name, text in files.items():
        drop.has(name, text)
    drop.is_looked_at()
    for name, text in files.items():
        drop.has(name, text)

    assert {outcome for _, _, outcome in drop.outcomes()} == {"known"}
    assert len(cash.payments(drop.actor.company_id)) == 1
    assert len(invoices.open_items(drop.actor.company_id)) == 1
    assert "customers-2.csv" in drop.lies_in("done")
    first, second = (drop.result("done", name) for name in ("invoices.csv", "invoices-2.csv"))
    assert second["import"] == first["import"]


def test_rows_that_cannot_go_in_are_named_by_file_line_field_and_mend(drop: Drop) -> None:
    drop.has("customers.csv", erp.CUSTOMERS)
    drop.has("invoices.csv", INVOICES.replace("N-2,C-2", "N-2,C-9").replace(",", ";"))
    drop.has("invoices-b.csv", "Invoice No,Customer No,Invoice date,Total\nN-7,C-9,2026-03-01,5\n")

    assert drop.outcomes() == [
        ("customers.csv", "customers", "loaded"),
        ("invoices-b.csv", "invoices", "refused"),
        ("invoices.csv", "invoices", "loaded"),
    ]
    result = drop.result("done", "invoices.csv")
    assert (result["rows"], result["taken_in"], result["rejected"]) == (2, 1, 1)
    [error] = result["errors"]
    assert (error["file"], error["line"], error["field"]) == (
        "invoices.csv", "3", "customer_number",
    )  # fmt: skip
    assert "C-9" in error["why"]
    assert error["mend"].startswith("Import the customer first")
    rejected = (drop.path / "done" / "invoices.csv.rejected.csv").read_text("utf-8-sig")
    assert rejected.splitlines()[1].startswith("N-2;C-9;")
    assert drop.result("refused", "invoices-b.csv")["errors"][0]["line"] == "2"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("invoices.csv", "\0\0\0", ""),
        ("bank.sta", ":20:X\r\n:25:nonsense\r\n", ""),
        ("what.csv", "a,b\n1,2\n", "kind_not_recognised"),
        ("customers.csv", b"x" * (BYTES_MAX + 1), "file_too_large"),
        ("invoices\n.csv", INVOICES, "name_hostile"),
        ('invoices";rm -rf.csv', INVOICES, "name_hostile"),
        ("invoices-" + "x" * 200 + ".csv", INVOICES, "name_hostile"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(
    drop: Drop, name: str, content: str | bytes, code: str
) -> None:
    drop.has(name, content)
    [taken] = drop.is_looked_at()
    kept = rules.harmless_name(name)
    assert taken.outcome == "refused"
    [error] = drop.result("refused", kept)["errors"]
    assert error["file"] == kept
    assert error["code"] == code or (not code and error["code"])
    assert error["why"]
    assert drop.lies_in("refused") == sorted([kept, f"{kept}.result.json"])
    assert sql.scalar("SELECT count(*) FROM plumbing_importrun") == 0
    assert cash.statements(drop.actor.company_id) == []


def test_a_link_is_never_followed(drop: Drop, tmp_path: Path) -> None:
    secret = tmp_path / "customers-secret.csv"
    secret.write_text(erp.CUSTOMERS)
    (drop.path / "customers.csv").symlink_to(secret)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "customers.csv").write_text(erp.CUSTOMERS)
    (drop.path / "customers").symlink_to(elsewhere)
    os.utime(drop.path / "customers.csv", (0, 0), follow_symlinks=False)
    os.utime(drop.path / "customers", (0, 0), follow_symlinks=False)

    taken = drop.is_looked_at()
    assert {(one.name, one.outcome) for one in taken} == {
        ("customers.csv", "refused"), ("customers", "refused"),
    }  # fmt: skip
    assert secret.read_text() == erp.CUSTOMERS
    assert (elsewhere / "customers.csv").exists()
    assert customers.by_number(drop.actor.company_id) == {}


def test_a_pipe_does_not_keep_the_folder_waiting(drop: Drop) -> None:
    os.mkfifo(drop.path / "customers.csv")
    os.utime(drop.path / "customers.csv", (0, 0))
    [taken] = drop.is_looked_at()
    assert (taken.outcome, taken.told["errors"][0]["code"]) == ("refused", "file_not_plain")


@pytest.mark.parametrize(
    "name", [".customers.csv", "customers.csv.part", "customers.csv.tmp", "~$customers.xlsx",
             "customers.csv~", "x.result.json", "customers.csv.filepart"],
)  # fmt: skip
def test_hidden_and_unfinished_files_are_left_alone(drop: Drop, name: str) -> None:
    drop.has(name, erp.CUSTOMERS)
    assert drop.is_looked_at() == []
    assert name in drop.waits()


def test_a_file_still_being_written_is_left_until_it_is_finished(drop: Drop) -> None:
    drop.has("customers.csv", erp.CUSTOMERS[:80], seconds_old=0)
    assert drop.is_looked_at() == []
    drop.has("customers.csv", erp.CUSTOMERS, seconds_old=folder.SETTLED_SECONDS + 1)
    assert drop.outcomes() == [("customers.csv", "customers", "loaded")]


def test_a_load_that_stopped_in_the_middle_goes_on_with_one_effect(drop: Drop) -> None:
    drop.has("customers.csv", erp.CUSTOMERS)
    drop.is_looked_at()
    rows = "".join(f"M-{n},C-1,{ago(9)},{ago(0)},10.00,EUR\n" for n in range(30))
    text = INVOICES.partition("\n")[0] + "\n" + rows
    drop.has("invoices.csv", text)

    class KilledError(Exception):
        pass

    def killed(done: int, _: int) -> None:
        if done >= 20:
            raise KilledError

    reference = imports.open_run(
        drop.actor, kind="invoices", filename="invoices.csv", content=text.encode()
    )
    with pytest.raises(KilledError):
        imports.load(drop.actor, reference, chunk_rows=10, progress=killed)
    assert imports_read.run(drop.actor.company_id, reference).rows_done == 20

    [taken] = drop.is_looked_at()
    assert (taken.outcome, taken.told["import"], taken.told["taken_in"]) == (
        "loaded",
        reference,
        30,
    )
    assert len(invoices.open_items(drop.actor.company_id)) == 30


def test_a_file_loaded_but_not_put_away_is_known_the_next_time(drop: Drop) -> None:
    drop.has("customers.csv", erp.CUSTOMERS)
    drop.is_looked_at()
    drop.has("bank.csv", bank_file("N-1", "119.00"))
    done, aside = drop.path / "done", drop.path / "aside"
    done.rename(aside)
    done.write_text("in the way")  # nothing can be put away
    with pytest.raises(Refused) as refused:
        drop.is_looked_at()
    assert refused.value.code == "folder_unusable"
    assert "bank.csv" in drop.waits()
    assert len(cash.payments(drop.actor.company_id)) == 1

    done.unlink()
    assert drop.outcomes() == [("bank.csv", "bank", "known")]
    assert len(cash.payments(drop.actor.company_id)) == 1


def test_the_erps_list_is_compared_though_the_look_that_loaded_it_was_stopped(drop: Drop) -> None:
    drop.has("customers.csv", erp.CUSTOMERS)
    drop.is_looked_at()
    drop.has("open_items.csv", "Invoice No,Customer No,Open amount\nX-1,C-1,5.00\n")
    done, aside = drop.path / "done", drop.path / "aside"
    done.rename(aside)
    done.write_text("in the way")
    with pytest.raises(Refused):
        drop.is_looked_at()
    compared = "SELECT count(*) FROM reconciliation_reconciliation"
    assert sql.scalar(compared) == 0
    done.unlink()
    assert [one.outcome for one in drop.is_looked_at()] == ["known"]
    assert sql.scalar(compared) == 1


def test_one_file_that_cannot_be_put_away_keeps_no_other_waiting(
    drop: Drop,
) -> None:
    drop.has("customers.csv", erp.CUSTOMERS)
    drop.has("invoices/i.csv", INVOICES)
    (drop.path / "done").mkdir()
    in_the_way = drop.path / "done" / "customers.csv.result.json"
    in_the_way.mkdir()
    with pytest.raises(Refused) as refused:
        drop.is_looked_at()
    assert refused.value.code == "file_not_written"
    assert drop.waits() == [folder.MARKER, "customers.csv"]
    assert "i.csv" in drop.lies_in("done")
    in_the_way.rmdir()
    assert drop.outcomes() == [("customers.csv", "customers", "known")]


def test_the_erps_list_of_another_day_is_new_though_the_same(drop: Drop, going: Company) -> None:
    drop.has("customers.csv", erp.CUSTOMERS)
    drop.has("open_items.csv", "Invoice No,Customer No,Open amount\nX-1,C-1,5.00\n")
    assert [one.outcome for one in drop.is_looked_at()] == ["loaded", "loaded"]
    drop.has("open_items.csv", "Invoice No,Customer No,Open amount\nX-1,C-1,5.00\n")
    assert [one.outcome for one in drop.is_looked_at()] == ["known"]
    going.it_is(going.loader.today.replace(day=17))
    drop.actor = going.loader
    drop.has("open_items.csv", "Invoice No,Customer No,Open amount\nX-1,C-1,5.00\n")
    assert [one.outcome for one in drop.is_looked_at()] == ["loaded"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customers-2026.csv", "customers"), ("Debitoren.xlsx", "customers"),
        ("opening_items.csv", "opening_items"), ("opening-items 2.csv", "opening_items"),
        ("open_items_20260316.csv", "open_items_snapshot"),
        ("OpenItemsSnapshot.csv", "open_items_snapshot"), ("closures.csv", "closures"),
        ("control-totals.csv", "control_totals"), ("rates.csv", "exchange_rates"),
        ("20260316.sta", "bank"), ("camt.xml", "bank"), ("statement.csv", "bank"),
        ("export.csv", ""), ("16032026.xlsx", ""),
    ],
)  # fmt: skip
def test_names_say_the_kind(name: str, kind: str) -> None:
    assert rules.kind_of_name(name, frozenset(kinds.KINDS)) == kind
