"""Commands for limits and exposure: show, list requests, ask, refuse."""

from __future__ import annotations

from creditdesk.credit import queries as credit
from creditdesk.credit import services, wording
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import companies, tongue
from creditdesk.faces.cli.dates import day_of
from creditdesk.faces.cli.tongue import gettext
from creditdesk.insight import queries as insight
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import from_minor, to_minor
from creditdesk.policy import queries as policy

ROWS_MAX = 1_000


def _told(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency)} {currency}"


def show(*, number: str, company: str) -> int:
    """Print the effective limit with its parts, the group's, and what is available."""
    actor = companies.actor(companies.the_one(company))
    of = customers.customer(actor.company_id, number)
    limit = credit.effective_limits(actor.company_id, actor.today, [of.id])[of.id]
    standing = credit.standing(actor.company_id, of.id, actor.today)
    if limit.minor is None:
        print(gettext("no limit is in force"))
    else:
        left = standing.available_minor or 0
        print(gettext("limit %(limit)s, exposure %(exposure)s, available %(available)s",
                      limit=_told(limit.minor, limit.currency),
                      exposure=_told(standing.exposure_minor, standing.currency),
                      available=_told(left, standing.currency)))  # fmt: skip
    with tongue.spoken():
        for one in limit.components:
            record, until = one.record, one.record.valid_to or "…"
            print(
                f"  {wording.limit_kind(record.kind)}  {_told(record.minor, record.currency)}"
                f"  {record.valid_from} – {until}  {_told(one.counted_minor, limit.currency)}"
                f"  {wording.limit_counts(one.because)}"
            )
    for currency, minor in sorted(limit.per_currency.items()):
        print(" ", gettext("of it in one currency at most %(limit)s", limit=_told(minor, currency)))
    shared = credit.shared_limit(actor.company_id, of.id, actor.today)
    if shared is not None:
        print(gettext("group of %(number)s: limit %(limit)s, available %(available)s",
                      number=shared.top_number,
                      limit=_told(shared.limit.minor or 0, shared.limit.currency),
                      available=_told(shared.available_minor, shared.limit.currency)))  # fmt: skip
    return 0


def requests(*, every: bool, company: str) -> int:
    """Print the limits that are asked for, the last first."""
    of = companies.the_one(company)
    rows = credit.limit_requests(of.id, state="" if every else "open", limit=ROWS_MAX)
    with tongue.spoken():
        for row in rows:
            print(
                f"{row.reference}  {row.customer_number}  {wording.limit_kind(row.kind)}"
                f"  {_told(row.minor, row.currency)}  {wording.request_state(row.state)}"
                f"  {row.asked_by}: {row.reason}"
            )
    if not rows:
        print(gettext("no limit is asked for"))
    return 0


def ask(
    *, number: str, amount: str, reason: str, kind: str, currency: str, until: str, company: str
) -> int:
    """Ask for a limit and print the reference of the request."""
    actor = companies.actor(companies.the_one(company))
    of = customers.customer(actor.company_id, number)
    own = currency or of.currency
    try:
        minor = to_minor(amount, own)
    except ValueError as error:
        raise Invalid(
            "amount_malformed", f"{amount[:40]!r} is no amount in {own}",
            place=Place(field="amount"), mend="Write it as 1234.50",
        ) from error  # fmt: skip
    reference = services.ask_limit(
        actor,
        NewLimit(
            customer_id=of.id, minor=minor, currency=own, valid_from=actor.today,
            valid_to=day_of(until, "--until") if until else None, reason=reason, kind=kind,
        ),
    )  # fmt: skip
    print(gettext("asked for: %(reference)s", reference=reference))
    return 0


def refuse(*, reference: str, answer: str, company: str) -> int:
    """Refuse what is asked for."""
    actor = companies.actor(companies.the_one(company))
    services.refuse_limit(actor, reference, answer=answer)
    print(gettext("refused: %(reference)s", reference=reference))
    return 0


def exposure(*, number: str, with_items: bool, company: str) -> int:
    """Print every bucket that has anything, whether it counts, and its documents if asked."""
    actor = companies.actor(companies.the_one(company))
    of = customers.customer(actor.company_id, number)
    lines = insight.exposure_lines(actor.company_id, actor.today, [of.id])
    counting = policy.exposure_rules(actor.company_id, actor.today)
    standing = credit.standing(actor.company_id, of.id, actor.today)
    print(gettext("exposure of %(number)s: %(amount)s", number=of.number,
                  amount=_told(standing.exposure_minor, standing.currency)))  # fmt: skip
    for code in insight.BUCKETS:
        for currency in sorted({line.currency for line in lines if line.bucket == code}):
            some = [one for one in lines if (one.bucket, one.currency) == (code, currency)]
            switch = gettext("counts") if counting.counts(code) else gettext("does not count")
            with tongue.spoken():
                name = wording.bucket(code)
            print(f"  {name}: {_told(sum(one.minor for one in some), currency)}  {switch}")
            for one in some if with_items else ():
                print(f"    {one.number}  {one.falls_on or ''}  {_told(one.minor, currency)}")
    return 0
