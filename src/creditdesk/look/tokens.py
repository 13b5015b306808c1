"""The design tokens for what is no web page: light colours, read from the one style sheet."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

_SHEET: Final = Path(__file__).parent / "static" / "look" / "tokens.css"
_COLOUR: Final = re.compile(r"--([\w-]+):\s*light-dark\(oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)")

Oklch = tuple[float, float, float]


@cache
def light_colours() -> dict[str, Oklch]:
    """Return each colour token as it is in the light: lightness 0 to 1, chroma, hue in degrees."""
    found = _COLOUR.findall(_SHEET.read_text(encoding="utf-8"))
    return {name: (float(light), float(chroma), float(hue)) for name, light, chroma, hue in found}
