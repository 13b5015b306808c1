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
from creditdesk.insight.queries.decisions import (
    DecisionRow,
    ExportRow,
    decision_export,
    decision_exports,
    decisions,
    decisions_not_exported,
    exported_decisions,
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
    "DecisionRow",
    "Difference",
    "ExportRow",
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
    "decision_export",
    "decision_exports",
    "decisions",
    "decisions_not_exported",
    "exchange_at",
    "exported_decisions",
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
