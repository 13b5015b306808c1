"""What is wrong, and what to do about it, by the code of a finding: the texts themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop

Words = Mapping[str, tuple[str, str]]

RULE_MENDS: Final[Mapping[str, str]] = {
    "BR-CO-10": gettext_noop("Let the sum of the lines be the sum of their net amounts."),
    "BR-CO-13": gettext_noop("Net total: lines less allowances plus charges."),
    "BR-CO-15": gettext_noop("Total with VAT: net total plus VAT."),
    "BR-CO-16": gettext_noop("Amount due: total less what was paid plus the rounding."),
    "BR-CO-17": gettext_noop("VAT of a rate: its taxable amount times the rate, rounded."),
    "XSD": gettext_noop("The file has not the structure of its format: have it written anew."),
}

_DOCUMENT: Final[Words] = {
    "number_missing": (
        gettext_noop("The document has no number"),
        gettext_noop("Give it one."),
    ),
    "number_too_long": (
        gettext_noop("The number has more than %(detail)s characters"),
        gettext_noop("Shorten it."),
    ),
    "currency_unknown": (
        gettext_noop("“%(detail)s” is no currency"),
        gettext_noop("Use a code of ISO 4217, such as EUR."),
    ),
    "lines_missing": (
        gettext_noop("The document has no line"),
        gettext_noop("Add at least one."),
    ),
    "step_malformed": (
        gettext_noop("Amounts cannot be rounded to steps of nothing"),
        gettext_noop("Use 1."),
    ),
    "text_malformed": (
        gettext_noop("%(field)s holds a character that is no text"),
        gettext_noop("Remove control characters; they often come from copying."),
    ),
    "glyph_missing": (
        gettext_noop("The fonts for papers have no “%(detail)s”"),
        gettext_noop("Put a font that has it into the folder named by CREDITDESK_FONTS."),
    ),
    "character_private": (
        gettext_noop("An archive takes no “%(detail)s”: each font means something else by it"),
        gettext_noop("Write it in letters; such signs come from copying out of symbol fonts."),
    ),
    "number_malformed": (
        gettext_noop("%(field)s is no number"),
        gettext_noop("Give an exact number."),
    ),
    "note_empty": (gettext_noop("A note says nothing"), gettext_noop("Write it or remove it.")),
    "note_subject_unknown": (
        gettext_noop("“%(detail)s” is no subject of a note"),
        gettext_noop("Use a code of UNTDID 4451, such as REG, or none."),
    ),
    "preceding_number_missing": (
        gettext_noop("The document that is corrected has no number"),
        gettext_noop("Give the number of the earlier invoice."),
    ),
    "preceding_missing": (
        gettext_noop("A corrected invoice names no invoice it corrects"),
        gettext_noop("Give the number of the earlier invoice."),
    ),
    "tax_currency_same": (
        gettext_noop("The tax is asked for in the document's own currency"),
        gettext_noop("Leave the currency of the tax empty."),
    ),
    "tax_currency_rate_missing": (
        gettext_noop("Currency of the tax and its exchange rate come together"),
        gettext_noop("Give both or neither."),
    ),
    "tax_currency_rate_not_positive": (
        gettext_noop("The exchange rate of the tax is not above zero"),
        gettext_noop("Give units of that currency for one of the document's."),
    ),
    "due_date_missing": (
        gettext_noop("Nothing says when to pay"),
        gettext_noop("Give a due date or payment terms."),
    ),
    "amount_too_large": (
        gettext_noop("The total is too large to be stored"),
        gettext_noop("Divide the document."),
    ),
    "amount_too_fine": (
        gettext_noop("Amounts in %(detail)s have more decimals than an e-invoice may have"),
        gettext_noop("Round them to two decimals (steps of 10), or send a plain PDF."),
    ),
    "instalments_differ": (
        gettext_noop("The instalments do not add up to the amount due"),
        gettext_noop("Share the amount due out among them."),
    ),
    "instalments_due_differs": (
        gettext_noop("The due date is not that of the first instalment"),
        gettext_noop("Give the date of the first instalment, or none."),
    ),
    "early_discount_malformed": (
        gettext_noop("A discount for early payment needs days and a percentage under 100"),
        gettext_noop("Mend the terms."),
    ),
    "object_scheme_unknown": (
        gettext_noop("“%(detail)s” is no scheme for what is invoiced"),
        gettext_noop("Use a code of UNTDID 1153, or none."),
    ),
    "period_empty": (
        gettext_noop("A period has neither start nor end"),
        gettext_noop("Give one of them, or no period."),
    ),
    "period_reversed": (
        gettext_noop("A period ends before it starts"),
        gettext_noop("Mend its dates."),
    ),
    "delivery_date_missing": (
        gettext_noop("An intra-Community supply needs the day of delivery or a period"),
        gettext_noop("Give one of them."),
    ),
    "delivery_country_missing": (
        gettext_noop("An intra-Community supply needs the address it was delivered to"),
        gettext_noop("Give at least its country."),
    ),
    "attachment_identifier_missing": (
        gettext_noop("An attachment has no reference"),
        gettext_noop("Give it a short name of its own."),
    ),
    "attachment_content_or_place": (
        gettext_noop("An attachment is either carried inside or stands at an address"),
        gettext_noop("Give a file or an address, one of them."),
    ),
    "attachment_mime_unknown": (
        gettext_noop("A file of kind “%(detail)s” may not be attached"),
        gettext_noop("Attach PDF, PNG, JPEG, CSV, XLSX or ODS."),
    ),
    "attachment_file_name_missing": (
        gettext_noop("An attached file has no name"),
        gettext_noop("Name it."),
    ),
    "profile_needs_xml": (
        gettext_noop("A PDF with data inside follows EN 16931, not “%(detail)s”"),
        gettext_noop("Choose UBL or CII for that profile."),
    ),
    "kind_not_accepted": (
        gettext_noop("Peppol does not take documents of type %(detail)s here"),
        gettext_noop("Use an invoice (380) or a credit note (381)."),
    ),
    "notes_many": (
        gettext_noop("Peppol takes one note"),
        gettext_noop("Join the notes."),
    ),
    "buyer_reference_missing": (
        gettext_noop("The buyer's reference is missing"),
        gettext_noop("Ask the buyer for it; German authorities call it Leitweg-ID."),
    ),
}

_PARTIES: Final[Words] = {
    "name_missing": (
        gettext_noop("%(field)s is empty"),
        gettext_noop("Give the full legal name."),
    ),
    "seller_unidentified": (
        gettext_noop("Nothing identifies the seller"),
        gettext_noop("Enter VAT identifier, registration or another number of the company."),
    ),
    "seller_tax_number_missing": (
        gettext_noop("The seller's tax number is missing"),
        gettext_noop("Enter the VAT identifier of the company."),
    ),
    "buyer_number_missing": (
        gettext_noop("The buyer's VAT identifier is missing"),
        gettext_noop("Ask the buyer for it, or charge VAT."),
    ),
    "buyer_identifiers_many": (
        gettext_noop("The buyer has more than one identifier"),
        gettext_noop("Keep one of them."),
    ),
    "buyer_tax_number": (
        gettext_noop("A buyer's local tax number has no place in an e-invoice"),
        gettext_noop("Enter the VAT identifier instead."),
    ),
    "payee_name_missing": (
        gettext_noop("Who is to be paid has no name"),
        gettext_noop("Give the name."),
    ),
    "representative_name_missing": (
        gettext_noop("The tax representative has no name"),
        gettext_noop("Give the name."),
    ),
    "representative_vat_missing": (
        gettext_noop("The tax representative has no VAT identifier"),
        gettext_noop("Give it."),
    ),
    "country_unknown": (
        gettext_noop("“%(detail)s” is no country"),
        gettext_noop("Use a code of ISO 3166, such as DE."),
    ),
    "vat_prefix_unknown": (
        gettext_noop("The VAT identifier “%(detail)s” does not begin with a country"),
        gettext_noop("Write it with the country's two letters, such as DE123456788."),
    ),
    "electronic_scheme_unknown": (
        gettext_noop("“%(detail)s” is no scheme of electronic addresses"),
        gettext_noop("Use a code of the EAS list: EM for e-mail, 0088 for a GLN."),
    ),
    "electronic_address_empty": (
        gettext_noop("The electronic address is empty"),
        gettext_noop("Enter it, or remove its scheme."),
    ),
    "electronic_address_missing": (
        gettext_noop("%(field)s: the electronic address is missing"),
        gettext_noop("Enter the address and its scheme (EAS)."),
    ),
    "identifier_empty": (
        gettext_noop("An identifier is empty"),
        gettext_noop("Enter it, or remove its scheme."),
    ),
    "identifier_scheme_unknown": (
        gettext_noop("“%(detail)s” is no scheme of identifiers"),
        gettext_noop("Use a code of ISO 6523, such as 0088 for a GLN, or none."),
    ),
    "contact_missing": (
        gettext_noop("XRechnung asks for %(field)s"),
        gettext_noop("Enter name, phone and e-mail of a contact at the company."),
    ),
    "address_incomplete": (
        gettext_noop("XRechnung asks for %(field)s"),
        gettext_noop("Complete the address."),
    ),
}

_LINES: Final[Words] = {
    "line_identifier_missing": (
        gettext_noop("A line has no number"),
        gettext_noop("Number the lines."),
    ),
    "line_identifier_twice": (
        gettext_noop("Two lines have the number %(detail)s"),
        gettext_noop("Number the lines."),
    ),
    "item_name_missing": (
        gettext_noop("A line does not say what was sold"),
        gettext_noop("Name the item."),
    ),
    "unit_unknown": (
        gettext_noop("“%(detail)s” is no unit"),
        gettext_noop("Use a code of UN/ECE Recommendation 20: C62 for pieces, HUR for hours."),
    ),
    "price_negative": (
        gettext_noop("The price %(detail)s is below zero"),
        gettext_noop("Make the quantity negative instead."),
    ),
    "price_discount_negative": (
        gettext_noop("The discount within the price is below zero"),
        gettext_noop("Raise the price instead."),
    ),
    "base_quantity_not_positive": (
        gettext_noop("A price must be for more than nothing"),
        gettext_noop("Give the quantity the price is for, usually 1."),
    ),
    "classification_scheme_unknown": (
        gettext_noop("“%(detail)s” is no list of item classes"),
        gettext_noop("Use a code of UNTDID 7143, such as TST for UNSPSC."),
    ),
    "attribute_incomplete": (
        gettext_noop("A property of an item lacks its name or its value"),
        gettext_noop("Complete or remove it."),
    ),
    "adjustment_negative": (
        gettext_noop("An allowance or charge is below zero"),
        gettext_noop("Turn an allowance into a charge, or the other way round."),
    ),
    "adjustment_reason_missing": (
        gettext_noop("An allowance or charge has no reason"),
        gettext_noop("Say what it is for."),
    ),
    "adjustment_code_unknown": (
        gettext_noop("“%(detail)s” is no reason of an allowance or charge"),
        gettext_noop("Use a code of UNTDID 5189 or 7161, or words alone."),
    ),
    "adjustment_base_missing": (
        gettext_noop("A percentage and the amount it is of come together"),
        gettext_noop("Give both or neither."),
    ),
    "adjustment_tax_missing": (
        gettext_noop("An allowance or charge on the whole document has no tax"),
        gettext_noop("Say at which rate it lowers or raises the tax."),
    ),
    "adjustment_tax_on_line": (
        gettext_noop("An allowance or charge on a line has a tax of its own"),
        gettext_noop("Remove it: the line's tax holds."),
    ),
}

_TAXES: Final[Words] = {
    "rate_missing": (gettext_noop("A tax rate is missing"), gettext_noop("Give it.")),
    "rate_not_wanted": (
        gettext_noop("What is outside the scope of VAT has a rate of %(detail)s %%"),
        gettext_noop("Remove the rate."),
    ),
    "rate_must_be_zero": (
        gettext_noop("What is not taxed has a rate of %(detail)s %%"),
        gettext_noop("Make the rate 0, or use the standard category."),
    ),
    "rate_zero": (
        gettext_noop("An ordinary tax has a rate of 0 %%"),
        gettext_noop("Use “zero rated” or “exempt”."),
    ),
    "rate_out_of_range": (
        gettext_noop("%(detail)s %% is no tax rate"),
        gettext_noop("Give a rate between 0 and 100."),
    ),
    "rate_too_small": (
        gettext_noop("The norm's checker takes a rate of %(detail)s %% for none"),
        gettext_noop("Such a document can only be sent as a plain PDF."),
    ),
    "exemption_twice": (
        gettext_noop("Two reasons are given for category %(detail)s"),
        gettext_noop("Keep one."),
    ),
    "exemption_reason_missing": (
        gettext_noop("Nothing says why category %(detail)s is not taxed"),
        gettext_noop("Give the reason in words or as a VATEX code."),
    ),
    "exemption_not_wanted": (
        gettext_noop("Category %(detail)s is taxed, yet has a reason for not being taxed"),
        gettext_noop("Remove the reason."),
    ),
    "exemption_code_unknown": (
        gettext_noop("“%(detail)s” is no reason for not being taxed"),
        gettext_noop("Use a code of the VATEX list, such as VATEX-EU-AE."),
    ),
    "outside_scope_mixed": (
        gettext_noop("What is outside the scope of VAT cannot share a document with what is in it"),
        gettext_noop("Write two documents."),
    ),
    "outside_scope_vat": (
        gettext_noop("A document outside the scope of VAT names a VAT identifier"),
        gettext_noop("Remove it, and identify the parties by registration."),
    ),
}

_PAYMENT: Final[Words] = {
    "payment_missing": (
        gettext_noop("XRechnung asks how to pay"),
        gettext_noop("Give the means of payment."),
    ),
    "account_missing": (
        gettext_noop("A transfer has no account to go to"),
        gettext_noop("Give the company's bank account."),
    ),
    "account_number_missing": (
        gettext_noop("An account has no number"),
        gettext_noop("Enter its IBAN or number."),
    ),
    "iban_malformed": (
        gettext_noop("“%(detail)s” is no IBAN"),
        gettext_noop("Correct it, or use an ordinary transfer."),
    ),
    "mandate_missing": (
        gettext_noop("A direct debit and a mandate come together"),
        gettext_noop("Give the mandate's reference, or another means of payment."),
    ),
    "card_missing": (
        gettext_noop("A card payment and a card come together"),
        gettext_noop("Give the card's last digits, or another means of payment."),
    ),
    "card_digits_malformed": (
        gettext_noop("Of a card only the last four to six digits may be shown"),
        gettext_noop("Give those alone."),
    ),
    "sepa_needs_euro": (
        gettext_noop("SEPA moves euros, not %(detail)s"),
        gettext_noop("Use an ordinary transfer."),
    ),
    "reference_check_digits": (
        gettext_noop("The check digits of the creditor reference “%(detail)s” are wrong"),
        gettext_noop("Have the reference made anew (ISO 11649)."),
    ),
}

WORDS: Final[Words] = {**_DOCUMENT, **_PARTIES, **_LINES, **_TAXES, **_PAYMENT}
