"""Erase a person's data: what no duty keeps leaves at once, what is kept is said with its end.

Each room erases its own tables; `wiring` lists the rooms from the top of the house down, so that
a room knows what the rooms above it must keep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command, preview
from creditdesk.controls.models import Erasure, Membership, User
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.rules import Line, Part, Subject
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.plumbing import sql

RULE = "GDPR Art. 17"


@dataclass(frozen=True, slots=True)
class Case:
    """One erasure: whose, in which company's country, and what rooms above already keep."""

    actor: Actor
    subject: Subject
    country: str
    kept: tuple[Line, ...] = ()


Eraser = Callable[[Case], Part]
# Filled by creditdesk.wiring, from the top of the house down.
ERASERS: list[Eraser] = []

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
    country = controls.company(actor.company_id).country
    lines: list[Line] = []
    values: set[str] = set()
    subjects, near = [subject], [subject]
    for erase_part in (_erase_user, *ERASERS):
        part = erase_part(Case(actor, subject, country, tuple(x for x in lines if x.kept)))
        lines += [line for line in part.lines if line.count]
        values |= part.values
        subjects += part.also
        near += part.near
    ids = _values_of(actor, subjects, near, values)
    return _forget(actor, subject, rule, lines, ids)


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


def _forget(
    actor: Actor, subject: Subject, rule: str, lines: Sequence[Line], ids: Sequence[int]
) -> ErasureReport:
    """Empty the values the trail names by digest, and record the erasure itself."""
    erased = [line for line in lines if not line.kept]
    if ids:
        erased.append(Line("audit_values", len(ids)))
    kept = [line for line in lines if line.kept]
    row = Erasure.objects.create(
        company_id=actor.company_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        rule=rule,
        erased=_told(erased),
        kept=_told(kept),
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    sql.execute(FORGET, {"company_id": actor.company_id, "ids": list(ids), "erasure": row.id})
    return ErasureReport(row.id, subject.kind, subject.id, tuple(erased), tuple(kept))


def _told(lines: Sequence[Line]) -> list[dict[str, object]]:
    return [
        {"what": x.what, "count": x.count, "reason": x.reason,
         "until": x.until.isoformat() if x.until else None}
        for x in lines
    ]  # fmt: skip


def _erase_user(case: Case) -> Part:
    """Take name and address off a user of the company, who signs in no more.

    The sign-in name stays: who did what is what the trail is kept for.
    """
    if case.subject.kind != "user":
        return Part(())
    company_id = case.actor.company_id
    mine = Membership.objects.filter(user_id=case.subject.id, company_id=company_id)
    user = User.objects.select_for_update().filter(id=case.subject.id).first()
    if user is None or not mine.exists():
        raise NotFound("user_unknown", "The company has no such user", user_id=case.subject.id)
    values = {f"{user.first_name} {user.last_name}".strip(), user.last_name, user.email} - {""}
    memberships, _ = mine.delete()
    elsewhere = Membership.objects.filter(user_id=user.id).exists()
    if not elsewhere:
        user.first_name = user.last_name = user.email = ""
        user.is_active = False
        user.set_unusable_password()
        user.save()
    return Part(
        (
            Line("user_roles", memberships),
            Line("user_name", 0 if elsewhere else len(values)),
            Line("user_name", 1 if elsewhere else 0, kept=True, reason="other_company"),
            Line("sign_in_name", 1, kept=True, reason="accountability"),
        ),
        frozenset() if elsewhere else frozenset(values),
    )
