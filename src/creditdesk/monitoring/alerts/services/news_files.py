"""News of customers from a file: tied by an identifier, proposed by a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext_lazy

from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.customers.identifiers import compact
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.references import name_key
from creditdesk.monitoring.alerts.queries import matching
from creditdesk.monitoring.alerts.rules import as_kind
from creditdesk.monitoring.alerts.services.news import NewNews, put
from creditdesk.plumbing.imports.kinds import (
    Batch,
    FieldSpec,
    Kind,
    Manifest,
    Outcome,
    RowFault,
    Words,
)

TEXT_LENGTH: Final = 2_000
NAME_LENGTH: Final = 300
PROPOSED_MAX: Final = 10
FIELDS: Final = (
    FieldSpec(name="customer_number", label_code="customer.number",
              synonyms=("customer", "customer no", "your reference", "Kundennummer")),
    FieldSpec(name="vat_number", label_code="customer.vat_number",
              synonyms=("vat", "vat id", "USt-IdNr.", "TVA")),
    FieldSpec(name="register_number", label_code="news.register_number",
              synonyms=("lei", "duns", "d-u-n-s", "registration number", "Registernummer")),
    FieldSpec(name="name", label_code="news.name",
              synonyms=("company name", "debtor", "Firma", "Schuldner", "raison sociale")),
    FieldSpec(name="told_on", label_code="news.told_on", kind="date", required=True,
              synonyms=("date", "published on", "Datum", "date de publication")),
    FieldSpec(name="kind", label_code="news.kind", required=True,
              synonyms=("event", "type", "Ereignis", "Art", "nature")),
    FieldSpec(name="source", label_code="news.source",
              synonyms=("publication", "gazette", "Quelle", "Gericht", "source")),
    FieldSpec(name="text", label_code="news.text",
              synonyms=("details", "note", "Bekanntmachung", "texte")),
)  # fmt: skip
WORDS: Words = {
    "news_customer_unknown": (
        gettext_lazy("There is no customer “{detail}”"),
        gettext_lazy("Load the customer first, or correct the number"),
    ),
    "news_about_nobody": (
        gettext_lazy("“{detail}” is no customer of ours"),
        gettext_lazy("Leave the row out, or give the customer's number"),
    ),
    "news_ambiguous": (
        gettext_lazy("Several customers have the number “{detail}”"),
        gettext_lazy("Give the customer's own number"),
    ),
    "news_kind_unknown": (
        gettext_lazy("“{detail}” is no kind of news"),
        gettext_lazy("Write insolvency_opened, score_fell, address_changed or another kind"),
    ),
    "news_in_future": (
        gettext_lazy("The news are of a day to come, {detail}"),
        gettext_lazy("Correct the date"),
    ),
}


class _UnfitError(Exception):
    """A row that cannot stand, and why."""

    def __init__(self, field: str, code: str, detail: object) -> None:
        super().__init__(code)
        self.field, self.code, self.detail = field, code, str(detail)[:NAME_LENGTH]


def load_news(actor: Actor, batch: Batch) -> Outcome:
    """Keep the news of a batch; the same row again is known."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:
        del manifest
        return _load(actor, batch)

    return load(actor, manifest=batch.manifest)


NEWS: Final = Kind(
    name="customer_news",
    fields=FIELDS,
    load=load_news,
    one_of=(("customer_number", "vat_number", "register_number", "name"),),
    words=WORDS,
)


class _Known:
    """The customers a batch may mean: by number, by identifier, by name."""

    def __init__(self, actor: Actor, batch: Batch) -> None:
        of = actor.company_id
        self.numbers = customers.by_number(of, _distinct(batch.texts("customer_number")))
        self.identifiers: dict[str, set[int]] = defaultdict(set)
        keys = [*batch.texts("vat_number"), *batch.texts("register_number")]
        for one in matching.by_identifier(of, _distinct(map(compact, keys))):
            self.identifiers[one.key].add(one.customer_id)
        self.names: dict[str, list[int]] = defaultdict(list)
        for one in matching.by_name_key(of, _distinct(map(name_key, batch.texts("name")))):
            self.names[one.key].append(one.customer_id)


def _distinct(texts: Iterable[str]) -> list[str]:
    return sorted({one for one in texts if one})


def _load(actor: Actor, batch: Batch) -> Outcome:
    known = _Known(actor, batch)
    new, faults = [], []
    for place in range(len(batch)):
        try:
            new.append(_news(actor, batch, place, known))
        except _UnfitError as unfit:
            faults.append(RowFault(place, unfit.field, unfit.code, unfit.detail))
    kept = put(actor, new)
    return Outcome(accepted=kept, known=len(new) - kept, faults=tuple(faults))


def _news(actor: Actor, batch: Batch, place: int, known: _Known) -> NewNews:
    kind = as_kind(batch.texts("kind")[place])
    if kind is None:
        raise _UnfitError("kind", "news_kind_unknown", batch.texts("kind")[place])
    told_on = batch.dates("told_on")[place]
    if told_on is None or told_on > actor.today:
        raise _UnfitError("told_on", "news_in_future", told_on)
    customer_id, matched_by, proposed = _whose(batch, place, known)
    return NewNews(
        kind=kind,
        told_on=told_on,
        source=batch.texts("source")[place].strip()[:NAME_LENGTH],
        customer_id=customer_id,
        matched_by=matched_by,
        proposed=proposed,
        name=batch.texts("name")[place].strip()[:NAME_LENGTH],
        identifier=(batch.texts("vat_number")[place] or batch.texts("register_number")[place])
        .strip()[:NAME_LENGTH],
        text=batch.texts("text")[place].strip()[:TEXT_LENGTH],
    )  # fmt: skip


def _whose(batch: Batch, place: int, known: _Known) -> tuple[int | None, str, tuple[int, ...]]:
    """Return whom a row is about by its number or an identifier, or who is proposed by the name."""
    number = batch.texts("customer_number")[place].strip()
    if number:
        if number not in known.numbers:
            raise _UnfitError("customer_number", "news_customer_unknown", number)
        return known.numbers[number], "number", ()
    for field, by in (("vat_number", "vat"), ("register_number", "register")):
        given = batch.texts(field)[place]
        found = known.identifiers.get(compact(given), set()) if given else set()
        if len(found) > 1:
            raise _UnfitError(field, "news_ambiguous", given)
        if found:
            return found.pop(), by, ()
    name = batch.texts("name")[place].strip()
    proposed = tuple(known.names.get(name_key(name), ())[:PROPOSED_MAX]) if name else ()
    if not proposed:
        told = name or batch.texts("vat_number")[place] or batch.texts("register_number")[place]
        raise _UnfitError("name", "news_about_nobody", told)
    return None, "name", proposed
