"""Erase a person's data: what no duty keeps leaves at once, what is kept is said with its end.

Each room erases its own tables; `wiring` lists the rooms from the top of the house down, so that
a room knows what the rooms above it must keep.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command, preview
from creditdesk.controls.models import Erasure, PersonalValue
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import ERASERS, Case
from creditdesk.controls.privacy.rules import Line, Subject
from creditdesk.controls.privacy.services import holds, own
from creditdesk.controls.privacy.services.redacting import take_erasure_id
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.plumbing import sql

RULE = "GDPR Art. 17"


# What is known to be theirs, and equal values where whose they are was not known, or only whose
# customer's: an earlier name stands in the history although the contact bears another today.
VALUES = """
    SELECT id FROM controls_personalvalue
     WHERE company_id = %(company_id)s AND value IS NOT NULL
       AND ((subject_kind, subject_id) IN (SELECT * FROM unnest(%(kinds)s::text[],
                                                               %(ids)s::bigint[]))
            OR ((subject_kind = '' OR (subject_kind, subject_id) IN (
                     SELECT * FROM unnest(%(near_kinds)s::text[], %(near_ids)s::bigint[])))
                AND value IN (
                     SELECT unnest(%(values)s::text[])
                     UNION SELECT value FROM controls_personalvalue
                      WHERE company_id = %(company_id)s AND (subject_kind, subject_id) IN (
                            SELECT * FROM unnest(%(kinds)s::text[], %(ids)s::bigint[])))))
     ORDER BY id FOR UPDATE
"""
# What nobody was known to own and quotes them, such as what was searched for.
QUOTING = """
    SELECT id FROM controls_personalvalue
     WHERE company_id = %(company_id)s AND subject_kind = '' AND value IS NOT NULL
       AND lower(value) LIKE ANY(%(patterns)s) AND lower(value) ~ ANY(%(words)s)
"""
FORGET = """
    UPDATE controls_personalvalue SET salt = NULL, value = NULL, erasure_id = %(erasure)s
     WHERE company_id = %(company_id)s AND id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What left and what stays, with reason and end date."""

    erasure_id: int
    subject_kind: str
    subject_id: int
    erased: tuple[Line, ...]
    kept: tuple[Line, ...]


@command("privacy.erase")
def erase(actor: Actor, *, kind: str, subject_id: int, rule: str = RULE) -> ErasureReport:
    """Erase everything about a person that no duty keeps; again erases what came since.

    The trail keeps digests that no longer say anything; verifying calls them erased by rule.
    """
    if kind not in rules.KINDS:
        raise Invalid(
            "subject_unknown",
            f"{kind!r} is no kind of person",
            place=Place(field="kind"),
            mend=f"Use one of {', '.join(rules.KINDS)}",
        )
    subject = Subject(kind, subject_id)
    holds.refuse_held(actor.company_id, subject)
    country = controls.company(actor.company_id).country
    case = Case(
        actor,
        subject,
        country,
        take_erasure_id(),
        held=holds.held(actor.company_id, "customer"),
        held_contacts=holds.held(actor.company_id, "contact"),
    )
    found = erase_in_rooms(case)
    files = own.erase_files(case, found.values)
    lines, values = erase_in_traces(case, found)
    return record(case, rule, [*lines, *(line for line in files if line.count)], values)


@dataclass(frozen=True, slots=True)
class Found:
    """What the rooms erased and kept, what the person was known by, and which values are theirs."""

    lines: tuple[Line, ...]
    values: frozenset[str]
    ids: tuple[int, ...]


def erase_in_rooms(case: Case) -> Found:
    """Let every room erase its part; return the lines, and what is to be looked for elsewhere."""
    lines: list[Line] = []
    values: set[str] = set()
    subjects, near = [case.subject], [case.subject]
    for erase_part in (own.erase_user, *ERASERS):
        part = erase_part(replace(case, kept=tuple(x for x in lines if x.kept)))
        lines += [line for line in part.lines if line.count]
        values |= part.values
        subjects += part.also
        near += part.near
    ids = _values_of(case.actor, subjects, near, values)
    known = PersonalValue.objects.filter(id__in=ids, value__isnull=False)
    values |= {one for one in known.values_list("value", flat=True) if one and one != rules.ERASED}
    return Found(tuple(lines), frozenset(values), tuple(ids))


def erase_in_traces(case: Case, found: Found) -> tuple[list[Line], list[int]]:
    """Erase what quotes the person; return all lines, and which values the trail must forget."""
    traces = own.erase_traces(case, found.values)
    asked = {"company_id": case.actor.company_id, **own.wanted(found.values)}
    quoting = sql.scalars(QUOTING, asked)
    lines = [*found.lines, *(line for line in traces if line.count)]
    return lines, sorted({*found.ids, *quoting})


def plan(actor: Actor, *, kind: str, subject_id: int) -> ErasureReport:
    """Return what erasing would do: the same, rolled back."""
    with preview():
        return erase(actor, kind=kind, subject_id=subject_id)


def _values_of(
    actor: Actor, subjects: Sequence[Subject], near: Sequence[Subject], values: set[str]
) -> list[int]:
    """Return the ids of what the trail names by digest and must forget."""
    return sql.scalars(
        VALUES,
        {
            "company_id": actor.company_id,
            "kinds": [subject.kind for subject in subjects],
            "ids": [subject.id for subject in subjects],
            "near_kinds": [subject.kind for subject in near],
            "near_ids": [subject.id for subject in near],
            "values": sorted(values - {""}),
        },
    )


def record(
    case: Case, rule: str, lines: Sequence[Line], ids: Collection[int] = ()
) -> ErasureReport:
    """Empty the values the trail names by digest, and record the erasure itself."""
    actor, subject = case.actor, case.subject
    erased = [line for line in lines if not line.kept]
    if ids:
        erased.append(Line("audit_values", len(ids)))
    kept = [line for line in lines if line.kept]
    Erasure.objects.create(
        id=case.erasure_id,
        company_id=actor.company_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        rule=rule,
        erased=_told(erased),
        kept=_told(kept),
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    of = {"company_id": actor.company_id, "ids": list(ids), "erasure": case.erasure_id}
    sql.execute(FORGET, of)
    return ErasureReport(case.erasure_id, subject.kind, subject.id, tuple(erased), tuple(kept))


def _told(lines: Sequence[Line]) -> list[dict[str, object]]:
    return [
        {"what": x.what, "count": x.count, "reason": x.reason,
         "until": x.until.isoformat() if x.until else None}
        for x in lines
    ]  # fmt: skip
