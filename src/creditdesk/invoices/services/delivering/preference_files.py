"""How documents are sent, from files: a way, its forms and its address for each customer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_lazy

from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.invoices import delivery_queries
from creditdesk.invoices.delivery_rules import (
    DEFAULT_ROUTE,
    EMAIL,
    OWN_MEANS,
    POST,
    Route,
    forms_of,
)
from creditdesk.invoices.services.delivering.preferring import keep_routes, refuse_unfit
from creditdesk.invoices.services.import_fields import FIELDS as INVOICE_FIELDS
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
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

_CUSTOMER = next(spec for spec in INVOICE_FIELDS if spec.name == "customer_number")
FIELDS = (
    replace(_CUSTOMER, required=True),
    FieldSpec(
        name="channel", label_code="delivery.channel", required=True,
        synonyms=("sent by", "delivery method", "invoice delivery", "dispatch", "way", "Versandart",
                  "Versandweg", "Rechnungsversand", "mode d'envoi"),
    ),
    FieldSpec(
        name="forms", label_code="delivery.forms",
        synonyms=("format", "formats", "invoice format", "form", "Rechnungsformat", "Formate"),
    ),
    FieldSpec(
        name="email", label_code="delivery.email",
        synonyms=("invoice e-mail", "e-mail for invoices", "e-mail", "Rechnungs-E-Mail",
                  "E-Mail für Rechnungen", "courriel"),
    ),
    FieldSpec(
        name="recipient_name", label_code="delivery.recipient_name",
        synonyms=("recipient", "attention", "name to it", "Empfänger", "zu Händen",
                  "destinataire"),
    ),
    FieldSpec(
        name="asks_receipt", label_code="delivery.asks_receipt",
        synonyms=("read receipt", "receipt", "Lesebestätigung", "accusé de lecture"),
    ),
)  # fmt: skip
# What files say, folded. The way of the company takes a customer's own back.
_COMPANY: Final = "company"
_WAYS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("EMAIL", "E-MAIL", "MAIL", "COURRIEL"), EMAIL),
    **dict.fromkeys(("POST", "PAPER", "LETTER", "PRINT", "BRIEF", "PAPIER", "DRUCK"), POST),
    **dict.fromkeys(("OWN", "OWN MEANS", "NONE", "SELBST", "KEINER", "KEINE"), OWN_MEANS),
    **dict.fromkeys(("COMPANY", "DEFAULT", "STANDARD", "USUAL"), _COMPANY),
}
_FORMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("PDF", "FACTUR-X", "FACTURX", "ZUGFERD"), "pdf"),
    **dict.fromkeys(("UBL", "PEPPOL"), "ubl"),
    "CII": "cii",
}
_ANSWERS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("YES", "Y", "TRUE", "1", "X", "JA", "J", "WAHR", "OUI"), True),
    **dict.fromkeys(("NO", "N", "FALSE", "0", "NEIN", "FALSCH", "NON"), False),
}
_BETWEEN_FORMS: Final = re.compile(r"[+,;/&|\s]+")
WORDS: Words = {
    "customer_unknown": (
        gettext_lazy("There is no customer “{detail}”"),
        gettext_lazy("Correct the customer number"),
    ),
    "customer_twice": (
        gettext_lazy("The file names customer “{detail}” more than once, each time otherwise"),
        gettext_lazy("Keep one of the rows"),
    ),
    "channel_unknown": (
        gettext_lazy("There is no way to send documents called “{detail}”"),
        gettext_lazy("Write email, post, own, or company for the company's way"),
    ),
    "form_unknown": (
        gettext_lazy("There is no form of a document called “{detail}”"),
        gettext_lazy("Write pdf, ubl or cii, several with a plus between"),
    ),
    "email_malformed": (
        gettext_lazy("“{detail}” is no e-mail address"),
        gettext_lazy("Write it as name@example.com, one address only"),
    ),
    "text_malformed": (
        gettext_lazy("The text is too long or has invisible characters"),
        gettext_lazy("Shorten it, or type it again by hand"),
    ),
    "answer_unknown": (
        gettext_lazy("“{detail}” is neither yes nor no"),
        gettext_lazy("Write yes or no, or leave the cell empty"),
    ),
}


def load_preferences(actor: Actor, batch: Batch) -> Outcome:
    """Have the customers of a batch sent documents so from now on; return what came of each row."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch)

    return load(actor, manifest=batch.manifest)


DELIVERY_PREFERENCES = Kind(
    name="delivery_preferences", fields=FIELDS, load=load_preferences, words=WORDS,
    is_master_data=True,
)  # fmt: skip


def _load(actor: Actor, batch: Batch) -> Outcome:
    ids = customers.by_number(actor.company_id, set(batch.texts("customer_number")))
    before = delivery_queries.own_routes(actor.company_id, ids.values())
    texts = {spec.name: batch.texts(spec.name) for spec in FIELDS}
    wanted: dict[int | None, Route | None] = {}
    faults: list[RowFault] = []
    known = 0
    for position in range(len(batch)):
        cells = {name: column[position] for name, column in texts.items()}
        number = cells["customer_number"]
        if number not in ids:
            faults.append(RowFault(position, "customer_number", "customer_unknown", number[:60]))
            continue
        customer_id = ids[number]
        route = _route(position, cells, before.get(customer_id))
        if isinstance(route, RowFault):
            faults.append(route)
        elif customer_id in wanted and wanted[customer_id] != route:
            faults.append(RowFault(position, "customer_number", "customer_twice", number[:60]))
        elif customer_id in wanted or route == before.get(customer_id):
            known += 1
        else:
            wanted[customer_id] = route
    keep_routes(actor, wanted)
    return Outcome(accepted=len(wanted), known=known, faults=tuple(faults))


def _route(position: int, cells: Mapping[str, str], own: Route | None) -> Route | RowFault | None:
    """Return how a row wants documents sent, nothing for the company's way, or what is wrong.

    What a row leaves empty stays as it is set.
    """
    now = own or DEFAULT_ROUTE
    channel = _WAYS.get(fold(cells["channel"]).strip(), "")
    named = [one for one in _BETWEEN_FORMS.split(fold(cells["forms"])) if one]
    strange = next((one for one in named if one not in _FORMS), "")
    receipt = fold(cells["asks_receipt"]).strip()
    if not channel:
        return RowFault(position, "channel", "channel_unknown", cells["channel"][:60])
    if channel == _COMPANY:
        return None
    if strange:
        return RowFault(position, "forms", "form_unknown", strange[:60])
    if receipt and receipt not in _ANSWERS:
        return RowFault(position, "asks_receipt", "answer_unknown", cells["asks_receipt"][:60])
    route = Route(
        channel,
        forms_of([_FORMS[one] for one in named]) or now.forms,
        cells["email"].strip() or now.email,
        cells["recipient_name"].strip() or now.name,
        _ANSWERS.get(receipt, now.asks_receipt) and channel == EMAIL,
    )
    try:
        refuse_unfit(route)
    except Invalid as error:
        field = error.place.field or "channel"
        return RowFault(position, field, error.code, cells[field][:60])
    return route
