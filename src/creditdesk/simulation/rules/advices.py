"""What customers write about a payment: the advice as PDF, CSV or text, and its mail. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from creditdesk.kernel.money import from_minor
from creditdesk.kernel.references import fold

_PAGE: Final = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R >> >> >>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A payment as its payer announces it: what it pays, by document."""

    reference: str
    payer: str
    currency: str
    parts: Mapping[str, int]
    person: str
    sender: str
    recipient: str
    sent_at: datetime
    form: str
    is_german: bool

    @property
    def total_minor(self) -> int:
        """What is paid in all."""
        return sum(self.parts.values())


def mail(advice: Advice) -> bytes:
    """Return the mail by which an advice is sent."""
    word = "Zahlungsavis" if advice.is_german else "Remittance advice"
    message = EmailMessage()
    message["From"] = f"{fold(advice.person).title()} <{advice.sender}>"
    message["To"] = advice.recipient
    message["Subject"] = f"{word} {advice.reference}"
    message["Date"] = advice.sent_at
    message["Message-ID"] = f"<{advice.reference}.{advice.sender.replace('@', '.')}>"
    name = f"{word.lower().replace(' ', '-')}-{advice.reference}"
    if advice.form == "text":
        message.set_content("\n".join(_lines(advice)) + "\n")
        return message.as_bytes()
    greeting = "anbei unser Avis." if advice.is_german else "please find our advice attached."
    message.set_content(f"{greeting}\n\n{advice.person}\n{advice.payer}\n")
    if advice.form == "csv":
        content, kind = _csv(advice), ("text", "csv")
    else:
        content, kind = _pdf(_lines(advice)), ("application", "pdf")
    message.add_attachment(
        content, maintype=kind[0], subtype=kind[1], filename=f"{name}.{advice.form}"
    )
    return message.as_bytes()


def _amount(advice: Advice, minor: int) -> str:
    written = f"{from_minor(minor, advice.currency):,.2f}"
    return written.translate(str.maketrans(",.", ".,")) if advice.is_german else written


def _lines(advice: Advice) -> list[str]:
    """Return the advice in lines of text."""
    told = {
        "title": "Zahlungsavis Nr." if advice.is_german else "Remittance advice no.",
        "document": "Rechnung" if advice.is_german else "Invoice",
        "total": "Zahlbetrag" if advice.is_german else "Total paid",
        "from": "Absender" if advice.is_german else "From",
    }
    return [
        f"{told['title']} {advice.reference}",
        f"{told['from']}: {advice.payer}",
        "",
        *(
            f"{told['document']} {number}   {_amount(advice, minor)} {advice.currency}"
            for number, minor in advice.parts.items()
        ),
        "",
        f"{told['total']}   {_amount(advice, advice.total_minor)} {advice.currency}",
    ]


def _csv(advice: Advice) -> bytes:
    heads = ("Rechnungsnummer", "Zahlbetrag", "Währung")
    rows = [heads if advice.is_german else ("Invoice number", "Amount paid", "Currency")]
    rows += [
        (number, f"{from_minor(minor, advice.currency):.2f}", advice.currency)
        for number, minor in advice.parts.items()
    ]
    if advice.is_german:
        rows = [(number, paid.replace(".", ","), currency) for number, paid, currency in rows]
    return "".join(";".join(row) + "\r\n" for row in rows).encode()


def _pdf(lines: list[str]) -> bytes:
    """Return a page of text as an accounting program prints it."""
    shown = " ".join(f"({_escaped(line)}) Tj T*" for line in lines)
    stream = f"BT /F1 11 Tf 60 770 Td 16 TL {shown} ET".encode("latin-1", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    )
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + tail % (len(objects) + 1, start)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
