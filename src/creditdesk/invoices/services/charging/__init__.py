"""Writers of charges for paying late: charged by policy, waived with a reason, taken back."""

from creditdesk.invoices.services.charging.accruing import Accrued, accrued
from creditdesk.invoices.services.charging.deciding import PAID_ON
from creditdesk.invoices.services.charging.fees import ReturnFee, charge_return_fees
from creditdesk.invoices.services.charging.lacking import LackingRate, lacking_rates
from creditdesk.invoices.services.charging.papering import keep_charge_pages, page_of_charge
from creditdesk.invoices.services.charging.reminding import DunningFeeDue, charge_dunning_fees
from creditdesk.invoices.services.charging.running import ChargeResult, charge
from creditdesk.invoices.services.charging.waiving import waive

__all__ = [
    "PAID_ON",
    "Accrued",
    "ChargeResult",
    "DunningFeeDue",
    "LackingRate",
    "ReturnFee",
    "accrued",
    "charge",
    "charge_dunning_fees",
    "charge_return_fees",
    "keep_charge_pages",
    "lacking_rates",
    "page_of_charge",
    "waive",
]
