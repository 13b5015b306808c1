"""`@command`: what every outermost service call passes, in one place."""

from creditdesk.controls.commands.approving import approval, approvers, require_approval
from creditdesk.controls.commands.running import acts_on, again, command, preview, require
from creditdesk.controls.commands.state import (
    Approver,
    Grant,
    Need,
    Shown,
    Waits,
    may_need_approval,
    name_at_work,
    undone_as_a_whole,
)

__all__ = [
    "Approver",
    "Grant",
    "Need",
    "Shown",
    "Waits",
    "acts_on",
    "again",
    "approval",
    "approvers",
    "command",
    "may_need_approval",
    "name_at_work",
    "preview",
    "require",
    "require_approval",
    "undone_as_a_whole",
]
