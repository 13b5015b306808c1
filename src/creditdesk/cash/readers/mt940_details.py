"""Field :86: of MT940, where every banking community hides names and references its own way.

Known are: the numbered sub-fields of Germany, Austria, Poland (`?20`, `>20`, `<20`), SWIFT's code
words (`/EREF/`, `/REMI/`), labels of single banks, the German field :NS:, and plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from creditdesk.cash.readers.originals import NONE, Original, Quoted, original, other_minor
from creditdesk.cash.readers.statement import is_iban, squeezed

FULL_CHUNK = 27  # a sub-field this long was cut by the bank, perhaps in mid-word
FULL_LINE = 65
_REFERENCE_LENGTH = 16
# Return codes of the German catalogue of business transactions (GVC).
RETURN_CODES = frozenset({"108", "109", "159"})

_NUMBERED = re.compile(r"\s?(\d{3})([?<>+!~^&@§])\s?(?=\d\d)")
_PURPOSE = (*range(20, 30), *range(60, 64))
_GERMAN = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|RREF)\+", re.ASCII
)
_SLASHED = re.compile(
    r"/(EREF|KREF|PREF|IREF|MARF|CSID|ORDP|BENM|ULTD|ULTB|ULTC|CNTP|NAME|ADDR|IBAN|BIC|ACCW|REMI"
    r"|TRTP|ISDT|RTRN|PURP|SVCL|ID|TRCD|BUSP|CDTRREF|CDTRREFTP|OCMT|CHGS|EXCH)/"
)
_LABELLED = re.compile(
    r"(?:^|(?<=[\s;/]))(Z RACH\.|NA RACH\.|OD|DLA|TYT\.|TNR|ID IPH|REK|NAAM|AUFTRAGGEBER"
    r"|MITTEILUNGEN|REMIT|OMSCHRIJVING|KENMERK):\s?"
)
_ORIGINAL = re.compile(r"([A-Z]{3})([\d.,]+)")
_PLAIN_RATE = re.compile(r"[\d.,]+")
_NAME_LABELS = ("OD", "DLA", "NAAM", "AUFTRAGGEBER")
_ACCOUNT_LABELS = ("Z RACH.", "NA RACH.", "REK")
_TEXT_LABELS = ("TYT.", "MITTEILUNGEN", "REMIT", "OMSCHRIJVING")
_ACCOUNT_THEN_NAME = re.compile(r"([A-Z]{2}\d{2}[A-Z0-9]{10,30}|\d{9,10}) (\S.*)")


@dataclass(frozen=True, slots=True)
class Details:
    """What a movement's details say; anything unsaid is empty."""

    text: str = ""
    name: str = ""
    account: str = ""
    references: tuple[str, ...] = ()
    is_return: bool = False
    original: str = ""
    rate: str = ""


def details_of(lines: list[str]) -> Details:
    """Return what the lines of :86: say, by whichever convention they follow."""
    wrapped = "".join(lines)
    if match := _NUMBERED.match(wrapped):
        return _numbered(wrapped[match.end() :], match[1], match[2])
    text = _unwrapped(lines)
    if len(_SLASHED.findall(wrapped)) > 1 or wrapped.startswith("/"):
        return _slashed(wrapped, text)
    if _LABELLED.search(text):
        return _labelled(text)
    return _plain(lines, text)


def details_of_non_swift(lines: list[str]) -> Details:
    """Return what the German field :NS: says: 01–14 purpose, 15 and 16 the other party's name."""
    parts: dict[int, list[str]] = {}
    for line in lines:
        if line[:2].isascii() and line[:2].isdecimal():
            parts.setdefault(int(line[:2]), []).append(line[2:])
    purpose = [part for number in range(1, 15) for part in parts.get(number, [])]
    name = "".join(part for number in (15, 16) for part in parts.get(number, []))
    return Details(text=squeezed(*purpose), name=squeezed(name))


def original_of(minor: int, currency: str, supplement: str, details: Details) -> Original:
    """Return what was paid in another currency: /OCMT/ and /EXCH/ of :61: or :86:, or OAMT+."""
    _, found = _split(_SLASHED, "".join(supplement.split()))
    stated = _ORIGINAL.match(next(iter(found.get("OCMT", [])), "") or details.original)
    rate = _PLAIN_RATE.match(next(iter(found.get("EXCH", [])), "") or details.rate)
    if stated is None:
        return NONE
    mark = "." if "." in stated[2] and "," not in stated[2] else ","
    return original(
        minor, currency,
        other_minor=other_minor(stated[2], stated[1], mark),
        other_currency=stated[1],
        quoted=Quoted(rate=rate[0]) if rate else None,
    )  # fmt: skip


def references_of(rest: str, supplement: str) -> tuple[str, str, str, str]:
    """Return the payer's reference, the bank's, and a name and account some banks put there."""
    payer, _, bank = rest.partition("//")
    compact = "".join(payer.split())
    if is_iban(compact):
        return "", bank, supplement, compact
    if len(payer) > _REFERENCE_LENGTH:  # account in 16 columns, then the name
        return "", bank, payer[_REFERENCE_LENGTH:], payer[:_REFERENCE_LENGTH]
    return payer, bank, "", ""


def _unwrapped(lines: list[str]) -> str:
    """Return free text on one line; a full line was cut by the bank and is joined without space."""
    text = ""
    for i, line in enumerate(lines):
        text += line
        full = len(line) + (4 if i == 0 else 0) >= FULL_LINE
        if not full:
            text += " "
    return squeezed(text)


def _joined(chunks: list[str]) -> str:
    """Return sub-fields as one text, under the same reasoning as for lines."""
    return squeezed("".join(chunk if len(chunk) >= FULL_CHUNK else chunk + " " for chunk in chunks))


def _numbered(body: str, code: str, separator: str) -> Details:
    """Return the sub-fields: 20–29 and 60–63 purpose, 31 and 38 account, 32 and 33 name."""
    parts: dict[int, list[str]] = {}
    for i, part in enumerate(body.split(separator)):
        if len(part) > 1 and part[:2].isascii() and part[:2].isdecimal():
            parts.setdefault(int(part[:2]), []).append(part[2:])
        elif i:  # the separator itself stood in the text
            parts.setdefault(20, []).append(separator + part)
    purpose = _joined([chunk for number in _PURPOSE for chunk in parts.get(number, [])])
    name = _joined([*parts.get(32, []), *parts.get(33, [])])
    account = "".join("".join([*parts.get(38, [])] or parts.get(31, [])).split())
    found = _german(purpose)
    return Details(
        text=found.text,
        name=name or found.name,
        account=account or found.account,
        references=found.references,
        is_return=code in RETURN_CODES,
        original=found.original,
    )


def _german(purpose: str) -> Details:
    """Return the SEPA parts of a German purpose: SVWZ+ is the text, EREF+ and KREF+ references."""
    before, found = _split(_GERMAN, purpose)
    if not found:
        return Details(text=purpose)
    text = squeezed(before, *(found.get("SVWZ") or []))
    names = found.get("ABWA") or found.get("ABWE") or []
    return Details(
        text=text,
        name=squeezed(*names),
        account="".join("".join(found.get("IBAN", [])).split()),
        references=tuple(
            squeezed(each) for key in ("EREF", "KREF", "RREF") for each in found.get(key, [])
        ),
        original="".join("".join(found.get("OAMT", [])[:1]).split()),
    )


def _split(pattern: re.Pattern[str], text: str) -> tuple[str, dict[str, list[str]]]:
    """Return the text before the first key word, and what follows each key word."""
    before, *rest = pattern.split(text)
    found: dict[str, list[str]] = {}
    for key, value in zip(rest[::2], rest[1::2], strict=True):
        found.setdefault(key, []).append(value)
    return before, found


def _slashed(wrapped: str, text: str) -> Details:
    """Return SWIFT's code words: /REMI/ the text, /NAME/ and /IBAN/ (or /CNTP/) the other side."""
    _, found = _split(_SLASHED, wrapped)
    if not found:
        return Details(text=text)
    values = {key: squeezed(*(each.strip("/ ") for each in found[key])) for key in found}
    contraparty = values.get("CNTP", "").split("/")  # account/BIC/name/city
    account = values.get("IBAN") or contraparty[0]
    name = values.get("NAME") or (contraparty[2] if len(contraparty) > 2 else "")  # noqa: PLR2004
    remittance = re.sub(r"^(USTD|STRD)/+", "", values.get("REMI", ""))
    references = [values.get(key, "") for key in ("CDTRREF", "EREF", "PREF", "KREF")]
    return Details(
        text=squeezed(remittance, values.get("CDTRREF", "")) or text,
        name=name,
        account="".join(account.split()),
        references=tuple(each for each in references if each),
        is_return="RTRN" in found,
        original="".join(values.get("OCMT", "").split()),
        rate="".join(values.get("EXCH", "").split()),
    )


def _labelled(text: str) -> Details:
    """Return the parts that a bank's own labels announce; the whole stays the text if none does."""
    before, found = _split(_LABELLED, text)
    values = {key: squeezed(*found[key]).rstrip(" ;/") for key in found}
    account = next((values[key] for key in _ACCOUNT_LABELS if key in values), "")
    texts = [values[key] for key in _TEXT_LABELS if key in values]
    return Details(
        text=squeezed(*texts) or squeezed(before.rstrip(" ;/"), values.get("KENMERK", "")) or text,
        name=next((values[key] for key in _NAME_LABELS if key in values), ""),
        account="".join(account.split()),
        references=tuple(values[key] for key in ("KENMERK",) if values.get(key)),
    )


def _plain(lines: list[str], text: str) -> Details:
    """Return plain text; an account and a name on a line of their own are taken as such."""
    match = _ACCOUNT_THEN_NAME.fullmatch(lines[0].strip()) if lines else None
    alone = len(lines) > 1 and not lines[1].strip()
    if match and (alone or is_iban(match[1])):
        return Details(
            text=_unwrapped(lines[1:]) or text, name=squeezed(match[2]), account=match[1]
        )
    return Details(text=text)


def account_of(stated: str, currency: str) -> str:
    """Return the account of field :25: without the currency that some banks hang on it."""
    if is_iban(stated) and _check_digits_hold(stated):
        return stated
    return stated.removesuffix(currency).rstrip("/ ")


def _check_digits_hold(iban: str) -> bool:
    """Return whether the IBAN is 1 modulo 97, as ISO 13616 demands."""
    return int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 == 1
