"""What a letter says of its own fee, and of interest that has accrued without being charged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.translation import gettext, override

from creditdesk.contact.amounts import day_text
from creditdesk.contact.rules import DraftItem


def said(
    items: Sequence[DraftItem], money: Callable[[int], str], on: date | None, language: str
) -> tuple[str, ...]:
    """Return the paragraphs about charges, in the letter's language; none where there are none."""
    if on is None:
        return ()
    fee = sum(item.fee_minor for item in items)
    interest = sum(item.interest_minor for item in items)
    compensation = sum(item.compensation_minor for item in items)
    if not (fee or interest or compensation):
        return ()
    with override(language):
        return tuple(_paragraphs(money, day_text(on, language), fee, interest, compensation))


def _paragraphs(
    money: Callable[[int], str], day: str, fee: int, interest: int, compensation: int
) -> list[str]:
    found = []
    if fee:
        found.append(
            gettext("For this reminder we charge a fee of %(fee)s, beside the amount above.")
            % {"fee": money(fee)}
        )
    told = {"day": day, "interest": money(interest), "compensation": money(compensation)}
    if interest and compensation:
        found.append(
            gettext(
                "By %(day)s late interest of %(interest)s and a fixed compensation of"
                " %(compensation)s have accrued. They are not part of the amount above; we reserve"
                " the right to charge them."
            )
            % told
        )
    elif interest or compensation:
        text = (
            gettext(
                "By %(day)s late interest of %(interest)s has accrued. It is not part of the"
                " amount above; we reserve the right to charge it."
            )
            if interest
            else gettext(
                "By %(day)s a fixed compensation of %(compensation)s is owed by law. It is not part"
                " of the amount above; we reserve the right to charge it."
            )
        )
        found.append(text % told)
    return found
