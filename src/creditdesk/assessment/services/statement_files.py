"""Financial statements from files: a row per customer and period, a column per line."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy

from creditdesk.assessment import rules
from creditdesk.assessment.rules.spread import MONTHS_MAX
from creditdesk.assessment.services.recording import NewStatement, put, refuse_unsound
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.imports.kinds import (
    Batch,
    FieldSpec,
    Kind,
    Manifest,
    Outcome,
    RowFault,
    Words,
)

YEAR_MONTHS: Final = 12
# Headers under which papers carry our lines, besides the line's own name.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "cash": ("cash and equivalents", "liquid funds", "Kasse und Bank", "flüssige Mittel"),
    "receivables": ("trade receivables", "accounts receivable", "Forderungen", "créances"),
    "inventory": ("inventories", "stock", "Vorräte", "stocks"),
    "current_assets": ("total current assets", "Umlaufvermögen", "actif circulant"),
    "fixed_assets": ("non-current assets", "Anlagevermögen", "actif immobilisé"),
    "total_assets": ("assets", "balance sheet total", "Bilanzsumme", "total actif"),
    "payables": ("trade payables", "accounts payable", "Verbindlichkeiten aus LuL"),
    "current_liabilities": ("total current liabilities", "kurzfristige Verbindlichkeiten"),
    "long_term_debt": ("non-current debt", "langfristige Verbindlichkeiten"),
    "total_liabilities": ("liabilities", "Fremdkapital", "dettes"),
    "retained_earnings": ("reserves", "Gewinnrücklagen", "réserves"),
    "equity": ("shareholders' equity", "Eigenkapital", "capitaux propres"),
    "revenue": ("sales", "turnover", "net sales", "Umsatzerlöse", "chiffre d'affaires"),
    "cost_of_sales": ("cost of goods sold", "cogs", "Materialaufwand"),
    "gross_profit": ("gross margin", "Rohertrag", "marge brute"),
    "depreciation": ("depreciation and amortisation", "Abschreibungen", "amortissements"),
    "ebit": ("operating profit", "operating result", "Betriebsergebnis"),
    "interest": ("interest expense", "Zinsaufwand"),
    "tax": ("income tax", "Ertragsteuern"),
    "net_income": ("profit", "net profit", "Jahresüberschuss", "résultat net"),
}
FIELDS: Final = (
    FieldSpec(
        name="customer_number", label_code="customer.number", required=True,
        synonyms=("customer", "customer no", "account number", "Kundennummer", "code client"),
    ),
    FieldSpec(
        name="period_end", label_code="financials.period_end", kind="date", required=True,
        synonyms=("year end", "balance sheet date", "Bilanzstichtag", "date de clôture"),
    ),
    FieldSpec(name="months", label_code="financials.months", kind="integer",
              synonyms=("months of the period", "Monate", "mois")),
    FieldSpec(name="currency", label_code="financials.currency", kind="currency",
              synonyms=("currency code", "Währung", "devise")),
    FieldSpec(name="unit", label_code="financials.unit", kind="integer",
              synonyms=("in units of", "Einheit", "unité")),
    FieldSpec(name="quality", label_code="financials.quality",
              synonyms=("audited or not", "Testat", "qualité")),
    FieldSpec(name="industry", label_code="financials.industry",
              synonyms=("industry code", "NACE", "SIC", "Branche", "secteur")),
    *(
        FieldSpec(
            name=item.code, label_code=f"financials.{item.code}", kind="amount",
            synonyms=(item.code.replace("_", " "), *_NAMES.get(item.code, ())),
        )
        for item in rules.ITEMS
    ),
)  # fmt: skip
WORDS: Words = {
    "financials_customer_unknown": (
        gettext_lazy("There is no customer “{detail}”"),
        gettext_lazy("Load the customer first, or correct the number"),
    ),
    "financials_invalid": (
        gettext_lazy("The statement cannot stand: {detail}"),
        gettext_lazy("Compare the row with the paper"),
    ),
}


def load_statements(actor: Actor, batch: Batch) -> Outcome:
    """Keep the statements of a batch; a row that does not add up is not taken."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:
        return _load(actor, batch, source=f"{manifest.run_reference}")

    return load(actor, manifest=batch.manifest)


STATEMENTS: Final = Kind(
    name="financial_statements", fields=FIELDS, load=load_statements, words=WORDS
)


def _load(actor: Actor, batch: Batch, *, source: str) -> Outcome:
    numbers = batch.texts("customer_number")
    known = customers.by_number(actor.company_id, list(dict.fromkeys(numbers)))
    own = batch.options.currency or controls.company(actor.company_id).currency
    rows, faults = [], []
    for position, number in enumerate(numbers):
        if number not in known:
            faults.append(
                RowFault(position, "customer_number", "financials_customer_unknown", number)
            )
            continue
        try:
            sheet = _sheet(batch, position, own)
            refuse_unsound(actor, sheet)
        except Invalid as error:
            field = error.place.field or "period_end"
            faults.append(RowFault(position, field, "financials_invalid", error.message))
            continue
        rows.append(
            NewStatement(
                customer_id=known[number],
                sheet=sheet,
                source=source,
                industry=batch.texts("industry")[position][:20],
            )
        )
    return Outcome(accepted=put(actor, rows), known=0, faults=tuple(faults))


def _sheet(batch: Batch, position: int, currency: str) -> rules.Sheet:
    ended = batch.dates("period_end")[position]
    if ended is None:
        raise Invalid("financials_without_period", "The statement names no last day")
    typed: dict[str, Decimal | None] = {
        item.code: batch.amounts(item.code)[position] for item in rules.ITEMS
    }
    return rules.sheet_of(
        typed,
        period_end=ended,
        months=_whole(batch, "months", position, YEAR_MONTHS, MONTHS_MAX + 1),
        currency=batch.texts("currency")[position] or currency,
        unit=_whole(batch, "unit", position, 1, 10**7),
        quality=batch.texts("quality")[position].strip().lower() or "unaudited",
    )


def _whole(batch: Batch, name: str, position: int, otherwise: int, most: int) -> int:
    value = (batch.columns.get(name) or [None] * len(batch))[position]
    return otherwise if value is None or value == "" else min(int(value), most)
