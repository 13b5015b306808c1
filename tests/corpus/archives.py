"""Archives and workbooks that unpack without end, point elsewhere, or are something else."""

# ruff: noqa: E501 - samples keep a case to a line
from __future__ import annotations

import io
import struct
import zipfile
from datetime import datetime
from functools import cache

import openpyxl

from tests.corpus.samples import READ, Sample

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"'
    ' Target="{target}"{more}/></Relationships>'
)
WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
SHEET = (
    '<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{rows}</sheetData></worksheet>"
)


def text_cell(at: str, text: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER = f'<row r="1">{text_cell("A1", "Number")}{text_cell("B1", "Name")}</row>'
SECOND = f'<row r="2">{text_cell("A2", "K1")}{text_cell("B2", "Acorn")}</row>'


def workbook(
    rows: str = HEADER + SECOND,
    *,
    before: str = "",
    target: str = "worksheets/sheet1.xml",
    more: str = "",
    types: str = CONTENT_TYPES,
    parts: dict[str, bytes] | None = None,
    left_out: tuple[str, ...] = (),
) -> bytes:
    """Return a workbook written part by part, as no spreadsheet program would."""
    wanted: dict[str, bytes] = {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": RELS.format(
            kind="officeDocument", target="xl/workbook.xml", more=""
        ).encode(),
        "xl/workbook.xml": WORKBOOK.encode(),
        "xl/_rels/workbook.xml.rels": RELS.format(
            kind="worksheet", target=target, more=more
        ).encode(),
        "xl/worksheets/sheet1.xml": SHEET.format(before=before, rows=rows).encode(),
        **(parts or {}),
    }
    return archive({name: part for name, part in wanted.items() if name not in left_out})


def archive(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=6) as made:
        for name, part in parts.items():
            made.writestr(name, part)
    return out.getvalue()


@cache
def row_bomb() -> bytes:
    """Return 600,000 equal rows: a hundred kilobytes that unpack to 30 MB and become far more."""
    row = ("<row>" + text_cell("", "x").replace(' r=""', "") + "</row>").encode()
    name = "xl/worksheets/sheet1.xml"
    before, _, after = SHEET.format(before="", rows="|").encode().partition(b"|")
    out = io.BytesIO(workbook(left_out=(name,)))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made, made.open(name, "w") as part:
        part.write(before)
        for _ in range(600):
            part.write(row * 1000)
        part.write(after)
    return out.getvalue()


def far_cells() -> bytes:
    last = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    return workbook(HEADER + last)


def entity_bomb() -> bytes:
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return workbook(
        HEADER + f'<row r="2">{text_cell("A2", "&a9;")}</row>',
        before=f"<!DOCTYPE worksheet [{''.join(lines)}]>",
    )


def utf16_entity() -> bytes:
    part = SHEET.format(before='<!DOCTYPE worksheet [<!ENTITY a "x">]>', rows=HEADER + SECOND)
    return workbook(
        parts={
            "xl/worksheets/sheet1.xml": part.replace("?>", ' encoding="UTF-16"?>', 1).encode(
                "utf-16"
            )
        }
    )


@cache
def made(change: str) -> bytes:
    """Return a workbook of a real program with one thing changed; the same bytes each time."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Number", "Name", "Since"])
    if change == "formulas":
        sheet.append(["K1", "=1+1", "=NOW()"])
        sheet.append(["K2", "=cmd|' /C calc'!A0", '=WEBSERVICE("http://example.test")'])
    elif change == "dates":
        sheet.append(["K1", "Acorn", datetime(1899, 12, 31)])  # noqa: DTZ001 - sheets have no zone
        sheet.append(["K2", "Birch", 99_999_999])
        sheet["C3"].number_format = "yyyy-mm-dd"
    elif change == "hidden":
        sheet.sheet_state = "hidden"
        book.create_sheet("Shown").append(["Number", "Name"])
        book["Shown"].append(["K1", "Acorn"])
    elif change == "errors":
        sheet.append(["K1", "#REF!", "#DIV/0!"])
    elif change == "long":
        sheet.append(["K1", "x" * 32_000, None])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lying_sizes() -> bytes:
    """Return an archive whose directory says a part is small that unpacks to 50 MB."""
    big = SHEET.format(before="", rows=HEADER + SECOND + " " * 50_000_000).encode()
    data = bytearray(workbook(parts={"xl/worksheets/sheet1.xml": big}))
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:
        if struct.unpack_from("<I", data, at + 24)[0] == len(big):
            struct.pack_into("<I", data, at + 24, 500)
        at = data.rfind(b"PK\x01\x02", 0, at)
    return bytes(data)


def nested() -> bytes:
    content = b"x" * 1000
    for _ in range(20):
        content = archive({"inner.zip": content})
    return content


def many_parts() -> bytes:
    """Return 100,000 empty members, their headers written by hand as that is quicker."""
    local, directory = bytearray(), bytearray()
    for n in range(100_000):
        name = b"%06d.xml" % n
        at = len(local)
        local += struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 10, 0) + name
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 10, 0, 0, 0, 0, 0, at
        ) + name  # fmt: skip
    zip64 = struct.pack(
        "<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 100_000, 100_000, len(directory), len(local)
    )
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(local) + len(directory), 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return bytes(local + directory) + zip64 + locator + end


def overlapping() -> bytes:
    """Return an archive whose directory names one part a thousand times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", b" " * 1_000_000)
        first = made.infolist()[0]
        made.filelist.extend([first] * 1000)
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(workbook())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


BROKEN = "workbook_broken"
HOSTILE = "workbook_hostile"
LARGE = "workbook_too_large"

SAMPLES = [
    Sample("row_bomb", "a megabyte that unpacks to 600,000 rows", row_bomb, LARGE, heavy=True),
    Sample("far_cells", "two cells with 17 thousand million between them", far_cells, "too_many_columns"),
    Sample("entity_bomb", "a thousand million laughs in a sheet", entity_bomb, HOSTILE),
    Sample("utf16_entity", "a document type hidden in UTF-16", utf16_entity, HOSTILE),
    Sample("external_sheet", "a sheet that lies on the web", lambda: workbook(target="http://example.test/a.xml", more=' TargetMode="External"'), "table_empty"),
    Sample("sheet_elsewhere", "a sheet outside the archive", lambda: workbook(target="../../../../etc/passwd"), "table_empty"),
    Sample("formulas", "formulas that run programs", lambda: made("formulas")),
    Sample("macros", "a workbook with a macro part", lambda: workbook(types=CONTENT_TYPES.replace("vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", "vnd.ms-excel.sheet.macroEnabled.main"), parts={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(600)}), filename="given.xlsm"),
    Sample("encrypted", "parts behind a password", encrypted, BROKEN),
    Sample("dates_out_of_range", "days before and after the calendar", lambda: made("dates")),
    Sample("hidden_sheet", "a hidden first sheet", lambda: made("hidden")),
    Sample("cell_errors", "cells that hold errors", lambda: made("errors")),
    Sample("long_cell", "a cell of 32,000 letters", lambda: made("long"), "cell_too_long"),
    Sample("lying_sizes", "a directory that understates its parts", lying_sizes, BROKEN),
    Sample("zip_in_zip", "archives within archives", nested, BROKEN),
    Sample("member_outside", "a member named ../../etc/passwd", lambda: archive({"../../etc/passwd": b"x", "/etc/shadow": b"y"}), BROKEN),
    Sample("many_members", "100,000 members", many_parts, LARGE),
    Sample("overlapping", "one part named a thousand times", overlapping, LARGE),
    Sample("no_content_types", "no table of contents", lambda: workbook(left_out=("[Content_Types].xml",)), BROKEN),
    Sample("wrong_content_type", "a document said to be a workbook", lambda: workbook(types=CONTENT_TYPES.replace("spreadsheetml", "wordprocessingml")), BROKEN),
    Sample("no_workbook", "a workbook without its workbook part", lambda: workbook(left_out=("xl/workbook.xml",)), BROKEN),
    Sample("no_sheet", "a workbook whose sheet is missing", lambda: workbook(left_out=("xl/worksheets/sheet1.xml",)), "table_empty"),
    Sample("broken_sheet", "XML cut off within the sheet", lambda: workbook(parts={"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}), BROKEN),
    Sample("deep_sheet", "a sheet 100,000 elements deep", lambda: workbook(parts={"xl/worksheets/sheet1.xml": b"<a>" * 100_000}), BROKEN),
    Sample("bad_shared_string", "a text that is not in the table", lambda: workbook(HEADER + '<row r="2"><c r="A2" t="s"><v>99</v></c></row>'), BROKEN),
    Sample("bad_cell_names", "cells at places that do not exist", lambda: workbook(HEADER + '<row r="x"><c r="ZZZZZ0" t="n"><v>1</v></c></row>'), BROKEN),
    Sample("bad_number", "a number that is none", lambda: workbook(HEADER + '<row r="2"><c r="A2"><v>1e999</v></c><c r="B2"><v>zzz</v></c></row>'), BROKEN),
    Sample("infinite_number", "a number beyond all numbers", lambda: workbook(HEADER + '<row r="2"><c r="A2"><v>1e999</v></c><c r="B2"><v>1</v></c></row>'), READ),
    Sample("backwards_rows", "rows that count backwards", lambda: workbook('<row r="9">' + text_cell("A9", "x") + "</row>" + HEADER + SECOND), BROKEN),
    Sample("zip_bomb_member", "a part of equal bytes, 1 to 1000", lambda: workbook(parts={"xl/other.xml": b" " * 60_000_000}), LARGE),
    Sample("repeated_row", "a row that is named twice", lambda: workbook(HEADER + SECOND + SECOND), BROKEN),
    Sample("no_directory", "an archive cut before its directory", lambda: workbook()[:-200], BROKEN),
    Sample("plain_zip", "an archive of tables", lambda: archive({"a.csv": b"a,b\n1,2\n"}), BROKEN, filename="tables.zip"),
    Sample("document", "a word processor's file", lambda: archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), BROKEN, filename="letter.docx"),
]  # fmt: skip
