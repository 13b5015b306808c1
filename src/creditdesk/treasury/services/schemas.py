"""Payment files held against the schema the bank will hold them against."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from lxml import etree

from creditdesk.kernel.errors import Refused


def require_valid(content: bytes, schema: str) -> None:
    """Refuse a file that its schema does not allow: a bank would not take it."""
    found = _schema(schema)
    if not found.validate(_parsed(content)):
        why = str(found.error_log)
        raise Refused(
            "payment_file_invalid",
            f"The file would not fit {schema}: {why[:200]}",
            schema=schema,
        )


@cache
def _schema(name: str) -> etree.XMLSchema:
    """Return a schema as sepaxml ships it."""
    text = files("sepaxml").joinpath("schemas", f"{name}.xsd").read_bytes()
    return etree.XMLSchema(_parsed(text))


def _parsed(text: bytes) -> etree._Element:
    return etree.fromstring(text, etree.XMLParser(no_network=True, resolve_entities=False))
