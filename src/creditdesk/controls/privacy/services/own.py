"""Erase a person from what the controls and the plumbing keep: users, traces, files, answers."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from urllib.parse import quote, quote_plus

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponseGone

from creditdesk.controls.audit.tables import HOUSE
from creditdesk.controls.identity.services.sessions import end_sessions
from creditdesk.controls.models import Membership, SignInEvent, User
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import Line, Part
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import keeping

SPECIAL, BACKSLASHED = r"([\\%_])", r"\\\1"
VALUE_LENGTH_MIN = keeping.NEEDLE_LENGTH_MIN
HELD = """
    SELECT id FROM {table} WHERE company_id = %(company_id)s
       AND lower(concat_ws(' ', {texts})) LIKE ANY(%(patterns)s)
       AND lower(concat_ws(' ', {texts})) ~ ANY(%(words)s)
"""
# The first answer is gone; that the request was answered is not, so that it is not done twice.
ANSWERS = f"""
    UPDATE controls_idempotencykey SET result = '{{{{"erased": true}}}}' WHERE id IN ({HELD})
"""
API_ANSWERS = f"""
    UPDATE controls_apianswer SET status = {HttpResponseGone.status_code},
           content_type = 'application/problem+json', body = %(problem)s WHERE id IN ({HELD})
"""
REQUESTS = f"""
    UPDATE controls_approvalrequest
       SET arguments = '{{{{"erased": true}}}}', about = '[]', outcome = NULL, reason = 'erased'
     WHERE state <> 'waiting' AND id IN ({HELD})
"""
REQUEST = ("arguments", "about", "outcome", "reason")
JOBS = """
    DELETE FROM procrastinate_jobs
     WHERE status IN ('succeeded', 'cancelled', 'aborted', 'failed')
       AND (args ->> 'company_id')::bigint = %(company_id)s
       AND lower(args::text) LIKE ANY(%(patterns)s) AND lower(args::text) ~ ANY(%(words)s)
"""
PROBLEM = json.dumps(
    {
        "type": "about:blank",
        "status": HttpResponseGone.status_code,
        "code": "answer_erased",
        "title": "This was done; its answer was erased by rule",
    }
)


def erase_traces(case: Case, values: Collection[str]) -> tuple[Line, ...]:
    """Erase values wherever the controls and the plumbing kept them; say what a duty keeps.

    Looked for as whole words of four letters and more, in any case: what is shorter stands in
    too many places that are not this person's.
    """
    found = _long(values)
    if not found:
        return ()
    asked = {"company_id": case.actor.company_id, "problem": PROBLEM, **wanted(found)}
    trail = ("arguments", "outcome", "reason")
    answers = _run(ANSWERS, asked, "controls_idempotencykey", "result") + _run(
        API_ANSWERS, asked, "controls_apianswer", "body"
    )
    return (
        Line("audit_entries", _blank(case, asked, "controls_auditentry", trail)),
        Line("events", _blank(case, asked, "plumbing_event", ("data",))),
        Line("approval_votes", _blank(case, asked, "controls_approvalvote", ("reason",))),
        Line("answers", answers),
        Line("approval_requests", _run(REQUESTS, asked, "controls_approvalrequest", *REQUEST)),
        Line("approval_requests", _waiting(asked), kept=True, reason="waiting"),
        Line("jobs", sql.execute(JOBS, asked)),
    )


def _long(values: Collection[str]) -> list[str]:
    return sorted({value for value in values if len(value) >= VALUE_LENGTH_MIN})


def wanted(values: Collection[str]) -> dict[str, list[str]]:
    """Return what texts in small letters are searched for: `patterns`, and `words` among those.

    LIKE is quick, and the regular expression of a whole word exact: Ann is not in Annaberg.
    """
    forms = sorted({form for value in _long(values) for form in _forms(value)})
    return {
        "patterns": [f"%{re.sub(SPECIAL, BACKSLASHED, form)}%" for form in forms],
        "words": [f"(^|[^[:alnum:]]){re.escape(form)}([^[:alnum:]]|$)" for form in forms],
    }


def _forms(value: str) -> set[str]:
    """Return a value as it is and as JSON or an address may hold it, in small letters.

    Whether a database makes letters small that are not ASCII depends on its collation.
    """
    small = {value.lower(), "".join(one.lower() if one.isascii() else one for one in value)}
    return {
        form
        for one in small
        for form in (
            one,
            quote(one).lower(),
            quote_plus(one).lower(),
            json.dumps(one, ensure_ascii=False)[1:-1],
            json.dumps(one)[1:-1],
        )
    }


def _run(statement: str, asked: dict[str, object], table: str, *columns: str) -> int:
    return sql.execute(statement.format(table=table, texts=_texts(columns)), asked)


def _waiting(asked: dict[str, object]) -> int:
    """Return how many requests that speak of them wait for a decision, or have just got none."""
    waits = HELD.format(table="controls_approvalrequest", texts=_texts(REQUEST))
    return len(sql.scalars(f"{waits} AND state = 'waiting'", asked))


def _texts(columns: Collection[str]) -> str:
    return ", ".join(f"{column}::text" for column in columns)


def _blank(case: Case, asked: dict[str, object], table: str, columns: tuple[str, ...]) -> int:
    ids = sql.scalars(HELD.format(table=table, texts=_texts(columns)), asked)
    return redact(case.actor.company_id, table, ids, erasure_id=case.erasure_id, at=case.actor.at)


def erase_files(case: Case, values: Collection[str]) -> tuple[Line, ...]:
    """Blank files of master data and rejected rows that speak of them; count vouchers that do."""
    company_id, today = case.actor.company_id, case.actor.today
    every = {file.id: file for file in keeping.files(company_id)}
    theirs = [every[one] for one in keeping.speaking_of(company_id, every, values)]
    rule = rules.retention(case.country, "vouchers", today)
    vouchers = [
        file
        for file in theirs
        if file.is_voucher and rules.still_kept(file.recorded_at.date(), rule, today)
    ]
    free = [file.id for file in theirs if file not in vouchers and not file.is_in_use]
    in_use = sum(file.is_in_use for file in theirs if file not in vouchers)
    latest = max((file.recorded_at.date() for file in vouchers), default=None)
    erased = redact(company_id, "plumbing_file", free, erasure_id=case.erasure_id, at=case.actor.at)
    samples = keeping.forget_samples(company_id, file_ids=free, values=values)
    return (
        Line("files", erased),
        Line("import_samples", samples),
        Line(
            "files", len(vouchers), kept=True, reason="law", source=rule.source,
            until=rules.kept_until(rule, latest) if latest else None,
        ),
        Line("files", in_use, kept=True, reason="in_use"),
    )  # fmt: skip


def erase_user(case: Case) -> Part:
    """Take name, address and everything of the door off a user, who signs in no more.

    The sign-in name stays: who did what is what the trail is kept for.
    """
    if case.subject.kind != "user":
        return Part(())
    company_id = case.actor.company_id
    mine = Membership.objects.filter(user_id=case.subject.id, company_id=company_id)
    user = User.objects.select_for_update().filter(id=case.subject.id).first()
    elsewhere = Membership.objects.filter(user_id=case.subject.id).exclude(company_id=company_id)
    # Who belongs to no company any more may be erased by any; somebody else's user may not.
    if user is None or (not mine.exists() and elsewhere.exists()):
        raise NotFound("user_unknown", "The company has no such user", user_id=case.subject.id)
    memberships, _ = mine.delete()
    accountable = Line("sign_in_name", 1, kept=True, reason="accountability")
    if elsewhere.exists():
        other = Line("user_name", 1, kept=True, reason="other_company")
        return Part((Line("user_roles", memberships), other, accountable))
    values = {f"{user.first_name} {user.last_name}".strip(), user.last_name, user.email} - {""}
    ends = end_sessions(user.id)
    factors = sum(
        kind.objects.filter(user_id=user.id).delete()[0]
        for kind in (Authenticator, EmailAddress, SocialAccount)
    )
    user.first_name = user.last_name = user.email = ""
    user.is_active = False
    user.set_unusable_password()
    user.save()
    events = SignInEvent.objects.filter(user_id=user.id).values_list("id", flat=True)
    visits = redact(
        HOUSE, "controls_signinevent", list(events), erasure_id=case.erasure_id, at=case.actor.at
    )
    return Part(
        (
            Line("user_roles", memberships), Line("user_name", len(values)),
            Line("sessions", ends), Line("factors", factors), Line("sign_in_events", visits),
            accountable,
        ),
        frozenset(values),
    )  # fmt: skip
