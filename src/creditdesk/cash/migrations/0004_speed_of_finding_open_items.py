"""Let matching ask for the open items a payment may mean, instead of reading all of them.

By number, by the ending of a number (digits alone), and by the amount that is open; the last in
the order in which items fall due, so that the first few of many are found without the others.
"""

from django.db import migrations

INDEXES = """
    CREATE INDEX invoice_number_key ON invoices_invoice (company_id, number_key text_pattern_ops);
    CREATE INDEX invoice_number_ending
        ON invoices_invoice (company_id, reverse(number_key) text_pattern_ops);
    CREATE INDEX item_open_amount
        ON invoices_item (company_id, currency, open_minor, due_on, issued_on, id)
     WHERE open_minor > 0
"""
NONE = """
    DROP INDEX item_open_amount;
    DROP INDEX invoice_number_ending;
    DROP INDEX invoice_number_key
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cash", "0003_refused_files_and_columns"),
        ("invoices", "0006_issued_documents"),
    ]

    operations = [migrations.RunSQL(INDEXES, NONE)]
