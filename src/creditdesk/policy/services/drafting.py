"""A draft of the policy: kept for whoever writes it, until it is published or thrown away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from creditdesk.controls.commands import command
from creditdesk.controls.rules import ROLES
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import rules
from creditdesk.policy.models import Draft
from creditdesk.policy.rules import fee_law


@command("policy.draft")
def keep_draft(actor: Actor, given: Mapping[str, Any]) -> None:
    """Keep the rules as the draft of whoever acts, in place of an earlier one.

    Raises Invalid naming the field that cannot be; then the earlier draft stays.
    """
    read_draft(actor, given)
    known = reads.newest(actor.company_id)
    Draft.objects.update_or_create(
        **whose(actor),
        defaults={
            "author": actor.name,
            "rules": json.loads(to_json(given)),
            "based_on": known.version if known else 0,
            "changed_at": actor.at,
        },
    )


@command("policy.draft")
def change_draft(actor: Actor, changes: Mapping[str, Any]) -> None:
    """Put sections of the draft in place of what they said; without a draft, begin one."""
    known = reads.draft(actor)
    before = known.given if known else reads.rules_in_force(actor.company_id, actor.today)
    keep_draft(actor, {**before, **changes})


@command("policy.draft")
def discard_draft(actor: Actor) -> None:
    """Throw the draft of whoever acts away; harmless without one."""
    Draft.objects.filter(**whose(actor)).delete()


def whose(actor: Actor) -> dict[str, Any]:
    """Return what names the draft of an actor: the person's, or the machine's of that name."""
    own: dict[str, Any] = {"company_id": actor.company_id, "author_id": actor.user_id}
    return own if actor.user_id is not None else {**own, "author": actor.name}


def read_draft(actor: Actor, given: Mapping[str, Any]) -> rules.Policy:
    """Return rules as values; Invalid for what cannot be, and for a role nobody knows."""
    policy = rules.parse(given, version=0, valid_from=actor.today)
    fee_law.refuse_unlawful(policy)
    for n, step in enumerate(policy.authority.matrix):
        if step.role not in ("", *ROLES):
            raise Invalid(
                "policy_role_unknown", f"{step.role!r} is no role",
                place=Place(field=f"authority.matrix[{n}].role"),
                mend=f"Give one of {', '.join(sorted(ROLES))}.",
            )  # fmt: skip
    return policy
