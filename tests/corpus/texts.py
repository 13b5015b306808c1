"""Delimited and plain text files that lie, break off, overflow or carry code."""

# ruff: noqa: E501 - samples keep a case to a line
from __future__ import annotations

import random

from tests.corpus.samples import Sample

HEAD = b"Number,Name,Currency\n"
ROW = b"K1,Acorn,EUR\n"
GOOD = HEAD + ROW + b"K2,Birch,EUR\n"


def _mixed_decimals() -> bytes:
    return b'Number,Name,Limit\nK1,Acorn,"1.234,50"\nK2,Birch,"1,234.50"\nK3,Cedar,1234\n'


def _formulas() -> bytes:
    cells = ("=1+1", "+49 30 1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "=HYPERLINK(1)")
    return HEAD + b"".join(f'K{n},"{cell}",EUR\n'.encode() for n, cell in enumerate(cells))


def _polyglot() -> bytes:
    """A comma table that is a PDF to one program, a ZIP to another and a page to a third."""
    return GOOD + b"%PDF-1.7\n<html><script>alert(1)</script>\nPK\x05\x06" + b" " * 18


SAMPLES = [
    Sample("empty", "a file without a byte", lambda: b"", "table_empty", "statement_empty"),
    Sample("blank", "white space only", lambda: b" \r\n\t\n", "table_empty", "statement_empty"),
    Sample("mark_only", "a byte order mark and nothing", lambda: b"\xef\xbb\xbf", "table_empty", "statement_empty"),
    Sample("header_only", "a header without a row", lambda: HEAD, "table_without_rows"),
    Sample("nul", "a zero byte in a cell", lambda: GOOD + b"K3,Ce\0dar,EUR\n", "not_a_table"),
    Sample("nuls_only", "zero bytes only", lambda: b"\0" * 4096, "not_a_table", "statement_empty"),
    Sample("utf16_le", "UTF-16 with its mark", lambda: GOOD.decode().encode("utf-16")),
    Sample("utf16_be", "UTF-16 without a mark", lambda: GOOD.decode().encode("utf-16-be")),
    Sample("utf16_odd", "UTF-16 cut within a character", lambda: GOOD.decode().encode("utf-16")[:-1], "encoding_broken"),
    Sample("utf16_surrogate", "half a character in UTF-16", lambda: b"\xff\xfe" + HEAD.decode().encode("utf-16-le") + b"\x00\xd8\n\x00", "encoding_broken"),
    Sample("utf32", "an encoding nobody uses", lambda: GOOD.decode().encode("utf-32"), "not_a_table"),
    Sample("utf7", "UTF-7, which can hide marks", lambda: HEAD + b"K1,+ADw-script+AD4-,EUR\n"),
    Sample("overlong", "a slash written overlong in UTF-8", lambda: HEAD + b"K1,\xc0\xaf,EUR\n"),
    Sample("latin1", "Windows-1252 text", lambda: HEAD + b"K1,M\xfcller,EUR\n"),
    Sample("no_encoding", "bytes of no encoding", lambda: HEAD + b"K1,\xff\x81\x8d,EUR\n", "encoding_unknown"),
    Sample("mark_then_latin1", "a UTF-8 mark before other bytes", lambda: b"\xef\xbb\xbf" + HEAD + b"K1,M\xfcller,EUR\n", "encoding_broken"),
    Sample("ragged", "rows of other widths", lambda: HEAD + b"K1\nK2,Birch,EUR,x,y\nK3,Cedar,EUR,,\n"),
    Sample("carriage_returns", "lines that end as on an old Macintosh", lambda: GOOD.replace(b"\n", b"\r")),
    Sample("mixed_line_ends", "three kinds of line end", lambda: HEAD.replace(b"\n", b"\r\n") + b"K1,Acorn,EUR\rK2,Birch,EUR\n"),
    Sample("open_quote", "a quotation mark that never closes", lambda: HEAD + b'K1,"Acorn,EUR\n' + ROW * 80, "quote_not_closed"),
    Sample("quotes_within", "quotation marks in the middle of cells", lambda: HEAD + b'K1,Ac"or"n,EUR\nK2,""Birch"",EUR\n'),
    Sample("huge_field", "one cell of 10 MB", lambda: HEAD + b'K1,"' + b"x" * 10_000_000 + b'",EUR\n', "quote_not_closed"),
    Sample("huge_line", "one line of 10 MB without a delimiter", lambda: b"x" * 10_000_000, "quote_not_closed"),
    Sample("million_columns", "a row of a million cells", lambda: b"a," * 1_000_000 + b"\n" + b"1," * 10, "too_many_columns"),
    Sample("many_rows", "rows beyond the limit", lambda: b"a,b\n" + b"1,2\n" * 1_000_001, "too_many_rows", heavy=True),
    Sample("mixed_decimals", "decimal comma and point in one column", _mixed_decimals),
    Sample("formulas", "cells a spreadsheet would run", _formulas),
    Sample("long_number", "a number of 5,000 digits", lambda: b"Number,Name,Limit\nK1,Acorn," + b"9" * 5000 + b"\n"),
    Sample("exponent", "a number that unfolds", lambda: b"Number,Name,Limit\nK1,Acorn,1e999999999\nK2,B,NaN\nK3,C,Infinity\n"),
    Sample("other_digits", "digits of other scripts", "Number,Name,Limit\nK1,Acorn,١٢٣\nK2,B,²\n".encode),
    Sample("control_characters", "bells, escapes and backspaces", lambda: HEAD + b"K1,A\x07\x1b[31mcorn\x08,EUR\n"),
    Sample("right_to_left", "marks that turn text round", lambda: HEAD + "K1,\u202eFDP.exe\u202c,EUR\n".encode()),
    Sample("noncharacters", "code points that are no characters", lambda: HEAD + "K1,A\uffff\ufdd0\U0010ffff,EUR\n".encode()),
    Sample("combining", "a letter under a thousand marks", lambda: HEAD + ("K1,A" + "\u0300" * 1000 + ",EUR\n").encode()),
    Sample("same_headers", "the same header twice", lambda: b"Number,Name,Name\nK1,A,B\n"),
    Sample("many_equal_headers", "two hundred times the same header", lambda: b",".join([b"Name"] * 200) + b"\n" + b",".join([b"x"] * 200) + b"\n"),
    Sample("polyglot", "a table that is also a PDF and a page", _polyglot),
    Sample("pdf", "a PDF", lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "not_a_table"),
    Sample("png", "a picture", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(13), "not_a_table"),
    Sample("gzip", "a gzip archive", lambda: b"\x1f\x8b\x08\0" + bytes(40), "not_a_table"),
    Sample("old_excel", "an old or encrypted workbook", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old_excel"),
    Sample("noise", "random bytes", lambda: random.Random(3).randbytes(50_000), "encoding_unknown"),
    Sample("text_noise", "random printable bytes", lambda: bytes(random.Random(4).choices(range(32, 127), k=50_000)), "too_many_columns"),
    Sample("markup", "cells of HTML, templates and SQL", lambda: HEAD + b"K1,<script>alert(1)</script>,EUR\nK2,{{ settings.SECRET_KEY }},EUR\nK3,'; DROP TABLE x; --,EUR\n"),
    Sample("page", "a page saved under the name of a table", lambda: b"<html><table><tr><td>1</td></tr></table></html>\n", "not_a_table"),
    Sample("json", "JSON instead of a table", lambda: b'{"a": [1, 2, {"b": null}]}\n'),
    Sample("json_rows", "a document of flat objects, some names left out", lambda: b'{"bureau": "x", "rows": [{"number": "K1", "name": "Acorn \\u00e4", "currency": "EUR"}, {"number": 17, "name": null, "active": true}]}', filename="given.json"),
    Sample("json_deep", "a hundred thousand levels", lambda: b'[{"a":' * 100_000, "json_too_deep", filename="given.json"),
    Sample("json_nested", "a value within a value", lambda: b'[{"number": "K1", "name": {"de": "A"}}]', "json_too_deep", filename="given.json"),
    Sample("json_twice", "a name given twice", lambda: b'[{"number": "K1", "number": "K2"}]', "json_name_twice", filename="given.json"),
    Sample("json_nan", "a figure that is none", lambda: b'[{"number": NaN}]', "json_no_figure", filename="given.json"),
    Sample("json_digits", "a figure of ten thousand digits", lambda: b'[{"number": ' + b"9" * 10_000 + b"}]", "json_figure_too_long", filename="given.json"),
    Sample("json_cut", "a document cut off in an escaped text", lambda: b'[{"number": "' + b'\\"' * 100_000, "json_malformed", filename="given.json"),
    Sample("json_surrogate", "half a character", lambda: b'[{"number": "\\ud800"}]', "json_text_unfit", filename="given.json"),
    Sample("json_wide", "three hundred names", lambda: b"[{" + b",".join(b'"n%d": 1' % n for n in range(300)) + b"}]", "too_many_columns", filename="given.json"),
    Sample("json_lists", "two lists, neither of which is meant", lambda: b'{"a": [], "b": []}', "json_without_rows", filename="given.json"),
    Sample("json_empty", "a list of nothing", lambda: b"[]", "table_empty", filename="given.json"),
    Sample("json_no_objects", "a list of texts", lambda: b'["K1"]', "json_not_objects", filename="given.json"),
    Sample("json_latin", "a document that is not UTF-8", lambda: '[{"name": "M\u00fcller"}]'.encode("latin-1"), "encoding_unknown", filename="given.json"),
]  # fmt: skip
