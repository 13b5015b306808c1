"""The proof of the books: sub-ledgers against control accounts, and every row against its parts.

Each check is one statement that returns only what does not add up, naming the record.
"""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.insight.queries.exposing import EXPOSURE_LISTED
from creditdesk.ledger.rules import (
    RECEIVABLE,
    TILL_DIFFERENCES,
    UNAPPLIED,
    UNDEPOSITED,
    UNIDENTIFIED,
)
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class Difference:
    """A record whose amount is not what the rest of the books say it must be."""

    code: str
    record: str
    currency: str
    expected_minor: int
    found_minor: int

    def __str__(self) -> str:
        return (
            f"{self.code}: {self.record}: expected {self.expected_minor},"
            f" found {self.found_minor} {self.currency} (minor units)"
        )


# Each CHECK selects record, currency, expected and found.
_CONTROL = """
    WITH account AS (
        SELECT id FROM ledger_account WHERE company_id = %(company_id)s AND code = %(account)s
    ), book AS (
        SELECT p.customer_id, p.currency,
               SUM(CASE p.debit_id WHEN account.id THEN p.minor ELSE -p.minor END) AS minor
          FROM ledger_posting p JOIN account ON account.id IN (p.debit_id, p.credit_id)
         WHERE p.company_id = %(company_id)s GROUP BY 1, 2
    ), kept AS ({kept})
    SELECT COALESCE('customer ' || c.number, 'no customer'),
           COALESCE(book.currency, kept.currency),
           COALESCE({sign} * book.minor, 0), COALESCE(kept.minor, 0)
      FROM book FULL JOIN kept USING (customer_id, currency)
      LEFT JOIN customers_customer c ON c.id = COALESCE(book.customer_id, kept.customer_id)
     WHERE COALESCE({sign} * book.minor, 0) <> COALESCE(kept.minor, 0)
     ORDER BY 1, 2
"""
_OPEN_ITEMS = """
    SELECT customer_id, currency, SUM(open_minor) AS minor
      FROM invoices_item WHERE company_id = %(company_id)s AND open_minor > 0 GROUP BY 1, 2
"""
_UNAPPLIED = """
    SELECT customer_id, currency, SUM(unapplied_minor) AS minor
      FROM (SELECT customer_id, currency, unapplied_minor FROM cash_payment
             WHERE company_id = %(company_id)s AND unapplied_minor > 0 AND customer_id IS NOT NULL
            UNION ALL
            SELECT customer_id, currency, unapplied_minor FROM invoices_invoice
             WHERE company_id = %(company_id)s AND unapplied_minor > 0) u
     GROUP BY 1, 2
"""
_RECEIVABLE_CONTROL = _CONTROL.format(kept=_OPEN_ITEMS, sign=1)
_UNAPPLIED_CONTROL = _CONTROL.format(kept=_UNAPPLIED, sign=-1)
# What stands on one account by currency; `{side}` is the side that adds to it.
_BOOK = """
    WITH account AS (
        SELECT id FROM ledger_account WHERE company_id = %(company_id)s AND code = %(account)s
    ), book AS (
        SELECT p.currency,
               SUM(CASE p.{side}_id WHEN account.id THEN p.minor ELSE -p.minor END) AS minor
          FROM ledger_posting p JOIN account ON account.id IN (p.debit_id, p.credit_id)
         WHERE p.company_id = %(company_id)s GROUP BY 1
    )"""
_UNIDENTIFIED_CONTROL = f"""
    {_BOOK.format(side="credit")}, kept AS (
        SELECT currency, SUM(unapplied_minor) AS minor FROM cash_payment
         WHERE company_id = %(company_id)s AND customer_id IS NULL GROUP BY 1
    )
    SELECT 'payments of unknown payers', currency, COALESCE(book.minor, 0), COALESCE(kept.minor, 0)
      FROM book FULL JOIN kept USING (currency)
     WHERE COALESCE(book.minor, 0) <> COALESCE(kept.minor, 0) ORDER BY 2
"""
# What was taken over the counter and counts as money, and the bank has not credited yet.
_UNDEPOSITED_CONTROL = f"""
    {_BOOK.format(side="debit")}, kept AS (
        SELECT held.currency, SUM(held.minor) AS minor FROM (
            SELECT r.currency, r.minor, r.deposit_id FROM cash_receipt r
             WHERE r.company_id = %(company_id)s AND r.payment_id IS NOT NULL
               AND r.cancelled_at IS NULL
            UNION ALL
            SELECT t.currency, t.minor, t.deposit_id FROM cash_tillcount t
             WHERE t.company_id = %(company_id)s AND t.minor <> 0) held
          LEFT JOIN cash_deposit d ON d.id = held.deposit_id
         WHERE d.credited_at IS NULL
         GROUP BY 1
    )
    SELECT 'cheques and cash not yet at the bank', currency, COALESCE(book.minor, 0),
           COALESCE(kept.minor, 0)
      FROM book FULL JOIN kept USING (currency)
     WHERE COALESCE(book.minor, 0) <> COALESCE(kept.minor, 0) ORDER BY 2
"""
_DEPOSIT_PARTS = """
    SELECT 'deposit ' || d.reference, d.currency, d.total_minor, COALESCE(SUM(part.minor), 0)
      FROM cash_deposit d LEFT JOIN (
           SELECT deposit_id, minor FROM cash_receipt
            WHERE company_id = %(company_id)s AND deposit_id IS NOT NULL
           UNION ALL
           SELECT deposit_id, minor FROM cash_tillcount
            WHERE company_id = %(company_id)s AND deposit_id IS NOT NULL) part
        ON part.deposit_id = d.id
     WHERE d.company_id = %(company_id)s AND d.voided_at IS NULL
     GROUP BY d.id HAVING d.total_minor <> COALESCE(SUM(part.minor), 0) ORDER BY 1
"""
# What was off when the till was counted, beside the account of such differences.
_TILL_CONTROL = f"""
    {_BOOK.format(side="credit")}, kept AS (
        SELECT currency, SUM(minor) AS minor FROM cash_tillcount
         WHERE company_id = %(company_id)s GROUP BY 1
    )
    SELECT 'differences of the till', currency, COALESCE(book.minor, 0), COALESCE(kept.minor, 0)
      FROM book FULL JOIN kept USING (currency)
     WHERE COALESCE(book.minor, 0) <> COALESCE(kept.minor, 0) ORDER BY 2
"""
_DEPOSIT_CREDITS = """
    SELECT 'deposit ' || d.reference, d.currency,
           CASE WHEN d.credited_at IS NULL THEN 0 ELSE d.total_minor END,
           COALESCE(SUM(c.minor) FILTER (WHERE c.undone_at IS NULL), 0)
      FROM cash_deposit d LEFT JOIN cash_depositcredit c ON c.deposit_id = d.id
     WHERE d.company_id = %(company_id)s
     GROUP BY d.id
    HAVING CASE WHEN d.credited_at IS NULL THEN 0 ELSE d.total_minor END
           <> COALESCE(SUM(c.minor) FILTER (WHERE c.undone_at IS NULL), 0)
     ORDER BY 1
"""
_ITEM_LEDGER = """
    WITH account AS (
        SELECT id FROM ledger_account WHERE company_id = %(company_id)s AND code = %(account)s
    ), book AS (
        SELECT p.item_id, p.currency, p.customer_id,
               SUM(CASE p.debit_id WHEN account.id THEN p.minor ELSE -p.minor END) AS minor
          FROM ledger_posting p JOIN account ON account.id IN (p.debit_id, p.credit_id)
         WHERE p.company_id = %(company_id)s GROUP BY 1, 2, 3
    ), kept AS (
        SELECT id AS item_id, currency, customer_id, invoice_id, instalment, open_minor
          FROM invoices_item WHERE company_id = %(company_id)s
    )
    SELECT COALESCE('item ' || d.number || '/' || kept.instalment,
                    'item ' || book.item_id, 'posting without item'),
           COALESCE(book.currency, kept.currency),
           COALESCE(book.minor, 0), COALESCE(kept.open_minor, 0)
      FROM book FULL JOIN kept USING (item_id, currency, customer_id)
      LEFT JOIN invoices_invoice d ON d.id = kept.invoice_id
     WHERE COALESCE(book.minor, 0) <> COALESCE(kept.open_minor, 0)
     ORDER BY 1, 2
"""
_EXPOSURE = """
    WITH kept AS ({kept})
    SELECT 'exposure of customer ' || c.number, COALESCE(kept.currency, e.currency),
           COALESCE(kept.minor, 0), COALESCE(e.{column}, 0)
      FROM kept
      FULL JOIN (SELECT customer_id, currency, {column} FROM credit_exposure
                  WHERE company_id = %(company_id)s) e USING (customer_id, currency)
      LEFT JOIN customers_customer c ON c.id = COALESCE(kept.customer_id, e.customer_id)
     WHERE COALESCE(kept.minor, 0) <> COALESCE(e.{column}, 0)
     ORDER BY 1, 2
"""
_RESERVED = """
    SELECT customer_id, currency, SUM(open_minor) AS minor
      FROM credit_reservation WHERE company_id = %(company_id)s AND status = 'held' GROUP BY 1, 2
"""
_ACCOUNTS_BALANCE = """
    SELECT 'all accounts', currency, 0, SUM(minor)
      FROM (SELECT p.currency, p.minor, p.debit_id AS account_id
              FROM ledger_posting p WHERE p.company_id = %(company_id)s
            UNION ALL
            SELECT p.currency, -p.minor, p.credit_id
              FROM ledger_posting p WHERE p.company_id = %(company_id)s) s
      JOIN ledger_account a ON a.id = s.account_id AND a.company_id = %(company_id)s
     GROUP BY currency HAVING SUM(minor) <> 0 ORDER BY 2
"""
_APPLIED = """
    SELECT {key} AS id, SUM({minor}) AS minor
      FROM {table} WHERE company_id = %(company_id)s AND undone_at IS NULL GROUP BY 1
"""
_PAID_OF_ITEM = _APPLIED.format(key="item_id", table="cash_allocation", minor="minor")
_GIVEN_OF_ITEM = _APPLIED.format(key="item_id", table="cash_adjustment", minor="minor")
# Of a payment in another currency than the item, what of the payment was taken.
_PAID_OF_PAYMENT = _APPLIED.format(
    key="payment_id", table="cash_allocation", minor="COALESCE(payment_minor, minor)"
)
_CREDITED_OF_ITEM = _APPLIED.format(
    key="item_id", table="invoices_creditapplication", minor="minor"
)
_CREDITED_OF_NOTE = _APPLIED.format(
    key="credit_note_id", table="invoices_creditapplication", minor="minor"
)
# Written off, less what of it is owed again; the tax taken back for it moves no item.
_LOST_OF_ITEM = """
    SELECT item_id AS id, SUM(CASE act WHEN 'write_off' THEN minor ELSE -minor END) AS minor
      FROM invoices_writeoff
     WHERE company_id = %(company_id)s AND act IN ('write_off', 'recovery', 'correction')
     GROUP BY 1
"""
_ITEM_PARTS = f"""
    WITH paid AS ({_PAID_OF_ITEM}),
    credited AS ({_CREDITED_OF_ITEM}),
    given AS ({_GIVEN_OF_ITEM}),
    lost AS ({_LOST_OF_ITEM}),
    closed AS (SELECT c.item_id AS id, SUM(c.minor) AS minor FROM invoices_closure c
                WHERE c.company_id = %(company_id)s AND NOT EXISTS (
                      SELECT FROM ledger_posting p
                       WHERE p.source_id = c.id AND p.source_kind = 'undo_closure_' || c.how)
                GROUP BY 1)
    SELECT 'item ' || d.number || '/' || i.instalment, i.currency,
           i.total_minor - COALESCE(paid.minor, 0) - COALESCE(credited.minor, 0)
               - COALESCE(closed.minor, 0) - COALESCE(given.minor, 0)
               - COALESCE(lost.minor, 0), i.open_minor
      FROM invoices_item i
      JOIN invoices_invoice d ON d.id = i.invoice_id
      LEFT JOIN paid ON paid.id = i.id
      LEFT JOIN credited ON credited.id = i.id
      LEFT JOIN closed ON closed.id = i.id
      LEFT JOIN given ON given.id = i.id
      LEFT JOIN lost ON lost.id = i.id
     WHERE i.company_id = %(company_id)s
       AND i.open_minor <> i.total_minor - COALESCE(paid.minor, 0) - COALESCE(credited.minor, 0)
           - COALESCE(closed.minor, 0) - COALESCE(given.minor, 0) - COALESCE(lost.minor, 0)
     ORDER BY 1
"""
_PAYMENT_PARTS = f"""
    WITH paid AS ({_PAID_OF_PAYMENT}),
    moved AS (SELECT payment_id AS id, SUM(minor) AS minor FROM cash_move
               WHERE company_id = %(company_id)s GROUP BY 1),
    left_over AS (
        SELECT p.reference, p.currency, p.unapplied_minor,
               p.total_minor - p.returned_minor - p.refunded_minor - COALESCE(paid.minor, 0)
                 - COALESCE(moved.minor, 0) AS expected
          FROM cash_payment p LEFT JOIN paid ON paid.id = p.id
          LEFT JOIN moved ON moved.id = p.id
         WHERE p.company_id = %(company_id)s
    )
    SELECT 'payment ' || reference, currency, expected, unapplied_minor
      FROM left_over WHERE unapplied_minor <> expected
     ORDER BY 1
"""
_CREDIT_NOTE_PARTS = f"""
    WITH credited AS ({_CREDITED_OF_NOTE}),
    paid_out AS (SELECT credit_note_id AS id, SUM(minor) AS minor FROM treasury_refund
                  WHERE company_id = %(company_id)s AND credit_note_id IS NOT NULL
                    AND state IN ('released', 'paid') GROUP BY 1)
    SELECT 'credit note ' || d.number, d.currency,
           COALESCE(d.opening_minor, d.total_minor) - COALESCE(credited.minor, 0)
               - COALESCE(paid_out.minor, 0), d.unapplied_minor
      FROM invoices_invoice d LEFT JOIN credited ON credited.id = d.id
      LEFT JOIN paid_out ON paid_out.id = d.id
     WHERE d.company_id = %(company_id)s AND d.kind = 'credit_note'
       AND d.unapplied_minor <>
           COALESCE(d.opening_minor, d.total_minor) - COALESCE(credited.minor, 0)
               - COALESCE(paid_out.minor, 0)
     ORDER BY 1
"""
_INVOICE_PARTS = """
    SELECT 'invoice ' || d.number, d.currency, COALESCE(d.opening_minor, d.total_minor),
           COALESCE(SUM(i.total_minor), 0)
      FROM invoices_invoice d LEFT JOIN invoices_item i ON i.invoice_id = d.id
     WHERE d.company_id = %(company_id)s AND d.kind <> 'credit_note'
     GROUP BY d.id
    HAVING COALESCE(d.opening_minor, d.total_minor) <> COALESCE(SUM(i.total_minor), 0)
     ORDER BY 1
"""
_BEYOND_ITEM = f"""
    WITH paid AS ({_PAID_OF_ITEM})
    SELECT 'item ' || d.number || '/' || i.instalment, i.currency, i.total_minor, paid.minor
      FROM paid JOIN invoices_item i ON i.id = paid.id
      JOIN invoices_invoice d ON d.id = i.invoice_id
     WHERE paid.minor > i.total_minor ORDER BY 1
"""
_BEYOND_PAYMENT = f"""
    WITH paid AS ({_PAID_OF_PAYMENT})
    SELECT 'payment ' || p.reference, p.currency, p.total_minor, paid.minor
      FROM paid JOIN cash_payment p ON p.id = paid.id
     WHERE paid.minor > p.total_minor ORDER BY 1
"""
_CROSSED = """
    SELECT 'allocation ' || a.id || ' of payment ' || p.reference || ' to ' || d.number,
           i.currency, 0, a.minor
      FROM cash_allocation a
      JOIN cash_payment p ON p.id = a.payment_id
      JOIN invoices_item i ON i.id = a.item_id
      JOIN invoices_invoice d ON d.id = i.invoice_id
     WHERE a.company_id = %(company_id)s AND a.undone_at IS NULL
       AND ((p.currency <> i.currency) <> (a.payment_minor IS NOT NULL)
            OR p.company_id <> i.company_id)
     ORDER BY a.id
"""
# A posting written while its date was closed: after one act on the periods, before the next.
_CLOSED_DATES = """
    WITH act AS (
        SELECT last_posting_id AS after, closed_through,
               LEAD(last_posting_id) OVER (ORDER BY number) AS until
          FROM ledger_periodact WHERE company_id = %(company_id)s
    )
    SELECT 'posting of ' || p.source_kind || ' ' || p.source_id || ' on ' || p.effective_on,
           p.currency, 0, p.minor
      FROM act JOIN ledger_posting p
        ON p.company_id = %(company_id)s AND p.effective_on <= act.closed_through
       AND p.id > act.after AND (act.until IS NULL OR p.id <= act.until)
     ORDER BY p.id
"""
# A posting written while its date was soft-closed, of a moment for which no pass was left.
_SOFT_CLOSED_DATES = """
    WITH act AS (
        SELECT last_posting_id AS after, soft_closed_through,
               LEAD(last_posting_id) OVER (ORDER BY number) AS until
          FROM ledger_periodact WHERE company_id = %(company_id)s
    )
    SELECT 'posting of ' || p.source_kind || ' ' || p.source_id || ' on ' || p.effective_on,
           p.currency, 0, p.minor
      FROM act JOIN ledger_posting p
        ON p.company_id = %(company_id)s AND p.effective_on <= act.soft_closed_through
       AND p.id > act.after AND (act.until IS NULL OR p.id <= act.until)
     WHERE NOT EXISTS (SELECT FROM ledger_softclosedpass s
                        WHERE s.company_id = p.company_id AND s.recorded_at = p.recorded_at
                          AND s.first_on <= p.effective_on)
     ORDER BY p.id
"""

CHECKS: tuple[tuple[str, str, str], ...] = (
    ("receivable_control", _RECEIVABLE_CONTROL, RECEIVABLE),
    ("unapplied_control", _UNAPPLIED_CONTROL, UNAPPLIED),
    ("unidentified_control", _UNIDENTIFIED_CONTROL, UNIDENTIFIED),
    ("undeposited_control", _UNDEPOSITED_CONTROL, UNDEPOSITED),
    ("till_control", _TILL_CONTROL, TILL_DIFFERENCES),
    ("deposit_parts", _DEPOSIT_PARTS, ""),
    ("deposit_credits", _DEPOSIT_CREDITS, ""),
    ("item_ledger", _ITEM_LEDGER, RECEIVABLE),
    ("accounts_balance", _ACCOUNTS_BALANCE, ""),
    ("posted_to_closed_dates", _CLOSED_DATES, ""),
    ("posted_past_a_soft_close", _SOFT_CLOSED_DATES, ""),
    ("item_parts", _ITEM_PARTS, ""),
    ("payment_parts", _PAYMENT_PARTS, ""),
    ("credit_note_parts", _CREDIT_NOTE_PARTS, ""),
    ("invoice_parts", _INVOICE_PARTS, ""),
    ("allocated_beyond_item", _BEYOND_ITEM, ""),
    ("allocated_beyond_payment", _BEYOND_PAYMENT, ""),
    ("allocated_across_currencies", _CROSSED, ""),
    ("exposure_open", _EXPOSURE.format(kept=_OPEN_ITEMS, column="open_minor"), ""),
    ("exposure_unapplied", _EXPOSURE.format(kept=_UNAPPLIED, column="unapplied_minor"), ""),
    ("exposure_reserved", _EXPOSURE.format(kept=_RESERVED, column="reserved_minor"), ""),
    ("exposure_listed", EXPOSURE_LISTED, ""),
)


@dataclass(frozen=True, slots=True)
class _Found:
    record: str
    currency: str
    expected_minor: int
    found_minor: int


def prove(company_id: int) -> list[Difference]:
    """Return every difference in the books of a company; an empty list proves them."""
    return [
        Difference(
            code, found.record, found.currency, int(found.expected_minor), int(found.found_minor)
        )
        for code, statement, account in CHECKS
        for found in sql.fetch(_Found, statement, {"company_id": company_id, "account": account})
    ]
