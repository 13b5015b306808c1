"""Scorecards at the command line: learned, listed, approved."""

from __future__ import annotations

from datetime import date

from creditdesk.assessment import queries, services
from creditdesk.assessment.queries import CardRow
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.errors import Invalid, Place


def fit(*, company: str) -> int:
    """Learn a card from a company's own history."""
    of = companies.the_one(company)
    print(_line(services.fit_own(companies.actor(of))))
    return 0


def show(*, company: str) -> int:
    """List the learned cards, the last first."""
    of = companies.the_one(company)
    found = [one for one in queries.cards(of.id) if one.measures]
    for one in found:
        print(_line(one))
    if not found:
        print(gettext("No scorecard was learned yet."))
    return 0


def approve(*, card: int, valid_from: str, company: str) -> int:
    """Let a card count from a day on."""
    of = companies.the_one(company)
    try:
        day = date.fromisoformat(valid_from)
    except ValueError as error:
        raise Invalid(
            "date_malformed",
            f"{valid_from[:40]!r} is no date",
            place=Place(field="from"),
            mend="Write it as 2026-01-31",
        ) from error
    print(_line(services.approve_card(companies.actor(of), card, valid_from=day)))
    return 0


def _line(row: CardRow) -> str:
    held = row.measures["held_out"]
    told = {
        "number": row.id, "card": f"{row.card.key} {row.card.version}",
        "auc": _figure(held["auc"]), "gini": _figure(held["gini"]), "ks": _figure(held["ks"]),
        "psi": _figure(row.measures["psi"]), "held": held["firms"], "failed": held["failed"],
    }  # fmt: skip
    text = gettext(
        "%(number)s: %(card)s, AUC %(auc)s, Gini %(gini)s, KS %(ks)s, PSI %(psi)s on %(held)s held"
        " out, of whom %(failed)s failed",
        **told,
    )
    if row.valid_from is None:
        return f"{text}; {gettext('waits for approval')}"
    since = gettext("counts from %(day)s, approved by %(name)s",
                    day=row.valid_from, name=row.approved_by)  # fmt: skip
    return f"{text}; {since}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
