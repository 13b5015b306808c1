"""Applications, evidence, how accounts are kept, and second persons in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext, ngettext

from creditdesk.policy.rules import AssessmentRules, EvidenceRules, Policy, PublishingRules
from creditdesk.policy.rules.accounts import AccountRules, DutyRules
from creditdesk.policy.wording.saying import Clause, Said, clauses, days, money, months, percent


def assessment(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield how applications are recommended, and how long things stand open."""
    yield from clauses("assessment", policy.assessment, _ASSESSMENT, currency)


def _rounding(rules: AssessmentRules, currency: str) -> str:
    if not rules.round_to_minor:
        return gettext("What is offered below what was asked for is not rounded.")
    return gettext(
        "What is offered below what was asked for is rounded down to a multiple of %(amount)s."
    ) % {"amount": money(rules.round_to_minor, currency)}


def _reminders(rules: AssessmentRules, _: str) -> str:
    if not rules.reminders_max:
        return gettext("Whoever was asked and does not answer is not reminded.")
    return ngettext(
        "Whoever was asked and does not answer is reminded after %(days)s, %(count)d time.",
        "Whoever was asked and does not answer is reminded every %(days)s, at most %(count)d"
        " times.",
        rules.reminders_max,
    ) % {"days": days(rules.remind_after_days), "count": rules.reminders_max}


_ASSESSMENT: Final[tuple[Said[AssessmentRules], ...]] = (
    Said(
        ("need_days",),
        lambda rules, _: (
            gettext(
                "A limit is to cover what the applicant buys in the days of the terms and"
                " %(days)s more."
            )
            % {"days": days(rules.need_days)}
        ),
    ),
    Said(
        ("references_percent",),
        lambda rules, _: (
            gettext(
                "Without figures, up to %(percent)s of the highest credit a good reference gives"
                " is offered, if that is more than the class is offered without them."
            )
            % {"percent": percent(rules.references_percent)}
        ),
    ),
    Said(
        ("reference_late_days",),
        lambda rules, _: (
            gettext(
                "A reference is bad when it was paid more than %(days)s late, or would not supply"
                " again."
            )
            % {"days": days(rules.reference_late_days)}
        ),
    ),
    Said(("round_to_minor",), _rounding),
    Said(
        ("offer_days",),
        lambda rules, _: (
            gettext("A counter-offer, and an approval with conditions, stands for %(days)s.")
            % {"days": days(rules.offer_days)}
        ),
    ),
    Said(
        ("draft_days",),
        lambda rules, _: (
            gettext("An application that is not handed in within %(days)s ends.")
            % {"days": days(rules.draft_days)}
        ),
    ),
    Said(
        ("link_days",),
        lambda rules, _: (
            gettext("An address sent to an applicant or a referee works for %(days)s.")
            % {"days": days(rules.link_days)}
        ),
    ),
    Said(("remind_after_days", "reminders_max"), _reminders),
)


def evidence(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what looks like fraud, and how long evidence counts."""
    yield from clauses("evidence", policy.evidence, _EVIDENCE, currency)


_EVIDENCE: Final[tuple[Said[EvidenceRules], ...]] = (
    Said(
        ("openings_max", "openings_days"),
        lambda rules, _: (
            gettext(
                "More than %(count)d openings within %(days)s with the same mail, phone, address or"
                " network are a sign of fraud."
            )
            % {"count": rules.openings_max, "days": days(rules.openings_days)}
        ),
    ),
    Said(
        ("likeness_percent",),
        lambda rules, _: (
            gettext("From a likeness of %(percent)s on, a name counts as near a listed one.")
            % {"percent": percent(rules.likeness_percent)}
        ),
    ),
    Said(
        ("report_days",),
        lambda rules, _: (
            gettext("A report that says nothing of it itself counts for %(days)s.")
            % {"days": days(rules.report_days)}
        ),
    ),
)


def accounts(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield when accounts fall asleep, and how long looks at them are kept."""
    yield from clauses("accounts", policy.accounts, _ACCOUNTS, currency)


def _dormant(rules: AccountRules, _: str) -> str:
    if not rules.dormant_months:
        return gettext("No account falls asleep.")
    return gettext(
        "An account on which nothing was booked for %(months)s falls asleep, unless something is"
        " open, ordered or mandated."
    ) % {"months": months(rules.dormant_months)}


_ACCOUNTS: Final[tuple[Said[AccountRules], ...]] = (
    Said(("dormant_months",), _dormant),
    Said(
        ("views_kept_days",),
        lambda rules, _: (
            gettext("Who looked at an account is kept for %(days)s.")
            % {"days": days(rules.views_kept_days)}
        ),
    ),
)


def duties(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield which commands wait for a second person."""
    yield from clauses("duties", policy.duties, _DUTIES, currency)


def _second_person(rules: DutyRules, _: str) -> str:
    if not rules.second_person:
        return gettext("No command waits for a second person beyond what these rules say.")
    return gettext(
        "These commands wait for a second person, whoever asks for them: %(commands)s."
    ) % {"commands": ", ".join(rules.second_person)}


_DUTIES: Final[tuple[Said[DutyRules], ...]] = (Said(("second_person",), _second_person),)


def publishing(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield whom a new version is told to, how long before, and by when staff have read it."""
    yield from clauses("publishing", policy.publishing, _PUBLISHING, currency)


def _tells(rules: PublishingRules, _: str) -> str:
    if rules.tell_customers:
        return gettext(
            "Customers whose terms, interest, fees, reminders or limits a new version changes are"
            " written to."
        )
    return gettext("Customers are not written to when the rules change.")


def _notice(rules: PublishingRules, _: str) -> str:
    if not rules.notice_days:
        return gettext("A version that concerns customers may be in force from the same day.")
    return gettext(
        "A version that concerns customers comes into force %(days)s after it is published at the"
        " earliest."
    ) % {"days": days(rules.notice_days)}


def _reminded(rules: PublishingRules, _: str) -> str:
    if not rules.remind_every_days:
        return gettext("Nobody is reminded by itself of a version they have not read.")
    return gettext("Whoever has not read a new version is reminded every %(days)s.") % {
        "days": days(rules.remind_every_days)
    }


_PUBLISHING: Final[tuple[Said[PublishingRules], ...]] = (
    Said(("tell_customers",), _tells),
    Said(("notice_days",), _notice),
    Said(
        ("read_within_days",),
        lambda rules, _: (
            gettext("Staff whose work it changes read a new version within %(days)s.")
            % {"days": days(rules.read_within_days)}
        ),
    ),
    Said(("remind_every_days",), _reminded),
)
