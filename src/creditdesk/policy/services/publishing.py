"""Versions of the policy: asked for, approved by a second person, in force from a date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from creditdesk.controls.commands import approval, approvers, command, require_approval
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_numbers
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import queries, rules
from creditdesk.policy.events import PolicyPublished, PolicyWithdrawn
from creditdesk.policy.models import Draft, Policy, Publication
from creditdesk.policy.rules import fee_law
from creditdesk.policy.services import telling
from creditdesk.policy.services.drafting import read_draft, whose

APPROVES = "policy.publish"


@command("policy.publish")
def publish(actor: Actor, *, given: Mapping[str, Any], valid_from: date) -> int:
    """Put a new version of the rules in force from a date; return its number.

    A person is asked for a second one's approval; `submit` is how people publish.
    """
    require_approval(APPROVES, about={"policy_from": valid_from})
    return _publish(actor, given, valid_from)


@command("policy.submit")
def submit(actor: Actor, *, given: Mapping[str, Any], valid_from: date, reason: str) -> int:
    """Put rules in force from today or later once a second person approved them.

    Return the number of the version. Whoever asks cannot approve. Conflict where the rules say
    what they said already, and where another version was published since it was asked for.
    """
    after = read_draft(actor, given)
    if valid_from < actor.today:
        raise Invalid(
            "policy_from_the_past", "Rules cannot come into force on a day that is past",
            place=Place(field="valid_from"), mend="Give today or a later day.",
        )  # fmt: skip
    if not reason.strip():
        raise Invalid(
            "reason_missing", "A new version of the rules needs a reason",
            place=Place(field="reason"), mend="Say why the rules should change.",
        )  # fmt: skip
    before = _before(actor, valid_from)
    if before is not None and _same(before, after):
        raise Conflict("policy_unchanged", "These rules say what is in force already")
    if before is not None:
        _require_notice(actor, before, after, valid_from)
    newest = reads.newest(actor.company_id)
    require_approval(
        APPROVES,
        about={
            "policy_from": valid_from,
            "policy_before": before.version if before else None,
            "because": reason.strip(),
        },
        version=str(newest.version if newest else 0),
    )
    version = _publish(actor, given, valid_from)
    Publication.objects.create(
        company_id=actor.company_id, version=version, reason=reason.strip(), approval=approval(),
        approved_by=", ".join(one.name for one in approvers()), recorded_at=actor.at,
        recorded_by=actor.name,
    )  # fmt: skip
    Draft.objects.filter(**whose(actor)).delete()
    telling.tell_staff(actor, version)
    announce(
        actor,
        [
            PolicyPublished(
                version=version,
                valid_from=str(valid_from),
                terms=tuple(terms_changed(before, after)) if before else (),
            )
        ],
    )
    return version


@command("policy.withdraw")
def withdraw(actor: Actor, version: int, *, reason: str) -> None:
    """Take a published version back before its day; its number is not used again.

    Conflict once it is in force, and for the only version there is.
    """
    if not reason.strip():
        raise Invalid(
            "reason_missing", "Withdrawing a version needs a reason",
            place=Place(field="reason"), mend="Say why it is withdrawn.",
        )  # fmt: skip
    row = (
        Policy.objects.select_for_update()
        .filter(company_id=actor.company_id, version=version)
        .first()
    )
    if row is None:
        raise NotFound("policy_version_unknown", f"There is no version {version} of the policy")
    if row.withdrawn_at is not None:
        raise Conflict("policy_withdrawn", f"Version {version} is withdrawn already")
    stays = Policy.objects.filter(
        company_id=actor.company_id, valid_from__lte=actor.today, withdrawn_at__isnull=True
    )
    if row.valid_from <= actor.today or not stays.exists():
        raise Conflict("policy_in_force", f"Version {version} is in force already")
    row.withdrawn_at, row.withdrawn_by = actor.at, actor.name
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    telling.stop_telling(actor, version)
    announce(actor, [PolicyWithdrawn(version=version, reason=reason.strip())])


@transaction.atomic
def ensure_default(actor: Actor, *, valid_from: date) -> None:
    """Give a company without rules the default ones."""
    if not Policy.objects.filter(company_id=actor.company_id).exists():
        publish(actor, given=dict(rules.DEFAULT), valid_from=valid_from)


def terms_changed(before: rules.Policy, after: rules.Policy) -> list[str]:
    """Return the codes of terms that say something else, and of the default ones if others are."""
    changed = [
        code for code, terms in after.terms.items() if before.terms.get(code, terms) != terms
    ]
    gone = [code for code in before.terms if code not in after.terms]
    default = after.default_terms if after.default_terms != before.default_terms else None
    return sorted({*changed, *gone, *([default] if default else [])})


def _publish(actor: Actor, given: Mapping[str, Any], valid_from: date) -> int:
    [version] = take_numbers(actor.company_id, "policy", 1)
    fee_law.refuse_unlawful(rules.parse(given, version=version, valid_from=valid_from))
    taken = Policy.objects.filter(
        company_id=actor.company_id, valid_from=valid_from, withdrawn_at__isnull=True
    )
    if taken.exists():
        raise Conflict("policy_day_taken", f"Another version is in force from {valid_from} already")
    Policy.objects.create(
        company_id=actor.company_id, version=version, valid_from=valid_from,
        rules=json.loads(to_json(given)), recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    return version


def _require_notice(
    actor: Actor, before: rules.Policy, after: rules.Policy, valid_from: date
) -> None:
    """Refuse a day before customers whom the rules concern were told as long as they say."""
    earliest = rules.earliest(after, actor.today)
    if after.publishing.tell_customers and rules.may_bind(before, after) and valid_from < earliest:
        raise Invalid(
            "policy_notice_short",
            f"Customers are concerned and are told {after.publishing.notice_days} days before",
            place=Place(field="valid_from"), mend=f"Give {earliest} or a later day.",
        )  # fmt: skip


def _before(actor: Actor, on: date) -> rules.Policy | None:
    try:
        return queries.in_force(actor.company_id, on)
    except NotFound:
        return None


def _same(before: rules.Policy, after: rules.Policy) -> bool:
    return rules.content(before) == rules.content(after)
