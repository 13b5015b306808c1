"""Which local time a customer lives in, by country."""

from __future__ import annotations

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import get_global

# Countries of several zones, by the zone most of their business keeps. Source: population and
# government seats; a customer's own zone may be recorded later.
MAIN_ZONES: Final = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago",
    "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin",
    "EC": "America/Guayaquil", "ES": "Europe/Madrid", "FR": "Europe/Paris",
    "ID": "Asia/Jakarta", "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kiev",
    "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip


@cache
def zone_of(country: str, fallback: str) -> ZoneInfo:
    """Return the time zone of a country; without one, or of an unknown one, the company's."""
    zones = get_global("territory_zones").get(country, [])
    if country in MAIN_ZONES:
        return ZoneInfo(MAIN_ZONES[country])
    return ZoneInfo(zones[0] if len(zones) == 1 else fallback)
