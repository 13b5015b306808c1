"""What a backup says of itself, and where a restored database differs from it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.plumbing.encoding import digest, to_json

FORMAT = 1
AGAIN = "Use another backup; keep this one until the new one passed creditdesk restore-test"


@dataclass(frozen=True, slots=True)
class Content:
    """What a database holds: rows and digest per table, its migrations, what its rooms add up."""

    tables: Mapping[str, tuple[int, str]]
    migrations: tuple[tuple[str, str], ...]
    books: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A dump's size and digest, when, of what and by what it was made, and what it holds."""

    product: str
    made_at: str
    postgres: int
    dump_bytes: int
    dump_sha256: str
    content: Content


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that came back otherwise than it went in."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: the backup says {self.expected}, found {self.found}"


def content_of(given: Mapping[str, Any]) -> Content:
    """Return a content that was read from JSON."""
    return Content(
        tables={name: (int(rows), str(sums)) for name, (rows, sums) in given["tables"].items()},
        migrations=tuple((str(app), str(name)) for app, name in given["migrations"]),
        books=dict(given["books"]),
    )


def written(manifest: Manifest) -> bytes:
    """Return a manifest as it is kept, with a digest of itself."""
    body = {"format": FORMAT, **json.loads(to_json(asdict(manifest)))}
    return (to_json({**body, "digest": digest(body)}) + "\n").encode()


def read(text: bytes) -> Manifest:
    """Return the manifest that was kept; Invalid when one byte of it is another."""
    try:
        body = json.loads(text)
        kept = body.pop("digest")
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise _damaged() from error
    if body.get("format") != FORMAT:
        raise Refused(
            "backup_format_unknown", "The backup was made by another version of creditdesk",
        )  # fmt: skip
    if kept != digest(body) or text != (to_json({**body, "digest": kept}) + "\n").encode():
        raise _damaged()
    return Manifest(
        product=body["product"],
        made_at=body["made_at"],
        postgres=body["postgres"],
        dump_bytes=body["dump_bytes"],
        dump_sha256=body["dump_sha256"],
        content=content_of(body["content"]),
    )


def _damaged() -> Invalid:
    return Invalid("backup_manifest_damaged", "The manifest is not as it was written", mend=AGAIN)


def check_dump(manifest: Manifest, size: int, sha256: str) -> None:
    """Refuse a dump that is not, byte for byte, the one the manifest is about."""
    if size < manifest.dump_bytes:
        raise Invalid(
            "backup_cut", f"The dump has {size} of {manifest.dump_bytes} bytes", mend=AGAIN
        )
    if size > manifest.dump_bytes or sha256 != manifest.dump_sha256:
        raise Invalid("backup_damaged", "The dump is not as it was written", mend=AGAIN)


def check_version(manifest: Manifest, known: frozenset[tuple[str, str]], postgres: int) -> None:
    """Refuse what this version cannot read: a newer product's backup, a newer PostgreSQL's dump."""
    unknown = sorted(set(manifest.content.migrations) - known)
    if unknown:
        app, name = unknown[0]
        raise Refused(
            "backup_of_newer_version",
            f"The backup was made by creditdesk {manifest.product}, which has {app}.{name};"
            " restore it with that version or a later one",
        )
    if manifest.postgres // 10_000 > postgres // 10_000:
        raise Refused(
            "backup_of_newer_postgres",
            f"The dump was made by PostgreSQL {manifest.postgres // 10_000};"
            f" the programs here are of {postgres // 10_000}. Set CREDITDESK_POSTGRES_BIN",
        )


def differences(expected: Content, found: Content) -> Iterator[Difference]:
    """Yield everything in which two contents differ, by table, migration and account."""
    for name in sorted(expected.tables.keys() | found.tables.keys()):
        rows, sums = expected.tables.get(name, (0, "no such table"))
        rows_found, sums_found = found.tables.get(name, (0, "no such table"))
        if rows != rows_found:
            yield Difference(f"rows of {name}", str(rows), str(rows_found))
        elif sums != sums_found:
            yield Difference(f"content of {name}", sums, sums_found)
    for app, name in sorted(set(expected.migrations) ^ set(found.migrations)):
        is_there = (app, name) in set(found.migrations)
        yield Difference(f"migration {app}.{name}", *_there(not is_there), *_there(is_there))
    for key in sorted(expected.books.keys() | found.books.keys()):
        before, after = expected.books.get(key), found.books.get(key)
        if before != after:
            yield Difference(key, str(before), str(after))


def _there(is_there: bool) -> tuple[str]:  # noqa: FBT001 - a word for a truth
    return ("applied" if is_there else "not applied",)
