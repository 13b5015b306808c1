"""What the simulated bank reads in the files the desk hands over: pain.001 and pain.008. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree as ET  # reads only what the product itself has written

from creditdesk.kernel.money import to_minor


@dataclass(frozen=True, slots=True)
class Ordered:
    """One payment the bank is told to make or to collect, with the block it stands in."""

    block: str
    on: date
    end_to_end: str
    minor: int
    currency: str
    name: str
    account: str
    text: str


def ordered(content: bytes) -> list[Ordered]:
    """Return the payments of a file for the bank, in its order."""
    root = ET.fromstring(content)  # noqa: S314 - the product's own file, no entities in it
    return [
        _payment(block, one)
        for block in root.iter()
        if _tag(block) == "PmtInf"
        for one in block
        if _tag(one) in {"CdtTrfTxInf", "DrctDbtTxInf"}
    ]


def _payment(block: ET.Element, one: ET.Element) -> Ordered:
    party = "Cdtr" if _tag(one) == "CdtTrfTxInf" else "Dbtr"
    on = _text(block, "ReqdColltnDt") or _text(block, "ReqdExctnDt", "Dt")
    amount = next(each for each in one.iter() if _tag(each) == "InstdAmt")
    currency = amount.get("Ccy", "")
    return Ordered(
        block=_text(block, "PmtInfId"),
        on=date.fromisoformat(on),
        end_to_end=_text(one, "PmtId", "EndToEndId"),
        minor=to_minor(amount.text or "", currency),
        currency=currency,
        name=_text(one, party, "Nm"),
        account=_text(one, f"{party}Acct", "Id", "IBAN"),
        text=_text(one, "RmtInf", "Ustrd"),
    )


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ET.Element, *path: str) -> str:
    """Return the text at a path of names, empty where there is none."""
    found = [element]
    for name in path:
        found = [child for each in found for child in each if _tag(child) == name]
    return (found[0].text or "").strip() if found else ""
