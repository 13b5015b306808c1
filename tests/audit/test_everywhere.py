"""A person comes in through every door and leaves: by request what may, by schedule the rest."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction

from creditdesk.cash import services as cash
from creditdesk.collections import services as collections
from creditdesk.contact import services as contact
from creditdesk.contact.models import Message
from creditdesk.controls import services as controls
from creditdesk.controls.audit import services as audit
from creditdesk.controls.audit.tables import HOUSE
from creditdesk.controls.audit.verifying import verify
from creditdesk.controls.identity.services import door
from creditdesk.controls.models import (
    ApiAnswer,
    AuditEntry,
    Erasure,
    IdempotencyKey,
    Redaction,
    SignInEvent,
    User,
)
from creditdesk.controls.privacy import services as privacy
from creditdesk.controls.privacy.rules import Line
from creditdesk.credit import services as credit
from creditdesk.customers import services as customers
from creditdesk.customers.models import Contact, Customer
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.disputes import queries as dispute_queries
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute
from creditdesk.golive.models import OpeningFact
from creditdesk.insight import queries as proofs
from creditdesk.invoices import queries as invoice_queries
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, NotFound, Refused
from creditdesk.orders import services as orders
from creditdesk.plumbing import queries as plumbing
from creditdesk.plumbing import services as files
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.models import File, ImportRun
from creditdesk.reconciliation.models import Explanation
from tests.cash import stage
from tests.controls.people import person
from tests.orders import verbs

NAME, STREET, PHONE = "Zwetlana Quirinius", "Nebelgasse 77", "+49 30 77665544"
MAIL, IBAN, OTHER = "zq@quirinius.example", "DE89370400440532013000", "Zwetlana Vormals"
SAID = "Zwetlana liegt im Spital"
NEEDLES = ("quirinius", "zwetlana", "nebelgasse", "77665544", "532013000", "spital")
LATER = date(2041, 1, 2)


def dump() -> dict[str, str]:
    """Return table → everything that stands in it, bytes as text, in small letters."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(CASE WHEN a.atttypid = 'bytea'::regtype"
            " THEN format('encode(%I, ''escape'')', a.attname) ELSE format('%I::text', a.attname)"
            " END) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
            " AND NOT a.attisdropped WHERE c.relkind = 'r'"
            " AND c.relnamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1"
        )
        for table, columns in cursor.fetchall():
            texts = ", ".join(columns)
            cursor.execute(
                f"SELECT coalesce(string_agg(concat_ws(' ', {texts}), ' '), '') FROM {table}"
            )
            found[table] = cursor.fetchone()[0].lower()
    return found


def tables_with_the_person() -> dict[str, set[str]]:
    """Return where the person still stands, and what of them."""
    told = {table: {one for one in NEEDLES if one in text} for table, text in dump().items()}
    return {table: needles for table, needles in told.items() if needles}


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (("number", "name", "street", "currency"), ("ZQ-7", NAME, STREET, "EUR")):
        book.active.append(row)
    told = io.BytesIO()
    book.save(told)
    return told.getvalue()


WORKBOOK = workbook()


def imported(actor: Actor, filename: str, content: bytes, kind: str = "customers") -> str:
    reference = imports.open_run(actor, kind=kind, filename=filename, content=content)
    imports.load(actor, reference)
    return reference


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return replace(verbs.opened(actor), permissions=frozenset({"*"}))


@pytest.fixture
def planted(desk: Actor) -> int:
    """Zwetlana, through every door; return her account."""
    ann = NewContact(name=NAME, email=MAIL, phone=PHONE)
    new = NewCustomer(
        number="ZQ-7", name=NAME, currency="EUR", street=STREET, city="Ulm", note=SAID,
        contacts=(ann,), bank_accounts=(IBAN,), aliases=(OTHER,),
    )  # fmt: skip
    (customer_id,) = customers.create(desk.keyed("key-1"), new=[new])
    told = f"number;name;street;currency\nZQ-7;{NAME};{STREET};EUR\n;{NAME};{STREET};EUR\n"
    imported(desk, f"{NAME}.csv", told.encode())
    imported(desk, "neu.csv", told.encode("utf-16"))
    imported(desk, "book.xlsx", WORKBOOK)
    invoice = NewInvoice(
        customer_id=customer_id, number="INV-Z1", issued_on=desk.today, currency="EUR",
        net_minor=10_000, customer_reference=f"Kitchen of {NAME}",
    )  # fmt: skip
    invoices.record(desk, [invoice])
    (item,) = invoice_queries.open_items(desk.company_id, customer_ids=[customer_id])
    told = f"number;customer;date;net;currency;reference\nINV-Z2;ZQ-7;2026-03-16;5;EUR;{NAME}\n"
    imported(desk, "invoices.csv", told.encode(), kind="invoices")
    contact.record_reply(desk, customer_id, sender=MAIL, body=SAID, subject=f"Re: {NAME}")
    contact.hold(desk, customer_id, note=SAID)
    contact.set_consent(
        desk, customer_id, channel="email", purpose="marketing", allowed=True, note=SAID
    )
    collections.log_activity(desk, customer_id, kind="call", note=SAID)
    disputes.open(desk, [NewDispute(item.item_id, "quality", note=SAID)])
    for number, status in enumerate(("queued", "sent", "failed")):
        Message.objects.create(
            company_id=desk.company_id, reference=f"MSG-{number}", customer_id=customer_id,
            channel="email", purpose="collection", recipient=MAIL, recipient_name=NAME,
            subject=f"Dear {NAME}", body_text=SAID, message_id=f"<{number}@x>", status=status,
            queued_at=desk.at, recorded_by="test",
        )  # fmt: skip
    credit.set_limit(
        desk, customer_id, minor=50_000, currency="EUR", valid_from=desk.today, reason=SAID
    )
    verbs.an_order(desk, "SO-Z", 90_000, customer="ZQ-7")
    orders.release(replace(desk, reason=SAID), "SO-Z", reason=SAID)
    with suppress(ApprovalNeeded):
        credit.set_limit(
            person(desk, "asker", "analyst"), customer_id, minor=20_000_000, currency="EUR",
            valid_from=desk.today, reason=f"{NAME} asks for more",
        )  # fmt: skip
    credit.block(desk, customer_id, reason=SAID)
    OpeningFact.objects.create(
        company_id=desk.company_id, kind="promises", key="1", customer_number="ZQ-7",
        data={"minor": 5, "note": SAID}, run_id=1, line=1,
    )  # fmt: skip
    Explanation.objects.create(
        company_id=desk.company_id, number="INV-Z1", figure="open", customer_number="ZQ-7",
        currency="EUR", here_minor=1, there_minor=2, note=SAID, recorded_at=desk.at,
        recorded_by="test",
    )  # fmt: skip
    secret = controls.issue_key(desk.company_id, name="erp", by="test")
    scope = controls_scope(secret)
    claim = controls.take_key(scope, "k", "d")
    assert claim.holder is not None
    assert (claim.holder.company_id, claim.earlier) == (desk.company_id, None)
    body = json.dumps({"customer": NAME, "city": "Ulm"})
    controls.keep_answer(scope, "k", status=201, content_type="application/json", body=body)
    # As rows of the trail were before personal values were kept apart.
    AuditEntry.objects.create(
        company_id=desk.company_id, at=desk.at, actor="old", command="customers.create",
        arguments={"new": [{"name": NAME, "email": MAIL}]}, outcome=[customer_id], reason=SAID,
    )  # fmt: skip
    controls.audit(desk, "customers.export", {"address": f"/customers/?q={NAME}"})
    stage.take_in(
        desk, stage.Paid(minor=10_500, text=f"INV-Z1 INV-Z2 {NAME}", name=NAME, iban=IBAN)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (task_name, queue_name, args, status)"
            " VALUES ('old', 'q', %s, 'succeeded')",
            [json.dumps({"company_id": desk.company_id, "name": NAME})],
        )
    cash.match(desk)
    return customer_id


def controls_scope(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# What may still speak of her when she asks on the spot, by table; each is told as kept.
KEPT_TODAY = {
    "cash_bankline", "collections_activity", "contact_message", "contact_reply",
    "controls_approvalrequest", "controls_personalvalue", "credit_limit", "credit_block",
    "customers_alias", "customers_bankdetail", "customers_customer", "disputes_dispute",
    "golive_openingfact", "reconciliation_explanation", "invoices_invoice",
    "orders_decision", "plumbing_file",
}  # fmt: skip


def test_on_request_everything_leaves_that_no_rule_keeps(
    desk: Actor, planted: int, capfd: pytest.CaptureFixture[str]
) -> None:
    assert sum(ImportRun.objects.values_list("rows_rejected", flat=True)) == 2
    assert len(tables_with_the_person()) > len(KEPT_TODAY)
    report = privacy.erase(desk, kind="customer", subject_id=planted)
    left = tables_with_the_person()
    assert left.keys() <= KEPT_TODAY
    assert "zq@quirinius.example" not in json.dumps(sorted(left.items()), default=sorted)
    kept = {line.what: line.reason for line in report.kept}
    assert kept == {
        "dispute_notes": "claims", "credit_reasons": "claims", "payments": "law",
        "decision_reasons": "law", "documents": "law", "messages": "law",
        "replies": "law", "account": "claims", "files": "law",
        "approval_requests": "waiting",
    }  # fmt: skip
    told = capfd.readouterr()
    assert not [one for one in NEEDLES if one in (told.out + told.err).lower()]


def settled(desk: Actor) -> Actor:
    """Years later: what was open is resolved, what waited has run out, the account is closed."""
    disputes.resolve(desk, disputes_of(desk), resolution="rejected")
    later = replace(desk, today=LATER, at=datetime.combine(LATER, time(9), tzinfo=UTC))
    controls.expire(later)
    Customer.objects.update(status=Customer.Status.CLOSED)
    return later


def disputes_of(desk: Actor) -> str:
    return dispute_queries.open_disputes(desk.company_id)[0].reference


def holds_throughout(desk: Actor) -> None:
    audit.seal()
    for chain in (desk.company_id, HOUSE):
        report = verify(chain)
        assert (report.findings, report.unsealed) == ((), 0)
    assert proofs.prove(desk.company_id) == []


@pytest.mark.parametrize("sealed_first", [True, False])
@pytest.mark.parametrize("on_schedule", [True, False])
def test_after_the_last_period_nothing_is_left_anywhere(
    desk: Actor, planted: int, *, sealed_first: bool, on_schedule: bool
) -> None:
    if sealed_first:
        audit.seal()
    later = settled(desk)
    if on_schedule:
        assert Line("accounts", 1) in privacy.retain(later).erased
    else:
        assert privacy.erase(later, kind="customer", subject_id=planted).kept == ()
    assert tables_with_the_person() == {}
    assert Redaction.objects.filter(table="plumbing_file").exists()
    holds_throughout(later)
    assert verify(desk.company_id).erased > 20
    redone = privacy.erase(later, kind="customer", subject_id=planted)
    assert (redone.erased, redone.kept) == ((), ())


def test_the_schedule_is_shown_first_and_changes_nothing_twice(desk: Actor, planted: int) -> None:
    later = settled(desk)
    before = dump()
    told = privacy.due(later)
    after = dump()
    assert {table for table in after if after[table] != before[table]} == set()
    done = privacy.retain(later)
    assert (told.erased, told.kept) == (done.erased, ())
    assert {line.what for line in done.erased} >= {
        "accounts", "bank_lines", "decision_reasons", "files", "messages", "references", "replies",
    }  # fmt: skip
    again = privacy.retain(later)
    assert (again.erasure_id, again.erased) == (0, ())
    assert AuditEntry.objects.filter(command="privacy.retain").count() == 2


def test_before_its_period_ends_nothing_is_due(desk: Actor, planted: int) -> None:
    before = tables_with_the_person()
    assert privacy.retain(desk).erased == ()
    assert tables_with_the_person() == before


def test_a_hold_stops_request_and_schedule_until_it_is_lifted(desk: Actor, planted: int) -> None:
    later = settled(desk)
    privacy.hold(later, kind="customer", subject_id=planted, reason="litigation")
    privacy.hold(later, kind="customer", subject_id=planted, reason="litigation")  # again: the same
    with pytest.raises(Conflict) as standing:
        privacy.hold(later, kind="customer", subject_id=planted, reason="authority")
    assert standing.value.code == "hold_standing"
    before = tables_with_the_person()
    with pytest.raises(Refused) as refused:
        privacy.erase(later, kind="customer", subject_id=planted)
    assert refused.value.code == "erasure_held"
    privacy.retain(later)
    assert tables_with_the_person() == before
    privacy.lift(later, kind="customer", subject_id=planted)
    with pytest.raises(NotFound) as gone:
        privacy.lift(later, kind="customer", subject_id=planted)
    assert gone.value.code == "no_hold"
    privacy.retain(later)
    assert tables_with_the_person() == {}


def test_a_hold_covers_the_people_of_an_account_and_the_account_of_its_people(
    desk: Actor, planted: int
) -> None:
    later, of = settled(desk), Contact.objects.get(name=NAME).id
    for held, asked in ((("customer", planted), ("contact", of)), (("contact", of), None)):
        kind, subject_id = held
        privacy.hold(later, kind=kind, subject_id=subject_id, reason="inquiry")
        before = tables_with_the_person()
        kind, subject_id = asked or ("customer", planted)
        with pytest.raises(Refused) as refused:
            privacy.erase(later, kind=kind, subject_id=subject_id)
        assert refused.value.code == "erasure_held"
        assert tables_with_the_person() == before
        assert "accounts" not in {line.what for line in privacy.retain(later).erased}
        assert Contact.objects.get(id=of).name == Customer.objects.get(id=planted).name == NAME
        privacy.lift(later, kind=held[0], subject_id=held[1])
    assert Line("accounts", 1) in privacy.retain(later).erased
    assert tables_with_the_person() == {}


def test_an_erased_file_says_so_and_comes_in_again_as_a_new_one(desk: Actor, planted: int) -> None:
    privacy.erase(desk, kind="customer", subject_id=planted)
    row = File.objects.get(name="erased", sha256=hashlib.sha256(WORKBOOK).hexdigest())
    run = ImportRun.objects.get(file=row)
    assert (bytes(row.content), row.size_bytes, run.report["sample"]) == (b"", len(WORKBOOK), [])
    with pytest.raises(NotFound) as erased:
        plumbing.kept_file(desk.company_id, row.id)
    assert erased.value.code == "file_erased"
    again = files.keep_file(desk, "book.xlsx", WORKBOOK)
    assert again != row.id
    assert plumbing.kept_file(desk.company_id, again).content == WORKBOOK


def test_who_is_only_named_alike_stays_as_they_are(desk: Actor) -> None:
    """Ann Anna leaves; Joanna Annaberg, in trail and file beside her, does not."""
    new = NewCustomer(number="A-1", name="Anna", currency="EUR")
    (leaving,) = customers.create(desk, new=[new])
    for name in ("Joanna Annaberg", "Anna"):
        AuditEntry.objects.create(
            company_id=desk.company_id, at=desk.at, actor="old", command="old",
            arguments={"name": name}, outcome=None, reason="",
        )  # fmt: skip
        told = f"number;name;currency\nN-{len(name)};{name};EUR\n"
        imported(desk, f"{len(name)}.csv", told.encode())
    privacy.erase(desk, kind="customer", subject_id=leaving)
    old = AuditEntry.objects.filter(command="old").order_by("id")
    assert [row.arguments for row in old] == [{"name": "Joanna Annaberg"}, {"erased": True}]
    assert [bytes(row.content) == b"" for row in File.objects.order_by("id")] == [False, True]


def test_an_erased_answer_is_no_reason_to_do_it_again(desk: Actor, planted: int) -> None:
    [other] = customers.create(
        desk.keyed("key-2"), new=[NewCustomer(number="B", name="Bo", currency="EUR")]
    )
    IdempotencyKey.objects.filter(key="key-1").update(result=[planted, NAME, MAIL])
    privacy.erase(desk, kind="customer", subject_id=planted)
    new = [NewCustomer(number="B", name="Bo", currency="EUR")]
    assert customers.create(desk.keyed("key-2"), new=new) == [other]
    assert IdempotencyKey.objects.get(key="key-1").result == {"erased": True}
    answer = ApiAnswer.objects.get()
    assert (answer.status, "answer_erased" in answer.body) in ((201, False), (410, True))


def test_a_row_that_was_blanked_cannot_be_written_on_again(desk: Actor, planted: int) -> None:
    later = settled(desk)
    audit.seal()
    privacy.retain(later)
    audit.seal()
    with connection.cursor() as cursor:
        for attack in (
            "UPDATE cash_bankline SET text = 'forged'",
            "UPDATE plumbing_file SET content = 'forged'",
            "UPDATE controls_signinevent SET name = 'erased'",
        ):
            if "signin" in attack:
                door.note("admitted", "password", door.Visitor("nobody", "10.1.2.3"))
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(attack)
        # A salt may be given to rows that have none; to a blanked one it is damage, and found.
        cursor.execute("UPDATE cash_bankline SET seal_salt = gen_random_uuid()")
    kinds = {(one.kind, one.table) for one in verify(desk.company_id).findings}
    assert kinds == {("changed", "cash_bankline")}


def test_a_user_who_left_is_erased_from_the_door_too(desk: Actor) -> None:
    user_id = controls.add_user(
        "carl", password="x" * 12, first_name="Carl", last_name="Quirinius", email=MAIL
    )
    controls.grant("carl", company_id=desk.company_id, role="collector", by="test")
    door.note("admitted", "password", door.Visitor("carl", "10.9.8.7", "Quirinius Browser"))
    other = door.Visitor("somebody else", "10.9.8.6", "Plain Browser")
    door.charge("password", other)
    audit.seal()
    # His role went first, as it does when somebody leaves.
    controls.revoke("carl", company_id=desk.company_id, role="collector", by="test")
    report = privacy.erase(desk, kind="user", subject_id=user_id)
    assert Line("sign_in_events", 1) in report.erased
    assert [line.reason for line in report.kept] == ["accountability"]
    assert tables_with_the_person() == {}
    assert "10.9.8.7" not in dump()["controls_signinevent"]
    assert SignInEvent.objects.get(user_id=None).agent == "Plain Browser"
    holds_throughout(desk)
    assert verify(HOUSE).erased == 1


def test_the_journal_of_the_door_and_who_left_go_by_schedule(desk: Actor) -> None:
    at = datetime(2026, 3, 16, 9, tzinfo=UTC)
    for name in ("gone", "here"):
        controls.add_user(name, password="x" * 12, last_name="Quirinius", email=MAIL)
        door.note("admitted", "password", door.Visitor(name, "10.9.8.7"), at=at)
    User.objects.filter(username="gone").update(is_active=False)
    User.objects.update(date_joined=at)
    audit.seal()

    def on(day: date) -> Actor:
        return replace(desk, today=day, at=datetime.combine(day, time(9), tzinfo=UTC))

    assert privacy.retain(on(date(2027, 12, 31))).erased == ()
    first = privacy.retain(on(date(2028, 1, 1)))
    assert first.erased == (Line("sign_in_events", 2),)
    assert "10.9.8.7" not in dump()["controls_signinevent"]
    second = privacy.retain(on(date(2030, 1, 1)))
    assert second.erased == (Line("users_departed", 1),)
    assert set(User.objects.values_list("username", "last_name")) >= {
        ("gone", ""), ("here", "Quirinius"),
    }  # fmt: skip
    holds_throughout(desk)
    assert [row.rule for row in Erasure.objects.order_by("id")] == ["retention ended"] * 2
