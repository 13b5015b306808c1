"""Decisions of insurers about buyers, from the files that insurers' portals give."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy

from creditdesk.controls.commands import command
from creditdesk.credit import queries
from creditdesk.credit.rules import COVER_KINDS
from creditdesk.credit.services.insurance import NewCover, record_covers
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.money import MINOR_MAX, to_minor
from creditdesk.plumbing.imports.kinds import (
    Batch,
    FieldSpec,
    Kind,
    Manifest,
    Outcome,
    RowFault,
    Words,
)

FIELDS = (
    FieldSpec(
        name="policy", label_code="cover.policy", required=True,
        synonyms=("policy number", "policy no", "contract", "Policennummer", "Police",
                  "Vertragsnummer", "numéro de police"),
    ),
    FieldSpec(
        name="customer_number", label_code="customer.number", required=True,
        synonyms=("customer no", "buyer", "buyer number", "your reference", "customer",
                  "Kundennummer", "Abnehmer", "numéro client"),
    ),
    FieldSpec(
        name="amount", label_code="cover.amount", kind="amount", required=True,
        synonyms=("cover", "limit", "agreed amount", "credit limit", "covered amount",
                  "Versicherungssumme", "Deckung", "Limit", "montant garanti"),
    ),
    FieldSpec(
        name="currency", label_code="document.currency", kind="currency", required=True,
        synonyms=("ccy", "Währung", "devise"),
    ),
    FieldSpec(
        name="valid_from", label_code="cover.valid_from", kind="date", required=True,
        synonyms=("from", "effective date", "decision date", "valid from", "gültig ab", "ab",
                  "valable dès"),
    ),
    FieldSpec(
        name="valid_to", label_code="cover.valid_to", kind="date",
        synonyms=("to", "until", "expiry", "valid to", "gültig bis", "bis", "valable jusqu'au"),
    ),
    FieldSpec(
        name="kind", label_code="cover.kind",
        synonyms=("cover type", "type", "Art", "type de garantie"),
    ),
)  # fmt: skip
WORDS: Words = {
    "insurance_policy_unknown": (
        gettext_lazy("There is no insurance policy “{detail}”"),
        gettext_lazy("Record the policy first, or correct its number"),
    ),
    "customer_unknown": (
        gettext_lazy("There is no customer “{detail}”"),
        gettext_lazy("Correct the customer number"),
    ),
    "cover_malformed": (
        gettext_lazy("“{detail}” is no cover"),
        gettext_lazy("Give an amount of zero or more, a currency and a first day before the last"),
    ),
    "cover_kind_unknown": (
        gettext_lazy("There is no kind of cover called “{detail}”"),
        gettext_lazy("Write named or discretionary, or leave the cell empty"),
    ),
}


def load_covers(actor: Actor, batch: Batch) -> Outcome:
    """Record the decisions of a batch; what is known already from that day changes nothing."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch)

    return load(actor, manifest=batch.manifest)


COVERS = Kind(name="insurance_covers", fields=FIELDS, load=load_covers, words=WORDS)


def _load(actor: Actor, batch: Batch) -> Outcome:
    ids = customers.by_number(actor.company_id, set(batch.texts("customer_number")))
    policies = {one.number for one in queries.policies(actor.company_id).values()}
    found = [_row(batch, position, ids, policies) for position in range(len(batch))]
    given = [one for one in found if isinstance(one, NewCover)]
    kept = {
        (row.policy_number, row.customer_id, row.kind, row.currency, row.minor, row.valid_from,
         row.valid_to)
        for row in queries.cover_rows(actor.company_id, {one.customer_id for one in given})
    } if given else set()  # fmt: skip
    new = [one for one in given if _key(one) not in kept]
    once = list({_key(one): one for one in new}.values())
    record_covers(actor, once)
    faults = tuple(one for one in found if isinstance(one, RowFault))
    return Outcome(accepted=len(once), known=len(given) - len(once), faults=faults)


def _key(one: NewCover) -> tuple[object, ...]:
    return (
        one.policy_number, one.customer_id, one.kind, one.currency, one.minor, one.valid_from,
        one.valid_to,
    )  # fmt: skip


def _row(
    batch: Batch, position: int, ids: dict[str, int], policies: set[str]
) -> NewCover | RowFault:
    number, policy = batch.texts("customer_number")[position], batch.texts("policy")[position]
    amount, currency = batch.amounts("amount")[position], batch.texts("currency")[position]
    first, last = batch.dates("valid_from")[position], batch.dates("valid_to")[position]
    kind = batch.texts("kind")[position].strip().lower() or COVER_KINDS[0]
    if policy not in policies:
        return RowFault(position, "policy", "insurance_policy_unknown", policy[:60])
    if number not in ids:
        return RowFault(position, "customer_number", "customer_unknown", number[:60])
    if kind not in COVER_KINDS:
        return RowFault(position, "kind", "cover_kind_unknown", kind[:60])
    minor = _minor(amount, currency)
    if minor is None or first is None or (last is not None and last < first):
        return RowFault(position, "amount", "cover_malformed", f"{amount} {currency} {first}"[:60])
    return NewCover(
        policy_number=policy, customer_id=ids[number], minor=minor, currency=currency,
        valid_from=first, valid_to=last, kind=kind, note="file",
    )  # fmt: skip


def _minor(amount: Decimal | None, currency: str) -> int | None:
    """Return an amount in minor units; nothing for one that cannot be kept."""
    try:
        minor = None if amount is None else to_minor(amount, currency)
    except ValueError:
        return None
    return minor if minor is not None and 0 <= minor <= MINOR_MAX else None
