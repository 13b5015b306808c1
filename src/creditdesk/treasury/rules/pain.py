"""Files for the bank, written the same from the same: pain.001 to pay, pain.008 to collect. Pure.

Elements, order and lengths follow the ISO 20022 schemas and the EPC's implementation guidelines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from xml.etree import ElementTree as ET  # it writes; nothing from outside is parsed

from creditdesk.kernel.money import from_minor
from creditdesk.treasury.rules.identifiers import sepa_text

CREDIT_TRANSFER: Final = "pain.001.001.09"
DIRECT_DEBIT: Final = "pain.008.001.08"
DIRECT_DEBIT_OLD: Final = "pain.008.001.02"
NAME_LENGTH, TEXT_LENGTH = 70, 140
NOT_PROVIDED: Final = "NOTPROVIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSide:
    """The company as the file names it; `identifier` is its creditor identifier, to collect."""

    name: str
    iban: str
    bic: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One payment out."""

    end_to_end: str
    minor: int
    currency: str
    payee: str
    iban: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """One collection, by a mandate. `was_iban` is the account before, where it was amended."""

    end_to_end: str
    minor: int
    currency: str
    holder: str
    iban: str
    bic: str
    text: str
    mandate: str
    signed_on: date
    sequence: str
    was_iban: str = ""
    town: str = ""
    country: str = ""


def credit_transfers(
    message_id: str, created_at: datetime, own: OwnSide, on: date, transfers: Sequence[Transfer]
) -> bytes:
    """Return a pain.001 that pays the transfers from the own account on a day."""
    root, body = _document(CREDIT_TRANSFER, "CstmrCdtTrfInitn")
    total = sum(one.minor for one in transfers)
    currency = transfers[0].currency
    _header(body, message_id, created_at, own, (len(transfers), total, currency))
    info = ET.SubElement(body, "PmtInf")
    _texts(info, ("PmtInfId", message_id), ("PmtMtd", "TRF"), ("BtchBookg", "false"),
           ("NbOfTxs", str(len(transfers))), ("CtrlSum", _amount(total, currency)))  # fmt: skip
    _at(info, "PmtTpInf/SvcLvl/Cd", "SEPA")
    _at(info, "ReqdExctnDt/Dt", on.isoformat())
    _at(info, "Dbtr/Nm", sepa_text(own.name, NAME_LENGTH))
    _at(info, "DbtrAcct/Id/IBAN", own.iban)
    _agent(info, "DbtrAgt", own.bic, "BICFI")
    _texts(info, ("ChrgBr", "SLEV"))
    for one in transfers:
        part = ET.SubElement(info, "CdtTrfTxInf")
        _at(part, "PmtId/EndToEndId", one.end_to_end)
        amount = _at(part, "Amt/InstdAmt", _amount(one.minor, one.currency))
        amount.set("Ccy", one.currency)
        _at(part, "Cdtr/Nm", sepa_text(one.payee, NAME_LENGTH))
        _at(part, "CdtrAcct/Id/IBAN", one.iban)
        _at(part, "RmtInf/Ustrd", sepa_text(one.text, TEXT_LENGTH))
    return _written(root)


def direct_debits(
    message_id: str,
    created_at: datetime,
    own: OwnSide,
    on: date,
    debits: Sequence[Debit],
    *,
    scheme: str,
    schema: str = DIRECT_DEBIT,
) -> bytes:
    """Return a pain.008 that collects the debits on a day, a block for each sequence type.

    A block is named `<message id>-<sequence type>`: by it the bank's credit is known again.
    """
    root, body = _document(schema, "CstmrDrctDbtInitn")
    total = sum(one.minor for one in debits)
    _header(body, message_id, created_at, own, (len(debits), total, debits[0].currency))
    ordered = sorted(debits, key=lambda one: (one.sequence, one.end_to_end))
    for sequence, of in groupby(ordered, key=lambda one: one.sequence):
        block = list(of)
        info = _block(body, f"{message_id}-{sequence}", own, on, block, scheme, schema)
        for one in block:
            _debit(info, one, schema)
    return _written(root)


def _block(
    body: ET.Element,
    info_id: str,
    own: OwnSide,
    on: date,
    block: Sequence[Debit],
    scheme: str,
    schema: str,
) -> ET.Element:
    info = ET.SubElement(body, "PmtInf")
    total = sum(one.minor for one in block)
    control = _amount(total, block[0].currency)
    _texts(info, ("PmtInfId", info_id), ("PmtMtd", "DD"), ("BtchBookg", "true"),
           ("NbOfTxs", str(len(block))), ("CtrlSum", control))  # fmt: skip
    kind = ET.SubElement(info, "PmtTpInf")
    _at(kind, "SvcLvl/Cd", "SEPA")
    _at(kind, "LclInstrm/Cd", scheme)
    _texts(kind, ("SeqTp", block[0].sequence))
    _texts(info, ("ReqdColltnDt", on.isoformat()))
    _at(info, "Cdtr/Nm", sepa_text(own.name, NAME_LENGTH))
    _at(info, "CdtrAcct/Id/IBAN", own.iban)
    _agent(info, "CdtrAgt", own.bic, _bic(schema))
    _texts(info, ("ChrgBr", "SLEV"))
    other = _at(info, "CdtrSchmeId/Id/PrvtId/Othr/Id", own.identifier, parent_of_last=True)
    _at(other, "SchmeNm/Prtry", "SEPA")
    return info


def _debit(info: ET.Element, one: Debit, schema: str) -> None:
    part = ET.SubElement(info, "DrctDbtTxInf")
    _at(part, "PmtId/EndToEndId", one.end_to_end)
    amount = _at(part, "InstdAmt", _amount(one.minor, one.currency))
    amount.set("Ccy", one.currency)
    related = ET.SubElement(ET.SubElement(part, "DrctDbtTx"), "MndtRltdInf")
    _texts(related, ("MndtId", one.mandate), ("DtOfSgntr", one.signed_on.isoformat()))
    if one.was_iban:
        _texts(related, ("AmdmntInd", "true"))
        _at(related, "AmdmntInfDtls/OrgnlDbtrAcct/Id/IBAN", one.was_iban)
    _agent(part, "DbtrAgt", one.bic, _bic(schema))
    debtor = ET.SubElement(part, "Dbtr")
    _texts(debtor, ("Nm", sepa_text(one.holder, NAME_LENGTH)))
    if one.town and one.country:
        address = ET.SubElement(debtor, "PstlAdr")
        _texts(address, ("TwnNm", sepa_text(one.town, 35)), ("Ctry", one.country))
    _at(part, "DbtrAcct/Id/IBAN", one.iban)
    _at(part, "RmtInf/Ustrd", sepa_text(one.text, TEXT_LENGTH))


def _bic(schema: str) -> str:
    return "BIC" if schema == DIRECT_DEBIT_OLD else "BICFI"


def _document(schema: str, name: str) -> tuple[ET.Element, ET.Element]:
    root = ET.Element("Document", {"xmlns": f"urn:iso:std:iso:20022:tech:xsd:{schema}"})
    return root, ET.SubElement(root, name)


def _header(
    body: ET.Element, message_id: str, at: datetime, own: OwnSide, sums: tuple[int, int, str]
) -> None:
    count, total, currency = sums
    header = ET.SubElement(body, "GrpHdr")
    _texts(header, ("MsgId", message_id), ("CreDtTm", f"{at:%Y-%m-%dT%H:%M:%S}"),
           ("NbOfTxs", str(count)), ("CtrlSum", _amount(total, currency)))  # fmt: skip
    _at(header, "InitgPty/Nm", sepa_text(own.name, NAME_LENGTH))


def _agent(parent: ET.Element, name: str, bic: str, tag: str) -> None:
    """Name a bank by its BIC, or say that the account alone tells it."""
    if bic:
        _at(parent, f"{name}/FinInstnId/{tag}", bic)
    else:
        _at(parent, f"{name}/FinInstnId/Othr/Id", NOT_PROVIDED)


def _texts(parent: ET.Element, *pairs: tuple[str, str]) -> None:
    for name, text in pairs:
        ET.SubElement(parent, name).text = text


def _at(parent: ET.Element, path: str, text: str, *, parent_of_last: bool = False) -> ET.Element:
    """Make the elements of a path with a text at its end; return the last, or the one above it."""
    above = node = parent
    for name in path.split("/"):
        above, node = node, ET.SubElement(node, name)
    node.text = text
    return above if parent_of_last else node


def _amount(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency):f}"


def _written(root: ET.Element) -> bytes:
    ET.indent(root, space=" ")
    text = ET.tostring(root, encoding="unicode", short_empty_elements=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
