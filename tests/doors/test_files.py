"""Every file of the corpus through every door that takes files: the desk and the command line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from creditdesk import wiring
from creditdesk.assessment.cases import services as cases
from creditdesk.assessment.cases.services import NewApplication
from creditdesk.cash import queries as cash
from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import files as cli_files
from creditdesk.faces.cli import statements as cli_statements
from creditdesk.faces.cli import work as cli_work
from creditdesk.golive import services as golive
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.payments import services as payments
from creditdesk.payments.queries import cases as payment_cases
from creditdesk.payments.rules.cases import NewCase
from creditdesk.plumbing import clock
from creditdesk.plumbing.imports import kinds, queries
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.models import File
from tests.corpus import advices, archives, statements, texts
from tests.corpus.samples import READ, Sample
from tests.corpus.words import FILENAMES, SCRIPT
from tests.doors.test_desk_texts import changed, counts
from tests.faces.desk.pages import body, words
from tests.faces.desk.work import a_debtor

wiring.connect()
KINDS = sorted(kinds.KINDS)
TABLES = [s for s in (*texts.SAMPLES, *archives.SAMPLES) if not s.heavy]
# What says the same of a door as a smaller one is read by the readers' own tests alone.
SLOW = {"million_columns", "huge_line", "lying_sizes", "many_members", "zip_bomb_member"}
GOOD = texts.GOOD
AT_A_TIME = 4
STRIDE = 5  # shares no factor with the number of kinds, so that all are met as often
SENT = [sample for sample in TABLES if sample.name not in SLOW]


def kinds_for(sample: Sample) -> list[str]:
    """Return the kinds a sample is sent as: others for each, so that each kind meets many."""
    first = STRIDE * SENT.index(sample)
    return [KINDS[(first + place) % len(KINDS)] for place in range(AT_A_TIME)]


@pytest.fixture
def going(desk: Actor) -> Actor:
    """The standing actor, whose company goes live, so that it takes in opening balances."""
    golive.begin(desk, cut_over_on=desk.today - timedelta(days=1))
    return desk


def test_every_kind_meets_many_samples() -> None:
    taken = [sample for sample in SENT if sample.table == READ]
    for samples, at_least in ((SENT, 10), (taken, 4), (SENT[::3], 2)):
        met = Counter(kind for sample in samples for kind in kinds_for(sample))
        assert set(met) == set(KINDS)
        assert min(met.values()) >= at_least


def refused_on(page: str, name: str) -> str:
    """Return what the page says of the refusal; it must name the file."""
    assert unescape(page).count(name) >= 1, page[:500]
    return page


@pytest.mark.parametrize("sample", SENT, ids=str)
def test_an_import_takes_a_file_or_says_why_not(
    manager: Client, going: Actor, sample: Sample
) -> None:
    before = counts()
    for kind in kinds_for(sample):
        with transaction.atomic():
            file = SimpleUploadedFile(sample.filename, sample.build())
            response = manager.post("/imports/", {"kind": kind, "file": file})
            assert response.status_code == (303 if sample.table == READ else 422), kind
            if response.status_code == 422:
                refused_on(words(response), sample.filename)
            else:
                loaded(manager, going, str(response["Location"]))
                transaction.set_rollback(True)
    assert changed(before) == {}


def loaded(manager: Client, desk: Actor, address: str) -> None:
    """Load what was taken in: every row is taken in, known or given back; the file is kept."""
    page = manager.get(address)
    assert page.status_code == 200
    assert SCRIPT not in body(page)
    reference = address.strip("/").rpartition("/")[2]
    run = queries.run(desk.company_id, reference)
    assert File.objects.get(id=run.file_id).content
    missing = kinds.kind_of(run.kind).missing(run.mapping)
    if missing:
        columns = {spec.name: 0 for spec in kinds.kind_of(run.kind).fields}
        imports.set_mapping(desk, reference, columns=columns)
    assert manager.post(f"{address}load", follow=True).status_code == 200
    done = queries.run(desk.company_id, reference)
    assert done.status == "done"
    assert done.rows_accepted + done.rows_known + done.rows_rejected == done.rows_total > 0
    if done.rows_rejected:
        again = queries.rejected_file(desk.company_id, reference)
        rows = imports.open_run(desk, kind=run.kind, filename="again.csv", content=again.content)
        assert queries.run(desk.company_id, rows).rows_total == done.rows_rejected
        assert no_formula(again.content)


def no_formula(content: bytes) -> bool:
    """Tell whether no cell of a CSV file would run in a spreadsheet."""
    cells = re.split(r'[,;|\r\n]+"?', content.decode("utf-8-sig"))
    return not [cell for cell in cells if re.match(r"[=@]|[-+](?![\d.,]+$)", cell)]


def advice_samples() -> list[tuple[str, Callable[[], bytes], bool]]:
    """Every advice of the corpus, and every third table: some of those are advices by chance."""
    own = [(one.name, one.build, one.code is None) for one in advices.SAMPLES]
    tables = [s for s in SENT[::3] if s.name != "good"]
    return [*own, *((one.name, one.build, False) for one in tables)]


@pytest.mark.parametrize(
    ("name", "build", "is_good"), advice_samples(), ids=[one[0] for one in advice_samples()]
)
def test_an_advice_is_taken_in_or_refused_and_kept(
    manager: Client, name: str, build: Callable[[], bytes], *, is_good: bool
) -> None:
    before = counts()
    with transaction.atomic():
        file = SimpleUploadedFile(f"{name}.dat", build())
        response = manager.post("/cash/advices/take-in", {"file": file})
        assert response.status_code in ((303,) if is_good else (303, 422)), words(response)
        if response.status_code == 422:
            assert f"{name}.dat" in words(response) or not build()
            kept = changed(before)
            assert set(kept) <= {
                "cash_remittanceadvice", "plumbing_file", "plumbing_sequence",
                "controls_auditentry",
            }  # fmt: skip
            assert not kept or kept["cash_remittanceadvice"] == 1
        page = manager.get("/cash/advices/")
        assert page.status_code == 200
        assert SCRIPT not in body(page)
        transaction.set_rollback(True)
    assert changed(before) == {}


def test_evidence_is_kept_as_it_came_whatever_it_is(manager: Client, desk: Actor) -> None:
    """Nothing reads it: it is saved again byte for byte, under a name that is only a name."""
    made = a_debtor(desk, "C9")
    [reference] = payments.open_cases(desk, [NewCase(kind="missing", customer_id=made)])
    page, kept = f"/payment-cases/{reference}/", 0
    for number, sample in enumerate(SENT):
        content = sample.build()
        name = list(FILENAMES.values())[number % len(FILENAMES)]
        payments.attach(desk, reference, filename=name, content=content or b"x")
        kept += 1
        last = payment_cases.entries(
            desk.company_id, payment_cases.case(desk.company_id, reference).id
        )[-1]
        saved = manager.get(f"{page}evidence/{last.id}")
        assert saved.content == (content or b"x")
        assert saved.headers["Content-Type"] == "application/octet-stream"
        assert saved.headers["X-Content-Type-Options"] == "nosniff"
        assert "\n" not in saved.headers["Content-Disposition"]
    assert kept == len(SENT) > 10
    assert SCRIPT not in body(manager.get(page))


def test_a_policy_file_is_read_or_refused_and_nothing_is_kept(manager: Client) -> None:
    """What is no JSON of a policy is told so, whatever else it is."""
    before = counts()
    for sample in SENT:
        file = SimpleUploadedFile(sample.filename, sample.build())
        response = manager.post("/policy/draft/upload", {"file": file}, follow=True)
        assert response.status_code < 500, sample.name
        assert SCRIPT not in body(response)
    deep = SimpleUploadedFile("deep.json", b'{"a":' * 100_000)
    assert manager.post("/policy/draft/upload", {"file": deep}, follow=True).status_code < 500
    assert changed(before) == {}


def test_a_paper_of_an_application_is_kept_as_it_came(
    desk: Actor, signed_in: Callable[..., Client]
) -> None:
    """Nothing reads it: it is saved again byte for byte, or refused by its size or kind."""
    analyst = signed_in("analyst")
    reference = cases.start(
        desk,
        new=NewApplication(
            customer_class="small",
            requested_minor=100_000,
            currency="EUR",
            data={"legal_name": "Ada Ltd"},
        ),
    )
    kept: set[str] = set()
    for number, sample in enumerate(SENT):
        content = sample.build() or b"x"
        name = list(FILENAMES.values())[number % len(FILENAMES)]
        file = SimpleUploadedFile("x", content)
        file._name = name
        response = analyst.post(
            f"/applications/{reference}/papers", {"file": file, "kind": "other"}, follow=True
        )
        assert response.status_code < 500, sample.name
        assert SCRIPT not in body(response)
        found = set(re.findall(rf"/applications/{reference}/papers/(\d+)", body(response)))
        for paper in found - kept:
            saved = analyst.get(f"/applications/{reference}/papers/{paper}")
            assert b"".join(saved) == content  # type: ignore[arg-type]
            assert saved.headers["X-Content-Type-Options"] == "nosniff"
            assert "\n" not in saved.headers["Content-Disposition"]
        kept |= found
    assert len(kept) > 3


@pytest.mark.parametrize("sample", [*SENT, *statements.SAMPLES][::2], ids=str)
def test_a_sanctions_list_is_loaded_or_refused_whole(
    manager: Client, desk: Actor, sample: Sample
) -> None:
    """No file of another kind is a list: it is refused by its name, and nothing is loaded."""
    before = counts()
    file = SimpleUploadedFile(sample.filename, sample.build())
    form = {"file": file, "listed_on": desk.today.isoformat(), "source": "own"}
    response = manager.post("/screening/load", form)
    assert response.status_code == 422
    refused_on(words(response), sample.filename)
    assert SCRIPT not in body(response)
    assert changed(before) == {}


@pytest.mark.parametrize("sample", statements.SAMPLES, ids=str)
def test_a_statement_is_taken_in_or_refused_whole(
    manager: Client, desk: Actor, sample: Sample
) -> None:
    before = counts()
    with transaction.atomic():
        file = SimpleUploadedFile(sample.filename, sample.build())
        response = manager.post("/cash/statements/take-in", {"file": file})
        names_account = sample.name != "csv"
        is_taken = sample.statement == READ and names_account
        assert response.status_code == (303 if is_taken else 422), words(response)
        assert names_account or "Say which account" in words(response)
        if not is_taken:
            refused_on(words(response), sample.filename)
            kept = {"cash_refusedfile": 1, "plumbing_file": 1, "controls_auditentry": 1}
            assert changed(before) == kept
        else:
            taken = cash.statements(desk.company_id)
            assert taken
            assert File.objects.filter(company_id=desk.company_id).count() == 1
        transaction.set_rollback(True)


def test_a_good_statement_beside_a_bad_one_says_which_is_bad(manager: Client, desk: Actor) -> None:
    given = [
        SimpleUploadedFile("good.xml", statements.GOOD.encode()),
        SimpleUploadedFile("bad.xml", statements.laughs()),
    ]
    response = manager.post("/cash/statements/take-in", {"file": given})
    assert response.status_code == 422
    refused_on(words(response), "bad.xml")
    assert len(cash.statements(desk.company_id)) == 1


@pytest.mark.parametrize("name", FILENAMES)
def test_a_name_of_a_file_is_only_a_name(manager: Client, desk: Actor, name: str) -> None:
    for address, given, content in (
        ("/imports/", {"kind": "customers"}, GOOD),
        ("/imports/", {"kind": "customers"}, b"\0"),
        ("/cash/statements/take-in", {}, statements.GOOD.encode()),
        ("/cash/statements/take-in", {}, b"\0"),
    ):
        with transaction.atomic():
            file = SimpleUploadedFile("x", content)
            file._name = FILENAMES[name]  # type: ignore[attr-defined]
            response = manager.post(address, {**given, "file": file}, follow=True)
            assert response.status_code in (200, 422)
            assert SCRIPT not in body(response)
            for kept in File.objects.filter(company_id=desk.company_id):
                assert "/" not in kept.name
                assert not any(ord(character) < 32 for character in kept.name)
                assert len(kept.name) <= 255
            transaction.set_rollback(True)


@pytest.mark.parametrize("kind", ["", "nonsense", "customers\0", SCRIPT, "x" * 5000])
def test_a_kind_that_is_none_is_refused(manager: Client, kind: str) -> None:
    before = counts()
    given = {"kind": kind, "file": SimpleUploadedFile("a.csv", GOOD)}
    response = manager.post("/imports/", given)
    assert response.status_code == 422
    assert SCRIPT not in body(response)
    assert counts() == before


def test_a_form_without_its_file_is_refused(manager: Client) -> None:
    before = counts()
    for given in ({"kind": "customers"}, {"kind": "customers", "file": "text"}):
        assert manager.post("/imports/", given).status_code == 422
        assert manager.post("/cash/statements/take-in", given).status_code == 422
    assert counts() == before


@pytest.mark.parametrize(
    "given",
    [
        {"column-number": "9" * 5000},
        {"column-number": "999999"},
        {"column-number": "-1"},
        {"column-number": "x"},
        {"date_order": "ymd"},
        {"decimal": SCRIPT},
        {"currency": "E\u0130R"},
        {"currency": "QQQ"},
        {f"column-{SCRIPT}": "0"},
    ],
    ids=str,
)
def test_a_mapping_that_is_none_is_refused_or_passed_over(
    manager: Client, desk: Actor, given: dict[str, str]
) -> None:
    reference = imports.open_run(desk, kind="customers", filename="a.csv", content=GOOD)
    response = manager.post(f"/imports/{reference}/mapping", given)
    assert response.status_code in (303, 422)
    assert SCRIPT not in body(response)
    mapped = queries.run(desk.company_id, reference)
    assert set(mapped.mapping.values()) <= {0, 1, 2}
    assert mapped.options.date_order in ("dmy", "mdy")
    assert mapped.options.decimal in ("point", "comma")


def on_command_line(path: Path, act: Callable[[], Any]) -> tuple[int, str]:
    """Return the status and the code of a refusal, which names the file."""
    try:
        return int(act() or 0), ""
    except Invalid as error:
        refused = error
    except Refused as error:
        return 2, error.code
    assert refused.place.file == path.name
    assert refused.mend
    return 2, refused.code


@pytest.mark.parametrize("sample", SENT[::3], ids=str)
def test_import_on_the_command_line(going: Actor, tmp_path: Path, sample: Sample) -> None:
    path = tmp_path / sample.filename
    path.write_bytes(sample.build())
    before = counts()
    given = {"company": "", "columns": [], "options": [], "create_customers": False}
    for kind in kinds_for(sample):
        with transaction.atomic():
            status, code = on_command_line(
                path,
                lambda kind=kind: cli_files.import_file(  # type: ignore[misc]
                    kind=kind, file=path, rejected=tmp_path / "rejected.csv", **given
                ),
            )
            if sample.table != READ:
                assert (status, code) == (2, sample.table)
            else:
                assert status in (0, 3) or code == "mapping_incomplete"
                transaction.set_rollback(True)
    assert changed(before) == {}


@pytest.mark.parametrize("sample", statements.SAMPLES[::3], ids=str)
def test_bank_files_on_the_command_line(
    desk: Actor, tmp_path: Path, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / sample.filename
    path.write_bytes(sample.build())
    expected = 0 if sample.statement == READ else 2
    assert cli_statements.read(file=path, as_json=True) == expected
    names_account = sample.name != "csv"
    loaded = expected if names_account else 2
    with transaction.atomic():
        assert cli_files.load_statements(files=[path], company="") == loaded
        assert bool(cash.statements(desk.company_id)) is (loaded == 0)
        transaction.set_rollback(True)
    told = capsys.readouterr()
    assert names_account or "[statement_account_missing]" in told.err
    if expected:
        assert told.err.count(sample.statement) == 2
        assert "Traceback" not in told.err


def test_a_bad_bank_file_does_not_stop_the_day(
    desk: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.xml"
    path.write_bytes(statements.laughs())
    clock.move(desk.at)
    assert cli_work.day(company="", on="", bank=[path], as_json=True) == 0
    assert "statement_entities_forbidden" in capsys.readouterr().out
    assert cash.statements(desk.company_id) == []


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "0001-01-01", "9999-12-31", "9" * 5000])
def test_a_date_on_the_command_line(desk: Actor, tmp_path: Path, text: str) -> None:
    if text:
        clock.move(desk.at)
        with pytest.raises(Invalid) as caught:
            cli_work.day(company="", on=text, bank=[], as_json=True)
        assert (caught.value.code, caught.value.place.field) == ("date_malformed", "--date")
        with pytest.raises(Invalid) as caught:
            cli_files.export(what="beancount", file=tmp_path / "x", company="", as_of=text)
        assert caught.value.place.field == "--as-of"
    assert not (tmp_path / "x").exists()


def test_who_loads_customers_sets_no_limits(manager: Client, desk: Actor) -> None:
    """The row that states one comes back with the reason; the others of its file are taken in."""
    content = b"Number,Name,Limit,Currency\nK1,Acorn,,EUR\nK2,Birch,5000,EUR\n"
    taken = manager.post(
        "/imports/", {"kind": "customers", "file": SimpleUploadedFile("a.csv", content)}
    )
    page = manager.post(f"{taken['Location']}load", follow=True)
    assert page.status_code == 200
    assert "may not be set by who loads customers" in words(page)
    assert set(customers.by_number(desk.company_id)) == {"K1"}
    sent_back = body(manager.get(f"{taken['Location']}rejected.csv"))
    assert "K2,Birch,5000,EUR,3,limit_amount,The credit limit 5000 EUR may not be" in sent_back
    reference = imports.open_run(desk, kind="customers", filename="a.csv", content=content)
    assert imports.load(desk, reference).rows_rejected == 0  # a machine, which is nobody
    ids = customers.by_number(desk.company_id)
    [(customer_id, limit)] = credit.limits(desk.company_id, desk.today, ids.values()).items()
    assert (customer_id, limit.minor, limit.currency) == (ids["K2"], 500_000, "EUR")


def test_what_was_taken_in_can_be_found_again_byte_for_byte(manager: Client, desk: Actor) -> None:
    manager.post("/imports/", {"kind": "customers", "file": SimpleUploadedFile("a.csv", GOOD)})
    kept = File.objects.get(company_id=desk.company_id)
    assert (bytes(kept.content), kept.name, kept.size_bytes) == (GOOD, "a.csv", len(GOOD))
    assert customers.by_number(desk.company_id) == {}
