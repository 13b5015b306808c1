"""What insight answers: ageing of any date, figures, the morning, the proof of the books."""

from creditdesk.insight.queries.aged import (
    AgedItem,
    Ageing,
    Buckets,
    CustomerAgeing,
    aged_items,
    ageing,
    customer_rows,
    exchange_at,
    totals_by_currency,
)
from creditdesk.insight.queries.kpis import figures, inputs
from creditdesk.insight.queries.mornings import (
    Morning,
    MorningFigure,
    Need,
    Written,
    as_json,
    morning,
    needs,
    stored_figures,
    waiting,
    work_out,
)
from creditdesk.insight.queries.proof import Difference, prove
from creditdesk.insight.queries.pulse import MessageCount, Pulse, message_counts, pulse

__all__ = [
    "AgedItem",
    "Ageing",
    "Buckets",
    "CustomerAgeing",
    "Difference",
    "MessageCount",
    "Morning",
    "MorningFigure",
    "Need",
    "Pulse",
    "Written",
    "aged_items",
    "ageing",
    "as_json",
    "customer_rows",
    "exchange_at",
    "figures",
    "inputs",
    "message_counts",
    "morning",
    "needs",
    "prove",
    "pulse",
    "stored_figures",
    "totals_by_currency",
    "waiting",
    "work_out",
]
