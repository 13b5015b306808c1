"""Reviews at the command line: which are due or open, and what is proposed."""

from __future__ import annotations

from creditdesk.assessment.reviews import queries, services, wording
from creditdesk.assessment.reviews.queries import ReviewRow
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.money import from_minor

SHOWN = 200


def show(*, state: str, company: str) -> int:
    """List the reviews of a company in one state, the first due first."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    found = queries.listing(of.id, on=actor.today, state=state, size=SHOWN)
    for row in found.rows:
        print(_line(row))
    if not found.rows:
        print(gettext("No review is like that."))
    elif found.total > SHOWN:
        print(gettext("%(count)d more", count=found.total - SHOWN))
    return 0


def start(*, customer: str, reason: str, company: str) -> int:
    """Review a customer before its time."""
    of = companies.the_one(company)
    row = customers.customer(of.id, customer)
    reference = services.start_review(companies.actor(of), row.id, reason=reason)
    print(_line(queries.review(of.id, reference)))
    return 0


def _line(row: ReviewRow) -> str:
    told = {
        "reference": row.reference, "customer": f"{row.customer_number} {row.customer_name}",
        "day": row.due_on, "answer": wording.answer(row.answer),
        "limit": f"{from_minor(row.current_minor, row.currency)} {row.currency}",
        "proposed": f"{from_minor(row.proposed_minor, row.currency)} {row.currency}",
    }  # fmt: skip
    return gettext(
        "%(reference)s: %(customer)s, due %(day)s, limit %(limit)s. %(answer)s: %(proposed)s",
        **told,
    )
