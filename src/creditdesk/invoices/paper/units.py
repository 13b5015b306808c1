"""What the commonest units of UN/ECE Recommendation 20 are called on paper."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext, gettext_noop

_NAMES: Final = {
    "C62": gettext_noop("pcs"),
    "H87": gettext_noop("pcs"),
    "EA": gettext_noop("pcs"),
    "XPP": gettext_noop("pcs"),
    "PR": gettext_noop("pairs"),
    "SET": gettext_noop("sets"),
    "XPK": gettext_noop("packs"),
    "XBX": gettext_noop("boxes"),
    "XPX": gettext_noop("pallets"),
    "LS": gettext_noop("lump sum"),
    "SEC": gettext_noop("sec"),
    "MIN": gettext_noop("min"),
    "HUR": gettext_noop("hours"),
    "DAY": gettext_noop("days"),
    "WEE": gettext_noop("weeks"),
    "MON": gettext_noop("months"),
    "ANN": gettext_noop("years"),
}
_SYMBOLS: Final = {
    "KGM": "kg", "GRM": "g", "TNE": "t", "MTR": "m", "CMT": "cm", "MMT": "mm", "KMT": "km",
    "MTK": "m²", "MTQ": "m³", "LTR": "l", "MLT": "ml", "KWH": "kWh", "MWH": "MWh", "P1": "%",
}  # fmt: skip


def name(code: str) -> str:
    """Return the unit in the reader's language; one without a name of ours is its code."""
    if code in _SYMBOLS:
        return _SYMBOLS[code]
    text = _NAMES.get(code)
    return gettext(text) if text else code
