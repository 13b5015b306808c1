"""The writers of collections: dunning runs, promises, activities, the worklist."""

from creditdesk.collections.services.activities import NewPromise, log_activity
from creditdesk.collections.services.by_hand import Reminded, preview_reminder, remind
from creditdesk.collections.services.promises import Judged, judge_promises, promise, withdraw
from creditdesk.collections.services.runs import (
    PlannedMessage,
    RunPlan,
    RunResult,
    preview_run,
    run,
    send_queued,
)
from creditdesk.collections.services.shadow import ShadowSigned, require_shadow, sign_shadow
from creditdesk.collections.services.taking_over import (
    PriorActivity,
    PriorPromise,
    PriorStep,
    take_over_activities,
    take_over_promises,
    take_over_steps,
)
from creditdesk.collections.services.worklist import mark_done, refresh_worklist, snooze

__all__ = [
    "Judged",
    "NewPromise",
    "PlannedMessage",
    "PriorActivity",
    "PriorPromise",
    "PriorStep",
    "Reminded",
    "RunPlan",
    "RunResult",
    "ShadowSigned",
    "judge_promises",
    "log_activity",
    "mark_done",
    "preview_reminder",
    "preview_run",
    "promise",
    "refresh_worklist",
    "remind",
    "require_shadow",
    "run",
    "send_queued",
    "sign_shadow",
    "snooze",
    "take_over_activities",
    "take_over_promises",
    "take_over_steps",
    "withdraw",
]
