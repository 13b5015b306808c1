"""Every file the product writes, on a disk that fails at every place: whole, or not at all.

After each fault the error is clear, nothing stands half under its final name, and the same
action repeated succeeds.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from creditdesk import audit_verifier
from creditdesk.config import settings as configured
from creditdesk.controls.audit import services as audit
from creditdesk.day import folder as drops
from creditdesk.day import publishing
from creditdesk.faces.cli import audit as bundles
from creditdesk.faces.cli import backup, files, golive
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError, Refused
from creditdesk.plumbing import embedded, sql, whole_files
from creditdesk.plumbing.backups import services as backups
from tests.day import desk as small
from tests.faults.disk import BROKEN, FULL, KILLED, SHORT, fails_clearly
from tests.support.fixtures import founded

Prepare = Callable[[], tuple[Path, Callable[[], object]]]
INVOICE_HEAD = "Customer number;Invoice number;Invoice date;Due date;Currency;Net amount"


@pytest.fixture
def desk(actor: Actor) -> small.Desk:
    return small.opened(actor, customer_count=2)


@pytest.fixture
def places(tmp_path: Path) -> Callable[[], Path]:
    """Make a new folder at each call."""
    count = itertools.count(1)

    def make() -> Path:
        made = tmp_path / f"place-{next(count)}"
        made.mkdir()
        return made

    return make


def visible(folder: Path) -> dict[str, bytes]:
    """Return what stands under names that are not hidden, folders included."""
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file() and not one.name.startswith(".")
    }


def nothing_hidden(folder: Path, code: str) -> None:
    """Whoever was not killed leaves no unfinished file."""
    if code != KILLED:
        left = [one.name for one in folder.rglob(f"*{whole_files.UNFINISHED}")]
        assert left == [], f"{left} left after {code}"


# The one place through which files are written.


def test_a_file_is_written_whole_or_not_at_all(places: Callable[[], Path]) -> None:
    content = [b"line\n" * 50_000, b"more", b"x" * 2_000_000]

    def prepare() -> tuple[Path, Callable[[], object]]:
        place = places()
        (place / "file").write_bytes(b"before")
        return place, lambda: whole_files.write(place / "file", content)

    def after(place: Path, code: str) -> None:
        assert code in ("file_not_written", KILLED)
        assert (place / "file").read_bytes() in (b"before", b"".join(content))
        nothing_hidden(place, code)

    def last(place: Path) -> None:
        assert visible(place) == {"file": b"".join(content)}

    # Opened, two blocks written, on the disk, named, its folder opened and on the disk.
    assert fails_clearly(prepare, after_fault=after, at_last=last, samples=20) == 7


def test_where_a_person_named_a_link_or_a_device_that_is_what_is_written(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"before")
    real.chmod(0o640)
    link.symlink_to(real)
    whole_files.write_where_told(link, [b"after"])
    assert link.is_symlink()
    assert real.read_bytes() == b"after"
    assert real.stat().st_mode & 0o777 == 0o640
    whole_files.write_where_told(Path(os.devnull), [b"gone"])
    assert Path(os.devnull).is_char_device()
    # In a folder others may write to, a link is never followed.
    whole_files.write(link, [b"mine"])
    assert (link.is_symlink(), real.read_bytes(), link.read_bytes()) == (False, b"after", b"mine")


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """Within the block the kernel itself cuts files off at that size, ours and our children's."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_the_kernel_cuts_short_leaves_nothing(tmp_path: Path) -> None:
    with files_at_most(4_096), pytest.raises(Refused) as refused:
        whole_files.write(tmp_path / "file", [b"x" * 10_000])
    assert refused.value.code == "file_not_written"
    assert list(tmp_path.iterdir()) == []
    heads = tmp_path / "heads"
    heads.write_bytes(b"{}\n" * 1_365)
    with files_at_most(4_096), pytest.raises(Refused):
        whole_files.append_line(heads, "x" * 100, is_whole=bool)
    assert heads.read_bytes() == b"{}\n" * 1_365


# Heads of the audit chain, published to a file.


def test_a_published_head_is_a_whole_line(
    desk: small.Desk, settings: Settings, places: Callable[[], Path]
) -> None:
    audit.seal()
    actor = desk.actor
    earlier = '{"company_id": 0, "sequence": 1, "head": "00", "on": "2026-01-01"}'

    def prepare() -> tuple[Path, Callable[[], object]]:
        place = places()
        settings.HEADS_FILE = str(place / "outside" / "heads.jsonl")
        Path(settings.HEADS_FILE).parent.mkdir()
        Path(settings.HEADS_FILE).write_text(earlier + "\n")
        return place, publish

    def publish() -> None:
        done = publishing.publish_head(actor)
        if done.failed:
            raise Refused("not_published", "by file")

    def after(place: Path, code: str) -> None:
        text = (place / "outside" / "heads.jsonl").read_text()
        if code == KILLED:
            text = text[: text.rfind("\n") + 1]
        assert [json.loads(line)["company_id"] for line in text.splitlines()][:1] == [0]
        assert text.endswith("\n")
        assert code in ("not_published", KILLED)

    def last(place: Path) -> None:
        kept = audit_verifier.read_heads(place / "outside" / "heads.jsonl", actor.company_id)
        assert len(kept) == 1
        assert (place / "outside" / "heads.jsonl").read_text().startswith(earlier + "\n")

    assert fails_clearly(prepare, after_fault=after, at_last=last) > 4


@pytest.mark.parametrize(
    ("left", "kept"),
    [('{"whole": 1}\n{"half": ', '{"whole": 1}\n'), ('{"whole": 1}', '{"whole": 1}\n')],
)
def test_a_line_never_joins_what_a_dead_writer_left(tmp_path: Path, left: str, kept: str) -> None:
    file = tmp_path / "heads.jsonl"
    file.write_text(left)
    whole_files.append_line(file, '{"next": 2}', is_whole=publishing._is_whole)
    assert file.read_text() == kept + '{"next": 2}\n'


# The drop folder.


def test_the_drop_folder_loses_no_file_and_takes_none_twice(
    desk: small.Desk, places: Callable[[], Path]
) -> None:
    numbers = itertools.count(1)
    expected: dict[Path, tuple[str, str]] = {}

    def prepare() -> tuple[Path, Callable[[], object]]:
        place, number = places() / "drop", next(numbers)
        text, invoice = f"receipt {number}", f"F-{number}"
        day = small.TODAY.isoformat()
        rows = [f"C0;{invoice};{day};{day};EUR;10.00", f"nobody;X-{number};{day};{day};EUR;1.00"]
        put(place / "bank" / "b.csv", small.bank_file((text, 100 + number)).content)
        put(place / "invoices" / "i.csv", "\n".join([INVOICE_HEAD, *rows]).encode())
        expected[place] = (text, invoice)
        return place, lambda: drops.take_up(desk.actor, place, bytes_max=10**6)

    def after(place: Path, code: str) -> None:
        for name, kind in (("b.csv", "bank"), ("i.csv", "invoices")):
            stands = [one for one in (kind, "done", "refused") if (place / one / name).exists()]
            assert len(stands) == 1, f"{name} stands in {stands}"
            if stands != [kind]:
                assert (place / stands[0] / f"{name}.result.json").exists()
        for path in place.rglob("*.result.json"):
            json.loads(path.read_bytes())
        assert code in ("folder_unusable", "file_not_written", KILLED)
        nothing_hidden(place, code)

    def last(place: Path) -> None:
        names = ["b.csv", "b.csv.result.json", "i.csv", "i.csv.rejected.csv", "i.csv.result.json"]
        assert sorted(visible(place)) == [f"done/{name}" for name in names]
        text, invoice = expected[place]
        lines = sql.scalar("SELECT count(*) FROM cash_bankline WHERE text = %s", [text])
        found = sql.scalar("SELECT count(*) FROM invoices_invoice WHERE number = %s", [invoice])
        assert (lines, found) == (1, 1)

    assert fails_clearly(prepare, after_fault=after, at_last=last) > 25


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    os.utime(path, (1_700_000_000, 1_700_000_000))


# What the command line writes.


def exports(desk: small.Desk) -> dict[str, Callable[[Path], object]]:
    return {
        "journal": lambda file: files.export(what="beancount", file=file, company="acme", as_of=""),
        "decisions": lambda file: golive.export_decisions(
            file=file, company="acme", since="2020-01-01", again=""
        ),
        "rejected": lambda file: rejected(desk.actor, file),
    }


def rejected(actor: Actor, file: Path) -> None:
    source = file.with_name("source.csv")
    day = small.TODAY.isoformat()
    source.write_text("\n".join([INVOICE_HEAD, f"nobody;X-1;{day};{day};EUR;1.00"]))
    files.import_file(
        kind="invoices", file=source, company="acme", columns=(), options=(),
        create_customers=False, rejected=file,
    )  # fmt: skip
    source.unlink()


@pytest.mark.parametrize("what", ["journal", "decisions", "rejected"])
def test_an_export_replaces_the_earlier_one_whole(
    desk: small.Desk, places: Callable[[], Path], what: str
) -> None:
    act = exports(desk)[what]

    def prepare() -> tuple[Path, Callable[[], object]]:
        place = places()
        (place / "out").write_bytes(b"the one before")
        return place, lambda: act(place / "out")

    complete = places() / "out"
    act(complete)

    def same(content: bytes) -> bool:
        return len(content.splitlines()) == len(complete.read_bytes().splitlines())

    def after(place: Path, code: str) -> None:
        content = (place / "out").read_bytes()
        assert content == b"the one before" or same(content)
        assert code in ("file_not_written", "system_fault", KILLED)
        nothing_hidden(place, code)
        with suppress(FileNotFoundError):
            (place / "source.csv").unlink()

    def last(place: Path) -> None:
        assert list(visible(place)) == ["out"]
        assert same((place / "out").read_bytes())

    assert fails_clearly(prepare, after_fault=after, at_last=last, as_command=True) >= 6


def test_decisions_that_could_not_be_written_come_again(
    desk: small.Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They count as exported: the error says how to have the same ones again."""
    small.promise_of(desk, 0, minor=1_000, due_on=small.TODAY)
    with pytest.raises(Refused) as refused:
        golive.export_decisions(
            file=tmp_path / "no folder" / "out", company="acme", since="", again=""
        )
    assert refused.value.code == "file_not_written"
    reference = refused.value.message.rpartition(" ")[2]
    golive.export_decisions(file=tmp_path / "out", company="acme", since="", again=reference)
    rows = (tmp_path / "out").read_text().splitlines()
    assert len(rows) > 1
    assert capsys.readouterr().out.startswith(f"{reference}: {len(rows) - 1} decisions are in")


def test_a_bundle_is_complete_or_no_bundle(
    desk: small.Desk, places: Callable[[], Path], company: Any
) -> None:
    def prepare() -> tuple[Path, Callable[[], object]]:
        place = places() / "bundle"
        return place, lambda: bundles.export(folder=place, company="acme")

    def after(place: Path, code: str) -> None:
        if (place / bundles.ABOUT).exists():
            assert list(audit_verifier.verify_bundle(place)) == []
        assert code in ("file_not_written", "system_fault", KILLED)

    def last(place: Path) -> None:
        assert list(audit_verifier.verify_bundle(place)) == []
        assert [one.name for one in place.iterdir() if one.name.startswith(".")] == []
        shutil.rmtree(place)  # a folder that is done is not written into again

    assert fails_clearly(prepare, after_fault=after, at_last=last, as_command=True) > 50


# Backups.


@pytest.mark.usefixtures("committed_db")
def test_a_backup_is_two_files_or_none(places: Callable[[], Path]) -> None:
    founded()

    def prepare() -> tuple[Path, Callable[[], object]]:
        place = places()

        def act() -> None:
            if not (place / "dump").exists():
                backup.backup(file=place / "dump")

        return place, act

    def after(place: Path, code: str) -> None:
        assert code in ("backup_failed", "file_not_written", KILLED)
        if (place / "dump").exists():
            backups.checked(place / "dump", 990_000)
        elif code != KILLED:
            assert visible(place) == {}
        nothing_hidden(place, code)

    def last(place: Path) -> None:
        assert list(visible(place)) == ["dump", "dump.manifest.json"]
        backups.checked(place / "dump", 990_000)

    assert fails_clearly(prepare, after_fault=after, at_last=last, samples=3) > 10


@pytest.mark.usefixtures("committed_db")
def test_a_dump_that_finds_the_disk_full_leaves_nothing(tmp_path: Path) -> None:
    """`pg_dump` itself is cut off, by the kernel."""
    founded()
    with files_at_most(8_192), pytest.raises(DomainError) as failed:
        backup.backup(file=tmp_path / "dump")
    assert failed.value.code == "backup_failed"
    assert list(tmp_path.iterdir()) == []
    assert backup.backup(file=tmp_path / "dump") == 0


# What an installation starts with.


def test_the_secret_key_is_made_whole_and_once(
    places: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDITDESK_SECRET_KEY")

    def prepare() -> tuple[Path, Callable[[], object]]:
        place = places() / "home"
        monkeypatch.setenv("CREDITDESK_HOME", str(place))
        return place, configured._secret_key

    def after(place: Path, code: str) -> None:
        assert code in ("file_not_written", "system_fault", KILLED)
        if (place / "secret_key").exists():
            assert len((place / "secret_key").read_text()) == 67
        nothing_hidden(place, code)

    def last(place: Path) -> None:
        assert (place / "secret_key").stat().st_mode & 0o777 == 0o600
        assert configured._secret_key() == (place / "secret_key").read_text()
        assert list(visible(place)) == ["secret_key"]

    places_count = fails_clearly(
        prepare, after_fault=after, at_last=last, samples=20, as_command=True
    )
    assert places_count > 8


@pytest.mark.parametrize("way", [FULL, BROKEN, SHORT, KILLED])
def test_the_database_starts_after_any_fault_of_its_first_start(way: str) -> None:
    open_place = Path(tempfile.mkdtemp(prefix="creditdesk-disk-"))
    open_place.chmod(0o755)
    count = itertools.count(1)
    servers: list[Path] = []

    def prepare() -> tuple[Path, Callable[[], object]]:
        while servers:
            embedded.remove(servers.pop())
        place = open_place / str(next(count))
        servers.append(place)
        return place, lambda: embedded.start(place, throw_away=True)

    def after(place: Path, code: str) -> None:
        assert code.startswith("embedded.") or code == KILLED, code

    def last(place: Path) -> None:
        assert embedded.status(place).state is embedded.State.RUNNING

    try:
        found = fails_clearly(
            prepare, after_fault=after, at_last=last, samples=2, ways=[way], with_programs=True
        )
    finally:
        for place in servers:
            embedded.remove(place)
        shutil.rmtree(open_place, ignore_errors=True)
    assert found > 10


def test_the_command_line_says_in_one_line_what_the_system_refuses(tmp_path: Path) -> None:
    """The last line of the last resort: no traceback for what a person can mend."""
    home = tmp_path / "home"
    home.write_text("a file where a folder should be")
    told = {**os.environ, "CREDITDESK_HOME": str(home)}
    told.pop("CREDITDESK_SECRET_KEY", None)
    done = subprocess.run(
        [sys.executable, "-m", "creditdesk", "verify"],
        env=told, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    said = f"creditdesk: the system refuses: File exists: {home} [system_fault]\n"
    assert done.stderr == said
