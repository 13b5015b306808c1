"""Whom a new version of the rules concerns, the letter to each, and how far telling came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.contact.letters import supported
from creditdesk.contact.rules import Draft
from creditdesk.controls import queries as controls
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import ContactRow, CustomerRow
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy.rules import Bound, Policy, binds, may_bind
from creditdesk.policy.wording.telling import NewVersion, Telling, to_customer

BATCH: Final = 500
PURPOSE: Final = "service"
NEXT: Final = """
    SELECT id FROM customers_customer
     WHERE company_id = %(company_id)s AND status = 'active' AND id > %(after)s
     ORDER BY id LIMIT %(limit)s
"""
CLASSES: Final = """
    SELECT DISTINCT ON (customer_id) customer_id AS id, grade
      FROM assessment_assessment
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(ids)s)
     ORDER BY customer_id, id DESC
"""
# Versions people published of which telling customers has not come to its end.
PENDING: Final = """
    SELECT u.version FROM policy_publication u
      JOIN policy_policy p ON p.company_id = u.company_id AND p.version = u.version
     WHERE u.company_id = %(company_id)s AND p.withdrawn_at IS NULL
       AND NOT EXISTS (SELECT FROM day_policytold t
                        WHERE t.company_id = u.company_id AND t.version = u.version
                          AND t.finished_at IS NOT NULL)
     ORDER BY u.version
"""
LETTERS: Final = """
    SELECT outcome, count(*)::int AS count FROM day_policyletter
     WHERE company_id = %s AND version = %s GROUP BY outcome
"""


@dataclass(frozen=True, slots=True)
class _Count:
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class _Class:
    id: int
    grade: str | None


@dataclass(frozen=True, slots=True)
class Concerned:
    """A customer whom a version concerns, and the letter to it; no letter without an address."""

    customer: CustomerRow
    sections: tuple[str, ...]
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whom a version would be told to: how many, of what, how many without address; one letter."""

    count: int
    by_section: Mapping[str, int]
    without_address: int
    sample: Concerned | None


def outlook(actor: Actor, before: Policy, after: Policy) -> Outlook:
    """Return whom a version would be told to, and one letter as it would read; writes nothing."""
    by_section: Counter[str] = Counter()
    count = without = 0
    sample: Concerned | None = None
    if after.publishing.tell_customers and may_bind(before, after):
        for batch in _batches(actor.company_id):
            for one in concerned(actor, before, after, batch):
                count += 1
                without += one.draft is None
                by_section.update(one.sections)
                sample = sample if sample and sample.draft else one
    return Outlook(count, dict(by_section), without, sample)


def pending(company_id: int) -> list[int]:
    """Return the versions of which customers are still to be told, the oldest first."""
    return list(sql.scalars(PENDING, {"company_id": company_id}))


def next_customers(company_id: int, after: int) -> list[int]:
    """Return the next active customers by id."""
    given = {"company_id": company_id, "after": after, "limit": BATCH}
    return list(sql.scalars(NEXT, given))


def letters(company_id: int, version: int) -> dict[str, int]:
    """Return how many customers a version was told to, by what came of it."""
    rows = sql.fetch(_Count, LETTERS, [company_id, version])
    return {row.outcome: row.count for row in rows}


def _batches(company_id: int) -> Iterator[list[int]]:
    after = 0
    while ids := next_customers(company_id, after):
        yield ids
        after = ids[-1]


def concerned(
    actor: Actor, before: Policy, after: Policy, ids: Sequence[int]
) -> Iterator[Concerned]:
    """Yield those of the customers whom a version concerns, each with its letter."""
    company = controls.company(actor.company_id)
    accounts = customers.customers_by_id(actor.company_id, ids)
    people = customers.primary_contacts(actor.company_id, ids)
    on = max(actor.today, after.valid_from)
    agreed = customers.terms_codes(actor.company_id, on, ids)
    classes = {
        row.id: row.grade or ""
        for row in sql.fetch(_Class, CLASSES, {"company_id": actor.company_id, "ids": list(ids)})
    }
    of = NewVersion(before=before, after=after, currency=company.currency)
    words: dict[tuple[str, tuple[str, ...], str], Telling] = {}
    for customer_id in ids:
        one = accounts[customer_id]
        terms = agreed.get(customer_id) or after.default_terms
        bound = Bound(
            terms=agreed.get(customer_id, ""), currency=one.currency, country=one.country,
            risk_class=classes.get(customer_id, ""), segment=one.segment,
        )  # fmt: skip
        sections = binds(before, after, bound)
        if sections:
            person = people.get(customer_id)
            language = supported((person.language if person else "") or one.language)
            key = (language, sections, terms)
            if key not in words:
                with translation.override(language):
                    words[key] = to_customer(of, sections, terms)
            yield Concerned(one, sections, _draft(one, person, words[key], language))


def _draft(
    customer: CustomerRow, person: ContactRow | None, told: Telling, language: str
) -> Draft | None:
    if person is None or not person.email:
        return None
    with translation.override(language):
        greeting = gettext("Dear %(name)s,") % {"name": person.name or customer.name}
        body = "\n\n".join([greeting, *told.paragraphs, gettext("Kind regards")])
    return Draft(
        customer_id=customer.id, customer_name=customer.name, recipient=person.email,
        recipient_name=person.name, contact_id=person.id, purpose=PURPOSE, language=language,
        country=customer.country, currency=customer.currency, subject=told.subject, body=body,
    )  # fmt: skip
