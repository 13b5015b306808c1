"""Commands about the ERP beside us: going live, reconciling, exporting what was decided here."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TextIO

from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext, ngettext, spoken
from creditdesk.golive import queries, wording
from creditdesk.golive import services as golive
from creditdesk.golive.rules import Report
from creditdesk.insight import services as insight
from creditdesk.insight.queries import DecisionRow
from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.kernel.money import from_minor
from creditdesk.plumbing import whole_files
from creditdesk.plumbing.encoding import to_json
from creditdesk.reconciliation import queries as reconciliation
from creditdesk.reconciliation import services as reconciliation_services
from creditdesk.reconciliation import wording as reconciliation_words

HAS_ERRORS = 3
SHOWN_MAX = 50
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def go_live(*, company: str, cut_over: str, as_json: bool) -> int:
    """Begin going live if a date is given; then show the report; status 3 while it has errors."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    if cut_over:
        golive.begin(actor, cut_over_on=_date(cut_over, "--cut-over"))
    row = queries.going_live(of.id)
    if row is None:
        raise Refused("golive_not_begun", "Begin with: creditdesk go-live --cut-over YYYY-MM-DD")
    if row.signed_at is not None:
        told = {
            "name": of.name, "day": row.cut_over_on, "signer": row.signed_by,
            "seal": row.report_sha256[:12], "moment": f"{row.signed_at:%Y-%m-%d %H:%M}",
        }  # fmt: skip
        print(
            gettext("%(name)s is live since %(day)s; %(signer)s signed %(seal)s at %(moment)s",
                    **told)
        )  # fmt: skip
        return 0
    report = queries.report(of.id, row, today=actor.today)
    if as_json:
        kept, sha256 = queries.as_kept(report)
        print(to_json({"report": kept, "sha256": sha256}))
    else:
        with spoken():
            _show(report)
    return HAS_ERRORS if report.errors else 0


def _date(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            "date_malformed",
            f"{text[:40]!r} is no date",
            place=Place(field=field),
            mend="Write it as 2026-01-31",
        ) from error


def _show(report: Report) -> None:
    print(gettext("Cut-over %(day)s", day=report.cut_over_on))
    for kind, count in report.counts.items():
        print(f"  {count:8} {wording.kind(kind)}")
    for one in report.totals:
        owed, credit = (from_minor(m, one.currency) for m in (one.owed_minor, one.credit_minor))
        ages = " / ".join(str(from_minor(minor, one.currency)) for minor in one.buckets)
        told = {"owed": owed, "ages": ages, "credit": credit}
        text = ngettext(
            "%(owed)s owed in %(count)d document (%(ages)s), %(credit)s credit",
            "%(owed)s owed in %(count)d documents (%(ages)s), %(credit)s credit",
            one.documents,
            **told,
        )
        print(f"{one.currency}: {text}")
    for check in report.checks:
        sign = "=" if check.is_equal else "≠"
        here, there = (from_minor(m, check.currency) for m in (check.here_minor, check.there_minor))
        name = reconciliation_words.figure(check.figure)
        print(f"  {name} {check.customer_number} {check.currency}: {here} {sign} {there}")
    for finding in report.findings:
        mark = gettext("ERROR") if finding.is_error else gettext("note")
        named = f" ({', '.join(finding.named)})" if finding.named else ""
        print(f"{mark:6}{finding.count:6} {wording.finding(finding)}{named}")
        print(f"             {wording.mend(finding)}")
    print(gettext("Somebody who brought no rows signs it at the desk, under Going live."))


def reconcile(*, company: str, as_of: str, again: bool, as_json: bool) -> int:
    """Compare with the ERP's files and list what differs; status 1 when something does."""
    of = companies.the_one(company)
    result = reconciliation_services.reconcile(
        companies.actor(of), as_of=_date(as_of, "--as-of") if as_of else None, again=again
    )
    run = reconciliation.run(of.id, result.reference)
    found = reconciliation.differences(of.id, run.id, size=1_000_000 if as_json else SHOWN_MAX)
    if as_json:
        print(to_json({"run": result, "differences": list(found.rows)}))
        return 1 if found.total else 0
    differences = ngettext("%(count)d difference", "%(count)d differences", found.total)
    as_of_day = gettext("as of %(day)s", day=result.as_of)
    print(f"{result.reference} {as_of_day}: {differences}")
    with spoken():
        for one in found.rows:
            _show_difference(one)
    if found.total > len(found.rows):
        more = found.total - len(found.rows)
        print("  …", gettext("and %(count)d more; --json lists all", count=more))
    return 1 if found.total else 0


def _show_difference(one: reconciliation.DifferenceRow) -> None:
    here, there = (from_minor(m, one.currency) for m in (one.here_minor, one.there_minor))
    named = one.number or reconciliation_words.figure(one.figure)
    sides = gettext("%(here)s here %(there)s there", here=f"{here:>14}", there=f"{there:>14}")
    cause = reconciliation_words.cause(one.cause)
    note = f" — {one.note} ({one.explained_by})" if one.note else ""
    print(f"  {named:20} {one.customer_number:12} {one.currency} {sides}  {cause}{note}")


def export_decisions(*, file: Path, company: str, since: str, again: str) -> int:
    """Write decisions as CSV; `-` is standard output. The reference repeats the same export."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    if again:
        exported = insight.export_again(actor, again)
    else:
        from_moment = (
            datetime.combine(_date(since, "--since"), time.min, tzinfo=UTC) if since else None
        )
        exported = insight.export_decisions(actor, since=from_moment)
    if str(file) == "-":
        _write(sys.stdout, exported.rows)
        told = ngettext("%(count)d decision", "%(count)d decisions", len(exported.rows))
        print(f"{exported.reference}: {told}", file=sys.stderr)
        return 0
    text = io.StringIO(newline="")
    _write(text, exported.rows)
    try:
        whole_files.write_where_told(file, [text.getvalue().encode()])
    except Refused as refused:
        raise Refused(
            refused.code,
            f"{refused.message}. The decisions are kept: creditdesk export decisions FILE"
            f" --again {exported.reference}",
        ) from refused
    told = ngettext(
        "%(count)d decision is in %(file)s",
        "%(count)d decisions are in %(file)s",
        len(exported.rows),
        file=file,
    )
    print(f"{exported.reference}: {told}")
    return 0


def _write(out: TextIO, rows: Sequence[DecisionRow]) -> None:
    writer = csv.writer(out)
    writer.writerow(
        ["id", "kind", "recorded_at", "by", "customer", "document", "currency", "amount",
         "effective_on", "code", "text"]
    )  # fmt: skip
    for row in rows:
        amount = "" if row.minor is None else str(from_minor(row.minor, row.currency))
        texts = (row.by, row.customer_number, row.document, row.currency)
        writer.writerow(
            [row.id, row.kind, row.at.isoformat(), *map(_harmless, texts), amount,
             row.effective_on or "", _harmless(row.code), _harmless(row.text)]
        )  # fmt: skip


def _harmless(text: str) -> str:
    """Return a text no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
