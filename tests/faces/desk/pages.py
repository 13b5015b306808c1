"""What a page says, and what a form would send: read as a person does, not by its markup."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any

import openpyxl
from django.test import Client

_TAG = re.compile(r"<(script|style|template)\b.*?</\1>|<[^>]+>", re.DOTALL)
_SPACE = re.compile(r"\s+")
_KEY = re.compile(r'name="key" value="([^"]+)"')


def body(response: Any) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return str(response.content.decode())


def words(response: Any) -> str:
    """Return the text of a page with single spaces."""
    return plain(body(response))


def plain(html: str) -> str:
    text = unescape(_TAG.sub(" ", html)).replace("\u202f", " ").replace("\u2212", "-")
    return _SPACE.sub(" ", text)


def rows(response: Any) -> list[str]:
    """Return the text of each row of the page's list of `data-rows`."""
    found = re.search(r"<tbody data-rows>(.*?)</tbody>", body(response), re.DOTALL)
    if found is None:
        return []
    return [plain(row).strip() for row in re.findall(r"<tr\b.*?</tr>", found[1], re.DOTALL)]


def csv_rows(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body(response).removeprefix("\ufeff"))))


def xlsx_rows(response: Any) -> list[list[Any]]:
    content = b"".join(response.streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def key_of(client: Client, address: str) -> str:
    """Return the key of the first form of a page."""
    found = _KEY.search(body(client.get(address)))
    assert found is not None, f"no form with a key at {address}"
    return found[1]
