"""What subscribers are told, word for word: the text of a mail, the body of a call."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any

from django.utils import translation
from django.utils.translation import gettext, ngettext

from creditdesk.controls.queries import CompanyRow
from creditdesk.monitoring.alerts import wording
from creditdesk.monitoring.alerts.queries.subscriptions import Told
from creditdesk.plumbing.encoding import to_json

SIGNED = "\n-- \ncreditdesk\n"


def mail_of(told: Sequence[Told], of: CompanyRow) -> tuple[str, str]:
    """Return subject and text of one mail about some steps, in the company's language."""
    with translation.override(of.language):
        subject = ngettext(
            "%(company)s: an alert", "%(company)s: %(count)d alerts", len(told)
        ) % {"company": of.name, "count": len(told)}  # fmt: skip
        return subject, "\n".join([*(_line(one) for one in told), SIGNED])


def _line(one: Told) -> str:
    return gettext(
        "%(severity)s: %(signal)s (%(value)s, from %(threshold)s on)\n"
        "  %(number)s %(name)s, alert %(id)d of %(on)s: %(act)s\n"
    ) % {
        "severity": wording.severity(one.severity), "signal": wording.signal(one.signal),
        "value": wording.value(one.signal, one.value),
        "threshold": wording.value(one.signal, one.threshold),
        "number": one.customer_number, "name": one.customer_name, "id": one.alert_id,
        "on": one.happened_on.isoformat(), "act": wording.act(one.act),
    }  # fmt: skip


def envelope(subject: str, text: str, *, of: CompanyRow, recipient: str) -> EmailMessage:
    """Return the mail as it leaves."""
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["From"] = of.sender_email or recipient
    message["To"] = recipient
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def body_of(one: Told, of: CompanyRow) -> str:
    """Return the body of a call about a step, as JSON."""
    told: dict[str, Any] = {
        "event": f"alert.{one.act}", "step_id": one.step_id, "company": of.code,
        "alert": {
            "id": one.alert_id, "signal": one.signal, "severity": one.severity,
            "value": one.value, "threshold": one.threshold, "owner": one.owner,
            "on": one.happened_on, "customer_number": one.customer_number,
        },
    }  # fmt: skip
    return to_json(told)
