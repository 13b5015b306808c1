"""Files as an ERP and a bank write them, put where they are looked for."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from tests.crash.memory import Line

INVOICE_HEAD = "Customer number;Invoice number;Invoice date;Due date;Currency;Net amount"
BANK_HEAD = "Account;Booking date;Amount;Currency;Counterparty;Text"
ACCOUNT = "DE02"
# The drop folder takes what nobody has written to for some seconds.
LONG_AGO_SECONDS = 60


def invoice_file(rows: Iterable[tuple[str, str, int]], day: date) -> bytes:
    """Return invoices, each of a customer, a number and an amount in minor units."""
    lines = [
        f"{customer};{number};{day};{day};EUR;{minor / 100:.2f}" for customer, number, minor in rows
    ]
    return "\n".join([INVOICE_HEAD, *lines, ""]).encode()


def bank_file(lines: Iterable[Line], day: date, *, account: str = ACCOUNT) -> bytes:
    """Return receipts of one day."""
    rows = [
        f"{account};{day:%d.%m.%Y};{minor / 100:.2f};EUR;Somebody;{text}" for minor, text in lines
    ]
    return "\n".join([BANK_HEAD, *rows, ""]).encode()


def drop(folder: Path, name: str, content: bytes) -> None:
    """Put a finished file into a drop folder."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}"
    unfinished.write_bytes(content)
    long_ago = time.time() - LONG_AGO_SECONDS
    os.utime(unfinished, (long_ago, long_ago))
    unfinished.rename(folder / name)
