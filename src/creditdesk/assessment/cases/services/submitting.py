"""Applications handed in: what the policy decides by itself is decided at once."""

from __future__ import annotations

from creditdesk.assessment.cases.services.deciding import decided_by_policy
from creditdesk.assessment.cases.services.taking import locked, put_in
from creditdesk.controls.commands import acts_on, command
from creditdesk.kernel.actor import Actor


@command("assessment.apply")
def submit(actor: Actor, reference: str) -> str:
    """Hand a draft in and return how it stands then: accepted where the policy decides by itself.

    What is missing is no reason against it: it is chased.
    """
    row = locked(actor, reference)
    acts_on("application", [row.id])
    put_in(actor, row)
    decided_by_policy(actor, row)
    return row.state
