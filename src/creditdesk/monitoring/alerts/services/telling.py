"""Who is to be told of which step: one delivery for each subscription that fits, and its job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql

TASK: Final = "monitoring.tell"
_QUEUE: Final = """
    INSERT INTO monitoring_delivery
        (company_id, subscription_id, step_id, state, told, fault, recorded_at)
    SELECT %(company_id)s, s.id, t.id, 'waiting', '', '', %(at)s
      FROM monitoring_alertstep t
      JOIN monitoring_alert a ON a.id = t.alert_id
      JOIN monitoring_subscription s ON s.company_id = t.company_id
     WHERE t.company_id = %(company_id)s AND t.id = ANY(%(steps)s) AND s.ended_at IS NULL
       AND s.rank <= a.rank
       AND (s.signals = '{}' OR a.signal = ANY(s.signals))
       AND (s.customer_ids = '{}' OR a.customer_id = ANY(s.customer_ids))
     ORDER BY s.id, t.id
    ON CONFLICT (subscription_id, step_id) DO NOTHING
    RETURNING subscription_id
"""


def queue(actor: Actor, steps: Sequence[int]) -> int:
    """Let those be told who subscribed to what these steps are about; return how many times."""
    if not steps:
        return 0
    found = sql.scalars(
        _QUEUE, {"company_id": actor.company_id, "steps": list(steps), "at": actor.at}
    )
    for one in sorted(set(found)):
        job(actor.company_id, one)
    return len(found)


def job(company_id: int, subscription_id: int) -> None:
    """Have a job tell a subscription what waits for it; one that waits already does."""
    made = app.configure_task(TASK, queueing_lock=f"{TASK}:{subscription_id}", allow_unknown=True)
    try:
        with transaction.atomic():
            made.defer(company_id=company_id, subscription_id=subscription_id)
    except AlreadyEnqueued:
        return
