"""Open items and credits on account from files, to be taken over at going live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.golive import rules
from creditdesk.golive.services.staging import StagedItem, put_items
from creditdesk.invoices import rules as invoice_rules
from creditdesk.invoices.services.import_fields import FIELDS as INVOICE_FIELDS
from creditdesk.invoices.services.import_fields import WORDS as INVOICE_WORDS
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.money import MINOR_MAX, to_minor
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
_TAKEN = ("number", "customer_number", "issued_on", "due_on", "currency", "total")
ITEM_FIELDS = (
    *(_OF_INVOICE[name] for name in _TAKEN),
    FieldSpec(
        name="open_amount", label_code="invoice.open", kind="amount", required=True,
        synonyms=_OF_INVOICE["open_amount"].synonyms,
    ),
    _OF_INVOICE["tax"],
    FieldSpec(
        name="delivery_status", label_code="golive.delivery_status",
        synonyms=("delivery status", "delivered", "shipped", "Lieferstatus", "geliefert",
                  "statut de livraison", "livré"),
    ),
    FieldSpec(
        name="dunning_level", label_code="golive.dunning_level", kind="integer",
        synonyms=("dunning level", "reminder level", "level", "Mahnstufe", "niveau de relance"),
    ),
    FieldSpec(
        name="last_dunned_on", label_code="golive.last_dunned_on", kind="date",
        synonyms=("last dunning date", "last dunning", "last reminder", "last reminder date",
                  "dunned on", "letzte Mahnung", "Mahndatum", "dernière relance"),
    ),
    _OF_INVOICE["order_reference"],
    _OF_INVOICE["customer_reference"],
    _OF_INVOICE["terms"],
)  # fmt: skip
CREDIT_FIELDS = (
    *(_OF_INVOICE[name] for name in ("number", "customer_number", "issued_on", "currency")),
    FieldSpec(
        name="amount", label_code="golive.credit", kind="amount", required=True,
        synonyms=("credit", "credit amount", "open amount", "unapplied", "balance", "Guthaben",
                  "offener Betrag", "Betrag", "montant", "avoir", "total"),
    ),
    _OF_INVOICE["customer_reference"],
)  # fmt: skip
WORDS: Words = {
    **{
        code: INVOICE_WORDS[code]
        for code in ("amount_too_fine", "amount_zero", "amount_too_large", "number_too_long",
                     "text_malformed", "issued_out_of_range", "due_out_of_range")
    },
    "due_missing": (
        gettext_lazy("The open item has no due date"),
        gettext_lazy("Fill it in: ageing and reminders begin with it"),
    ),
    "open_above_total": (
        gettext_lazy("More is open than the total of the document: {detail}"),
        gettext_lazy("Correct one of the two amounts"),
    ),
    "signs_mixed": (
        gettext_lazy("Total and open amount have different signs"),
        gettext_lazy("Correct one of them"),
    ),
    "delivery_unknown": (
        gettext_lazy("“{detail}” does not say whether it is delivered"),
        gettext_lazy("Write delivered or not delivered"),
    ),
    "number_twice": (
        gettext_lazy("The file holds this number more than once, each time otherwise"),
        gettext_lazy("Keep one of the rows; give instalments numbers of their own"),
    ),
    "dunned_in_future": (
        gettext_lazy("The last reminder lies in the future"),
        gettext_lazy("Correct the date, or the order of day and month"),
    ),
}  # fmt: skip
_DELIVERED: Final = frozenset(
    ("", "DELIVERED", "YES", "Y", "TRUE", "1", "X", "SHIPPED", "JA", "J", "GELIEFERT", "OUI",
     "LIVRE", "COMPLETE", "COMPLETED")
)  # fmt: skip
_NOT_DELIVERED: Final = frozenset(
    ("NOT DELIVERED", "NO", "N", "FALSE", "0", "OPEN", "PENDING", "IN TRANSIT", "NEIN",
     "NICHT GELIEFERT", "OFFEN", "UNTERWEGS", "NON", "NON LIVRE", "UNDELIVERED")
)  # fmt: skip
LEVEL_MAX: Final = 99


@dataclass(frozen=True, slots=True)
class _Fault:
    field: str
    code: str
    detail: str = ""


def load_items(actor: Actor, batch: Batch) -> Outcome:
    """Bring the open items of a batch over; negative ones are credits on account."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch, rules.ITEMS)

    return load(actor, manifest=batch.manifest)


def load_credits(actor: Actor, batch: Batch) -> Outcome:
    """Bring the credits on account of a batch over, whatever the sign of their amounts."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch, rules.CREDITS)

    return load(actor, manifest=batch.manifest)


OPENING_ITEMS = Kind(name=rules.ITEMS, fields=ITEM_FIELDS, load=load_items, words=WORDS)
OPENING_CREDITS = Kind(name=rules.CREDITS, fields=CREDIT_FIELDS, load=load_credits, words=WORDS)


def _load(actor: Actor, batch: Batch, source: str) -> Outcome:
    default = batch.options.currency or controls.company(actor.company_id).currency
    read = _credit if source == rules.CREDITS else _item
    staged: dict[str, tuple[int, StagedItem]] = {}
    faults: list[RowFault] = []
    repeated = 0
    for position, row in enumerate(_rows(batch, source, default)):
        one = read(row, actor.today)
        if isinstance(one, _Fault):
            faults.append(RowFault(position, one.field, one.code, one.detail[:60]))
            continue
        _, earlier = staged.setdefault(one.number, (position, one))
        if earlier is one:
            continue
        if _content(earlier) == _content(one):
            repeated += 1
        else:
            faults.append(RowFault(position, "number", "number_twice", one.number[:60]))
    fit = [one for _, one in staged.values()]
    known = put_items(actor, fit, source=source, run_id=batch.run_id)
    return Outcome(accepted=len(fit) - known, known=known + repeated, faults=tuple(faults))


def _content(one: StagedItem) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in one.__slots__ if name != "line")


def _rows(batch: Batch, source: str, default: str) -> Sequence[Mapping[str, Any]]:
    """Return each row by field, the currency filled in."""
    fields = CREDIT_FIELDS if source == rules.CREDITS else ITEM_FIELDS
    columns: dict[str, Sequence[Any]] = {"line": batch.lines}
    for spec in fields:
        empty: Any = None if spec.kind in ("date", "amount", "integer") else ""
        columns[spec.name] = batch.columns.get(spec.name) or [empty] * len(batch)
    names = list(columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    for row in rows:
        row["currency"] = row["currency"] or default
    return rows


def _item(row: Mapping[str, Any], today: date) -> StagedItem | _Fault:
    still_open: Decimal = row["open_amount"]
    total: Decimal = still_open if row["total"] is None else row["total"]
    if (total < 0) != (still_open < 0):
        return _Fault("total", "signs_mixed", str(total))
    if abs(still_open) > abs(total):
        return _Fault("open_amount", "open_above_total", f"{still_open} > {total}")
    is_credit = still_open < 0
    if row["due_on"] is None and not is_credit:
        return _Fault("due_on", "due_missing")
    said = fold(row["delivery_status"]).replace("_", " ").strip()
    if said not in _DELIVERED | _NOT_DELIVERED:
        return _Fault("delivery_status", "delivery_unknown", row["delivery_status"])
    if row["last_dunned_on"] is not None and row["last_dunned_on"] > today:
        return _Fault("last_dunned_on", "dunned_in_future", str(row["last_dunned_on"]))
    return _staged(
        row, total=abs(total), still_open=abs(still_open), is_credit=is_credit, today=today,
        is_delivered=said in _DELIVERED,
    )  # fmt: skip


def _credit(row: Mapping[str, Any], today: date) -> StagedItem | _Fault:
    amount = abs(row["amount"])
    return _staged(
        row, total=amount, still_open=amount, is_credit=True, is_delivered=True, today=today
    )


def _staged(
    row: Mapping[str, Any],
    *,
    total: Decimal,
    still_open: Decimal,
    is_credit: bool,
    is_delivered: bool,
    today: date,
) -> StagedItem | _Fault:
    currency = row["currency"]
    try:
        total_minor, open_minor = to_minor(total, currency), to_minor(still_open, currency)
        tax_minor = to_minor(abs(row.get("tax") or Decimal(0)), currency)
    except ValueError:
        return _Fault("open_amount", "amount_too_fine", f"{still_open} {currency}")
    fault = _document_fault(row, total_minor, open_minor, today)
    if fault is not None:
        return fault
    return StagedItem(
        number=row["number"],
        kind=invoice_rules.CREDIT_NOTE if is_credit else invoice_rules.INVOICE,
        customer_number=row["customer_number"],
        issued_on=row["issued_on"],
        due_on=row.get("due_on") or row["issued_on"],
        currency=currency,
        total_minor=total_minor,
        open_minor=open_minor,
        tax_minor=min(tax_minor, total_minor),
        is_delivered=is_delivered,
        dunning_level=min(row.get("dunning_level") or 0, LEVEL_MAX),
        last_dunned_on=row.get("last_dunned_on"),
        terms_code=row.get("terms", ""),
        order_reference=row.get("order_reference", ""),
        customer_reference=row["customer_reference"],
        line=row["line"],
    )


def _document_fault(
    row: Mapping[str, Any], total_minor: int, open_minor: int, today: date
) -> _Fault | None:
    """Return what the books would not take, by the rules of any document; a due date of any age."""
    if open_minor == 0:
        return _Fault("open_amount", "amount_zero")
    if total_minor > MINOR_MAX // 1_000_000:
        return _Fault("total", "amount_too_large", str(total_minor))
    code = invoice_rules.fault_of(
        invoice_rules.NewInvoice(
            customer_id=0,
            number=row["number"],
            issued_on=row["issued_on"],
            currency=row["currency"],
            net_minor=total_minor,
            order_reference=row.get("order_reference", ""),
            customer_reference=row["customer_reference"],
        ),
        today=today,
    )
    return (
        _Fault("issued_on" if code == "issued_out_of_range" else "number", code) if code else None
    )
