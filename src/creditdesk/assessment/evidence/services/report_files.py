"""Reports of any bureau from a file: a row per customer and report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy

from creditdesk.assessment.evidence.queries import applicants
from creditdesk.assessment.evidence.queries.applicants import ApplicantRow
from creditdesk.assessment.evidence.rules.readings import Facts
from creditdesk.assessment.evidence.services.reports import NewReport, Subject, put
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from creditdesk.kernel.money import to_minor
from creditdesk.plumbing.imports.kinds import (
    Batch,
    FieldSpec,
    Kind,
    Manifest,
    Outcome,
    RowFault,
    Words,
)

SOURCE_LENGTH: Final = 60
TEXT_LENGTH: Final = 300
SCORE_MAX: Final = Decimal(10) ** 9
_YES: Final = frozenset({"1", "y", "yes", "true", "ja", "j", "oui", "x"})
_NO: Final = frozenset({"0", "n", "no", "false", "nein", "non"})
FIELDS: Final = (
    FieldSpec(name="customer_number", label_code="customer.number", required=True,
              synonyms=("customer", "customer no", "your reference", "Kundennummer")),
    FieldSpec(name="bureau", label_code="report.bureau", required=True,
              synonyms=("source", "agency", "supplier", "Auskunftei", "agence")),
    FieldSpec(name="reported_on", label_code="report.reported_on", kind="date",
              synonyms=("report date", "date", "as of", "Auskunftsdatum", "date du rapport")),
    FieldSpec(name="expires_on", label_code="report.expires_on", kind="date",
              synonyms=("valid until", "expires", "gültig bis", "valable jusqu'au")),
    FieldSpec(name="identifier", label_code="report.identifier",
              synonyms=("duns", "d-u-n-s", "crefo", "bureau number", "Auskunftsnummer")),
    FieldSpec(name="name", label_code="report.name",
              synonyms=("company name", "legal name", "Firma", "raison sociale")),
    FieldSpec(name="country", label_code="report.country", kind="country",
              synonyms=("country code", "Land", "pays")),
    FieldSpec(name="status", label_code="report.status",
              synonyms=("company status", "Status", "statut")),
    FieldSpec(name="active", label_code="report.active", synonyms=("is active", "aktiv", "actif")),
    FieldSpec(name="insolvent", label_code="report.insolvent",
              synonyms=("insolvency", "insolvenz", "procédure collective")),
    FieldSpec(name="score", label_code="report.score", kind="amount",
              synonyms=("credit score", "index", "Bonitätsindex", "note")),
    FieldSpec(name="grade", label_code="report.grade",
              synonyms=("rating", "risk class", "Risikoklasse", "classe de risque")),
    FieldSpec(name="limit", label_code="report.limit", kind="amount",
              synonyms=("recommended limit", "credit limit", "Höchstkredit", "encours conseillé")),
    FieldSpec(name="currency", label_code="report.currency", kind="currency",
              synonyms=("currency code", "Währung", "devise")),
    FieldSpec(name="cost", label_code="report.cost", kind="amount",
              synonyms=("fee", "price", "Kosten", "coût")),
    FieldSpec(name="consumer_report", label_code="report.consumer_report",
              synonyms=("consumer", "personal report", "Personenauskunft")),
    FieldSpec(name="agency_address", label_code="report.agency_address",
              synonyms=("bureau address", "Anschrift der Auskunftei")),
    FieldSpec(name="agency_phone", label_code="report.agency_phone",
              synonyms=("bureau phone", "toll-free number", "Telefon der Auskunftei")),
    FieldSpec(name="score_low", label_code="report.score_low", kind="amount",
              synonyms=("score from", "lowest score")),
    FieldSpec(name="score_high", label_code="report.score_high", kind="amount",
              synonyms=("score to", "highest score")),
    FieldSpec(name="score_factors", label_code="report.score_factors",
              synonyms=("key factors", "reason texts", "factors")),
)  # fmt: skip
WORDS: Words = {
    "report_customer_unknown": (
        gettext_lazy("There is no customer “{detail}”"),
        gettext_lazy("Load the customer first, or correct the number"),
    ),
    "report_invalid": (
        gettext_lazy("“{detail}” cannot stand in a report"),
        gettext_lazy("Correct the row"),
    ),
}


def load_reports(actor: Actor, batch: Batch) -> Outcome:
    """Keep the reports of a batch; the same report again is one more, as bureaus correct theirs."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:
        return _load(actor, batch, reference=manifest.run_reference)

    return load(actor, manifest=batch.manifest)


REPORTS: Final = Kind(name="bureau_reports", fields=FIELDS, load=load_reports, words=WORDS)


def _load(actor: Actor, batch: Batch, *, reference: str) -> Outcome:
    numbers = batch.texts("customer_number")
    known = customers.by_number(actor.company_id, list(dict.fromkeys(numbers)))
    rows = customers.customers_by_id(actor.company_id, set(known.values()))
    applied = applicants.applicants(actor.company_id, set(numbers) - set(known))
    own = controls.company(actor.company_id).currency
    new, faults = [], []
    for position, number in enumerate(numbers):
        if number not in known and number not in applied:
            faults.append(RowFault(position, "customer_number", "report_customer_unknown", number))
            continue
        try:
            row = _Row(batch, position, own)
            subject = _subject(rows[known[number]] if number in known else applied[number])
            new.append(_report(actor, row, subject, reference))
        except _UnfitError as unfit:
            faults.append(RowFault(position, unfit.field, "report_invalid", unfit.value))
    put(actor, new)
    return Outcome(accepted=len(new), known=0, faults=tuple(faults))


class _UnfitError(Exception):
    """A value that cannot stand in its field."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(field)
        self.field = field
        self.value = str(value)[:TEXT_LENGTH]


class _Row:
    """One row of a batch, its values by name."""

    def __init__(self, batch: Batch, position: int, own: str) -> None:
        self._columns: Mapping[str, Sequence[Any]] = batch.columns
        self._position = position
        self.currency = self.text("currency") or own
        self.own = own

    def value(self, name: str) -> Any:  # noqa: ANN401 - as its field was parsed
        column = self._columns.get(name)
        return column[self._position] if column else None

    def text(self, name: str) -> str:
        return str(self.value(name) or "").strip()[:TEXT_LENGTH]

    def flag(self, name: str) -> bool | None:
        said = self.text(name).lower()
        if said in _YES or said in _NO:
            return said in _YES
        if said:
            raise _UnfitError(name, said)
        return None

    def minor(self, name: str, currency: str) -> int | None:
        amount: Decimal | None = self.value(name)
        if amount is None:
            return None
        try:
            minor = to_minor(amount, currency)
        except Invalid as error:
            raise _UnfitError(name, amount) from error
        if not 0 <= minor < 10**15:
            raise _UnfitError(name, amount)
        return minor

    def said(self) -> str:
        """Return the row as it stands in the file's terms: the answer that is kept."""
        given = {
            name: column[self._position]
            for name, column in self._columns.items()
            if column and column[self._position] not in (None, "")
        }
        return json.dumps(given, default=str, ensure_ascii=False, sort_keys=True)


def _subject(of: CustomerRow | ApplicantRow) -> Subject:
    if isinstance(of, ApplicantRow):
        return Subject(application_id=of.id, name=of.name, country=of.country)
    return Subject(customer_id=of.id, name=of.name, country=of.country)


def _require_agency(row: _Row, *, is_consumer: bool) -> None:
    """Refuse a report on a person that lacks what a notice must say of it."""
    for name in ("agency_address", "agency_phone") if is_consumer else ():
        if not row.text(name):
            raise _UnfitError(name, "")
    low, high, score = row.value("score_low"), row.value("score_high"), row.value("score")
    is_ranged = low is not None and high is not None and score is not None and low <= score <= high
    if is_consumer and score is not None and not is_ranged:
        raise _UnfitError("score_low", low)


def _report(actor: Actor, row: _Row, of: Subject, reference: str) -> NewReport:
    bureau = row.text("bureau")[:SOURCE_LENGTH]
    on, until, score = row.value("reported_on"), row.value("expires_on"), row.value("score")
    if not bureau:
        raise _UnfitError("bureau", "")
    if on is not None and on > actor.today:
        raise _UnfitError("reported_on", on)
    if until is not None and until < (on or actor.today):
        raise _UnfitError("expires_on", until)
    if score is not None and abs(score) > SCORE_MAX:
        raise _UnfitError("score", score)
    is_consumer = bool(row.flag("consumer_report"))
    _require_agency(row, is_consumer=is_consumer)
    facts = Facts(
        source=bureau, is_consumer=is_consumer, agency_address=row.text("agency_address"),
        agency_phone=row.text("agency_phone"), score_low=row.value("score_low"),
        score_high=row.value("score_high"), score_factors=row.text("score_factors"),
        name=row.text("name"), status=row.text("status"),
        is_active=row.flag("active"), is_insolvent=row.flag("insolvent"),
        country=row.text("country"), score=score, grade=row.text("grade"),
        limit_minor=row.minor("limit", row.currency), currency=row.currency,
        asked_name=of.name, asked_country=of.country,
    )  # fmt: skip
    return NewReport(
        subject=of, facts=facts, identifier=row.text("identifier"),
        answer=row.said(), request={"import": reference},
        cost_minor=row.minor("cost", row.own) or 0, reported_on=on, expires_on=until,
    )  # fmt: skip
