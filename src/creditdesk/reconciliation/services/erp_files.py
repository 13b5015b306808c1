"""The ERP's own figures from files: its list of open items, and its control totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.money import to_minor
from creditdesk.kernel.references import fold, reference_key
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports.kinds import (
    Batch,
    FieldSpec,
    Kind,
    Manifest,
    Outcome,
    RowFault,
    Words,
)
from creditdesk.reconciliation.models import ErpFile
from creditdesk.reconciliation.queries import FIGURES_KIND, ITEMS_KIND
from creditdesk.reconciliation.rules import ACCOUNTS, BUCKETS, RECEIVABLE

Read = Callable[[Actor, Batch, date], tuple[list[tuple[object, ...]], list[RowFault]]]

_AS_OF = FieldSpec(
    name="as_of", label_code="erp.as_of", kind="date",
    synonyms=("as of", "as at", "key date", "reporting date", "balance date", "Stichtag",
              "Saldo per", "date d'arrêté"),
)  # fmt: skip
_CUSTOMER = FieldSpec(
    name="customer_number", label_code="customer.number",
    synonyms=("customer no", "customer id", "account number", "debtor number", "customer",
              "Kundennummer", "Kunden-Nr.", "Debitor", "numéro client", "code client"),
)  # fmt: skip
_CURRENCY = FieldSpec(
    name="currency",
    label_code="invoice.currency",
    kind="currency",
    synonyms=("currency code", "cur", "Währung", "devise"),
)
ITEM_FIELDS = (
    FieldSpec(
        name="number", label_code="invoice.number", required=True,
        synonyms=("document number", "document no", "invoice number", "invoice no", "invoice",
                  "Belegnummer", "Beleg-Nr.", "Rechnungsnummer", "numéro de pièce", "reference"),
    ),
    _CUSTOMER,
    FieldSpec(
        name="open_amount", label_code="invoice.open", kind="amount", required=True,
        synonyms=("open amount", "amount open", "outstanding", "outstanding amount", "balance",
                  "offener Betrag", "offen", "Saldo", "montant restant", "solde", "amount"),
    ),
    _CURRENCY,
    _AS_OF,
)  # fmt: skip
FIGURE_FIELDS = (
    FieldSpec(
        name="amount", label_code="erp.amount", kind="amount", required=True,
        synonyms=("total", "balance", "amount", "control total", "Saldo", "Betrag", "Summe",
                  "montant", "solde"),
    ),
    _CURRENCY,
    _AS_OF,
    FieldSpec(
        name="account", label_code="erp.account",
        synonyms=("control account", "figure", "what", "Konto", "compte"),
    ),
    FieldSpec(
        name="bucket", label_code="erp.bucket",
        synonyms=("age", "ageing bucket", "aging bucket", "days late", "Fälligkeit", "Alter",
                  "tranche"),
    ),
    _CUSTOMER,
)  # fmt: skip
WORDS: Words = {
    "as_of_differs": (
        gettext_lazy("The file speaks of more than one date; this row of {detail}"),
        gettext_lazy("Load one file per date"),
    ),
    "amount_too_fine": (
        gettext_lazy("{detail} has more decimals than the currency"),
        gettext_lazy("Round it to the decimals of the currency"),
    ),
    "account_unknown": (
        gettext_lazy("“{detail}” is no control account"),
        gettext_lazy("Write receivable, unapplied or balance, or leave the cell empty"),
    ),
    "bucket_unknown": (
        gettext_lazy("“{detail}” is no age"),
        gettext_lazy("Write not due, 1-30, 31-60, 61-90 or over 90, or leave the cell empty"),
    ),
}
_ACCOUNT_WORDS: Final[Mapping[str, str]] = {
    "": RECEIVABLE,
    **{account.upper(): account for account in ACCOUNTS},
    "OPENITEMS": RECEIVABLE,
    "RECEIVABLES": RECEIVABLE,
    "CREDITS": "unapplied",
    "NETBALANCE": "balance",
}
_BUCKET_WORDS: Final[Mapping[str, str]] = {
    "": "",
    **{reference_key(bucket): bucket for bucket in BUCKETS},
    **dict.fromkeys(("NOTDUE", "CURRENT", "0", "NICHTFAELLIG", "NONECHU"), "not_due"),
    **dict.fromkeys(("130", "0130", "030"), "late_1_30"),
    **dict.fromkeys(("3160", "3060"), "late_31_60"),
    **dict.fromkeys(("6190", "6090"), "late_61_90"),
    **dict.fromkeys(("90", "91", "OVER90", "MORETHAN90", "UEBER90", "PLUSDE90"), "late_91"),
}


def load_items(actor: Actor, batch: Batch) -> Outcome:
    """Keep the ERP's open items of a batch for the comparison."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch, ITEMS_KIND, _items)

    return load(actor, manifest=batch.manifest)


def load_figures(actor: Actor, batch: Batch) -> Outcome:
    """Keep the ERP's control totals of a batch for the comparison."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch, FIGURES_KIND, _figures)

    return load(actor, manifest=batch.manifest)


OPEN_ITEMS_SNAPSHOT = Kind(
    name=ITEMS_KIND, fields=ITEM_FIELDS, load=load_items, words=WORDS, daily=True
)
CONTROL_TOTALS = Kind(
    name=FIGURES_KIND, fields=FIGURE_FIELDS, load=load_figures, words=WORDS, daily=True
)


def _load(actor: Actor, batch: Batch, kind: str, read: Read) -> Outcome:
    dates = batch.dates("as_of")
    of_file = _header(actor, batch.run_id, kind, next(filter(None, dates), actor.today))
    rows, faults = read(actor, batch, of_file)
    if kind == ITEMS_KIND:
        sql.copy_rows("reconciliation_erpitem", _ITEM_COLUMNS, rows)
    else:
        sql.copy_rows("reconciliation_erpfigure", _FIGURE_COLUMNS, rows)
    return Outcome(accepted=len(rows), known=0, faults=tuple(faults))


def _header(actor: Actor, run_id: int, kind: str, as_of: date) -> date:
    """Return the date the file speaks of: that of its first row, or today."""
    row, _ = ErpFile.objects.get_or_create(
        import_run_id=run_id,
        defaults={"company_id": actor.company_id, "kind": kind, "as_of": as_of},
    )
    return row.as_of


_ITEM_COLUMNS = (
    "company_id", "import_run_id", "number", "number_key", "customer_number", "currency",
    "open_minor", "line",
)  # fmt: skip
_FIGURE_COLUMNS = (
    "company_id", "import_run_id", "account", "customer_number", "bucket", "currency", "minor",
    "line",
)  # fmt: skip


def _items(
    actor: Actor, batch: Batch, of_file: date
) -> tuple[list[tuple[object, ...]], list[RowFault]]:
    minors, faults = _minors(actor, batch, "open_amount", of_file)
    currencies = _currencies(actor, batch)
    numbers, customers = batch.texts("number"), batch.texts("customer_number")
    rows: list[tuple[object, ...]] = [
        (
            actor.company_id, batch.run_id, numbers[n], reference_key(numbers[n]), customers[n],
            currencies[n], minor, batch.lines[n],
        )
        for n, minor in minors.items()
    ]  # fmt: skip
    return rows, faults


def _figures(
    actor: Actor, batch: Batch, of_file: date
) -> tuple[list[tuple[object, ...]], list[RowFault]]:
    minors, faults = _minors(actor, batch, "amount", of_file)
    currencies = _currencies(actor, batch)
    customers = batch.texts("customer_number")
    rows: list[tuple[object, ...]] = []
    for n, minor in minors.items():
        said_account, said_bucket = batch.texts("account")[n], batch.texts("bucket")[n]
        account = _ACCOUNT_WORDS.get(reference_key(said_account))
        bucket = _BUCKET_WORDS.get(_bucket_key(said_bucket))
        if account is None:
            faults.append(RowFault(n, "account", "account_unknown", said_account[:60]))
        elif bucket is None:
            faults.append(RowFault(n, "bucket", "bucket_unknown", said_bucket[:60]))
        else:
            rows.append(
                (
                    actor.company_id, batch.run_id, account, customers[n], bucket, currencies[n],
                    minor, batch.lines[n],
                )
            )  # fmt: skip
    return rows, faults


def _bucket_key(said: str) -> str:
    return reference_key(fold(said).replace("DAYS", "").replace("TAGE", "").replace("JOURS", ""))


def _currencies(actor: Actor, batch: Batch) -> Sequence[str]:
    default = batch.options.currency or controls.company(actor.company_id).currency
    return [currency or default for currency in batch.texts("currency")]


def _minors(
    actor: Actor, batch: Batch, field: str, of_file: date
) -> tuple[dict[int, int], list[RowFault]]:
    """Return position → minor units, and faults of rows of another date or too fine."""
    minors: dict[int, int] = {}
    faults: list[RowFault] = []
    rows = zip(batch.amounts(field), _currencies(actor, batch), batch.dates("as_of"), strict=True)
    for position, (amount, currency, as_of) in enumerate(rows):
        if as_of not in (None, of_file):
            faults.append(RowFault(position, "as_of", "as_of_differs", str(as_of)))
            continue
        try:
            minors[position] = to_minor(amount if amount is not None else Decimal(0), currency)
        except ValueError:
            faults.append(RowFault(position, field, "amount_too_fine", f"{amount} {currency}"))
    return minors, faults
