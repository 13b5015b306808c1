"""The pages of documents of charges: drawn to be looked at, kept once they are to be sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.utils import translation

from creditdesk.invoices import charge_paper_queries as reads
from creditdesk.invoices import issued_queries, rendering
from creditdesk.invoices.charge_paper_queries import ChargeHead
from creditdesk.invoices.models import ChargePaper
from creditdesk.invoices.paper import charge_page
from creditdesk.invoices.paper.charge_page import ChargeSheet
from creditdesk.invoices.services.papers import ENGLISH, LANGUAGES
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import keep_file

_LOCK = """
    SELECT id FROM invoices_invoice WHERE company_id = %s AND id = ANY(%s)
     ORDER BY id FOR NO KEY UPDATE
"""


def page_of_charge(company_id: int, number: str) -> bytes:
    """Return the page of a document of charges: as it was kept, else as it would be now.

    NotFound where the number is of no such document.
    """
    kept = reads.kept_page(company_id, number)
    if kept is not None:
        return kept.content
    found = reads.heads(company_id, [number])
    if not found:
        raise NotFound("document_unknown", f"There is no such file of {number!r}", number=number)
    return _drawn(company_id, found[0])[0]


def keep_charge_pages(actor: Actor, numbers: Sequence[str]) -> None:
    """Keep the pages of these documents of charges, each once; within a command.

    Who comes second waits for the first and finds it kept.
    """
    ids = [one.invoice_id for one in reads.heads(actor.company_id, numbers) if not one.pdf_file_id]
    if not ids:
        return
    sql.scalars(_LOCK, [actor.company_id, ids])
    rows = []
    for head in reads.heads(actor.company_id, numbers):
        if head.pdf_file_id:
            continue
        content, language = _drawn(actor.company_id, head)
        rows.append(
            ChargePaper(
                company_id=actor.company_id,
                invoice_id=head.invoice_id,
                language=language,
                pdf_file_id=keep_file(actor, f"{head.number}.pdf", content),
                pdf_sha256=hashlib.sha256(content).hexdigest(),
                recorded_at=actor.at,
                recorded_by=actor.name,
            )
        )
    ChargePaper.objects.bulk_create(rows)


def _drawn(company_id: int, head: ChargeHead) -> tuple[bytes, str]:
    """Return the page of a document and the language it is in."""
    buyer, language = issued_queries.buyer(company_id, head.customer_id)
    spoken = language if language in LANGUAGES else ENGLISH
    seller, account = reads.writer(company_id, head.issued_on)
    sheet = ChargeSheet(
        head=head,
        charges=tuple(reads.charges_on(company_id, head.invoice_id)),
        seller=seller,
        buyer=buyer,
        account=account,
    )
    with translation.override(spoken):
        shown = charge_page.data(sheet)
    try:
        return rendering.typeset(charge_page.TEMPLATE, shown, head.issued_on), spoken
    except rendering.WorkerFailed as failed:
        raise Refused(
            "page_not_set", "The page could not be set; try again in a moment"
        ) from failed
