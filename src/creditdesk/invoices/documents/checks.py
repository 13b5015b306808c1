"""What we say of a document before anything is rendered, so that the norm's rules rarely need to.

Each check is a function from the document to findings. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Final

from creditdesk.invoices.documents import check_lines, check_profiles, check_taxes
from creditdesk.invoices.documents.codelists import code_lists
from creditdesk.invoices.documents.findings import Finding, where
from creditdesk.invoices.documents.profiles import Form, Profile
from creditdesk.invoices.documents.totals import Totals, totals
from creditdesk.invoices.documents.values import (
    CARDS,
    DEBITS,
    TRANSFERS,
    Adjustment,
    Document,
    Means,
    Party,
    Payment,
    Representative,
)
from creditdesk.kernel.money import MINOR_MAX, exponent

_CARD: Final = re.compile(r"\d{4,6}")
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CREDITOR_REFERENCE: Final = re.compile(r"RF\d{2}[A-Z0-9]{1,21}")
_MIMES: Final = frozenset(
    {
        "application/pdf", "image/png", "image/jpeg", "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)  # fmt: skip
_SPOKEN_SPACE: Final = frozenset("\n\t")
_NUMBER_LENGTH_MAX: Final = 64
_DECIMALS_MAX: Final = 2
_CHECK_MODULUS: Final = 97


def findings(document: Document, form: Form, profile: Profile = Profile.EN16931) -> list[Finding]:
    """Return everything that keeps the document from the form; empty when it may be rendered."""
    malformed = list(_characters(document))
    if malformed:
        return malformed  # what cannot be written cannot be reckoned with either
    found = [*_heading(document), *check_lines.findings(document)]
    if found:
        return found
    sums = totals(document)
    found += [*_amounts(document, sums), *_payment(document.payment, document.currency)]
    found += [*_parties(document), *check_taxes.findings(document, form, sums)]
    found += _attachments(document)
    if form is Form.FACTURX and profile is not Profile.EN16931:
        found.append(Finding("profile_needs_xml", "", "FX-SCH-A-000556", profile.value))
    if form.is_electronic:
        found += [*_fineness(document, sums), *check_profiles.findings(document, profile)]
    return found


def _characters(value: object, path: str = "") -> Iterator[Finding]:
    """Find text no XML file may hold, and decimals that are no number."""
    if isinstance(value, str):
        if any(_is_foul(character) for character in value):
            yield Finding("text_malformed", path)
    elif isinstance(value, Decimal):
        if not value.is_finite():
            yield Finding("number_malformed", path)
    else:
        for name, inner in _inside(value):
            separator = "." if path and not name.startswith("[") else ""
            yield from _characters(inner, f"{path}{separator}{name}")


def _inside(value: object) -> Iterator[tuple[str, object]]:
    if is_dataclass(value):
        for field in fields(value):
            yield field.name, getattr(value, field.name)
    elif isinstance(value, tuple):
        for position, each in enumerate(value, 1):
            yield f"[{position}]", each


def _is_foul(character: str) -> bool:
    """Whether it is a control, a lone surrogate or no character at all; line breaks are fine."""
    if character in _SPOKEN_SPACE:
        return False
    return unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff"


def _heading(document: Document) -> Iterator[Finding]:
    known = code_lists()
    number, about = document.number, document.references.object
    yield from where(
        (not number.strip(), Finding("number_missing", "number", "BR-02")),
        (
            len(number) > _NUMBER_LENGTH_MAX,
            Finding("number_too_long", "number", detail=str(_NUMBER_LENGTH_MAX)),
        ),
        (
            document.currency not in known.currencies,
            Finding("currency_unknown", "currency", "BR-CL-04", document.currency),
        ),
        (not document.lines, Finding("lines_missing", "lines", "BR-16")),
        (document.step_minor < 1, Finding("step_malformed", "step_minor")),
        (
            about and about.scheme and about.scheme not in known.objects,
            Finding(
                "object_scheme_unknown",
                "references.object",
                "BR-CL-07",
                about.scheme if about else "",
            ),
        ),
    )
    yield from _tax_currency(document)
    yield from _notes(document)
    yield from check_lines.period_findings(document.period, "period", "BR-29")
    for n, before in enumerate(document.preceding, 1):
        if not before.number.strip():
            yield Finding("preceding_number_missing", f"preceding[{n}].number", "BR-55")


def _notes(document: Document) -> Iterator[Finding]:
    for n, note in enumerate(document.notes, 1):
        if not note.text.strip():
            yield Finding("note_empty", f"notes[{n}].text")
        if note.subject and note.subject not in code_lists().note_subjects:
            yield Finding("note_subject_unknown", f"notes[{n}].subject", "BR-CL-08", note.subject)


def _tax_currency(document: Document) -> Iterator[Finding]:
    if document.tax_currency and document.tax_currency not in code_lists().currencies:
        yield Finding("currency_unknown", "tax_currency", "BR-CL-05", document.tax_currency)
    if document.tax_currency == document.currency:
        yield Finding("tax_currency_same", "tax_currency", "PEPPOL-EN16931-R005")
    if bool(document.tax_currency) != (document.tax_currency_rate is not None):
        yield Finding("tax_currency_rate_missing", "tax_currency_rate", "BR-53")
    if document.tax_currency_rate is not None and document.tax_currency_rate <= 0:
        yield Finding("tax_currency_rate_not_positive", "tax_currency_rate")


def _amounts(document: Document, sums: Totals) -> Iterator[Finding]:
    terms = document.terms_text.strip() or document.early_discounts or document.instalments
    if sums.due_minor > 0 and document.due_on is None and not terms:
        yield Finding("due_date_missing", "due_on", "BR-CO-25")
    if max(abs(sums.due_minor), abs(sums.gross_minor), abs(sums.lines_minor)) > MINOR_MAX:
        yield Finding("amount_too_large", "lines")
    parts = document.instalments
    if parts and sum(part.minor for part in parts) != sums.due_minor:
        yield Finding("instalments_differ", "instalments")
    if parts and document.due_on and document.due_on != min(part.on for part in parts):
        yield Finding("instalments_due_differs", "due_on")
    for n, discount in enumerate(document.early_discounts, 1):
        if not 0 < discount.percent < 100 or discount.days < 0:  # noqa: PLR2004 - per cent
            yield Finding("early_discount_malformed", f"early_discounts[{n}]")


def _fineness(document: Document, sums: Totals) -> Iterator[Finding]:
    """Find amounts with more than the two decimals the norm allows."""
    coarse = 10 ** max(0, exponent(document.currency) - _DECIMALS_MAX)
    written = [
        *sums.of_lines, *(group.tax_minor for group in sums.taxes),
        document.prepaid_minor, document.rounding_minor,
        *(each.minor for each in _every_adjustment(document)),
        *(each.base_minor or 0 for each in _every_adjustment(document)),
    ]  # fmt: skip
    if any(minor % coarse for minor in written):
        yield Finding("amount_too_fine", "step_minor", "BR-DEC-12", document.currency)
    in_tax_currency = sums.tax_in_tax_currency_minor
    coarse = 10 ** max(0, exponent(document.tax_currency) - _DECIMALS_MAX)
    if in_tax_currency is not None and in_tax_currency % coarse:
        yield Finding("amount_too_fine", "tax_currency", "BR-DEC-15", document.tax_currency)


def _every_adjustment(document: Document) -> Iterable[Adjustment]:
    yield from document.adjustments
    for line in document.lines:
        yield from line.adjustments


def _parties(document: Document) -> Iterator[Finding]:
    seller, buyer, payee = document.seller, document.buyer, document.payee
    yield from _party(seller, "seller", "BR-06")
    yield from _party(buyer, "buyer", "BR-07")
    unknown = not (seller.identifiers or seller.registration or seller.vat)
    many = len(buyer.identifiers) > 1
    yield from where(
        (unknown, Finding("seller_unidentified", "seller", "BR-CO-26")),
        (many, Finding("buyer_identifiers_many", "buyer.identifiers", "UBL-SR-16")),
        (buyer.tax_number, Finding("buyer_tax_number", "buyer.tax_number")),
        (
            payee is not None and not payee.name.strip(),
            Finding("payee_name_missing", "payee.name", "BR-17"),
        ),
    )
    yield from _representative(document.representative)
    delivery = document.delivery
    if delivery is not None and delivery.address is not None:
        yield from _country(delivery.address.country, "delivery.address", "BR-57")


def _representative(representative: Representative | None) -> Iterator[Finding]:
    if representative is None:
        return
    if not representative.name.strip():
        yield Finding("representative_name_missing", "representative.name", "BR-18")
    if not representative.vat:
        yield Finding("representative_vat_missing", "representative.vat", "BR-56")
    yield from _country(representative.address.country, "representative.address", "BR-20")
    yield from _vat(representative.vat, "representative.vat")


def _party(party: Party, path: str, name_rule: str) -> Iterator[Finding]:
    known = code_lists()
    if not party.name.strip():
        yield Finding("name_missing", f"{path}.name", name_rule)
    yield from _country(party.address.country, f"{path}.address", "BR-CL-14")
    yield from _vat(party.vat, f"{path}.vat")
    electronic = party.electronic
    if electronic is not None and electronic.scheme not in known.electronic_schemes:
        field = f"{path}.electronic.scheme"
        yield Finding("electronic_scheme_unknown", field, "BR-CL-25", electronic.scheme)
    if electronic is not None and not electronic.value.strip():
        yield Finding("electronic_address_empty", f"{path}.electronic", "BR-62")
    numbers = [*party.identifiers, *([party.registration] if party.registration else [])]
    for number in numbers:
        if not number.value.strip():
            yield Finding("identifier_empty", f"{path}.identifiers")
        if number.scheme and number.scheme not in known.identifier_schemes:
            field = f"{path}.identifiers"
            yield Finding("identifier_scheme_unknown", field, "BR-CL-10", number.scheme)


def _country(country: str, path: str, rule: str) -> Iterator[Finding]:
    if country not in code_lists().countries:
        yield Finding("country_unknown", f"{path}.country", rule, country)


def _vat(vat: str, path: str) -> Iterator[Finding]:
    prefix = vat[:2]
    if vat and prefix not in code_lists().countries and prefix not in {"EL", "XI"}:
        yield Finding("vat_prefix_unknown", path, "BR-CO-09", vat)


def _payment(payment: Payment | None, currency: str) -> Iterator[Finding]:
    if payment is None:
        return
    means, mandate, card = payment.means, payment.mandate, payment.card
    sepa = means in {Means.SEPA_TRANSFER, Means.SEPA_DEBIT}
    no_mandate = (means in DEBITS) != bool(mandate and mandate.reference.strip())
    yield from where(
        (
            means in TRANSFERS and not payment.accounts,
            Finding("account_missing", "payment.accounts", "BR-61"),
        ),
        (no_mandate, Finding("mandate_missing", "payment.mandate", "PEPPOL-EN16931-R061")),
        ((means in CARDS) != (card is not None), Finding("card_missing", "payment.card")),
        (
            card is not None and not _CARD.fullmatch(card.last_digits),
            Finding("card_digits_malformed", "payment.card.last_digits", "BR-51"),
        ),
        (
            sepa and currency != "EUR",
            Finding("sepa_needs_euro", "payment.means", detail=currency),
        ),
        (
            _is_creditor_reference(payment.reference) and not _checks(payment.reference),
            Finding("reference_check_digits", "payment.reference", detail=payment.reference),
        ),
    )
    for n, account in enumerate(payment.accounts, 1):
        field = f"payment.accounts[{n}].number"
        if not account.number.strip():
            yield Finding("account_number_missing", field, "BR-50")
        elif means is Means.SEPA_TRANSFER and not is_iban(account.number):
            yield Finding("iban_malformed", field, "BR-DE-19", account.number)


def _is_creditor_reference(reference: str) -> bool:
    return bool(_CREDITOR_REFERENCE.fullmatch(reference.replace(" ", "")))


def is_iban(number: str) -> bool:
    """Whether the text has the form and the check digits of an IBAN."""
    compact = number.replace(" ", "")
    return bool(_IBAN.fullmatch(compact)) and _checks(compact)


def _checks(text: str) -> bool:
    """ISO 7064 MOD 97-10, as IBAN (ISO 13616) and creditor reference (ISO 11649) use it."""
    compact = text.replace(" ", "")
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % _CHECK_MODULUS == 1


def _attachments(document: Document) -> Iterator[Finding]:
    for n, each in enumerate(document.attachments, 1):
        path = f"attachments[{n}]"
        if not each.identifier.strip():
            yield Finding("attachment_identifier_missing", f"{path}.identifier", "BR-52")
        if bool(each.content) == bool(each.place):
            yield Finding("attachment_content_or_place", path)
        if each.content and each.mime not in _MIMES:
            yield Finding("attachment_mime_unknown", f"{path}.mime", "BR-CL-24", each.mime)
        if each.content and not each.file_name.strip():
            yield Finding("attachment_file_name_missing", f"{path}.file_name", "UBL-DT-07")
