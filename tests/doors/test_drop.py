"""Every file of the corpus through the drop folder: taken, or put aside with its reason."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from creditdesk.day import folder, rules
from creditdesk.faces.cli import drop as cli_drop
from creditdesk.golive import services as golive
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.plumbing import sql
from tests.corpus import mails, statements
from tests.corpus.samples import READ, Sample
from tests.doors import test_mail
from tests.doors.test_desk_texts import changed, counts
from tests.doors.test_files import GOOD, KINDS, SENT


@pytest.fixture
def going(desk: Actor) -> Actor:
    """The standing actor, whose company goes live, so that it takes in opening balances."""
    golive.begin(desk, cut_over_on=desk.today - timedelta(days=1))
    return desk


PLACES = [*KINDS, rules.BANK, rules.MAIL]
BYTES_MAX = 64 * 2**20
HALF_GIGABYTE = 500 * 10**6


def placed(root: Path, place: str, name: str, content: bytes) -> Path:
    path = root / place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (0, 0))
    return path


def look(actor: Actor, root: Path) -> list[folder.Taken]:
    return folder.take_up(actor, root, bytes_max=BYTES_MAX)


def put_away(root: Path, name: str, content: bytes, *, is_refused: bool) -> dict[str, Any]:
    """The file lies where it belongs, byte for byte, its report beside it; return the report."""
    place = root / (rules.REFUSED if is_refused else rules.DONE)
    assert (place / name).read_bytes() == content
    report = json.loads((place / f"{name}.result.json").read_text())
    assert report["file"] == name
    assert (report["outcome"] == "refused") is is_refused
    return dict(report)


def through(actor: Actor, root: Path, place: str, sample: Sample, code: str | None) -> None:
    before = counts()
    content = sample.build()
    with transaction.atomic():
        placed(root, place, sample.filename, content)
        [taken] = look(actor, root)
        is_refused = taken.outcome == "refused"
        if code is not None and code != READ:
            assert is_refused
        report = put_away(root, sample.filename, content, is_refused=is_refused)
        if is_refused and report["errors"][0].get("code"):
            [error] = report["errors"]
            assert error["code"] == code or code in (None, READ)
            assert error["why"]
            assert error["mend"]
        assert look(actor, root) == []
        transaction.set_rollback(True)
    assert changed(before) == {}


@pytest.mark.parametrize("sample", SENT, ids=str)
def test_a_table(going: Actor, tmp_path: Path, sample: Sample) -> None:
    kind = KINDS[SENT.index(sample) % len(KINDS)]
    through(going, tmp_path / "drop", kind, sample, sample.table)


@pytest.mark.parametrize("sample", statements.SAMPLES[::2], ids=str)
def test_a_bank_file(desk: Actor, tmp_path: Path, sample: Sample) -> None:
    through(desk, tmp_path / "drop", rules.BANK, sample, sample.statement)


@pytest.mark.parametrize("sample", test_mail.SENT[::2], ids=str)
def test_a_mail(desk: Actor, tmp_path: Path, sample: Sample) -> None:
    through(desk, tmp_path / "drop", rules.MAIL, sample, sample.mail)


def test_a_maildir_is_taken_in(desk: Actor, tmp_path: Path) -> None:
    names = ["1690000000.M1P2.host:2,S", "1690000001.M1P2.host"]
    placed(tmp_path, "mail/cur", names[0], mails.GOOD)
    placed(tmp_path, "mail/new", names[1], mails.attached("a.txt", b"x"))
    placed(tmp_path, "mail/tmp", "1690000002.unfinished", mails.GOOD)
    assert [(one.kind, one.outcome) for one in look(desk, tmp_path)] == [("mail", "loaded")] * 2
    assert (tmp_path / "done" / "1690000000.M1P2.host_2,S").read_bytes() == mails.GOOD
    assert [one.name for one in (tmp_path / "mail/tmp").iterdir()] == ["1690000002.unfinished"]


NAMES: list[bytes] = [
    b"a\nb.csv", b"a\x1b[31m.csv", b"M\xfcller.csv", b"a..\\..\\x.csv", b"\xe2\x80\xaea.csv",
    "\U0001f4b6".encode() * 60 + b".csv", b"x" * 251 + b".csv", b"-rf.csv", b"a;b|c&d.csv",
    b"a" + b"\xcc\x80" * 100 + b".csv", b"con.csv", b" .csv", b"result.json",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_only_a_name(desk: Actor, tmp_path: Path, name: bytes) -> None:
    root = tmp_path / "drop"
    (root / "customers").mkdir(parents=True)
    path = os.path.join(os.fsencode(root / "customers"), name)  # noqa: PTH118 - bytes
    Path(os.fsdecode(path)).write_bytes(GOOD)
    os.utime(path, (0, 0))
    outside = set(tmp_path.iterdir())
    [taken] = look(desk, root)
    place = root / (rules.REFUSED if taken.outcome == "refused" else rules.DONE)
    [kept] = [
        one
        for one in place.iterdir()
        if not one.name.endswith((".result.json", ".rejected.csv"))
        or (name == b"result.json" and one.name == "result.json")
    ]
    assert kept.read_bytes() == GOOD
    assert kept.name.isprintable() or name.startswith(b"\xe2")
    assert (place / f"{kept.name}.result.json").exists()
    assert set(tmp_path.iterdir()) == outside
    assert look(desk, root) == []


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(HALF_GIGABYTE)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        here = Path.cwd()
        os.chdir(path.parent)  # addresses of sockets are short
        try:
            bound.bind(path.name)
        finally:
            os.chdir(here)


STRANGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "file_not_plain"),
    "socket": (_socket, "file_unreadable"),
    "sparse": (_sparse, "file_too_large"),
    "link_out": (lambda path: path.symlink_to("/etc/hostname"), "file_unreadable"),
    "link_up": (lambda path: path.symlink_to("../../../secret.csv"), "file_unreadable"),
    "link_self": (lambda path: path.symlink_to(path.name), "file_unreadable"),
    "link_device": (lambda path: path.symlink_to("/dev/zero"), "file_unreadable"),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_what_is_no_plain_file_is_put_aside_unread(desk: Actor, tmp_path: Path, kind: str) -> None:
    make, code = STRANGE[kind]
    path = tmp_path / "customers" / "a.csv"
    path.parent.mkdir()
    make(path)
    os.utime(path, (0, 0), follow_symlinks=False)
    good = placed(tmp_path, "customers", "b.csv", GOOD)
    before = counts()
    with transaction.atomic():
        taken = look(desk, tmp_path)
        assert [(one.name, one.outcome) for one in taken] == [
            ("a.csv", "refused"),
            ("b.csv", "loaded"),
        ]
        transaction.set_rollback(True)
    assert changed(before) == {}
    report = json.loads((tmp_path / "refused" / "a.csv.result.json").read_text())
    assert report["errors"][0]["code"] == code
    assert os.path.lexists(tmp_path / "refused" / "a.csv")
    assert not good.exists()


def test_nothing_is_written_where_a_planted_link_leads(desk: Actor, tmp_path: Path) -> None:
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "drop"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("precious")
    placed(root, "customers", "a.csv", GOOD)
    (root / "done").symlink_to(elsewhere)
    with pytest.raises(Refused, match="is a link") as refused:
        look(desk, root)
    assert refused.value.code == "folder_unusable"
    assert [one.name for one in elsewhere.iterdir()] == ["precious"]

    (root / "done").unlink()
    (root / "done").mkdir()
    (root / "done" / ".a.csv.result.json.writing").symlink_to(elsewhere / "precious")
    assert [one.outcome for one in look(desk, root)] == ["known"]
    assert (elsewhere / "precious").read_text() == "precious"


def test_one_file_that_cannot_be_put_away_stops_no_other(desk: Actor, tmp_path: Path) -> None:
    placed(tmp_path, "customers", "a.csv", GOOD)
    placed(tmp_path, "customers", "bad.csv", b"\0\0")
    (tmp_path / "done").write_text("in the way")
    with pytest.raises(Refused, match="File exists") as refused:
        look(desk, tmp_path)
    assert refused.value.code == "folder_unusable"
    assert (tmp_path / "refused" / "bad.csv").exists()
    (tmp_path / "done").unlink()
    assert [one.outcome for one in look(desk, tmp_path)] == ["known"]


def test_a_second_watcher_is_told(committed_db: str, actor_of: Any, tmp_path: Path) -> None:
    from django.db import connections  # noqa: PLC0415

    from tests.support.fixtures import founded, standing_actor  # noqa: PLC0415

    actor = standing_actor(founded())
    placed(tmp_path, "customers", "a.csv", GOOD)
    rival = connections["default"].copy()
    try:
        with rival.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [folder.LOCK_SPACE, actor.company_id])
        with pytest.raises(Conflict) as told:
            look(actor, tmp_path)
        assert told.value.code == "folder_watched"
        assert (tmp_path / "customers" / "a.csv").exists()
    finally:
        rival.close()
    assert sql.scalar("SELECT count(*) FROM plumbing_importrun") == 0


def test_the_watcher_lives_on_when_its_folder_goes(
    desk: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "drop"
    looks = []

    def happens(asked: list[int]) -> None:
        """What comes between two looks of the watcher."""
        looks.append(len(looks))
        if len(looks) == 1:
            (root / folder.MARKER).unlink()
            root.rmdir()
            root.write_text("a file where the folder was")
        elif len(looks) == 2:
            root.unlink()
            placed(root, "customers", "a.csv", GOOD)
        else:
            asked.append(15)

    monkeypatch.setattr(cli_drop, "_wait", happens)
    monkeypatch.setattr(cli_drop.signal, "signal", lambda *_: None)
    assert cli_drop.watch(folder=root, company="", once=False) == 0
    told = capsys.readouterr()
    assert "'a.csv': loaded customers" in told.out
    assert "File exists" in told.err
    assert (root / "done" / "a.csv").exists()
