"""Blank rows of append-only tables by rule: the values and their salt leave, the chain holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from creditdesk.audit_verifier import DIGESTED
from creditdesk.controls.audit.tables import blanked, company_of, digests_of
from creditdesk.plumbing import sql

# A row sealed before its columns could be erased is left: its seal holds the values themselves.
KEEP_DIGESTS = f"""
    INSERT INTO controls_redaction
           (company_id, "table", record, digests, erasure_id, recorded_at)
    SELECT {{company}}, %(table)s, r.id, {{digests}}, %(erasure_id)s, %(at)s
      FROM {{table}} r
     WHERE r.id = ANY(%(ids)s) AND {{company}} = %(company_id)s
       AND NOT EXISTS (SELECT 1 FROM controls_seal s
                        WHERE s."table" = %(table)s AND s.upto_id >= r.id AND s.after_id < r.id
                          AND s.company_id = %(company_id)s
                          AND strpos(s.columns, '{DIGESTED}') = 0)
     ORDER BY r.id
    ON CONFLICT ("table", record) DO NOTHING
    RETURNING record
"""
ROWS_AT_ONCE = 10_000


@transaction.atomic
def redact(chain: int, table: str, ids: Sequence[int], *, erasure_id: int, at: datetime) -> int:
    """Blank what may be erased of these rows of a company's, or the house's; return how many.

    The digests by which the chain knows the values stay, without the salt that made them; rows
    that are blank already are left as they are.
    """
    count = 0
    keep = KEEP_DIGESTS.format(table=table, company=company_of(table), digests=digests_of(table))
    blank = f"UPDATE {table} r SET {blanked(table)} WHERE r.id = ANY(%s)"
    for first in range(0, len(ids), ROWS_AT_ONCE):
        told = {
            "company_id": chain, "table": table, "ids": list(ids[first : first + ROWS_AT_ONCE]),
            "erasure_id": erasure_id, "at": at,
        }  # fmt: skip
        taken = sql.scalars(keep, told)
        count += sql.execute(blank, [taken]) if taken else 0
    return count


def take_erasure_id() -> int:
    """Return the number under which an erasure will be recorded."""
    return int(sql.scalar("SELECT nextval(pg_get_serial_sequence('controls_erasure', 'id'))"))
