"""What staff and customers are told of a new version, in the language that is active."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from creditdesk.look import words
from creditdesk.policy.rules import BINDING, Policy
from creditdesk.policy.wording import Change, compare, title


@dataclass(frozen=True, slots=True)
class Telling:
    """A letter: its subject, and its text without greeting and signature."""

    subject: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The paragraphs as a plain mail has them."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A version that is told: what it says against the one before it, by whom, why."""

    before: Policy
    after: Policy
    currency: str
    by: str = ""
    reason: str = ""
    read_at: str = ""


def to_staff(of: NewVersion, *, read_by: date, is_reminder: bool = False) -> Telling:
    """Return what somebody of the staff is told: what changed, and where to say it was read."""
    shown = {"version": of.after.version, "day": words.day(of.after.valid_from)}
    if is_reminder:
        subject = gettext("Still to read: credit policy, version %(version)d") % shown
    else:
        subject = gettext("Credit policy, version %(version)d: what changes from %(day)s") % shown
    changes = compare(of.before, of.after, of.currency)
    opening = gettext("From %(day)s on the credit policy says something else.") % shown
    asked = gettext("Please read it and confirm by %(day)s that you did:") % {
        "day": words.day(read_by)
    }
    why = {"by": of.by, "reason": of.reason}
    return Telling(
        subject,
        (
            opening,
            *((gettext("%(by)s published it, because: %(reason)s") % why,) if of.reason else ()),
            *_by_section(changes),
            asked,
            of.read_at,
        ),
    )


def to_customer(of: NewVersion, sections: Collection[str], terms: str) -> Telling:
    """Return what a customer is told of the binding sections that change for it.

    How high limits are by class is the company's own affair: only that this changes is said.
    """
    shown = {"day": words.day(of.after.valid_from)}
    changes = [
        one
        for one in compare(of.before, of.after, of.currency)
        if one.section in sections and one.section != "limits" and _is_about(one, terms)
    ]
    said = [*_by_section(changes)]
    if "limits" in sections:
        said.append(
            gettext(
                "The rules by which we set credit limits change as well. Your own limit stays as"
                " it is until we write to you about it."
            )
        )
    return Telling(
        gettext("What changes between us from %(day)s") % shown,
        (
            gettext("from %(day)s on some of the rules change by which you buy on account from us:")
            % shown,
            *said,
            gettext("Invoices issued before that day stay as they were agreed."),
            gettext("If you have a question about this, please answer this e-mail."),
        ),
    )


def sections_said(sections: Iterable[str]) -> str:
    """Return the binding sections by name, in the order of a letter."""
    given = set(sections)
    return ", ".join(title(one) for one in BINDING if one in given)


def _is_about(change: Change, terms: str) -> bool:
    """Whether a change is about a customer of these terms: not about terms of others."""
    return change.section != "terms" or change.key in {"default_terms", f"terms.{terms}"}


def _by_section(changes: Sequence[Change]) -> Iterable[str]:
    """Yield one paragraph per section: what it said and what it says."""
    for code in dict.fromkeys(one.section for one in changes):
        rows = [one for one in changes if one.section == code]
        yield "\n".join([rows[0].title, *(line for one in rows for line in _said(one))])


def _said(change: Change) -> tuple[str, ...]:
    if change.kind == "added":
        return (gettext("– new: %(text)s") % {"text": change.after},)
    if change.kind == "removed":
        return (gettext("– no longer: %(text)s") % {"text": change.before},)
    shown = {"before": change.before, "after": change.after}
    return (gettext("– until now: %(before)s") % shown, gettext("– from then: %(after)s") % shown)
