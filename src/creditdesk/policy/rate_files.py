"""Exchange rates, and reference rates of late interest, from files."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.imports.kinds import (
    Batch,
    FieldSpec,
    Kind,
    Manifest,
    Outcome,
    RowFault,
    Words,
)
from creditdesk.policy import rules
from creditdesk.policy.rules import interest
from creditdesk.policy.services import load_rates, load_reference_rates

FIELDS = (
    FieldSpec(
        name="base", label_code="rate.base", kind="currency", required=True,
        synonyms=("from", "from currency", "base currency", "source currency", "Basiswährung",
                  "von", "devise de base"),
    ),
    FieldSpec(
        name="quote", label_code="rate.quote", kind="currency", required=True,
        synonyms=("to", "to currency", "quote currency", "target currency", "currency",
                  "Zielwährung", "nach", "devise"),
    ),
    FieldSpec(
        name="valid_on", label_code="rate.valid_on", kind="date", required=True,
        synonyms=("date", "valid from", "rate date", "Datum", "gültig ab", "valable dès"),
    ),
    FieldSpec(
        name="rate", label_code="rate.rate", kind="amount", required=True,
        synonyms=("exchange rate", "value", "price", "Kurs", "Wechselkurs", "taux", "cours"),
    ),
)  # fmt: skip
WORDS: Words = {
    "rate_invalid": (
        gettext_lazy("“{detail}” is no exchange rate"),
        gettext_lazy("Give two different currencies and a positive rate"),
    ),
}

REFERENCE_FIELDS = (
    FieldSpec(
        name="reference", label_code="reference_rate.code", required=True,
        synonyms=("reference rate", "code", "series", "Bezugszinssatz", "taux de référence"),
    ),
    FieldSpec(
        name="valid_on", label_code="reference_rate.valid_on", kind="date", required=True,
        synonyms=("date", "valid from", "half-year", "Datum", "gültig ab", "valable dès"),
    ),
    FieldSpec(
        name="percent", label_code="reference_rate.percent", kind="amount", required=True,
        synonyms=("rate", "percent a year", "Zinssatz", "Prozent", "taux", "pour cent"),
    ),
    FieldSpec(
        name="source", label_code="reference_rate.source",
        synonyms=("published in", "Quelle", "source"),
    ),
)  # fmt: skip
REFERENCE_WORDS: Words = {
    "reference_rate_invalid": (
        gettext_lazy("“{detail}” is no reference rate of a half-year"),
        gettext_lazy(
            "Give ecb_mro, boe_base, bbk_base or norges_policy, the first of January or July, and"
            " a percent"
        ),
    ),
}


def load_rate_rows(actor: Actor, batch: Batch) -> Outcome:
    """Keep the rates of a batch; a day known already is replaced."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:
        return _load(batch, source=f"{manifest.run_reference} by {actor.name}")

    return load(actor, manifest=batch.manifest)


EXCHANGE_RATES = Kind(name="exchange_rates", fields=FIELDS, load=load_rate_rows, words=WORDS)


def load_reference_rows(actor: Actor, batch: Batch) -> Outcome:
    """Keep the reference rates of a batch; a half-year known already is replaced."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:
        return _load_references(batch, source=f"{manifest.run_reference} by {actor.name}")

    return load(actor, manifest=batch.manifest)


REFERENCE_RATES = Kind(
    name="reference_rates", fields=REFERENCE_FIELDS, load=load_reference_rows,
    words=REFERENCE_WORDS,
)  # fmt: skip


def _load_references(batch: Batch, *, source: str) -> Outcome:
    faults, accepted = [], 0
    rows = zip(
        batch.texts("reference"), batch.dates("valid_on"), batch.amounts("percent"),
        batch.texts("source"), strict=True,
    )  # fmt: skip
    for position, (code, valid_on, percent, said) in enumerate(rows):
        if (
            valid_on is None
            or percent is None
            or not interest.is_reference_rate(code, valid_on, percent)
        ):
            detail = f"{code} {valid_on} {percent}"
            faults.append(RowFault(position, "percent", "reference_rate_invalid", detail))
        else:
            named = f"{said} ({source})" if said else source
            accepted += load_reference_rates([(code, valid_on, percent)], source=named)
    return Outcome(accepted=accepted, known=0, faults=tuple(faults))


def _load(batch: Batch, *, source: str) -> Outcome:
    rates, faults = [], []
    rows = zip(
        batch.texts("base"), batch.texts("quote"), batch.dates("valid_on"), batch.amounts("rate"),
        strict=True,
    )  # fmt: skip
    for position, (base, quote, valid_on, rate) in enumerate(rows):
        if valid_on is None or rate is None or not rules.is_rate(base, quote, rate):
            detail = f"{base}/{quote} {rate}"
            faults.append(RowFault(position, "rate", "rate_invalid", detail))
        else:
            rates.append((base, quote, valid_on, rate))
    load_rates(rates, source=source)
    return Outcome(accepted=len(rates), known=0, faults=tuple(faults))
