"""From the bytes of a text format to its lines, whatever the encoding."""

from __future__ import annotations

import codecs

from creditdesk.cash.readers.statement import refusal

_SAMPLE_BYTES = 4096
# Control characters that banks put around messages carry no meaning; lines and tabs stay.
_CONTROLS = {code: " " for code in (*range(1, 32), 127) if chr(code) not in "\t\n\r"}


def decoded(data: bytes, file: str) -> str:
    """Return the text with LF line ends and no control characters; refuse NUL characters.

    UTF-8 and UTF-16 are recognised, by their marks or by their shape; anything else is read as
    Windows-1252, whose five undefined bytes fall back to Latin-1.
    """
    text = _as_unicode(data, file)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise refusal(
            "statement_unreadable", "there is a NUL character in the file", file=file, line=line
        )
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def _as_unicode(data: bytes, file: str) -> str:
    encoding = _encoding_of(data)
    if encoding == "cp1252":
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            return data.decode("latin-1")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise refusal(
            "statement_unreadable",
            f"the file says it is {encoding} but is not",
            file=file,
        ) from error


def _encoding_of(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:_SAMPLE_BYTES]
    if _mostly_zero(sample[1::2]) and not _mostly_zero(sample[::2]):
        return "utf-16-le"
    if _mostly_zero(sample[::2]) and not _mostly_zero(sample[1::2]):
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _mostly_zero(half: bytes) -> bool:
    return len(half) > 1 and half.count(0) * 10 >= len(half) * 9
