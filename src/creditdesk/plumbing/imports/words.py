"""What a person reads about a row that was not taken: why, and how to mend it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditdesk.plumbing.imports.kinds import Kind, Words

# Codes any file can earn; a room adds its own with its kind. `{detail}` is what stands in the cell.
COMMON: Words = {
    "row_too_wide": (
        gettext_lazy("The row has {detail} more cells than the header"),
        gettext_lazy("Put cells that hold the delimiter in quotation marks, or remove the surplus"),
    ),
    "value_missing": (
        gettext_lazy("The cell is empty and must not be"),
        gettext_lazy("Fill it in"),
    ),
    "date_unreadable": (
        gettext_lazy("“{detail}” is no date, read in the order chosen for this file"),
        gettext_lazy("Write it as 2026-03-31, or choose another order of day and month"),
    ),
    "amount_unreadable": (
        gettext_lazy("“{detail}” is no amount, read with the decimal mark chosen for this file"),
        gettext_lazy("Write it as 1234.56, or choose another decimal mark"),
    ),
    "currency_unreadable": (
        gettext_lazy("“{detail}” is no currency"),
        gettext_lazy("Write its three letters, such as EUR"),
    ),
    "country_unreadable": (
        gettext_lazy("“{detail}” is no country"),
        gettext_lazy("Write its two letters, such as DE, or its name"),
    ),
    "formula_given": (
        gettext_lazy("“{detail}” is a formula"),
        gettext_lazy("Write what it comes to"),
    ),
    "integer_unreadable": (
        gettext_lazy("“{detail}” is no whole number"),
        gettext_lazy("Write digits only"),
    ),
}


def why_and_mend(kind: Kind, code: str, detail: str) -> tuple[str, str]:
    """Return both sentences in the language of the moment; an unknown code speaks for itself."""
    why, mend = kind.words.get(code) or COMMON.get(code) or (code, _("Correct the row"))
    # No str.format: a cell may hold braces.
    return str(why).replace("{detail}", detail), str(mend).replace("{detail}", detail)
