"""Erase on schedule what its period has ended for: by dated rules, past holds, safe to repeat."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from creditdesk.controls import queries as controls
from creditdesk.controls.audit.tables import HOUSE
from creditdesk.controls.commands import command, preview
from creditdesk.controls.models import PersonalValue, SignInEvent
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import ENDED, RETAINERS, Case
from creditdesk.controls.privacy.rules import Line, Subject
from creditdesk.controls.privacy.services import holds, own
from creditdesk.controls.privacy.services.erasing import (
    ErasureReport,
    erase_in_rooms,
    erase_in_traces,
    record,
)
from creditdesk.controls.privacy.services.redacting import redact, take_erasure_id
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import keeping

RULE = "retention ended"
# An account that ended is asked about in every room: so many a run, the rest the next day.
ACCOUNTS_AT_ONCE = 200
# Who left: no role anywhere, may not sign in, and was not seen for as long as the rule says.
DEPARTED = """
    SELECT u.id FROM controls_user u
     WHERE NOT u.is_active AND (u.email <> '' OR u.first_name <> '' OR u.last_name <> '')
       AND NOT EXISTS (SELECT 1 FROM controls_membership m WHERE m.user_id = u.id)
       AND greatest(u.date_joined, u.last_login, (
               SELECT max(e.at) FROM controls_signinevent e WHERE e.user_id = u.id)) < %(before)s
       AND NOT u.id = ANY(%(held)s)
     ORDER BY u.id
"""


@command("privacy.retain")
def retain(actor: Actor) -> ErasureReport:
    """Erase what its period has ended for; nothing is recorded as erased when nothing was due."""
    country = controls.company(actor.company_id).country
    case = Case(
        actor,
        Subject("retention", 0),
        country,
        take_erasure_id(),
        held=holds.held(actor.company_id, "customer"),
        held_contacts=holds.held(actor.company_id, "contact"),
    )
    lines = [*_journal(case), *_departed(case), *_files(case)]
    for of_room in RETAINERS:
        lines += of_room(case)
    lines += _ended(case)
    lines = [line for line in lines if line.count]
    values = _old_values(case)
    if not lines and not values:
        return ErasureReport(0, case.subject.kind, 0, (), ())
    return record(case, RULE, lines, values)


def due(actor: Actor) -> ErasureReport:
    """Return what the schedule would erase now: the same, rolled back."""
    with preview():
        return retain(actor)


def _before(case: Case, kind: rules.Record) -> datetime:
    """Return the first moment whose records are still kept."""
    return rules.first_kept_moment(case.country, kind, case.actor.today)


def _journal(case: Case) -> list[Line]:
    """Blank names, addresses and browsers in the journal of the door; that it happened stays."""
    old = SignInEvent.objects.filter(at__lt=_before(case, "journal"))
    ids = old.exclude(agent=rules.ERASED).order_by("id").values_list("id", flat=True)
    count = redact(
        HOUSE, "controls_signinevent", list(ids), erasure_id=case.erasure_id, at=case.actor.at
    )
    return [Line("sign_in_events", count)]


def _departed(case: Case) -> list[Line]:
    held = sorted(holds.held(case.actor.company_id, "user"))
    ids = sql.scalars(DEPARTED, {"before": _before(case, "staff"), "held": held})
    for user_id in ids:
        own.erase_user(replace(case, subject=Subject("user", user_id)))
    return [Line("users_departed", len(ids))]


def _files(case: Case) -> list[Line]:
    """Blank kept files: vouchers after their years, copies after theirs; their digests stay."""
    company_id = case.actor.company_id
    old = keeping.files(company_id, before=_before(case, "copies"))
    vouchers = _before(case, "vouchers")
    ids = [
        file.id
        for file in old
        if not file.is_in_use and (not file.is_voucher or file.recorded_at < vouchers)
    ]
    if case.held or case.held_contacts:
        ids = []  # whose data a file holds is not known before it is read
    count = redact(company_id, "plumbing_file", ids, erasure_id=case.erasure_id, at=case.actor.at)
    samples = keeping.forget_samples(company_id, file_ids=frozenset(ids)) if ids else 0
    return [Line("files", count), Line("import_samples", samples)]


def _old_values(case: Case) -> list[int]:
    """Return values of nobody known in the trail that are older than any duty."""
    if case.held or case.held_contacts:
        return []
    old = PersonalValue.objects.filter(
        company_id=case.actor.company_id, subject_kind="", value__isnull=False,
        recorded_at__lt=_before(case, "vouchers"),
    )  # fmt: skip
    return list(old.order_by("id").values_list("id", flat=True))


def _ended(case: Case) -> list[Line]:
    """Erase closed accounts that nothing keeps any more; one that something keeps stays whole.

    Where there are many, each day looks at others. Files are searched once for all of them.
    """
    count, values = 0, set[str]()
    for of_company in ENDED:
        ended = [one for one in of_company(case.actor.company_id) if one not in case.held]
        first = case.actor.today.toordinal() * ACCOUNTS_AT_ONCE % max(len(ended), 1)
        for customer_id in (ended[first:] + ended[:first])[:ACCOUNTS_AT_ONCE]:
            subject = Subject("customer", customer_id)
            left = _ended_one(replace(case, subject=subject, erasure_id=take_erasure_id()))
            if left is not None:
                count += 1
                values |= left
    files = own.erase_files(case, values) if values else ()
    return [Line("accounts", count), *files]


def _ended_one(case: Case) -> frozenset[str] | None:
    """Erase one account, or leave all of it as it was; return what the person was known by."""
    try:
        with transaction.atomic():
            found = erase_in_rooms(case)
            lines, ids = (
                (list(found.lines), [])
                if any(line.kept for line in found.lines)
                else erase_in_traces(case, found)
            )
            if any(line.kept for line in lines):
                transaction.set_rollback(True)
                return None
            record(case, RULE, lines, ids)
    except Refused as refused:  # one of its people is held
        if refused.code != holds.HELD:
            raise
        return None
    return found.values
