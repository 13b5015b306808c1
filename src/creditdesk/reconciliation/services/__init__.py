"""Writers of the reconciliation: the ERP's figures, runs, explanations."""

from creditdesk.reconciliation.services.comparing import (
    Reconciled,
    explain,
    reconcile,
    reconcile_new,
)

__all__ = ["Reconciled", "explain", "reconcile", "reconcile_new"]
