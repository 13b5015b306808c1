"""Mails that nest, lie, overflow or carry code."""

# ruff: noqa: E501 - samples keep a case to a line
from __future__ import annotations

import base64
from collections.abc import Callable
from email.message import EmailMessage

from tests.corpus.archives import made
from tests.corpus.samples import READ, Sample
from tests.corpus.words import SCRIPT

HEAD = b"From: Ada <ada@acorn.example>\r\nTo: credit@shop.example\r\nSubject: Re: reminder\r\nMIME-Version: 1.0\r\n"
GOOD = (
    HEAD
    + b"Date: Mon, 16 Mar 2026 09:00:00 +0100\r\nMessage-ID: <a1@acorn.example>\r\n\r\nWe pay on Friday.\r\n"
)


def multipart(*parts: bytes, kind: str = "mixed", boundary: str = "B") -> bytes:
    mark = boundary.encode()
    inner = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return HEAD + head + inner + b"--" + mark + b"--\r\n"


def deep(levels: int) -> bytes:
    nested = b"".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode()
        for n in range(levels)
    )
    return HEAD + nested + b"\r\nat the bottom\r\n"


def forwarded(levels: int) -> bytes:
    return (
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" * levels + b"From: x@x.example\r\n\r\nx\r\n"
    )


def text(content: str, charset: str, *, said: str = "") -> bytes:
    head = f"Content-Type: text/plain; charset={said or charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return HEAD + head.encode() + base64.encodebytes(content.encode(charset))


def html(page: str) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + page.encode()


def attached(name: str, content: bytes, kind: str = "application/octet-stream") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ada <ada@acorn.example>", "With a file"
    mail.set_content("See the file.")
    main, _, sub = kind.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    mail.set_boundary("B0")  # the same mail each time it is made
    return bytes(mail)


def bounce(message_id: str) -> bytes:
    notice = b"Content-Type: text/plain\r\n\r\nUser unknown\r\n"
    status = b"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nStatus: 5.1.1\r\n"
    original = f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\nx\r\n".encode()
    return multipart(notice, status, original, kind="report; report-type=delivery-status").replace(
        b"ada@acorn.example", b"MAILER-DAEMON@mx.example"
    )


def _sample(name: str, attacks: str, build: Callable[[], bytes], mail: str | None = READ) -> Sample:
    return Sample(name, attacks, build, None, "statement_unreadable", f"{name}.eml", mail)


SAMPLES = [
    _sample("good", "nothing: a plain mail", lambda: GOOD),
    _sample("mail_empty", "a file without a byte", lambda: b"", "mail_empty"),
    _sample("mail_nuls", "zero bytes only", lambda: b"\0" * 4096, "mail_empty"),
    _sample(
        "no_headers",
        "a text that is no mail",
        lambda: b"Dear all\r\nwe pay.\r\n",
        "mail_unreadable",
    ),
    _sample(
        "headers_of_others",
        "headers of another protocol",
        lambda: b"Host: x\r\nAccept: */*\r\n\r\nx",
        "mail_unreadable",
    ),
    _sample("headers_only", "headers that never end", lambda: HEAD),
    _sample(
        "nul_in_header",
        "a zero byte in the subject",
        lambda: HEAD.replace(b"reminder", b"rem\0inder") + b"\r\nx\r\n",
    ),
    _sample(
        "huge_headers",
        "300 KB of headers",
        lambda: HEAD + b"X-A: " + b"y" * 300_000 + b"\r\n\r\nx\r\n",
        "mail_headers_too_large",
    ),
    _sample(
        "many_headers",
        "20,000 headers",
        lambda: HEAD + b"X-A: yyyyyyyyyy\r\n" * 20_000 + b"\r\nx\r\n",
        "mail_headers_too_large",
    ),
    _sample(
        "huge_inner_headers",
        "a part with 300 KB of headers",
        lambda: multipart(b"X-A: " + b"y" * 300_000 + b"\r\n\r\nx"),
        "mail_headers_too_large",
    ),
    _sample(
        "bare_returns",
        "lines that end as on an old Macintosh",
        lambda: GOOD.replace(b"\r\n", b"\r"),
    ),
    _sample(
        "header_injection",
        "line ends in an encoded subject",
        lambda: (
            HEAD.replace(b"Re: reminder", b"=?utf-8?q?A=0D=0ABcc:_x@x.example?=") + b"\r\nx\r\n"
        ),
    ),
    _sample(
        "encoded_words",
        "20,000 encoded words that never end",
        lambda: HEAD.replace(b"Re: reminder", b"=?utf-8?q?" * 20_000) + b"\r\nx\r\n",
        None,
    ),
    _sample(
        "script_subject",
        "markup in sender and subject",
        lambda: (
            HEAD.replace(b"reminder", SCRIPT.encode()).replace(b"Ada", f'"{SCRIPT}"'.encode())
            + f"\r\n{SCRIPT}\r\n".encode()
        ),
    ),
    _sample(
        "sender_is_none",
        "a sender that is no address",
        lambda: HEAD.replace(b"Ada <ada@acorn.example>", b"undisclosed;") + b"\r\nx\r\n",
    ),
    _sample(
        "sender_is_two",
        "two senders in one header",
        lambda: (
            HEAD.replace(
                b"Ada <ada@acorn.example>", b'"ceo@shop.example" <ada@acorn.example>, eve@x.example'
            )
            + b"\r\nx\r\n"
        ),
    ),
    _sample(
        "sender_nests",
        "100,000 brackets in the sender",
        lambda: b"From: " + b"(" * 100_000 + b"\r\nSubject: x\r\n\r\nx\r\n",
    ),
    _sample("deep", "31 parts within each other", lambda: deep(32), "mail_too_deep"),
    _sample("very_deep", "50,000 parts within each other", lambda: deep(50_000), "mail_too_deep"),
    _sample("forwarded", "20 mails within each other", lambda: forwarded(20)),
    _sample(
        "forwarded_deep", "5,000 mails within each other", lambda: forwarded(5_000), "mail_too_deep"
    ),
    _sample(
        "many_parts",
        "100,000 parts",
        lambda: multipart(*[b"\r\nx"] * 100_000),
        "mail_too_many_parts",
    ),
    _sample(
        "no_boundary",
        "parts without a boundary",
        lambda: HEAD + b"Content-Type: multipart/mixed\r\n\r\n--B\r\n\r\nx\r\n",
    ),
    _sample(
        "boundary_missing",
        "a boundary that never comes",
        lambda: HEAD + b'Content-Type: multipart/mixed; boundary="zz"\r\n\r\nx\r\n',
    ),
    _sample(
        "boundary_empty",
        "an empty boundary",
        lambda: HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx\r\n----\r\n',
    ),
    _sample(
        "boundary_twice",
        "two boundaries in one header",
        lambda: multipart(b"\r\nx").replace(b'boundary="B"', b'boundary="B"; boundary="C"'),
    ),
    _sample(
        "boundary_prefix",
        "a boundary that begins another",
        lambda: multipart(multipart(b"\r\nx", boundary="BB")[len(HEAD) :]),
    ),
    _sample("boundary_unclosed", "parts that break off", lambda: multipart(b"\r\nx")[:-8]),
    _sample(
        "type_none", "a content type that is none", lambda: HEAD + b"Content-Type: ;;;\r\n\r\nx\r\n"
    ),
    _sample(
        "many_parameters",
        "a header of 4,000 parameters",
        lambda: (
            HEAD
            + b"Content-Type: text/plain; "
            + b"; ".join(b"a*%d=x" % n for n in range(4_000))
            + b"\r\n\r\nx\r\n"
        ),
    ),
    _sample(
        "charset_none",
        "a charset nobody knows",
        lambda: text("Müller zahlt", "utf-8", said="x-none"),
    ),
    _sample(
        "charset_lies",
        "UTF-8 said to be ASCII",
        lambda: text("Müller zahlt", "utf-8", said="us-ascii"),
    ),
    _sample("charset_zip", "a charset that unpacks", lambda: text("x", "utf-8", said="zlib_codec")),
    _sample(
        "charset_escape",
        "a charset that runs escapes",
        lambda: text("\\x3cb\\x3e", "utf-8", said="unicode_escape"),
    ),
    _sample(
        "charset_idna",
        "a charset that is slow",
        lambda: text("x" * 100_000, "utf-8", said="punycode"),
    ),
    _sample(
        "charset_utf16",
        "UTF-16 cut within a character",
        lambda: text("Müller", "utf-16", said="utf-16")[:-4],
    ),
    _sample(
        "charset_utf7",
        "UTF-7, which can hide marks",
        lambda: text("+ADw-script+AD4-", "utf-8", said="utf-7"),
    ),
    _sample(
        "right_to_left",
        "marks that turn the text",
        lambda: text("\u202egpj.exe\u202c \u2066x", "utf-8"),
    ),
    _sample(
        "base64_lies",
        "base64 that is none",
        lambda: HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n%%%=not base64=%%%\r\n",
    ),
    _sample(
        "encoding_none",
        "a transfer encoding nobody knows",
        lambda: HEAD + b"Content-Transfer-Encoding: x-zip\r\n\r\nx\r\n",
    ),
    _sample(
        "uuencode",
        "uuencode that breaks off",
        lambda: HEAD + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n#0V%T\r\n",
    ),
    _sample("long_text", "a text of 5 MB", lambda: HEAD + b"\r\n" + b"we pay " * 700_000),
    _sample("one_line", "one line of 5 MB", lambda: HEAD + b"\r\n" + b"x" * 5_000_000),
    _sample(
        "html_only",
        "a page without a text beside it",
        lambda: html(
            "<html><head><title>t</title><style>p{}</style></head><body><p>We pay &amp; <b>soon</b></p><div>on Friday</div></body></html>"
        ),
    ),
    _sample(
        "html_script",
        "code in a page",
        lambda: html(
            f'<p onclick="x()">We pay</p>{SCRIPT}<img src=x onerror=alert(1)><iframe src="//x.example"></iframe>'
        ),
    ),
    _sample(
        "html_unclosed",
        "a page whose marks never end",
        lambda: html("<p>We pay</p>" + "<![CDATA[" * 200_000 + "<!--" * 200_000 + "<a " * 200_000),
    ),
    _sample(
        "html_entities",
        "a character of 20,000 digits",
        lambda: html("We pay &#" + "9" * 20_000 + ";"),
    ),
    _sample(
        "html_deep", "100,000 boxes within each other", lambda: html("<div>" * 100_000 + "We pay")
    ),
    _sample(
        "html_dotted",
        "letters that grow when folded",
        lambda: html("\u0130" * 1_000 + "<script>hidden</script>We pay"),
    ),
    _sample("nothing_said", "a mail without a text", lambda: HEAD + b"\r\n"),
    _sample(
        "zip_in_mail",
        "an archive that would unfold",
        lambda: attached("list.zip", made("zip_bomb_member"), "application/zip"),
    ),
    _sample("mail_in_mail", "a mail as a file", lambda: attached("old.eml", GOOD)),
    _sample(
        "winmail",
        "what only Outlook reads",
        lambda: (
            HEAD
            + b'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgAA\r\n'
        ),
    ),
    _sample(
        "encrypted",
        "a sealed mail",
        lambda: multipart(
            b"Content-Type: application/octet-stream\r\n\r\nxx",
            kind='encrypted; protocol="application/pgp-encrypted"',
        ),
    ),
    _sample(
        "name_path",
        "a file name that leaves its folder",
        lambda: attached("../../etc/passwd", b"x"),
    ),
    _sample(
        "name_windows",
        "a file name of another system",
        lambda: attached("C:\\Windows\\win.ini", b"x"),
    ),
    _sample(
        "name_rfc2231",
        "a file name in broken pieces",
        lambda: attached("a.txt", b"x").replace(
            b'filename="a.txt"', b"filename*0*=x'y'%ZZ; filename*7=b; filename*=utf-8''%00"
        ),
    ),
    _sample(
        "automatic",
        "an answer of a machine",
        lambda: HEAD + b"Auto-Submitted: auto-replied\r\n\r\nI am away.\r\n",
    ),
    _sample(
        "bounce", "a notice of non-delivery", lambda: bounce("<MSG-2026-000001.0@shop.example>")
    ),
    _sample(
        "many_answers",
        "10,000 mails answered at once",
        lambda: (
            HEAD
            + b"References: "
            + b" ".join(b"<m%d@x.example>" % n for n in range(10_000))
            + b"\r\n\r\nx\r\n"
        ),
    ),
    _sample("date_none", "a date beyond all calendars", lambda: GOOD.replace(b"2026", b"99999")),
    _sample(
        "date_zone", "a time zone of a thousand days", lambda: GOOD.replace(b"+0100", b"+99999999")
    ),
    _sample(
        "mbox",
        "a mailbox of two mails as one file",
        lambda: (
            b"From ada@acorn.example Mon Mar 16 09:00:00 2026\n"
            + GOOD
            + b"\nFrom eve@x.example Mon Mar 16 09:00:00 2026\n"
            + GOOD
        ),
    ),
    _sample("too_large", "a mail of 26 MB", lambda: GOOD + b"x" * (26 * 2**20), "mail_too_large"),
]
