"""Texts, numbers, names and addresses that attack what stores or shows them."""

from __future__ import annotations

SCRIPT = "<script>alert(1)</script>"

TEXTS: dict[str, str] = {
    "nul": "A\0B",
    "control": "A\x07\x1b[31mB\x7f\x85",
    "line_ends": "A\r\nBcc: all@example.test\r\n\r\nB",
    "right_to_left": "\u202egpj.exe\u202c\u2066",
    "noncharacter": "\uffff\ufdd0\U0010ffff",
    "combining": "A" + "\u0300" * 500,
    "script": f"\"'>{SCRIPT}<img src=x onerror=alert(1)>",
    "template": "{{ settings.SECRET_KEY }}{% debug %}${7*7}#{7*7}%(x)s{0}",
    "sql": "'; DROP TABLE invoices_item; -- \\",
    "formula": "=cmd|' /C calc'!A0",
    "path": "../../../../etc/passwd",
    "long": "x" * 1_000_000,
    "digits": "9" * 5_000,
    "other_digits": "١٢٣",
    "negative": "-99999999999999999999",
    "not_a_number": "NaN",
    "date": "9999-12-31",
    "first_date": "0001-01-01",
    "no_date": "2026-02-30",
    "week_date": "2026-W01-1",
    "percent": "%00%ff%2e%2e%2f",
    "empty": "",
    "space": " \u00a0\u2003\u200b",
}

FILENAMES: dict[str, str] = {
    "empty": "",
    "dots": "..",
    "path": "../../etc/passwd",
    "windows_path": "C:\\Windows\\win.ini",
    "directory": "folder/",
    "control": "a\x07b\x1b.csv",
    "line_ends": "a\r\nX-Evil: 1.csv",
    "right_to_left": "a\u202evsc.exe",
    "long": "x" * 300 + ".csv",
    "markup": f"{SCRIPT}.csv",
    "quotes": 'a".csv; filename="b.exe',
    "formula": "=1+1.csv",
    "unicode": "Käufer – März.csv",
    "no_suffix": "customers",
    "two_suffixes": "a.csv.exe",
}
