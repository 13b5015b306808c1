"""Bank files as banks write them: camt.053, MT940 and BAI2, with balances that prove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape

from creditdesk.kernel.money import from_minor
from creditdesk.kernel.references import fold
from creditdesk.simulation.rules.world import Account

CAMT: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
MT940_LINE: Final = 65
MT940_LINES: Final = 6
BAI_CREDIT, BAI_DEBIT, BAI_RETURNED = "195", "495", "557"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One booked movement: positive minor units came in, negative went out.

    With a `return_code` it undoes an earlier one, named by `end_to_end` where the bank says which.
    `currency` is that of the account it is booked on, where this is not its payer's.
    """

    minor: int
    reference: str
    counterparty: str
    counterparty_account: str = ""
    text: str = ""
    structured: tuple[str, ...] = ()
    end_to_end: str = ""
    return_code: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file as the bank delivers it."""

    filename: str
    content: bytes


def write(
    account: Account, on: date, number: int, opening_minor: int, movements: Sequence[Movement]
) -> BankFile:
    """Return the statement of an account over one day in the format of its bank."""
    writer, suffix = {
        "camt.053": (_camt, "xml"),
        "mt940": (_mt940, "sta"),
        "bai2": (_bai, "bai"),
    }[account.format]
    text = writer(account, on, number, opening_minor, movements)
    name = f"{account.format.replace('.', '')}-{account.identifier[-6:]}-{on:%Y%m%d}.{suffix}"
    return BankFile(name, text.encode())


def _decimal(minor: int, currency: str) -> str:
    return f"{from_minor(abs(minor), currency):f}"


def _closing(opening_minor: int, movements: Sequence[Movement]) -> int:
    return opening_minor + sum(movement.minor for movement in movements)


# camt.053


def _camt(
    account: Account, on: date, number: int, opening_minor: int, movements: Sequence[Movement]
) -> str:
    closing = _closing(opening_minor, movements)
    entries = "".join(_camt_entry(account.currency, on, movement) for movement in movements)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{CAMT}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>ST{on:%Y%m%d}{number:04d}</MsgId><CreDtTm>{on}T21:30:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{on:%Y}-{number:04d}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<CreDtTm>{on}T21:30:00</CreDtTm><FrToDt><FrDtTm>{on}T00:00:00</FrDtTm>"
        f"<ToDtTm>{on}T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{account.identifier}</IBAN></Id><Ccy>{account.currency}</Ccy></Acct>"
        f"{_camt_balance('OPBD', opening_minor, account.currency, on)}"
        f"{_camt_balance('CLBD', closing, account.currency, on)}"
        f"{entries}</Stmt></BkToCstmrStmt></Document>\n"
    )


def _camt_balance(code: str, minor: int, currency: str, on: date) -> str:
    side = "CRDT" if minor >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{_decimal(minor, currency)}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def _camt_entry(currency: str, on: date, movement: Movement) -> str:
    came_in = movement.minor > 0
    side = "CRDT" if came_in else "DBIT"
    # Who paid stays the debtor of the payment, also where it is undone.
    party = "Dbtr" if came_in != bool(movement.return_code) else "Cdtr"
    amount = f'<Amt Ccy="{currency}">{_decimal(movement.minor, currency)}</Amt>'
    identifier = (
        f"<{party}Acct><Id><IBAN>{movement.counterparty_account}</IBAN></Id></{party}Acct>"
        if movement.counterparty_account
        else ""
    )
    plain = f"<Ustrd>{escape(movement.text)}</Ustrd>" if movement.text else ""
    structured = "".join(
        f"<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>{escape(each)}</Nb>"
        f"</RfrdDocInf></Strd>"
        for each in movement.structured
    )
    family = f"<Cd>{'RCDT' if came_in else 'ICDT'}</Cd><SubFmlyCd>ESCT</SubFmlyCd>"
    returned = (
        f"<RtrInf><Rsn><Cd>{movement.return_code}</Cd></Rsn></RtrInf>"
        if movement.return_code
        else ""
    )
    remittance = f"<RmtInf>{plain}{structured}</RmtInf>" if plain or structured else ""
    return (
        f"<Ntry>{amount}<CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>"
        f"<AcctSvcrRef>{movement.reference}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly>{family}</Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{_end_to_end(movement)}</EndToEndId></Refs>{amount}"
        f"<CdtDbtInd>{side}</CdtDbtInd><RltdPties><{party}><Pty>"
        f"<Nm>{escape(movement.counterparty)}</Nm></Pty></{party}>{identifier}</RltdPties>"
        f"{remittance}{returned}</TxDtls></NtryDtls></Ntry>\n"
    )


def _end_to_end(movement: Movement) -> str:
    """Return how the payment is named from end to end; a return may not say of which it is."""
    if movement.return_code and not movement.end_to_end:
        return "NOTPROVIDED"
    return movement.end_to_end or movement.reference


# MT940


def _mt940(
    account: Account, on: date, number: int, opening_minor: int, movements: Sequence[Movement]
) -> str:
    lines = [
        ":20:STARTUMSE",
        f":25:{account.identifier}",
        f":28C:{number:05d}/001",
        f":60F:{_mt940_balance(account.currency, on, opening_minor)}",
    ]
    for movement in movements:
        lines += _mt940_movement(account.currency, on, movement)
    closing = _closing(opening_minor, movements)
    lines += [f":62F:{_mt940_balance(account.currency, on, closing)}", "-"]
    return "\r\n".join(lines) + "\r\n"


def _mt940_balance(currency: str, on: date, minor: int) -> str:
    side = "C" if minor >= 0 else "D"
    return f"{side}{on:%y%m%d}{currency}{_decimal(minor, currency).replace('.', ',')}"


def _mt940_movement(currency: str, on: date, movement: Movement) -> list[str]:
    side = "C" if movement.minor > 0 else "D"
    amount = _decimal(movement.minor, currency).replace(".", ",")
    came_in = movement.minor > 0
    party = "ORDP" if came_in != bool(movement.return_code) else "BENM"
    said = f"/EREF/{_end_to_end(movement)}/{party}//NAME/{_swift(movement.counterparty)}"
    if movement.counterparty_account:
        said += f"/IBAN/{movement.counterparty_account}"
    told = " ".join((*movement.structured, movement.text)).strip()
    said += f"/REMI/{_swift(told) or 'NOTPROVIDED'}"
    if movement.return_code:
        said += f"/RTRN/{movement.return_code}"
    lines = wrap(said, MT940_LINE, break_on_hyphens=False)[:MT940_LINES]
    return [
        f":61:{on:%y%m%d}{on:%m%d}{side}{amount}NTRF{movement.reference[:16]}",
        f":86:{lines[0]}",
        *(f".{line[1:]}" if line.startswith("-") else line for line in lines[1:]),
    ]


def _swift(text: str) -> str:
    """Return the text in the letters SWIFT allows; slash and colon would begin a field."""
    plain = "".join(c if c.isalnum() or c in " .,-()+?'" else " " for c in text)
    return " ".join(word if word.isascii() else fold(word).title() for word in plain.split())


# BAI2


def _bai(
    account: Account, on: date, number: int, opening_minor: int, movements: Sequence[Movement]
) -> str:
    closing = _closing(opening_minor, movements)
    body = [f"03,{account.identifier},{account.currency},010,{opening_minor},,,015,{closing},,/"]
    total = opening_minor + closing
    for movement in movements:
        total += abs(movement.minor)
        body += _bai_movement(movement)
    body.append(f"49,{total},{len(body) + 1}/")
    group = [
        f"02,CORVENDALE,CRVBUS99,1,{on:%y%m%d},2130,{account.currency},2/",
        *body,
        f"98,{total},1,{len(body) + 2}/",
    ]
    file = [
        f"01,CRVBUS99,CORVENDALE,{on:%y%m%d},2130,{number},80,,2/",
        *group,
        f"99,{total},1,{len(group) + 2}/",
    ]
    return "\n".join(file) + "\n"


def _bai_movement(movement: Movement) -> list[str]:
    code = BAI_CREDIT if movement.minor > 0 else BAI_DEBIT
    if movement.return_code:
        code = BAI_RETURNED
    told = " ".join((*movement.structured, movement.text)).strip()
    label = "ORIG NAME" if movement.minor > 0 else "BNF NAME"
    said = f"{label}:{_bai_text(movement.counterparty)} PAYMENT DETAILS:{_bai_text(told)}"
    lines = wrap(said, 74, break_on_hyphens=False)
    return [
        f"16,{code},{abs(movement.minor)},,{movement.reference},,/",
        *(f"88,{line}" for line in lines),
    ]


def _bai_text(text: str) -> str:
    return text.replace(",", " ").replace("/", " ").replace(":", " ")
