"""Terms as people write them, such as “2/10 net 30” or “14 Tage 2 %, 30 netto”, read as data."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.policy.rules.terms.values import Discount, Part, Terms

LENGTH_MAX: Final = 80
DAYS_MAX: Final = 365
# A discount above this needs its percent sign: “30/60” may as well be two due dates.
BARE_PERCENT_MAX: Final = 10
PARTS_MAX: Final = 12
MONTH_DAYS_MAX: Final = 31

_NUM = r"(?P<p>\d{1,2}(?:[.,]\d{1,3})?)"
_DAYS = r"(?P<d>\d{1,3}) ?(?:days?|tagen?|jours?|t\.|j\.|d\.?)"
_WORD = r"(?: ?(?:cash )?(?:discount|skonto|escompte|rabatt))?"
_WITHIN = r"(?:within|in|innerhalb(?: von)?|binnen|bei zahlung(?: innerhalb(?: von)?)?|sous|à|a)?"
_DISCOUNTS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\d/]){_NUM} ?%? ?/ ?(?P<m>\d{{1,2}})(?:th|st|nd|rd)? ?prox\.?",
        rf"(?<![\d/]){_NUM}(?P<sign> ?%)? ?/ ?(?P<d>\d{{1,3}})(?: ?(?:days|tage|jours))?(?![\d/])",
        rf"(?<![\d.,/]){_DAYS} ?(?:mit|with|with a|abzüglich|-|:|=)? ?{_NUM} ?(?P<sign>%){_WORD}",
        rf"(?<![\d.,/]){_NUM} ?(?P<sign>%){_WORD} ?{_WITHIN} ?{_DAYS}",
    )
)
_CHAIN: Final = re.compile(r"(?:net )?(?P<first>\d{1,3})[\d /]+(?:days|tage|jours|gg|dd|giorni)")
_EOM = r"(?:eom|e\.o\.m\.|end of(?: the)? month|month end|monatsende|fin de mois|fdm)"


def _days_of(found: re.Match[str]) -> dict[str, Any]:
    return {"net_days": int(found["d"])}


def _with(**fixed: object) -> Callable[[re.Match[str]], dict[str, Any]]:
    def read(found: re.Match[str]) -> dict[str, Any]:
        given = found.groupdict()
        return {"net_days": int(given.get("d") or 0), **fixed}

    return read


def _day(**fixed: object) -> Callable[[re.Match[str]], dict[str, Any]]:
    def read(found: re.Match[str]) -> dict[str, Any]:
        return {"net_days": 0, "day_of_month": int(found["m"]), **fixed}

    return read


def _day_after_next_month(found: re.Match[str]) -> dict[str, Any]:
    """Read “10th of the following month”: days run from the end of the invoice's month."""
    return {"net_days": 1, "from_month_end": True, "day_of_month": int(found["m"])}


def _even_parts(found: re.Match[str]) -> dict[str, Any]:
    days = [int(one) for one in re.findall(r"\d+", found["chain"])]
    if sorted(set(days)) != days or len(days) > PARTS_MAX:
        return {}
    return {"net_days": days[0], "parts": tuple(Part(net_days=one) for one in days)}


# What is left of a code without its discounts, each form once; “30 EOM” and “30 jours fin de mois”
# differ on purpose: the days run from the month's end, or first and then to the month's end.
_NETS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], dict[str, Any]]], ...]] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        ((r"(?:due )?(?:up)?on receipt|immediate(?:ly)?|due immediately|cash|cod|c\.o\.d\.|cia"
         r"|prepaid|prepayment|in advance|net 0|sofort(?: (?:fällig|zahlbar))?|zahlbar sofort"
         r"|vorkasse|comptant|à réception(?: de facture)?"), _with()),
        ((r"(?:net|netto|n|n/|netto innerhalb|zahlbar innerhalb|within|innerhalb) ?(?P<d>\d{1,3})"
         r"(?: ?(?:days?|tagen?|jours?|d))?(?: net(?:to?)?)?"), _days_of),
        ((r"(?P<d>\d{1,3})(?: ?(?:days?|tagen?|jours?|d|t\.|j\.))?(?: ?(?:net(?:to?)?|rein netto"
         r"|date de facture|from invoice(?: date)?|ab rechnungsdatum|nach rechnungsdatum))?"),
         _days_of),
        ((r"(?:net ?)?(?P<d>\d{1,3}) ?(?:jours?|tage?n?) ?(?:net(?:to?)?)? ?(?:zum|am|,)? ?"
         r"(?:monatsende|fin de mois|fdm)"), _with(to_month_end=True)),
        (rf"(?:net ?)?(?P<d>\d{{1,3}}) ?(?:days? )?(?:from |after |net )?{_EOM}",
         _with(from_month_end=True)),
        (rf"(?:net )?{_EOM} ?\+? ?(?P<d>\d{{1,3}})(?: ?(?:days?|jours?|tage))?",
         _with(from_month_end=True)),
        (rf"(?:net |at |am |zum )?{_EOM}", _with(from_month_end=True)),
        (r"(?:net )?(?P<d>\d{1,3}) ?mfi", _with(from_month_end=True)),
        ((r"(?:net )?(?P<m>\d{1,2})(?:th|st|nd|rd|\.)? ?(?:prox\.?|proximo|of (?:the )?"
         r"(?:following|next) month|des folgemonats|du mois suivant)"), _day_after_next_month),
        (r"prox\.? ?(?P<m>\d{1,2})", _day_after_next_month),
        ((r"(?:(?:net|on the|am|le) )?(?P<m>\d{1,2})(?:th|st|nd|rd|\.)? ?(?:of (?:the )?month"
         r"|des monats|du mois)"), _day()),
        (r"(?:net ?)?(?P<chain>\d{1,3}(?: ?[/,] ?\d{1,3})+) ?(?:days|tage|jours|gg|dd|giorni)",
         _even_parts),
    )
)  # fmt: skip


def read_terms(text: str) -> Terms:
    """Return terms of payment as they are usually written as data; the text becomes their code.

    Raises Invalid: `terms_code_unreadable`, `terms_code_ambiguous`, `terms_net_missing`,
    `terms_discount_senseless`.
    """
    if len(text) > LENGTH_MAX:
        _refuse("terms_code_unreadable", text)
    rest, discounts = _discounts_of(text, _plain(text))
    found = _net_of(rest)
    if found is None and not re.search(r"[^\W_]", rest) and discounts:
        _refuse("terms_net_missing", text)
    if found is None:
        _refuse("terms_code_unreadable", text)
    if discounts and found == {"net_days": 0, "from_month_end": True}:
        _refuse(
            "terms_code_ambiguous", text
        )  # “2/10 EOM”: ten days, or until the tenth of the next
    terms = Terms(code=text.strip(), discounts=discounts, **found)
    _check(text, terms)
    return terms


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\s+", " ", plain.replace("–", "-").replace("net-", "net ")).strip()


def _discounts_of(text: str, plain: str) -> tuple[str, tuple[Discount, ...]]:
    """Return what is left of the text, and the discount steps found in it."""
    found: list[Discount] = []
    chain = _CHAIN.fullmatch(plain)
    if chain and int(chain["first"]) > BARE_PERCENT_MAX:
        return plain, ()
    for pattern in _DISCOUNTS:
        while match := pattern.search(plain):
            given = match.groupdict()
            percent = Decimal(given["p"].replace(",", "."))
            is_signed = bool(given.get("sign")) or "%" in match[0]
            if percent > BARE_PERCENT_MAX and not is_signed:
                _refuse("terms_code_ambiguous", text)
            if given.get("m"):
                found.append(
                    Discount(percent=percent, day_of_month=int(given["m"]), months_later=1)
                )
            else:
                found.append(Discount(percent=percent, within_days=int(given["d"])))
            plain = f"{plain[: match.start()]},{plain[match.end() :]}"
    return plain, tuple(sorted(found, key=lambda one: one.within_days or 0))


def _net_of(rest: str) -> dict[str, Any] | None:
    """Return the fields of the due date, or nothing where the rest says none or more than one."""
    clauses = [one.strip(" .:+-") for one in re.split(r"[;,]|\bor\b|\bor else\b|\boder\b", rest)]
    clauses = [
        re.sub(r"\b(?:ohne abzug|sans escompte|otherwise|sonst|payable|zahlbar|payment|terms?)\b",
               "", one).strip()
        for one in clauses
    ]  # fmt: skip
    whole = rest.strip(" ,;.:")
    for candidate in [whole] if len([c for c in clauses if c]) != 1 else [c for c in clauses if c]:
        for pattern, reader in _NETS:
            match = pattern.fullmatch(candidate)
            if match:
                return reader(match) or None
    return None


def _check(text: str, terms: Terms) -> None:
    """Refuse days and discounts no one agrees on."""
    days = [terms.net_days, *(part.net_days or 0 for part in terms.parts)]
    if (
        max(days) > DAYS_MAX
        or (terms.day_of_month or 1) > MONTH_DAYS_MAX
        or terms.day_of_month == 0
    ):
        _refuse("terms_code_unreadable", text)
    steps = [one for one in terms.discounts if one.within_days is not None]
    is_plain = not (terms.from_month_end or terms.to_month_end or terms.day_of_month)
    too_late = any((one.within_days or 0) > max(days) for one in steps) and is_plain
    rising = any(
        later.percent >= earlier.percent or later.within_days == earlier.within_days
        for earlier, later in itertools.pairwise(steps)
    )
    if too_late or rising or any(one.percent == 0 for one in terms.discounts):
        _refuse("terms_discount_senseless", text)


_WHY: Final[Mapping[str, tuple[str, str]]] = {
    "terms_code_unreadable": (
        "cannot be read as terms of payment",
        (
            "Write it like “net 30”, “2/10 net 30”, “30 EOM” or “14 Tage 2 %, 30 netto”, or give"
            " the due date."
        ),
    ),
    "terms_code_ambiguous": (
        "can be read in two ways",
        (
            "Write the percent sign for a discount, “30/60 days” for instalments, and “2/10 prox”"
            " for a discount until the tenth of the next month."
        ),
    ),
    "terms_net_missing": (
        "names a discount but not when the whole falls due",
        "Add the net days, such as “net 30”.",
    ),
    "terms_discount_senseless": (
        "names discounts that never count: after the due date, of nothing, or not falling",
        "Let each later step give less, before the due date.",
    ),
}


def _refuse(code: str, text: str) -> NoReturn:
    what, mend = _WHY[code]
    raise Invalid(code, f"“{text[:LENGTH_MAX]}” {what}", place=Place(field="terms"), mend=mend)
