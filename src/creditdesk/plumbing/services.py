"""Writers of the plumbing: number ranges and kept files."""

from __future__ import annotations

import hashlib

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql

TAKE = """
    INSERT INTO plumbing_sequence AS s (company_id, name, next_number)
    VALUES (%(company_id)s, %(name)s, 1 + %(count)s)
    ON CONFLICT (company_id, name)
    DO UPDATE SET next_number = s.next_number + %(count)s
    RETURNING next_number - %(count)s
"""

# What was erased by rule is not known any more: it is empty, and was not.
KNOWN = """
    SELECT id FROM plumbing_file
     WHERE company_id = %s AND sha256 = %s AND NOT (content = '' AND size_bytes > 0)
     ORDER BY id LIMIT 1
"""
KEEP = """
    INSERT INTO plumbing_file (company_id, name, sha256, size_bytes, content, recorded_at)
    VALUES (%s, %s, %s, %s, %b, %s) RETURNING id
"""
KEEP_AS = """
    INSERT INTO plumbing_file (company_id, name, sha256, size_bytes, content, recorded_at, id)
    VALUES (%s, %s, %s, %s, %b, %s, %s)
"""


def take_numbers(company_id: int, name: str, count: int) -> range:
    """Return the next `count` numbers of the range; without gaps, as the row lock is held."""
    params = {"company_id": company_id, "name": name, "count": count}
    first = int(sql.scalar(TAKE, params, planned=True))
    return range(first, first + count)


def take_references(actor: Actor, prefix: str, count: int) -> list[str]:
    """Return the next references of a range, such as PAY-2026-000123."""
    year = actor.today.year
    numbers = take_numbers(actor.company_id, f"{prefix}-{year}", count)
    return [f"{prefix}-{year}-{number:06d}" for number in numbers]


def keep_file(actor: Actor, name: str, content: bytes) -> int:
    """Keep the file byte for byte and return its id; the same bytes again return the same id.

    Within `sql.ahead` the server stores it while the caller reads it.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = sql.scalar(KNOWN, [actor.company_id, sha256])
    if known is not None:
        return int(known)
    values = [actor.company_id, name, sha256, len(content), content, actor.at]
    if not sql.is_ahead():
        return int(sql.scalar_of_bytes(KEEP, values))
    (file_id,) = sql.next_ids("plumbing_file", 1)
    sql.send_bytes(KEEP_AS, [*values, file_id])
    return file_id
