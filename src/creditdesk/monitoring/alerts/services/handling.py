"""What people do with alerts: take one, put it off, close it with what came of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.monitoring.alerts.events import AlertClosed
from creditdesk.monitoring.alerts.models import Alert
from creditdesk.monitoring.alerts.queries import people
from creditdesk.monitoring.alerts.rules import OUTCOMES
from creditdesk.monitoring.alerts.services import steps
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce

SNOOZE_DAYS_MAX: Final = 365
NOTE_LENGTH: Final = 2_000


@command("monitoring.handle_alert")
def assign(actor: Actor, alert_id: int, *, user_id: int | None, note: str = "") -> None:
    """Make an alert somebody's, or with nobody named, again its role's."""
    found = _standing(actor, alert_id)
    name = ""
    if user_id is not None:
        member = people.members(actor.company_id).get(user_id)
        if member is None:
            raise NotFound("user_unknown", "There is no such person in the company")
        name = member.name
    found.assigned_to_id, found.assigned_to = user_id, name
    found.save(update_fields=["assigned_to_id", "assigned_to"])
    _note(actor, found, "assigned", note=note, to=name)


@command("monitoring.handle_alert")
def snooze(actor: Actor, alert_id: int, *, until: date, note: str = "") -> None:
    """Put an alert off until a day; it comes back by itself then, or when it gets worse."""
    found = _standing(actor, alert_id)
    if not actor.today < until <= actor.today + timedelta(days=SNOOZE_DAYS_MAX):
        raise Invalid(
            "snooze_day_unfit",
            "An alert is put off until a later day, a year ahead at most",
            place=Place(field="until"),
            mend="Give a later day",
        )
    found.state, found.snoozed_until = Alert.State.SNOOZED, until
    found.save(update_fields=["state", "snoozed_until"])
    _note(actor, found, "snoozed", note=note, until=until)


@command("monitoring.handle_alert")
def close(actor: Actor, alert_id: int, *, outcome: str, note: str) -> None:
    """Close an alert with what came of it and why; it stays quiet as long as policy says."""
    found = _standing(actor, alert_id)
    if outcome not in OUTCOMES:
        raise Invalid(
            "outcome_unknown",
            "An alert does not end like that",
            place=Place(field="outcome"),
            mend=f"Give one of {', '.join(OUTCOMES)}",
        )
    if not note.strip():
        raise Invalid(
            "reason_missing",
            "Closing an alert needs a reason",
            place=Place(field="note"),
            mend="Say what was done, or why nothing is.",
        )
    found.state, found.outcome = Alert.State.CLOSED, outcome
    found.closed_on, found.snoozed_until = actor.today, None
    found.save(update_fields=["state", "outcome", "closed_on", "snoozed_until"])
    _note(actor, found, "closed", note=note, outcome=outcome)
    announce(
        actor, [AlertClosed(alert_id=found.id, customer_id=found.customer_id, outcome=outcome)]
    )


def _standing(actor: Actor, alert_id: int) -> Alert:
    """Return the alert under lock; Conflict where it is closed."""
    found = (
        Alert.objects.select_for_update().filter(company_id=actor.company_id, id=alert_id).first()
    )
    if found is None:
        raise NotFound("alert_unknown", "There is no such alert")
    if found.state == Alert.State.CLOSED:
        raise Conflict("alert_closed", "The alert is closed already")
    return found


def _note(
    actor: Actor, found: Alert, act: str, *, note: str, to: str = "",
    until: date | None = None, outcome: str = "",
) -> None:  # fmt: skip
    body = {"note": note.strip()[:NOTE_LENGTH], "to": to}
    step = steps.NewStep(
        alert_id=found.id, act=act, severity=found.severity, value=found.value,
        threshold=found.threshold, outcome=outcome, until=until,
        body=to_json({key: value for key, value in body.items() if value}),
    )  # fmt: skip
    steps.write(actor, [step], found.policy_version)
