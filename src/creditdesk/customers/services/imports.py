"""Customers from files: what a row may say, and how a batch of rows becomes accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.customers import queries, rules
from creditdesk.customers.events import LimitsStated
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.customers.services.accounts import bring_up_to_date, ensure
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.kernel.money import to_minor
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.imports.kinds import (
    Batch,
    FieldSpec,
    Kind,
    Manifest,
    Outcome,
    RowFault,
    Words,
)
from creditdesk.policy import queries as policy

FIELDS = (
    FieldSpec(
        name="number", label_code="customer.number", required=True,
        synonyms=("customer number", "customer no", "customer id", "account number", "account no",
                  "debtor number", "cust number", "Kundennummer", "Kunden-Nr.", "Debitorennummer",
                  "Debitor", "Kontonummer", "numéro client", "code client", "n° client",
                  "customer", "client"),
    ),
    FieldSpec(
        name="name", label_code="customer.name", required=True,
        synonyms=("customer name", "company name", "company", "account name", "name customer",
                  "Firma", "Firmenname", "Kundenname", "Name 1", "raison sociale", "nom",
                  "nom client", "société"),
    ),
    FieldSpec(
        name="currency", label_code="customer.currency", kind="currency",
        synonyms=("currency code", "Währung", "devise", "monnaie"),
    ),
    FieldSpec(
        name="country", label_code="customer.country", kind="country",
        synonyms=("country code", "Land", "Ländercode", "pays", "code pays"),
    ),
    FieldSpec(
        name="language", label_code="customer.language",
        synonyms=("language code", "Sprache", "langue"),
    ),
    FieldSpec(
        name="street", label_code="customer.street",
        synonyms=("address", "street address", "address line 1", "address 1", "Straße",
                  "Adresse", "Anschrift", "rue"),
    ),
    FieldSpec(
        name="city", label_code="customer.city", synonyms=("town", "Ort", "Stadt", "ville")
    ),
    FieldSpec(
        name="postal_code", label_code="customer.postal_code",
        synonyms=("zip", "zip code", "postcode", "post code", "PLZ", "Postleitzahl",
                  "code postal"),
    ),
    FieldSpec(
        name="email", label_code="contact.email",
        synonyms=("e-mail", "e-mail address", "mail", "E-Mail-Adresse", "courriel",
                  "adresse e-mail"),
    ),
    FieldSpec(
        name="phone", label_code="contact.phone",
        synonyms=("telephone", "phone number", "tel", "Telefon", "Telefonnummer", "téléphone"),
    ),
    FieldSpec(
        name="contact_name", label_code="contact.name",
        synonyms=("contact", "contact person", "Ansprechpartner", "Kontakt", "interlocuteur",
                  "attention"),
    ),
    FieldSpec(
        name="vat_number", label_code="customer.vat_number",
        synonyms=("VAT", "VAT ID", "VAT no", "tax number", "tax id", "USt-IdNr.", "UStID",
                  "Umsatzsteuer-ID", "numéro TVA", "TVA intracommunautaire"),
    ),
    FieldSpec(
        name="lei", label_code="customer.lei",
        synonyms=("LEI code", "legal entity identifier", "LEI-Code"),
    ),
    FieldSpec(
        name="duns", label_code="customer.duns",
        synonyms=("D-U-N-S", "D-U-N-S number", "DUNS number", "DUNS-Nummer"),
    ),
    FieldSpec(
        name="buys_as", label_code="customer.buys_as",
        synonyms=("business or consumer", "debtor type", "consumer", "B2B or B2C",
                  "private customer", "Kundenart", "Verbraucher", "Privatkunde",
                  "type de client", "particulier"),
    ),
    FieldSpec(
        name="terms", label_code="customer.terms",
        synonyms=("payment terms", "terms code", "payment terms code", "Zahlungsbedingung",
                  "Zahlungsziel", "conditions de paiement"),
    ),
    FieldSpec(
        name="limit_amount", label_code="credit.limit", kind="amount",
        synonyms=("credit limit", "limit", "Kreditlimit", "Kreditlinie", "limite de crédit",
                  "plafond", "encours autorisé"),
    ),
    FieldSpec(
        name="limit_currency", label_code="credit.limit_currency", kind="currency",
        synonyms=("credit limit currency", "limit currency code", "Limitwährung"),
    ),
    FieldSpec(
        name="group", label_code="customer.group",
        synonyms=("customer group", "group number", "parent", "parent account", "Konzern",
                  "Kundengruppe", "Gruppe", "groupe"),
    ),
    FieldSpec(
        name="bank_account", label_code="customer.bank_account",
        synonyms=("IBAN", "bank account number", "Bankverbindung", "Bankkonto",
                  "compte bancaire"),
    ),
)  # fmt: skip

_SHORTEN = gettext_lazy("Shorten it")
WORDS: Words = {
    "terms_unknown": (
        gettext_lazy("The policy has no terms “{detail}”"),
        gettext_lazy("Use terms of the policy, add these to it, or leave the cell empty"),
    ),
    "number_twice": (
        gettext_lazy("The file names customer “{detail}” more than once, each time otherwise"),
        gettext_lazy("Keep one of the rows"),
    ),
    "limit_malformed": (
        gettext_lazy("“{detail}” is no credit limit in its currency"),
        gettext_lazy("Write a positive amount with no more decimals than the currency has"),
    ),
    "limit_by_one_person": (
        gettext_lazy("The credit limit {detail} may not be set by who loads customers"),
        gettext_lazy("Leave the limit out; somebody else sets it at the account"),
    ),
    "text_too_long": (gettext_lazy("“{detail}” is too long"), _SHORTEN),
    "control_character": (
        gettext_lazy("The cell holds an invisible control character"),
        gettext_lazy("Type it again by hand"),
    ),
    "name_without_letters": (
        gettext_lazy("“{detail}” is no name"),
        gettext_lazy("Write the name of the customer"),
    ),
    "language_malformed": (
        gettext_lazy("“{detail}” is no language"),
        gettext_lazy("Write its two letters, such as en"),
    ),
    "buys_as_unknown": (
        gettext_lazy("“{detail}” does not say whether this is a business or a consumer"),
        gettext_lazy("Write business or consumer, or leave the cell empty"),
    ),
    "email_malformed": (
        gettext_lazy("“{detail}” is no e-mail address"),
        gettext_lazy("Write it as name@example.com, one address only"),
    ),
    "iban_check_digits": (
        gettext_lazy("The check digits of the IBAN “{detail}” do not fit"),
        gettext_lazy("Copy it again from the customer's letter or invoice"),
    ),
    "account_too_short": (
        gettext_lazy("“{detail}” is no bank account"),
        gettext_lazy("Write the whole IBAN or account number"),
    ),
}
_LANGUAGES: Mapping[str, str] = {
    "english": "en", "englisch": "en", "anglais": "en", "german": "de", "deutsch": "de",
    "allemand": "de", "french": "fr", "französisch": "fr", "français": "fr", "spanish": "es",
    "italian": "it", "dutch": "nl",
}  # fmt: skip
_BUYS_AS: Mapping[str, str] = {
    **dict.fromkeys(
        ("consumer", "yes", "true", "1", "y", "x", "b2c", "private", "verbraucher", "privat",
         "privatkunde", "ja", "j", "oui", "consommateur", "particulier"),
        rules.CONSUMER,
    ),
    **dict.fromkeys(
        ("business", "no", "false", "0", "n", "b2b", "company", "unternehmen", "firma",
         "geschäftskunde", "nein", "non", "entreprise", "professionnel"),
        rules.BUSINESS,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that can become an account, and the limit it states."""

    position: int
    new: NewCustomer
    limit: tuple[int, str] | None


def load_customers(actor: Actor, batch: Batch) -> Outcome:
    """Open the accounts of a batch; edit those known that differ; return what came of each row."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch)

    return load(actor, manifest=batch.manifest)


CUSTOMERS = Kind(
    name="customers", fields=FIELDS, load=load_customers, words=WORDS, is_master_data=True
)


def _load(actor: Actor, batch: Batch) -> Outcome:
    rows, faults = _read(actor, batch)
    unique, twice, repeated = _once(rows)
    opened = ensure(actor, [row.new for row in unique])
    existing = [row for row in unique if row.new.number not in opened]
    ids = opened | queries.by_number(actor.company_id, [row.new.number for row in existing])
    changed = _edit_known(actor, batch, existing, ids)
    _state_limits(actor, unique, ids)
    return Outcome(
        accepted=len(opened) + changed,
        known=repeated + len(existing) - changed,
        faults=tuple(faults + twice),
    )


def _read(actor: Actor, batch: Batch) -> tuple[list[_Row], list[RowFault]]:
    company = controls.company(actor.company_id)
    try:
        terms = set(policy.in_force(actor.company_id, actor.today).terms)
    except NotFound:
        terms = set()
    texts = {spec.name: batch.texts(spec.name) for spec in FIELDS if spec.kind != "amount"}
    limits = batch.amounts("limit_amount")
    rows: list[_Row] = []
    faults: list[RowFault] = []
    for position in range(len(batch)):
        cells = {name: column[position] for name, column in texts.items()}
        currency = cells["currency"] or batch.options.currency or company.currency
        new = _new_customer(cells, currency, company.language)
        limit_currency = cells["limit_currency"] or currency
        limit, fault = _limit(limits[position], limit_currency)
        if limit and not actor.is_machine:
            # Else the duties on one document would refuse the good rows of the file with it.
            stated = f"{limits[position]} {limit_currency}"
            fault = RowFault(position, "limit_amount", "limit_by_one_person", stated)
        if not fault and new.terms_code and new.terms_code not in terms:
            fault = RowFault(position, "terms", "terms_unknown", new.terms_code)
        if not fault:
            found = rules.faults(new)
            fault = (
                RowFault(position, found[0].field, found[0].code, found[0].value[:60])
                if (found)
                else None
            )
        if fault:
            faults.append(RowFault(position, fault.field, fault.code, fault.detail))
        else:
            rows.append(_Row(position, new, limit))
    return rows, faults


def _limit(amount: Decimal | None, currency: str) -> tuple[tuple[int, str] | None, RowFault | None]:
    if amount is None:
        return None, None
    try:
        minor = to_minor(amount, currency)
    except ValueError:
        minor = -1
    if minor < 0:
        return None, RowFault(0, "limit_amount", "limit_malformed", f"{amount} {currency}")
    return (minor, currency), None


def _new_customer(cells: Mapping[str, str], currency: str, language: str) -> NewCustomer:
    given = cells["language"].strip().lower()
    contact = NewContact(
        name=cells["contact_name"] or cells["email"],
        email=cells["email"],
        phone=cells["phone"],
        is_primary=True,
    )
    return NewCustomer(
        number=cells["number"],
        name=cells["name"],
        currency=currency,
        country=cells["country"],
        language=_LANGUAGES.get(given, given) or language,
        street=cells["street"],
        postal_code=cells["postal_code"],
        city=cells["city"],
        vat_number=cells["vat_number"],
        lei=cells["lei"],
        duns=cells["duns"],
        buys_as=_BUYS_AS.get(cells["buys_as"].strip().lower(), cells["buys_as"]),
        terms_code=cells["terms"],
        group_number=cells["group"],
        contacts=(contact,) if contact.name or contact.phone else (),
        bank_accounts=(cells["bank_account"],) if cells["bank_account"] else (),
    )


def _once(rows: Sequence[_Row]) -> tuple[list[_Row], list[RowFault], int]:
    """Return the first row of each number, faults of rows that contradict it, and mere repeats."""
    first: dict[str, _Row] = {}
    faults: list[RowFault] = []
    repeated = 0
    for row in rows:
        earlier = first.setdefault(row.new.number, row)
        if earlier is row:
            continue
        if (earlier.new, earlier.limit) == (row.new, row.limit):
            repeated += 1
        else:
            faults.append(RowFault(row.position, "number", "number_twice", row.new.number))
    return list(first.values()), faults, repeated


def _edit_known(
    actor: Actor, batch: Batch, existing: Sequence[_Row], ids: Mapping[str, int]
) -> int:
    """Bring known accounts up to date with what the file says of them; empty cells say nothing."""
    stated = [field for field in rules.EDITABLE if field in batch.columns]
    before = queries.customers_by_id(actor.company_id, [ids[row.new.number] for row in existing])
    changed = 0
    for row in existing:
        customer_id = ids[row.new.number]
        after = {field: getattr(row.new, field) for field in stated if getattr(row.new, field)}
        known = before[customer_id]
        if any(getattr(known, field) != value for field, value in after.items()):
            bring_up_to_date(actor, customer_id, after)
            changed += 1
    return changed


def _state_limits(actor: Actor, rows: Sequence[_Row], ids: Mapping[str, int]) -> None:
    limits = tuple(
        (ids[row.new.number], row.limit[0], row.limit[1]) for row in rows if row.limit is not None
    )
    if limits:
        event = LimitsStated(limits=limits, valid_from=actor.today.isoformat())
        announce(actor, [event])
