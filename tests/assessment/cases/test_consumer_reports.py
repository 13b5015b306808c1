"""A report on a person stands behind a refusal: whose it is, its score, what may be asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from creditdesk.assessment.cases import gathering, services
from creditdesk.assessment.cases.queries import ApplicationRow
from creditdesk.assessment.evidence.queries import reports
from creditdesk.assessment.notices import consumer_reports
from creditdesk.assessment.notices import queries as notices
from creditdesk.assessment.notices.consumer_reports import ConsumerReport
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.plumbing.imports import queries as import_queries
from creditdesk.plumbing.imports import services as imports
from creditdesk.policy import services as policy
from tests.assessment.cases.verbs import again, applied, decision, person, stated
from tests.support.fixtures import founded

HEAD = (
    "customer_number;bureau;reported_on;consumer_report;score;score_low;score_high;agency_address;"
    "agency_phone;score_factors\n"
)
ROW = "{of};Oakbureau;2026-03-10;yes;612;300;850;1 Elm Street, Reno NV;800 555 0100;{factors}\n"
FACTORS = '"accounts paid late; many enquiries"'


def loaded(desk: Actor, text: str) -> tuple[int, int]:
    """Load a file of reports; return how many rows went in and how many came back."""
    run = imports.open_run(
        desk, kind="bureau_reports", filename="r.csv", content=(HEAD + text).encode()
    )
    imports.load(desk, run)
    done = import_queries.run(desk.company_id, run)
    return done.rows_accepted, done.rows_rejected


def sole_trader(desk: Actor, country: str = "US") -> ApplicationRow:
    form = {"owner_name": "Rosa Field", "country": country}
    of = applied(desk, of_class="sole_trader", form=form)
    stated(desk, of, {"retained_earnings": -900, "net_income": -300})
    services.submit(desk, of.reference)
    return of


def declined(desk: Actor, of: ApplicationRow) -> str:
    edward = person(desk)
    known = gathering.known(again(of), on=desk.today)
    new = decision("decline", reasons=tuple(known.reasons[:2]))
    return services.decide(edward, of.reference, new=new).notice_text


def test_the_notice_names_agency_score_and_rights(desk: Actor) -> None:
    of = sole_trader(desk)
    assert loaded(desk, ROW.format(of=of.reference, factors=FACTORS)) == (1, 0)
    [kept] = reports.latest_reports(
        desk.company_id, application_id=of.id, customer_id=None, on=desk.today
    )
    assert (kept.facts.is_consumer, kept.facts.score_low) == (True, Decimal(300))
    text = declined(desk, of)
    for said in (
        "a report from Oakbureau, 1 Elm Street, Reno NV, telephone 800 555 0100",
        "did not make this decision",
        "within 60 days of receiving this notice",
        "to dispute with the agency",
        "612, as of 10 Mar 2026, on a scale from 300 to 850",
        "What told against you most in it: accounts paid late; many enquiries.",
    ):
        assert said in text
    [told] = notices.notices(desk.company_id, of.id)
    assert told.kind == "adverse"


@pytest.mark.parametrize("country", ["DE", "CA"])
def test_elsewhere_nothing_of_it_is_said(desk: Actor, country: str) -> None:
    of = sole_trader(desk, country)
    assert loaded(desk, ROW.format(of=of.reference, factors="")) == (1, 0)
    assert "Oakbureau" not in declined(desk, of)


def test_a_report_on_a_business_is_not_named(desk: Actor) -> None:
    of = sole_trader(desk)
    business = ROW.format(of=of.reference, factors="").replace(";yes;", ";no;")
    assert loaded(desk, business) == (1, 0)
    assert "Oakbureau" not in declined(desk, of)


@pytest.mark.parametrize(
    "broken",
    [("1 Elm Street, Reno NV", ""), ("800 555 0100", ""), (";300;", ";700;"), (";850;", ";;")],
)
def test_a_report_that_could_not_be_told_of_does_not_come_in(
    desk: Actor, broken: tuple[str, str]
) -> None:
    of = sole_trader(desk)
    assert loaded(desk, ROW.format(of=of.reference, factors="").replace(*broken)) == (0, 1)
    kept = reports.every_report(
        desk.company_id, application_id=of.id, customer_id=None, on=desk.today
    )
    assert kept == []


def test_nobody_is_refused_by_a_report_whose_agency_cannot_be_named() -> None:
    lacking = ConsumerReport(agency="Oakbureau", address="", phone="", reported_on=date(2026, 3, 1))
    with pytest.raises(Conflict) as conflict:
        list(consumer_reports.told([lacking], "US", date(2026, 3, 16)))
    assert conflict.value.code == "agency_incomplete"


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (date(1997, 9, 29), set()),
        (date(1997, 9, 30), {"agency", "rights"}),
        (date(2011, 7, 20), {"agency", "rights"}),
        (date(2011, 7, 21), {"agency", "rights", "score"}),
    ],
)
def test_what_is_said_is_dated(on: date, said: set[str]) -> None:
    assert set(consumer_reports.duties("US", on)) == said
    assert consumer_reports.duties("FR", on + timedelta(days=9_000)) == {}


def test_at_most_five_factors_and_no_score_where_there_is_none() -> None:
    facts: dict[str, Any] = {
        "agency": "Oak", "address": "Elm", "phone": "1", "reported_on": date(2026, 3, 1),
    }  # fmt: skip
    many = ConsumerReport(
        **facts, score=Decimal(1), low=Decimal(0), high=Decimal(9), factors=tuple("abcdefg")
    )
    *_, score = consumer_reports.told([many], "US", date(2026, 3, 16))
    assert "a; b; c; d; e." in score
    bare = list(consumer_reports.told([ConsumerReport(**facts)], "US", date(2026, 3, 16)))
    assert len(bare) == 2
    assert list(consumer_reports.told([], "US", date(2026, 3, 16))) == []


def test_another_companys_application_is_none_of_ours(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    of = sole_trader(desk)
    other = actor_of(founded("other").id)
    policy.ensure_default(other, valid_from=date(2026, 1, 1))
    assert loaded(other, ROW.format(of=of.reference, factors="")) == (0, 1)
