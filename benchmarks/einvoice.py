"""`python -m benchmarks.einvoice --count N --seed S --out DIR`: N random documents per format.

Writes DIR/ubl-invoice, DIR/ubl-credit-note, DIR/cii and DIR/factur-x, each file checked, rendered
and validated by the rules of EN 16931; prints a table, and a JSON object as its last line. Ends
with 1 and keeps nothing of a document that does not pass.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditdesk.config.settings")
os.environ.setdefault("CREDITDESK_SECRET_KEY", "benchmark")
django.setup()

from benchmarks import papers  # noqa: E402 - after Django is set up
from creditdesk.invoices import rendering  # noqa: E402
from creditdesk.invoices.documents.profiles import Form  # noqa: E402
from creditdesk.invoices.documents.values import Kind  # noqa: E402
from creditdesk.kernel.errors import Invalid  # noqa: E402

INVOICES = tuple(kind for kind in Kind if not kind.lowers)


@dataclass(frozen=True, slots=True)
class Format:
    """A folder of files: the form, what kinds of document, and how the files end."""

    name: str
    form: Form
    kinds: tuple[Kind, ...]
    ending: str


FORMATS = (
    Format("ubl-invoice", Form.UBL, INVOICES, "xml"),
    Format("ubl-credit-note", Form.UBL, (Kind.CREDIT_NOTE,), "xml"),
    Format("cii", Form.CII, tuple(Kind), "xml"),
    Format("factur-x", Form.FACTURX, tuple(Kind), "pdf"),
)


def main(arguments: list[str] | None = None) -> int:
    """Write the documents and say how fast."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.einvoice", description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="documents per format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    asked = parser.parse_args(arguments)
    rendering.warm()
    done: dict[str, dict[str, float]] = {}
    refused = 0
    print(f"{'format':<17}{'documents':>10}{'refused':>9}{'seconds':>9}{'per second':>12}")
    for each in FORMATS:
        written, bad, seconds = _write(each, asked.count, asked.seed, asked.out / each.name)
        refused += bad
        rate = written / seconds if seconds else 0.0
        print(f"{each.name:<17}{written:>10}{bad:>9}{seconds:>9.2f}{rate:>12.1f}")
        done[each.name] = {
            "documents": written, "refused": bad,
            "seconds": round(seconds, 3), "documents_per_s": round(rate, 1),
        }  # fmt: skip
    print(json.dumps({"seed": asked.seed, "formats": done, "all_valid": not refused}))
    return 1 if refused else 0


def _write(each: Format, count: int, seed: int, folder: Path) -> tuple[int, int, float]:
    """Return how many were written, how many refused, and the seconds from value to valid file."""
    folder.mkdir(parents=True, exist_ok=True)
    written = refused = 0
    seconds = 0.0
    for n in range(1, count + 1):
        random = Random(f"{seed} {each.name} {n}")
        number = f"{each.name[:3].upper()}-{n:06}"
        is_printable = each.form is Form.FACTURX
        kind = random.choice(each.kinds)
        document = papers.document(random, number, kind, is_printable=is_printable)
        language = random.choice(("en", "de"))
        begin = time.perf_counter()
        try:
            made = rendering.ready(document, each.form, language=language)
        except Invalid as error:
            refused += 1
            print(f"{each.name} {n}: {error.code} {error}", file=sys.stderr)
            continue
        finally:
            seconds += time.perf_counter() - begin
        (folder / f"{n:06}.{each.ending}").write_bytes(made.content)
        written += 1
    return written, refused, seconds


if __name__ == "__main__":
    sys.exit(main())
