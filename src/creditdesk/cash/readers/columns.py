"""How the cells of a bank's CSV export are understood: headings, dates and amounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache

from creditdesk.kernel.calendars import plausible


def _names(listed: str) -> tuple[str, ...]:
    return tuple(listed.split(", "))


# Headings as banks write them, in the order of preference; compared without case and accents.
HEADINGS: dict[str, tuple[str, ...]] = {
    "date": _names(
        "booking date, booked on, posting date, posted date, transaction date, date "
        "posted, entry date, date, buchungstag, buchungsdatum, buchung, datum, date de "
        "comptabilisation, date comptable, date operation, date de l operation, date d "
        "operation"
    ),
    "value_date": _names(
        "value date, value on, valuta, valutadatum, wertstellung, wertstellungsdatum, "
        "valutatag, wert, date de valeur, date valeur, valeur"
    ),
    "amount": _names(
        "amount, transaction amount, net amount, betrag, umsatz, buchungsbetrag, montant, "
        "montant de l operation"
    ),
    "debit": _names(
        "debit, debit amount, withdrawal, withdrawals, paid out, money out, soll, "
        "belastung, lastschrift, ausgang, debits, montant debit"
    ),
    "credit": _names(
        "credit, credit amount, deposit, deposits, paid in, money in, haben, gutschrift, "
        "eingang, credits, montant credit"
    ),
    "direction": _names(
        "debit credit, credit debit, dr cr, cr dr, d c, c d, soll haben, s h, soll haben "
        "kennzeichen, sens, indicator, credit debit indicator"
    ),
    "currency": _names("currency, ccy, waehrung, wahrung, whg, devise, monnaie"),
    "balance": _names(
        "balance, running balance, ledger balance, balance after, saldo, kontostand, "
        "saldo nach buchung, solde, solde apres operation"
    ),
    "reference": _names(
        "bank reference, transaction id, transaction reference, reference, ref, id, "
        "referenz, bankreferenz, reference bancaire, reference de l operation, numero"
    ),
    "counterparty": _names(
        "counterparty, payee payer, payee, payer, name, counterparty name, from to, "
        "beguenstigter zahlungspflichtiger, begunstigter zahlungspflichtiger, name "
        "zahlungsbeteiligter, auftraggeber empfaenger, auftraggeber empfanger, empfanger "
        "auftraggeber, zahlungspflichtige r, auftraggeber, empfanger, tiers, "
        "contrepartie, nom du tiers, donneur d ordre, beneficiaire, emetteur"
    ),
    "counterparty_account": _names(
        "counterparty account, counterparty iban, iban, account number of payer, "
        "kontonummer iban, iban zahlungsbeteiligter, iban auftraggeber, kontonummer, "
        "gegenkonto, iban du tiers, iban contrepartie, compte du tiers"
    ),
    "text": _names(
        "remittance information, description, details, narrative, memo, particulars, "
        "payment details, text, verwendungszweck, buchungsdetails, vorgang "
        "verwendungszweck, libelle, libelle operation, communication, motif, "
        "communications, transaction details"
    ),
    "code": _names("type, transaction type, code, buchungstext, umsatzart, type d operation"),
    "account": _names(
        "account, own account, account number, account iban, auftragskonto, konto, iban "
        "auftragskonto, eigenes konto, compte, numero de compte"
    ),
    "original_amount": _names(
        "original amount, orig amount, amount foreign currency, foreign amount, instructed amount, "
        "ursprungsbetrag, originalbetrag, betrag in fremdwaehrung, betrag in fremdwahrung, "
        "fremdwaehrungsbetrag, fremdwahrungsbetrag, montant d origine, montant en devise"
    ),
    "original_currency": _names(
        "original currency, orig currency, foreign currency, type foreign currency, instructed "
        "currency, ursprungswaehrung, ursprungswahrung, originalwaehrung, originalwahrung, "
        "fremdwaehrung, fremdwahrung, devise d origine"
    ),
    "exchange_rate": _names(
        "exchange rate, fx rate, conversion rate, wechselkurs, umrechnungskurs, devisenkurs, "
        "taux de change, cours de change"
    ),
    "status": _names("status, state, info, buchungsstatus, statut, etat"),
}
ROLE_OF_HEADING = {heading: role for role, names in HEADINGS.items() for heading in names}
PENDING = ("pending", "vorgemerkt", "umsatz vorgemerkt", "en attente", "a venir", "authorised")
SUMMARY_WORDS = _names(
    "opening balance, closing balance, total, totals, anfangssaldo, endsaldo, kontostand, saldo, "
    "summe, solde, solde initial, solde final, balance"
)
DATE_PATTERNS = (
    "%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%Y/%m/%d",
    "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y",
)  # fmt: skip

_CURRENCY_IN_HEADING = re.compile(r"\b(?:in\s+)?\(?\[?([A-Z]{3})\]?\)?\s*$")
_TIME_OF_DAY = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2})?([.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$")
_NUMBER = re.compile(r"\d[\d.,'’ ]*|[.,]\d+")
_SYMBOLS = re.compile(r"[€$£¥]|\b[A-Z]{3}\b")
_SPACES = str.maketrans("", "", "\u00a0\u202f\u2009 '’")


def plain(heading: str) -> str:
    """Return a heading without case, accents, punctuation and a currency at its end."""
    text = unicodedata.normalize("NFKD", _CURRENCY_IN_HEADING.sub("", heading.strip()))
    letters = "".join(
        each if each.isalnum() else " " for each in text if not unicodedata.combining(each)
    )
    return " ".join(letters.lower().split())


def currency_in(heading: str) -> str:
    """Return the currency a heading ends with ("Betrag (EUR)"), or ""."""
    match = _CURRENCY_IN_HEADING.search(heading.strip())
    return match[1] if match and plain(heading) else ""


def date_patterns(texts: Iterable[str]) -> list[str]:
    """Return the patterns under which every text is a date, the likeliest first."""
    distinct = set(texts)
    return [pattern for pattern in DATE_PATTERNS if all(_fits(text, pattern) for text in distinct)]


def _fits(text: str, pattern: str) -> bool:
    try:
        to_date(text, pattern)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def to_date(text: str, pattern: str) -> date:
    """Return the day; a time of day after it is left out. Raises ValueError."""
    day = _TIME_OF_DAY.sub("", text.strip())
    if not day.isascii() and "%b" not in pattern.lower():
        raise ValueError(f"{text[:40]!r} is not a date")
    if pattern == "%Y%m%d" and len(day) != 8:  # noqa: PLR2004 - strptime takes fewer digits
        raise ValueError(f"{text[:40]!r} is not a date")
    return plausible(datetime.strptime(day, pattern).date())  # noqa: DTZ007 - a day, not an instant


def decimal_mark(texts: Sequence[str]) -> str | None:
    """Return the decimal mark of a column of amounts, or None where it cannot be told.

    With both marks in one number the last is the decimal one; a mark that stands twice groups
    thousands; a mark before other than three digits is decimal. "1.234" alone tells nothing.
    """
    marks: set[str] = set()
    unclear = False
    for text in texts:
        number = _bare(text)
        point, comma = number.rfind("."), number.rfind(",")
        if point >= 0 and comma >= 0:
            marks.add("." if point > comma else ",")
        elif point >= 0 or comma >= 0:
            mark, other = (".", ",") if point >= 0 else (",", ".")
            if number.count(mark) > 1:
                marks.add(other)
            elif len(number) - max(point, comma) - 1 != 3:  # noqa: PLR2004 - a group of thousands
                marks.add(mark)
            else:
                unclear = True
    if len(marks) == 1:
        return marks.pop()
    return None if marks or unclear else "."


def _bare(text: str) -> str:
    match = _NUMBER.search(text.translate(_SPACES))
    return match[0] if match else ""


def split_amount(text: str, mark: str) -> tuple[int, str]:
    """Return sign and plain digits (decimal mark ".") of an amount as a bank prints it.

    Understands currency signs, thousands marks, a minus before or after, brackets, and S/H,
    DR/CR or D/C behind the number. Raises ValueError.
    """
    compact = _SYMBOLS.sub("", text.replace("\u2212", "-")).translate(_SPACES)
    match = re.fullmatch(
        r"(?P<open>\()?(?P<sign>[+-])?(?P<number>[\d.,]+)(?P<close>\))?(?P<after>[+-]|S|H|DR|CR|D|C)?",
        compact,
        re.IGNORECASE,
    )
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise ValueError(f"{text[:40]!r} is not an amount")
    whole, _, fraction = match["number"].partition(mark)
    groups = "," if mark == "." else "."
    if mark in fraction or groups in fraction or not _well_grouped(whole, groups):
        raise ValueError(f"{text[:40]!r} is not an amount")
    after = (match["after"] or "").upper()
    negative = (match["sign"] == "-") + bool(match["open"]) + (after in {"-", "S", "D", "DR"})
    if negative > 1:
        raise ValueError(f"{text[:40]!r} has two signs")
    return -1 if negative else 1, f"{whole.replace(groups, '') or '0'}.{fraction}"


def _well_grouped(whole: str, groups: str) -> bool:
    first, *others = whole.split(groups)
    return all(len(each) == 3 for each in others) and (not others or 1 <= len(first) <= 3)  # noqa: PLR2004
