"""Roles given and taken, and exceptions from a pair of duties for a while."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from creditdesk.controls import queries, rules
from creditdesk.controls.commands import acts_on, approvers, command, require_approval
from creditdesk.controls.commands.proving import is_recent
from creditdesk.controls.models import DutyException, Membership, User
from creditdesk.controls.services.accounts import record
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, ProofNeeded, Refused
from creditdesk.plumbing import clock


@transaction.atomic
def grant(
    username: str,
    *,
    company_id: int,
    role: str,
    by: str,
    by_user_id: int | None = None,
    proved_at: datetime | None = None,
) -> None:
    """Give a user a role in a company; again changes nothing.

    A person who grants (`by_user_id`) must have proved lately who they are.

    Refused for an unknown role, one that is no person's, one's own, and where it would bring
    both sides of a pair of duties together without an approved exception in force.
    """
    if role not in rules.ROLES:
        known = ", ".join(sorted(rules.ROLES.keys() - {rules.MACHINE}))
        raise Refused("role_unknown", f"There is no role {role!r}; there are {known}")
    if role == rules.MACHINE:
        raise Refused("role_not_for_people", f"{role!r} is for connected systems, not for people")
    user = User.objects.select_for_update().filter(username=username).first()
    if user is None:
        raise NotFound("user_unknown", f"There is no user {username!r}")
    if by_user_id == user.id:
        raise Refused("own_role", "Nobody gives a role to themselves", role=role)
    held = queries.roles_of(user.id, company_id)
    if role in held:
        return
    _require_proof("controls.grant", by_user_id, proved_at)
    _require_apart(user, company_id, held | {role})
    Membership.objects.create(user=user, company_id=company_id, role=role)
    record(company_id, by, "controls.grant", {"user": username, "role": role}, by_user_id)


def _require_proof(name: str, by_user_id: int | None, proved_at: datetime | None) -> None:
    """Ask a person, never the command line, for a recent proof; without any there is none."""
    is_proved = proved_at is not None and is_recent(proved_at)
    if by_user_id is not None and not is_proved:
        raise ProofNeeded(name)


def _require_apart(user: User, company_id: int, roles: frozenset[str]) -> None:
    met = rules.conflicts(rules.permissions_of(roles))
    if not met:
        return
    excepted = queries.excepted_pairs(company_id, user.id, _today(company_id))
    left = [pair for pair in met if pair.number not in excepted]
    if left:
        named = ", ".join(f"{pair.number} ({pair.code})" for pair in left)
        raise Refused(
            "duties_conflict",
            f"{', '.join(sorted(roles))} bring duties together that must not meet: pair {named}",
            pairs=[pair.number for pair in left],
        )


def _today(company_id: int) -> date:
    zone = ZoneInfo(queries.company(company_id).timezone)
    return clock.now().astimezone(zone).date()


@transaction.atomic
def revoke(
    username: str,
    *,
    company_id: int,
    role: str,
    by: str,
    by_user_id: int | None = None,
    proved_at: datetime | None = None,
) -> bool:
    """Take a role from a user; return whether they had it.

    A person who takes it (`by_user_id`) must have proved lately who they are.
    """
    _require_proof("controls.revoke", by_user_id, proved_at)
    user = User.objects.select_for_update().filter(username=username).first()
    if user is None:
        raise NotFound("user_unknown", f"There is no user {username!r}")
    taken, _ = Membership.objects.filter(user=user, company_id=company_id, role=role).delete()
    if taken:
        record(company_id, by, "controls.revoke", {"user": username, "role": role}, by_user_id)
    return bool(taken)


@command("controls.ask_exception")
def except_duty(
    actor: Actor, username: str, *, pair: int, reason: str, valid_from: date, valid_until: date
) -> int:
    """Let a user hold both sides of a pair for a while, once somebody else approved; the id.

    Always approved by another person, also when a machine asks; never by the user it is for.
    """
    _check_exception(actor, pair, reason, valid_from, valid_until)
    user = User.objects.filter(username=username).first()
    if user is None or not queries.roles_of(user.id, actor.company_id):
        raise NotFound("user_unknown", f"There is no user {username!r} in this company")
    acts_on("user", [user.id])
    require_approval(
        "controls.approve_exception",
        about={
            "user": username,
            "pair": pair,
            "valid_from": valid_from,
            "valid_until": valid_until,
        },
        documents=[f"user:{user.id}"],
        barred=[user.id],
        also_machines=True,
    )
    by = approvers()
    return DutyException.objects.create(
        company_id=actor.company_id,
        user=user,
        pair=pair,
        reason=reason.strip(),
        valid_from=valid_from,
        valid_until=valid_until,
        asked_by=actor.name,
        approved_by=", ".join(one.name for one in by),
        approval=actor.reason,
        recorded_at=actor.at,
    ).id


def _check_exception(
    actor: Actor, pair: int, reason: str, valid_from: date, valid_until: date
) -> None:
    if pair not in {one.number for one in rules.PAIRS}:
        raise Invalid(
            "pair_unknown", f"There is no pair {pair}", place=Place(field="pair"),
            mend=f"Pairs count from 1 to {len(rules.PAIRS)}.",
        )  # fmt: skip
    if not reason.strip():
        raise Invalid(
            "reason_missing", "An exception needs a reason", place=Place(field="reason"),
            mend="Say why nobody else can do it.",
        )  # fmt: skip
    longest = valid_from + timedelta(days=rules.EXCEPTION_DAYS_MAX)
    if not max(valid_from, actor.today) <= valid_until <= longest:
        raise Invalid(
            "exception_period_invalid",
            f"{valid_from} to {valid_until} cannot be the time of an exception",
            place=Place(field="valid_until"),
            mend=f"End it today or later, {rules.EXCEPTION_DAYS_MAX} days after its start at most.",
        )


@command("controls.end_exception")
def end_exception(actor: Actor, exception_id: int) -> None:
    """End an exception today; Conflict when it has ended."""
    known = DutyException.objects.filter(company_id=actor.company_id, id=exception_id)
    if not known.exists():
        raise NotFound("exception_unknown", "There is no such exception")
    moved = known.filter(ended_on=None, valid_until__gte=actor.today).update(ended_on=actor.today)
    if not moved:
        raise Conflict("exception_ended", "There is no such exception in force")
