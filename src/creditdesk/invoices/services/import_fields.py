"""What a row of an invoice file may say, and what is said about a row that was not taken."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from creditdesk.plumbing.imports.kinds import (
    FieldSpec,
    Words,
)

FIELDS = (
    FieldSpec(
        name="number", label_code="invoice.number", required=True,
        synonyms=("invoice number", "invoice no", "invoice id", "invoice", "document number",
                  "document no", "doc id", "doc no", "Rechnungsnummer", "Rechnungs-Nr.",
                  "Rechnung", "Belegnummer", "Beleg-Nr.", "numéro de facture", "n° facture",
                  "facture", "reference"),
    ),
    FieldSpec(
        name="customer_number", label_code="customer.number", required=True,
        synonyms=("customer no", "customer id", "account number", "account no", "debtor number",
                  "cust number", "customer", "Kundennummer", "Kunden-Nr.", "Debitorennummer",
                  "Debitor", "numéro client", "code client", "n° client", "client"),
    ),
    FieldSpec(
        name="customer_name", label_code="customer.name",
        synonyms=("name customer", "company name", "account name", "Kundenname", "Firma",
                  "nom client", "raison sociale", "name"),
    ),
    FieldSpec(
        name="issued_on", label_code="invoice.issued_on", kind="date", required=True,
        synonyms=("invoice date", "date of invoice", "issue date", "date issued",
                  "document date", "posting date", "document create date", "Rechnungsdatum",
                  "Belegdatum", "Buchungsdatum", "date de facture", "date facture", "date",
                  "Datum"),
    ),
    FieldSpec(
        name="due_on", label_code="invoice.due_on", kind="date",
        synonyms=("due date", "date due", "due in date", "due", "net due date", "Fälligkeit",
                  "Fälligkeitsdatum", "fällig am", "Fällig", "date d'échéance", "échéance"),
    ),
    FieldSpec(
        name="currency", label_code="invoice.currency", kind="currency",
        synonyms=("currency code", "invoice currency", "Währung", "devise", "monnaie", "cur"),
    ),
    FieldSpec(
        name="total", label_code="invoice.total", kind="amount",
        synonyms=("total amount", "invoice amount", "gross amount", "gross", "amount",
                  "grand total", "amount due", "total open amount", "invoice total",
                  "Bruttobetrag", "Brutto", "Rechnungsbetrag", "Betrag", "Gesamtbetrag",
                  "montant TTC", "montant", "total TTC"),
    ),
    FieldSpec(
        name="net", label_code="invoice.net", kind="amount",
        synonyms=("net amount", "subtotal", "amount excl. tax", "Nettobetrag", "Netto",
                  "montant HT", "total HT"),
    ),
    FieldSpec(
        name="tax", label_code="invoice.tax", kind="amount",
        synonyms=("tax amount", "VAT", "VAT amount", "sales tax", "Steuer", "Steuerbetrag",
                  "MwSt", "MwSt.-Betrag", "Umsatzsteuer", "TVA", "montant TVA"),
    ),
    FieldSpec(
        name="open_amount", label_code="invoice.open", kind="amount",
        synonyms=("open amount", "outstanding", "outstanding amount", "balance", "open balance",
                  "amount open", "offener Betrag", "offen", "Saldo", "solde", "montant restant",
                  "reste dû"),
    ),
    FieldSpec(
        name="order_reference", label_code="invoice.order_reference",
        synonyms=("order number", "order no", "order id", "sales order", "Auftragsnummer",
                  "Auftrag", "numéro de commande", "commande"),
    ),
    FieldSpec(
        name="customer_reference", label_code="invoice.customer_reference",
        synonyms=("PO number", "purchase order", "PO", "your reference", "Bestellnummer",
                  "Ihre Referenz", "votre référence", "référence client"),
    ),
    FieldSpec(
        name="terms", label_code="invoice.terms",
        synonyms=("payment terms", "terms code", "cust payment terms", "Zahlungsbedingung",
                  "Zahlungsziel", "conditions de paiement"),
    ),
    FieldSpec(
        name="instalments", label_code="invoice.instalments",
        synonyms=("installments", "payment schedule", "payment plan", "Raten", "Teilzahlungen",
                  "Ratenplan", "échéancier", "échéances"),
    ),
)  # fmt: skip


WORDS: Words = {
    "customer_unknown": (
        gettext_lazy("There is no customer “{detail}”"),
        gettext_lazy("Import the customer first, or let customers be created by this import"),
    ),
    "customer_closed": (
        gettext_lazy("The account of this customer is closed"),
        gettext_lazy("Open the account again, or book the invoice on the account that took over"),
    ),
    "customer_unnamed": (
        gettext_lazy("Customer “{detail}” is new and has no name in the row"),
        gettext_lazy("Fill in the customer name, or import the customer first"),
    ),
    "customer_malformed": (
        gettext_lazy("No customer can be opened from “{detail}”"),
        gettext_lazy("Correct number and name of the customer"),
    ),
    "amount_missing": (
        gettext_lazy("The row has no amount"),
        gettext_lazy("Fill in the total, or net and tax"),
    ),
    "amounts_disagree": (
        gettext_lazy("Net and tax do not add up to the total {detail}"),
        gettext_lazy("Correct one of the three amounts"),
    ),
    "amount_too_fine": (
        gettext_lazy("{detail} has more decimals than the currency"),
        gettext_lazy("Round it to the decimals of the currency"),
    ),
    "partly_paid": (
        gettext_lazy("{detail} is open, which is not the total of the invoice"),
        gettext_lazy("Load the invoice in full and the payment or credit note beside it"),
    ),
    "amount_zero": (
        gettext_lazy("The total is zero"),
        gettext_lazy("Leave the row out; nothing is owed"),
    ),
    "amount_signs_mixed": (
        gettext_lazy("Net and tax have different signs"),
        gettext_lazy("Correct one of them"),
    ),
    "amount_too_large": (
        gettext_lazy("The amount is larger than can be kept"),
        gettext_lazy("Correct the amount or its decimal mark"),
    ),
    "issued_out_of_range": (
        gettext_lazy("The invoice date lies before 1990 or more than a year ahead"),
        gettext_lazy("Correct the date, or the order of day and month"),
    ),
    "due_before_issued": (
        gettext_lazy("The invoice falls due more than a quarter before it was issued"),
        gettext_lazy("Correct one of the two dates"),
    ),
    "due_out_of_range": (
        gettext_lazy("The invoice falls due more than ten years after its issue"),
        gettext_lazy("Correct the due date"),
    ),
    "terms_unknown": (
        gettext_lazy("The policy has no terms “{detail}” and the row has no due date"),
        gettext_lazy("Fill in the due date, or add the terms to the policy"),
    ),
    "terms_of_other_currency": (
        gettext_lazy("The terms “{detail}” have instalments of fixed amounts in another currency"),
        gettext_lazy("Fill in the due date or the instalments, or name other terms"),
    ),
    "instalments_malformed": (
        gettext_lazy("“{detail}” are no instalments"),
        gettext_lazy(
            "Write day and amount of each, such as “2026-04-01 500.00; 2026-05-01 500.00”, or"
            " percents that sum to 100"
        ),
    ),
    "instalments_sum_differs": (
        gettext_lazy("The instalments do not sum to the total"),
        gettext_lazy("Correct the amounts"),
    ),
    "instalments_due_differs": (
        gettext_lazy("The due date is none of the instalments' days"),
        gettext_lazy("Correct one of them, or leave the due date empty"),
    ),
    "instalments_of_credit": (
        gettext_lazy("A credit note has no instalments"),
        gettext_lazy("Leave the cell empty"),
    ),
    "number_twice": (
        gettext_lazy("The file holds this invoice number more than once, each time otherwise"),
        gettext_lazy("Keep one of the rows, or correct the number"),
    ),
    "invoice_differs": (
        gettext_lazy("This number is in the books already, with another {detail}"),
        gettext_lazy("Documents are never changed: issue a credit note, or correct the number"),
    ),
    "number_too_long": (
        gettext_lazy("The invoice number is too long"),
        gettext_lazy("Shorten it"),
    ),
    "text_malformed": (
        gettext_lazy("A text of the row is too long or holds an invisible control character"),
        gettext_lazy("Shorten it, or type it again by hand"),
    ),
}


# In which field of a row a fault of a document stands.
FIELD_OF: Mapping[str, str] = {
    "customer_unknown": "customer_number",
    "customer_closed": "customer_number",
    "amount_zero": "total",
    "amount_signs_mixed": "tax",
    "amount_too_large": "total",
    "issued_out_of_range": "issued_on",
    "due_before_issued": "due_on",
    "due_out_of_range": "due_on",
    "terms_unknown": "terms",
    "terms_of_other_currency": "terms",
    "instalments_malformed": "instalments",
    "instalments_sum_differs": "instalments",
    "instalments_due_differs": "instalments",
}
