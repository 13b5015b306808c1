"""What the reconciliation reads: the ERP's figures, ours as of the same date, runs made."""

from creditdesk.reconciliation.queries.books import (
    FIGURES_KIND,
    ITEMS_KIND,
    ErpFileRow,
    documents_here,
    documents_there,
    figures_here,
    figures_there,
    files,
    latest_as_of,
)
from creditdesk.reconciliation.queries.closures import (
    ClosurePage,
    ClosureRow,
    closure_ids,
    closures,
)
from creditdesk.reconciliation.queries.runs import (
    SORTS,
    DifferencePage,
    DifferenceRow,
    RunRow,
    differences,
    found_in,
    run,
    run_before,
    runs,
)

__all__ = [
    "FIGURES_KIND",
    "ITEMS_KIND",
    "SORTS",
    "ClosurePage",
    "ClosureRow",
    "DifferencePage",
    "DifferenceRow",
    "ErpFileRow",
    "RunRow",
    "closure_ids",
    "closures",
    "differences",
    "documents_here",
    "documents_there",
    "figures_here",
    "figures_there",
    "files",
    "found_in",
    "latest_as_of",
    "run",
    "run_before",
    "runs",
]
