"""Closures from files: what the ERP settled since the last file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.invoices.services.closing import NewClosure, close
from creditdesk.invoices.services.import_fields import FIELDS as INVOICE_FIELDS
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.money import to_minor
from creditdesk.kernel.references import fold
from creditdesk.plumbing.imports.kinds import (
    Batch,
    FieldSpec,
    Kind,
    Manifest,
    Outcome,
    RowFault,
    Words,
)

_OF_INVOICE = {spec.name: spec for spec in INVOICE_FIELDS}
FIELDS = (
    _OF_INVOICE["number"],
    FieldSpec(
        name="closed_on", label_code="closure.closed_on", kind="date", required=True,
        synonyms=("clearing date", "cleared on", "date cleared", "paid on", "payment date",
                  "closing date", "Ausgleichsdatum", "Zahldatum", "bezahlt am", "date de lettrage",
                  "date", "Datum"),
    ),
    FieldSpec(
        name="how", label_code="closure.how", required=True,
        synonyms=("closed by", "clearing type", "type", "reason", "status", "Ausgleichsart", "Art",
                  "Grund", "motif"),
    ),
    FieldSpec(
        name="amount", label_code="closure.amount", kind="amount",
        synonyms=("amount cleared", "cleared amount", "amount paid", "Betrag", "Ausgleichsbetrag",
                  "montant"),
    ),
    FieldSpec(
        name="customer_number", label_code="customer.number",
        synonyms=_OF_INVOICE["customer_number"].synonyms,
    ),
    _OF_INVOICE["currency"],
    FieldSpec(
        name="reference", label_code="closure.reference",
        synonyms=("clearing document", "clearing doc", "payment reference", "Ausgleichsbeleg",
                  "Belegnummer Ausgleich", "pièce de lettrage"),
    ),
)  # fmt: skip
# What files say, folded, for each way of closing.
_HOW: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("PAID", "PAYMENT", "CLEARED", "BEZAHLT", "ZAHLUNG", "AUSGEGLICHEN", "PAYE", "PAIEMENT"),
        "paid",
    ),
    **dict.fromkeys(
        ("CREDITED", "CREDIT", "CREDIT NOTE", "CREDIT_NOTE", "GUTSCHRIFT", "GUTGESCHRIEBEN",
         "STORNO", "AVOIR"),
        "credited",
    ),
    **dict.fromkeys(
        ("WRITTEN_OFF", "WRITTEN OFF", "WRITE-OFF", "WRITE OFF", "WRITEOFF", "AUSGEBUCHT",
         "AUSBUCHUNG", "PASSE EN PERTE"),
        "written_off",
    ),
}  # fmt: skip
WORDS: Words = {
    "how_unknown": (
        gettext_lazy("“{detail}” does not say how the invoice was closed"),
        gettext_lazy("Write paid, credited or written_off"),
    ),
    "invoice_unknown": (
        gettext_lazy("There is no invoice “{detail}” in these books"),
        gettext_lazy("Import the invoice first, or leave the row out"),
    ),
    "invoice_of_another": (
        gettext_lazy("The invoice is another customer's"),
        gettext_lazy("Correct the number or the customer"),
    ),
    "currency_differs": (
        gettext_lazy("The invoice is in another currency"),
        gettext_lazy("Correct the currency"),
    ),
    "closed_here_already": (
        gettext_lazy("Nothing is open here any more"),
        gettext_lazy("Leave the row out: cash or a credit applied here closed it"),
    ),
    "closure_above_open": (
        gettext_lazy("More was closed than the {detail} minor units that are open here"),
        gettext_lazy("Correct the amount; undo what was applied here, if the ERP is right"),
    ),
    "closure_undone": (
        gettext_lazy("This line was taken in before and undone here"),
        gettext_lazy("Leave it out; if the ERP is right after all, give it another reference"),
    ),
    "amount_too_fine": (
        gettext_lazy("{detail} has more decimals than the currency"),
        gettext_lazy("Round it to the decimals of the currency"),
    ),
    "customer_unknown": (
        gettext_lazy("There is no customer “{detail}”"),
        gettext_lazy("Correct the customer number"),
    ),
}
_FIELD_OF: Mapping[str, str] = {
    "how_unknown": "how",
    "invoice_of_another": "customer_number",
    "currency_differs": "currency",
    "closure_above_open": "amount",
}


def load_closures(actor: Actor, batch: Batch) -> Outcome:
    """Book the closures of a batch."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch)

    return load(actor, manifest=batch.manifest)


CLOSURES = Kind(name="closures", fields=FIELDS, load=load_closures, words=WORDS)


def _load(actor: Actor, batch: Batch) -> Outcome:
    default = batch.options.currency or controls.company(actor.company_id).currency
    ids = customers.by_number(actor.company_id, set(batch.texts("customer_number")) - {""})
    given: dict[int, NewClosure] = {}
    faults: list[RowFault] = []
    rows = zip(
        batch.texts("number"), batch.texts("how"), batch.dates("closed_on"),
        batch.amounts("amount"), batch.texts("customer_number"), batch.texts("currency"),
        batch.texts("reference"), strict=True,
    )  # fmt: skip
    for position, (number, how, closed_on, amount, customer, currency, reference) in enumerate(
        rows
    ):
        minor, fault = _minor(amount, currency or default)
        known_how = _HOW.get(fold(how).strip(), "")
        if not fault and customer and customer not in ids:
            fault = RowFault(position, "customer_number", "customer_unknown", customer[:60])
        if not fault and not known_how:
            fault = RowFault(position, "how", "how_unknown", how[:60])
        if fault or closed_on is None:
            faults.append(RowFault(position, fault.field, fault.code, fault.detail) if fault
                          else RowFault(position, "closed_on", "value_missing"))  # fmt: skip
            continue
        given[position] = NewClosure(
            number=number, how=known_how, closed_on=closed_on, minor=minor,
            customer_id=ids.get(customer), currency=currency, reference=reference[:200],
        )  # fmt: skip
    result = close(actor, list(given.values()), import_run_id=batch.run_id)
    places = list(given)
    faults += [
        RowFault(places[one.position], _FIELD_OF.get(one.code, "number"), one.code, one.detail)
        for one in result.rejected
    ]
    return Outcome(accepted=result.closed, known=result.known, faults=tuple(faults))


def _minor(amount: Decimal | None, currency: str) -> tuple[int | None, RowFault | None]:
    if amount is None:
        return None, None
    try:
        return abs(to_minor(amount, currency)), None
    except ValueError:
        return None, RowFault(0, "amount", "amount_too_fine", f"{amount} {currency}")
