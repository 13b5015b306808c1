"""Every mail of the corpus through the doors that take mail: the desk and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from creditdesk.contact import queries
from creditdesk.faces.cli import mails as cli_mails
from creditdesk.kernel.actor import Actor
from tests.corpus import mails
from tests.corpus.samples import READ, Sample
from tests.corpus.words import FILENAMES, SCRIPT
from tests.doors.test_desk_texts import changed, counts
from tests.doors.test_files import refused_on
from tests.faces.desk.pages import body, words

# What says the same of a door as a smaller one is read by the reader's own tests alone.
SLOW = {"many_parts", "very_deep", "too_large", "one_line", "many_parameters", "html_unclosed",
        "html_deep", "long_text"}  # fmt: skip
SENT = [sample for sample in mails.SAMPLES if sample.name not in SLOW]


@pytest.mark.parametrize("sample", SENT, ids=str)
def test_a_mail_at_the_desk(manager: Client, desk: Actor, sample: Sample) -> None:
    before = counts()
    with transaction.atomic():
        file = SimpleUploadedFile(sample.filename, sample.build())
        response = manager.post("/mailbox/mails/take-in", {"file": file})
        assert response.status_code in (303, 422)
        assert sample.mail in (None, READ) or response.status_code == 422
        if response.status_code == 422:
            refused_on(words(response), sample.filename)
        else:
            shown(manager, desk, sample.build())
            transaction.set_rollback(True)
    assert changed(before) == {}


def shown(manager: Client, desk: Actor, content: bytes) -> None:
    """The page shows the mail without running it; what came can be saved byte for byte."""
    page = manager.get("/mailbox/replies/")
    assert page.status_code == 200
    assert SCRIPT not in body(page)
    assert "onerror=alert" not in body(page).replace("&lt;img src=x onerror=alert", "")
    [row] = queries.mails_waiting(desk.company_id).rows
    saved = manager.get(f"/mailbox/mails/{row.id}/original")
    assert (saved.content, saved.headers["Content-Type"]) == (content, "application/octet-stream")
    for one in row.attachments:
        file = manager.get(f"/mailbox/mails/{row.id}/files/{one['place']}")
        assert file.status_code == 200
        assert len(file.content) == one["size_bytes"]
        assert file.headers["Content-Disposition"].startswith("attachment; ")
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert manager.get(f"/mailbox/mails/{row.id}/files/499").status_code == 404


@pytest.mark.parametrize("name", FILENAMES)
def test_a_name_of_a_mail_is_only_a_name(manager: Client, desk: Actor, name: str) -> None:
    file = SimpleUploadedFile("x", mails.GOOD)
    file._name = FILENAMES[name]  # type: ignore[attr-defined]
    response = manager.post("/mailbox/mails/take-in", {"file": file}, follow=True)
    assert response.status_code in (200, 422)
    assert SCRIPT not in body(response)


@pytest.mark.parametrize("sample", SENT[::3], ids=str)
def test_mails_on_the_command_line(
    desk: Actor, tmp_path: Path, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / sample.filename
    path.write_bytes(sample.build())
    status = cli_mails.take_in(files=[path], company="")
    told = capsys.readouterr()
    assert status in (0, 2)
    assert sample.mail is None or status == (0 if sample.mail == READ else 2)
    if status:
        assert f"[{sample.mail}]" in told.err
        assert queries.mails_waiting(desk.company_id).total == 0
