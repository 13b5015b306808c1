"""Limits, disputes, promises, last contacts and holds from files, to be taken over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy

from creditdesk.collections.services.activities import KINDS as ACTIVITY_KINDS
from creditdesk.collections.services.activities import OUTCOMES
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.disputes.rules import REASONS
from creditdesk.golive import rules
from creditdesk.golive.services.staging import StagedFact, put_facts
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

Row = Mapping[str, Any]
NOTE_CHARACTERS_MAX: Final = 2_000

_OF_INVOICE = {spec.name: spec for spec in INVOICE_FIELDS}
_NUMBER, _CUSTOMER, _CURRENCY = (
    _OF_INVOICE[name] for name in ("number", "customer_number", "currency")
)
_OPTIONAL_NUMBER = FieldSpec(name="number", label_code="invoice.number", synonyms=_NUMBER.synonyms)
_AMOUNT = FieldSpec(
    name="amount", label_code="golive.amount", kind="amount", required=True,
    synonyms=("amount", "total", "Betrag", "montant", "limit", "credit limit", "Kreditlimit",
              "disputed amount", "promised amount", "plafond"),
)  # fmt: skip
_NOTE = FieldSpec(
    name="note", label_code="golive.note",
    synonyms=("note", "comment", "remark", "text", "Bemerkung", "Notiz", "remarque"),
)  # fmt: skip


def _date(name: str, *synonyms: str, required: bool = False) -> FieldSpec:
    return FieldSpec(
        name=name, label_code=f"golive.{name}", kind="date", required=required, synonyms=synonyms
    )


def _text(name: str, *synonyms: str, required: bool = False) -> FieldSpec:
    return FieldSpec(name=name, label_code=f"golive.{name}", required=required, synonyms=synonyms)


FIELDS: Mapping[str, tuple[FieldSpec, ...]] = {
    rules.LIMITS: (
        _CUSTOMER, _AMOUNT, _CURRENCY,
        _date("valid_from", "from", "gültig ab", "valable dès"),
        _date("valid_to", "to", "until", "gültig bis", "review date"),
        _text("reason", "why", "Grund", "motif"),
    ),
    rules.DISPUTES: (
        _NUMBER, _CUSTOMER, _AMOUNT, _CURRENCY,
        _text("reason", "dispute reason", "Reklamationsgrund", "Grund", "motif", required=True),
        _date("opened_on", "opened", "date", "since", "Datum"), _NOTE,
    ),
    rules.PROMISES: (
        _CUSTOMER, _AMOUNT, _CURRENCY,
        _date("due_on", "promised for", "pay by", "due date", "instalment date", "fällig am",
              "zugesagt für", required=True),
        _date("promised_on", "promised on", "agreed on", "date", "Datum"),
        _OPTIONAL_NUMBER, _NOTE,
    ),
    rules.CONTACTS: (
        _CUSTOMER,
        _date("on", "date", "contacted on", "last contact", "Datum", "letzter Kontakt",
              required=True),
        _text("kind", "channel", "type", "Art", "canal"),
        _text("outcome", "result", "Ergebnis", "résultat"), _NOTE,
    ),
    rules.HOLDS: (
        _CUSTOMER,
        _text("what", "hold", "kind", "consent", "type", "Sperre", "Art", required=True),
        _date("until", "to", "bis", "valid to"), _NOTE,
    ),
}  # fmt: skip
WORDS: Words = {
    "amount_malformed": (
        gettext_lazy("“{detail}” is no positive amount in its currency"),
        gettext_lazy("Write a positive amount with no more decimals than the currency has"),
    ),
    "reason_unknown": (
        gettext_lazy("“{detail}” is no reason of a dispute"),
        gettext_lazy("Write one of the reasons of the reference, such as price or other"),
    ),
    "kind_unknown": (
        gettext_lazy("“{detail}” is no way of contact"),
        gettext_lazy("Write call, note, visit, email or letter"),
    ),
    "outcome_unknown": (
        gettext_lazy("“{detail}” is no outcome"),
        gettext_lazy("Write reached, not_reached, left_message, refused or wrong_contact"),
    ),
    "hold_unknown": (
        gettext_lazy("“{detail}” says neither hold nor consent"),
        gettext_lazy("Write hold, block, opt_out or opt_in"),
    ),
    "note_missing": (
        gettext_lazy("A hold or block needs a note that says why"),
        gettext_lazy("Fill in the note"),
    ),
    "on_in_future": (
        gettext_lazy("A last contact cannot lie in the future: {detail}"),
        gettext_lazy("Correct the date, or the order of day and month"),
    ),
    "row_twice": (
        gettext_lazy("The file says this more than once, each time otherwise"),
        gettext_lazy("Keep one of the rows"),
    ),
    "note_too_long": (
        gettext_lazy("The note is too long"),
        gettext_lazy("Shorten it"),
    ),
}
_WHAT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("HOLD", "DUNNING BLOCK", "MAHNSPERRE", "SPERRE"), "hold"),
    **dict.fromkeys(("BLOCK", "CREDIT BLOCK", "KREDITSPERRE", "LIEFERSPERRE"), "block"),
    **dict.fromkeys(("OPT OUT", "NO REMINDERS", "WIDERSPRUCH"), "opt_out"),
    **dict.fromkeys(("OPT IN", "CONSENT", "EINWILLIGUNG"), "opt_in"),
}


class _FaultError(Exception):
    """A row that cannot be taken: its field, a code, what stands in the cell."""

    def __init__(self, field: str, code: str, detail: object = "") -> None:
        super().__init__(code)
        self.field, self.code, self.detail = field, code, str(detail)[:60]


def _limit(row: Row, _: date) -> StagedFact:
    data = {
        "minor": _minor(row),
        "currency": row["currency"],
        "valid_from": _iso(row["valid_from"]),
        "valid_to": _iso(row["valid_to"]),
        "reason": row["reason"],
    }
    return _fact(row, row["customer_number"], data)


def _dispute(row: Row, today: date) -> StagedFact:
    reason = fold(row["reason"]).lower().strip().replace(" ", "_").replace("-", "_")
    if reason not in REASONS:
        raise _FaultError("reason", "reason_unknown", row["reason"])
    if row["opened_on"] and row["opened_on"] > today:
        raise _FaultError("opened_on", "on_in_future", row["opened_on"])
    data = {
        "number": row["number"],
        "minor": _minor(row),
        "currency": row["currency"],
        "reason": reason,
        "opened_on": _iso(row["opened_on"]),
        "note": row["note"],
    }
    return _fact(row, row["number"], data)


def _promise(row: Row, _: date) -> StagedFact:
    data = {
        "number": row["number"],
        "minor": _minor(row),
        "currency": row["currency"],
        "due_on": _iso(row["due_on"]),
        "promised_on": _iso(row["promised_on"]),
        "note": row["note"],
    }
    key = f"{row['customer_number']} {row['number']} {data['due_on']} {row['currency']}"
    return _fact(row, " ".join(key.split()), data)


def _contact(row: Row, today: date) -> StagedFact:
    kind = fold(row["kind"]).lower().strip() or "note"
    kind = {"phone": "call", "mail": "email", "e-mail": "email"}.get(kind, kind)
    outcome = fold(row["outcome"]).lower().strip().replace(" ", "_")
    if kind not in ACTIVITY_KINDS:
        raise _FaultError("kind", "kind_unknown", row["kind"])
    if outcome not in OUTCOMES:
        raise _FaultError("outcome", "outcome_unknown", row["outcome"])
    if row["on"] > today:
        raise _FaultError("on", "on_in_future", row["on"])
    data = {"on": _iso(row["on"]), "kind": kind, "outcome": outcome, "note": row["note"]}
    return _fact(row, f"{row['customer_number']} {kind} {data['on']}", data)


def _hold(row: Row, _: date) -> StagedFact:
    what = _WHAT.get(fold(row["what"]).replace("_", " ").replace("-", " ").strip(), "")
    if not what:
        raise _FaultError("what", "hold_unknown", row["what"])
    if what in ("hold", "block") and not row["note"]:
        raise _FaultError("note", "note_missing")
    data = {"what": what, "until": _iso(row["until"]), "note": row["note"]}
    return _fact(row, f"{row['customer_number']} {what}", data)


READERS: Mapping[str, Callable[[Row, date], StagedFact]] = {
    rules.LIMITS: _limit,
    rules.DISPUTES: _dispute,
    rules.PROMISES: _promise,
    rules.CONTACTS: _contact,
    rules.HOLDS: _hold,
}


def _fact(row: Row, key: str, data: dict[str, Any]) -> StagedFact:
    if len(str(data.get("note", ""))) > NOTE_CHARACTERS_MAX:
        raise _FaultError("note", "note_too_long")
    return StagedFact(key=key, customer_number=row["customer_number"], data=data, line=row["line"])


def _minor(row: Row) -> int:
    try:
        minor = to_minor(row["amount"], row["currency"])
    except ValueError:
        minor = 0
    if minor <= 0:
        raise _FaultError("amount", "amount_malformed", f"{row['amount']} {row['currency']}")
    return minor


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""


def _loader(kind: str) -> Callable[[Actor, Batch], Outcome]:
    def load_facts(actor: Actor, batch: Batch) -> Outcome:
        @command("imports.load")
        def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
            return _load(actor, batch, kind)

        return load(actor, manifest=batch.manifest)

    return load_facts


KINDS: Sequence[Kind] = tuple(
    Kind(name=kind, fields=fields, load=_loader(kind), words=WORDS)
    for kind, fields in FIELDS.items()
)


def _load(actor: Actor, batch: Batch, kind: str) -> Outcome:
    default = batch.options.currency or controls.company(actor.company_id).currency
    staged: dict[str, StagedFact] = {}
    faults: list[RowFault] = []
    repeated = 0
    for position, row in enumerate(_rows(batch, kind, default)):
        try:
            one = READERS[kind](row, actor.today)
        except _FaultError as fault:
            faults.append(RowFault(position, fault.field, fault.code, fault.detail))
            continue
        earlier = staged.setdefault(one.key, one)
        if earlier is one:
            continue
        if earlier.data == one.data:
            repeated += 1
        else:
            faults.append(RowFault(position, "", "row_twice", one.key[:60]))
    known = put_facts(actor, kind, list(staged.values()), run_id=batch.run_id)
    return Outcome(accepted=len(staged) - known, known=known + repeated, faults=tuple(faults))


def _rows(batch: Batch, kind: str, default: str) -> Sequence[dict[str, Any]]:
    columns: dict[str, Sequence[Any]] = {"line": batch.lines}
    for spec in FIELDS[kind]:
        empty: Any = "" if spec.kind in ("text", "currency") else None
        columns[spec.name] = batch.columns.get(spec.name) or [empty] * len(batch)
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    for row in rows:
        row["currency"] = row.get("currency") or default
        row.setdefault("amount", Decimal(0))
    return rows
