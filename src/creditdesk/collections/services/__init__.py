"""The writers of collections: dunning runs, promises, activities, the worklist."""

from creditdesk.collections.services.activities import NewPromise, log_activity
from creditdesk.collections.services.promises import Judged, judge_promises, promise, withdraw
from creditdesk.collections.services.runs import (
    PlannedMessage,
    RunPlan,
    RunResult,
    preview_run,
    run,
    send_queued,
)
from creditdesk.collections.services.worklist import mark_done, refresh_worklist, snooze

__all__ = [
    "Judged",
    "NewPromise",
    "PlannedMessage",
    "RunPlan",
    "RunResult",
    "judge_promises",
    "log_activity",
    "mark_done",
    "preview_run",
    "promise",
    "refresh_worklist",
    "run",
    "send_queued",
    "snooze",
    "withdraw",
]
