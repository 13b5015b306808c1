"""The tree of a camt file of the usual kind, by the parser whose elements cost the least to walk.

Of a file this parser reads, the other would read the same, so whatever is unusual in one, or wrong,
is left to the other: only that one says what is wrong, and where.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

from creditdesk.cash.readers.camt.nodes import local_name, node_of

# The tree stands in memory whole; and a text or attribute of ten million bytes, which the strict
# parser refuses, does not fit.
SIZE_MAX_BYTES: Final = 9 * 2**20
_BOM: Final = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?\bencoding\s*=\s*[\"']([^\"'>]*)[\"']")


def usual_reports(data: bytes, names: frozenset[str]) -> list[ET.Element] | None:
    """Return the reports of these names in order; None where the file is not of the usual kind.

    Usual is UTF-8 without a DOCTYPE, of moderate size, and a message within its document that holds
    the reports, each with all its own particulars before its entries. RecursionError where
    something beside the reports is nested too deep.
    """
    if len(data) > SIZE_MAX_BYTES or not _is_utf8(data) or b"<!DOCTYPE" in data:
        return None
    try:
        root = ET.fromstring(data)  # noqa: S314 - in a confined child, without a DOCTYPE
    except ET.ParseError:
        return None
    message = root[0] if len(root) else root
    if len(root) != 1 or not local_name(message.tag).startswith("BkToCstmr"):
        return None
    found: list[ET.Element] = []
    for child in message:
        if local_name(child.tag) not in names:
            node_of(child)
            if any(local_name(each.tag) in names for each in child.iter()):
                return None
        elif _entries_come_last(child):
            found.append(child)
        else:
            return None
    return found


def _is_utf8(data: bytes) -> bool:
    text = data.removeprefix(_BOM)
    declared = _DECLARED.match(text)
    is_declared = declared is None or declared[1].lower() == b"utf-8"
    return text[:1] == b"<" and b"\0" not in text and is_declared


def _entries_come_last(report: ET.Element) -> bool:
    seen = False
    for child in report:
        is_entry = local_name(child.tag) == "Ntry"
        if seen and not is_entry and local_name(child.tag) != "AddtlStmtInf":
            return False
        seen = is_entry or seen
    return True
