"""Two small companies with one document of each kind, and one person of each role in the first."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from procrastinate.contrib.django import app as jobs

from creditdesk.assessment import shipped
from creditdesk.assessment.cases import services as cases
from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.assessment.evidence import services as evidence
from creditdesk.assessment.evidence.queries import screening
from creditdesk.assessment.evidence.rules.readings import Facts
from creditdesk.assessment.evidence.rules.signals import Opening
from creditdesk.assessment.notices import queries as notices
from creditdesk.assessment.reviews import services as reviews
from creditdesk.assessment.services import cards
from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.collections import queries as collections
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.controls import queries, rules, services
from creditdesk.controls.models import DutyException, User
from creditdesk.credit import queries as credit_queries
from creditdesk.credit import services as credit
from creditdesk.credit.rules import NewLimit
from creditdesk.credit.services import NewGuarantee, NewPolicy
from creditdesk.customers import queries as customers
from creditdesk.customers import services as customer_services
from creditdesk.disputes import queries as disputes
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services as invoice_services
from creditdesk.invoices.recurring import services as recurring
from creditdesk.invoices.recurring.rules import Rhythm
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded
from creditdesk.monitoring.alerts.queries import standing
from creditdesk.monitoring.alerts.services import news
from creditdesk.orders import services as order_services
from creditdesk.payments import services as payments
from creditdesk.payments.queries import cases as payment_cases
from creditdesk.payments.rules.cases import NewCase
from creditdesk.plumbing import services as plumbing
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import services as imports
from tests.assessment.cases import verbs as case_verbs
from tests.cash import stage
from tests.controls.people import excepted, person
from tests.corpus.mails import attached
from tests.faces.desk.everything import something_of_everything
from tests.faces.desk.work import a_debtor
from tests.invoices.people import SELLER, a_buyer, a_draft
from tests.orders import verbs

ROLES = tuple(role for role in rules.ROLES if role != rules.MACHINE)
# References are counted per company: the other company's begin elsewhere, so that none is in both.
RANGES = (
    "ADV", "APR", "DSP", "PRM", "PAY", "PCA", "MSG", "IMP", "CN", "RUN", "RPL", "INV", "PRT", "RIN",
    "RCP", "DEP", "LIM", "GUA", "INQ", "APP", "REV", "C",
)  # fmt: skip
BURNT = 700


@dataclass(frozen=True, slots=True)
class World:
    """The documents of both companies by kind, the people of the own one, and its API keys."""

    own: dict[str, str]
    other: dict[str, str]
    clients: dict[str, Client]
    keys: dict[str, Client]


def built(own: Actor, other: Actor) -> World:
    """Both companies, committed; nothing here is the same in both but what a person may name."""
    for prefix in RANGES:
        plumbing.take_numbers(other.company_id, f"{prefix}-{other.today.year}", BURNT)
    mine = documents(own, customer="C1", order="SO-1", asker="ask")
    with pytest.MonkeyPatch.context() as elsewhere:  # a bank account belongs to one company
        elsewhere.setitem(stage.statement.__kwdefaults__, "account", stage.OTHER_ACCOUNT)
        theirs = documents(other, customer="X1", order="SO-X", asker="eve")
    return World(
        own=mine,
        other=theirs,
        clients={role: _signed_in(own, role) for role in ROLES},
        keys={role: _keyed(own, role) for role in ROLES},
    )


def _signed_in(own: Actor, role: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(id=person(own, role, role).user_id))
    return client


def _keyed(own: Actor, role: str) -> Client:
    secret = services.issue_key(own.company_id, name=role, by="test", role=role)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def documents(actor: Actor, *, customer: str, order: str, asker: str) -> dict[str, str]:
    """Make one document of each kind; return kind → what names it in an address."""
    verbs.opened(actor)
    something_of_everything(actor)
    if customer != "C1":
        a_debtor(actor, customer)
        verbs.a_customer(actor, f"BUYER-{customer}")
        verbs.an_order(actor, order, 150_000, customer=f"BUYER-{customer}")
    of = actor.company_id
    account = customers.customer(of, customer).id
    exception = person(actor, f"{asker}-excepted", "sales")
    excepted(actor, f"{asker}-excepted", 9)
    loaded = _import(actor, "number;name;currency\nZ1;Zed;EUR\nZ2;;EUR\n", load=True)
    contact_services.hold(actor, account, note="on the phone")
    change = customer_services.ask_bank_change(
        actor, account, account="DE89370400440532013000", holder="secret", channel="mail"
    )
    content = attached("a.txt", b"x")
    if customer != "C1":  # parts are counted: the other company's last is where the own has none
        content = content.replace(
            b"--B0--", b"--B0\r\nContent-Disposition: attachment; filename=b\r\n\r\ny\r\n--B0--"
        )
    mail = contact_services.take_in_mail(
        actor, filename="a.eml", content=content, door="desk"
    ).mail_id
    looked_at = verbs.a_customer(actor, f"LOOK-{customer}")
    return {
        "mail": str(mail),
        "review": reviews.start_review(actor, looked_at, reason="look"),
        "mail_file": str(contact.mail(of, mail).attachments[-1]["place"]),
        "customer": customer,
        "scorecard": str(cards.stored(actor, shipped.expert_card())),
        **_evidence(actor, account),
        **_alerts(actor, account),
        "invoice": f"INV-{customer}",
        "issued": _issued(actor, f"BUYER-ISSUED-{customer}"),
        "plan": _plan(actor, f"BUYER-ISSUED-{customer}"),
        "order": order,
        "order_paper": str(
            order_services.attach(
                actor, order, paper=NewPaper(name="a.csv", content=order.encode())
            )
        ),
        "item": str(invoices.open_items(of, customer_ids=[account])[0].item_id),
        "contact": str(customers.contacts(of, account)[0].id),
        "bank_change": str(change.change_id),
        "dispute": disputes.open_disputes(of)[0].reference,
        **_case(actor, account),
        "promise": collections.promises(of)[0].reference,
        "statement": str(cash.statements(of)[0].id),
        "refused_file": str(cash.refused_files(of)[0].id),
        "advice": cash_services.take_in_advice(
            actor, filename="a.csv", content=f"Invoice;Paid\nINV-{customer};1.00\n".encode()
        ).reference,
        "relation": str(
            cash_services.relate_payer(actor, payer_name="Holding", customer_number=customer)
        ),
        "paid": next(row.reference for row in cash.payments(of) if not row.unapplied_minor),
        "payment": next(row.reference for row in cash.payments(of) if row.unapplied_minor),
        "message": contact.mailbox(of).rows[0].reference,
        "reply": str(contact.replies_open(of)[0].id),
        "import": _import(actor, "number;name;currency\nZ3;Zoe;EUR\n"),
        "import_rejected": loaded,
        "approval": _approval(actor, account, asker),
        "job": _job(actor),
        **_counter(actor, customer),
        **_limits(actor, account),
        **_applications(actor, customer),
        "absent": "999999",
        "batch": _batch(actor, f"BUYER-POST-{customer}"),
        "exception": str(DutyException.objects.get(user_id=exception.user_id).id),
    }


def _applications(actor: Actor, customer: str) -> dict[str, str]:
    """An application with a paper, and another that was decided."""
    found = [case_verbs.applied(actor, form={"legal_name": f"{customer} {n} Ltd"}) for n in (1, 2)]
    cases.submit(actor, found[1].reference)
    cases.decide(actor, found[1].reference, new=case_verbs.decision())
    kept = cases.keep_paper(actor, found[0].reference, paper=NewPaper(name="a.csv", content=b"a;b"))
    return {
        "application": found[0].reference,
        "case_file": str(kept),
        "decided": found[1].reference,
        "notice": str(notices.notices(actor.company_id, found[1].id)[0].id),
    }


def _alerts(actor: Actor, account: int) -> dict[str, str]:
    """An alert, raised by news, and news that name nobody for certain."""
    told = {"kind": "score_fell", "told_on": actor.today, "source": "bureau"}
    news.put(
        actor,
        [
            news.NewNews(**told, customer_id=account),  # type: ignore[arg-type]
            news.NewNews(**told, proposed=(account,), name="Nemo"),  # type: ignore[arg-type]
        ],
    )
    [waiting] = standing.news_waiting(actor.company_id)
    [alert] = standing.alerts(actor.company_id, signal="bureau_change").rows
    return {"alert": str(alert.id), "news": str(waiting.id)}


def _evidence(actor: Actor, account: int) -> dict[str, str]:
    """A report, a signal, an investigation, and a hit on a list of our own."""
    about = evidence.Subject(customer_id=account)
    facts = Facts(source="bureau")
    new = evidence.NewReport(subject=about, facts=facts, identifier="1", answer="{}", request={})
    [report] = evidence.keep_reports(actor, [new])
    mail = Opening(email="a@mailinator.com")
    [signal] = evidence.look_at_opening(actor, mail, customer_id=account)
    evidence.load_list(
        actor,
        filename="list.csv",
        content=b"reference,name\n1,Nemo Nobody",
        listed_on=actor.today,
        source="own",
    )
    evidence.screen_application(actor, account, ["Nemo Nobody"])
    [hit] = screening.queue(actor.company_id)
    inquiry = evidence.open_inquiry(actor, about, question="Who owns it?")
    return {
        "report": str(report),
        "signal": str(signal.id),
        "hit": str(hit.id),
        "inquiry": inquiry.reference,
    }


def _counter(actor: Actor, customer: str) -> dict[str, str]:
    """Cash taken and kept, and cash brought to the bank."""
    new = cash_services.NewReceipt(
        customer_number=customer, kind="cash", currency="EUR", minor=100, received_on=actor.today
    )
    held, brought = (cash_services.receive(actor, new).reference for _ in range(2))
    defaults = stage.statement.__kwdefaults__ or {}
    deposit = cash_services.deposit(
        actor, [brought], account=defaults["account"], brought_on=actor.today
    )
    return {"receipt": held, "deposit": deposit.reference}


def _issued(actor: Actor, number: str) -> str:
    """An invoice issued here, with its documents."""
    invoice_services.set_seller(actor, SELLER)
    [issued] = invoice_services.issue(actor, [a_draft(a_buyer(actor, number))])
    return issued


def _batch(actor: Actor, number: str) -> str:
    """An invoice printed for the post."""
    [issued] = invoice_services.issue(actor, [a_draft(a_buyer(actor, number))])
    invoice_services.deliver(actor, [issued], channel="post")
    return invoice_services.print_batch(actor).reference


def _plan(actor: Actor, number: str) -> str:
    """A recurring invoice that begins next month."""
    draft = a_draft(customers.customer(actor.company_id, number).id)
    rhythm = Rhythm(unit="month", every=1, starts_on=actor.today.replace(month=4, day=1))
    return recurring.set_up(actor, title="Rent", draft=draft, rhythm=rhythm)


def _job(actor: Actor) -> str:
    """A job of the company that failed for good."""
    job_id = jobs.configure_task("day.send", queue=f"q{actor.company_id}").defer(
        company_id=actor.company_id
    )
    sql.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job_id])
    return str(job_id)


def _case(actor: Actor, customer_id: int) -> dict[str, str]:
    [reference] = payments.open_cases(actor, [NewCase(kind="missing", customer_id=customer_id)])
    payments.attach(actor, reference, filename="a.txt", content=b"a receipt")
    found = payment_cases.case(actor.company_id, reference)
    entry = payment_cases.entries(actor.company_id, found.id)[-1]
    return {"payment_case": reference, "evidence": str(entry.id)}


def _limits(actor: Actor, account: int) -> dict[str, str]:
    """A limit that adds nothing, one asked for, and somebody who answers."""
    soon = actor.today + timedelta(days=9)
    new = NewLimit(
        customer_id=account, minor=1, currency="EUR", valid_from=actor.today, valid_to=soon,
        kind="temporary", reason="x",
    )  # fmt: skip
    credit.set_limits(actor, [replace(new, minor=0)])
    guarantee = credit.add_guarantee(
        actor,
        NewGuarantee(customer_id=account, kind="bank", guarantor="Town Bank", minor=1,
                     currency="EUR", valid_from=actor.today),
        filename="bond.pdf", content=b"%PDF-1.4 bond",
    )  # fmt: skip
    if not credit_queries.policies(actor.company_id):
        credit.add_policy(
            actor,
            NewPolicy(
                insurer="Fidelity", number="P-1", currency="EUR", valid_from=actor.today,
                valid_to=soon, maximum_liability_minor=1, retention_percent=Decimal(10),
            ),
        )  # fmt: skip
    return {
        "limit": str(credit_queries.limit_history(actor.company_id, account)[0].id),
        "limit_request": credit.ask_limit(actor, new),
        "guarantee": guarantee,
    }


def _import(actor: Actor, text: str, *, load: bool = False) -> str:
    reference = imports.open_run(
        actor, kind="customers", filename=f"{actor.company_id}.csv", content=text.encode()
    )
    if load:
        imports.load(actor, reference)
    return reference


def _approval(actor: Actor, account: int, asker: str) -> str:
    with suppress(ApprovalNeeded):
        credit.set_limit(
            person(actor, asker, "analyst"), account, minor=20_000_000, currency="EUR",
            valid_from=actor.today, reason=f"secret plan of {asker}",
        )  # fmt: skip
    return queries.requests(actor.company_id, actor.at)[0].reference
