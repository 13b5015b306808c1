"""Let matching ask for the open items and payers it may mean, instead of reading all of them.

By number, by the ending of a number (digits alone), and by the amount that is open; the last in
the order in which items fall due, so that the first few of many are found without the others.
Payers likewise: by customer number, and by a word of a name.
"""

from django.db import migrations

INDEXES = """
    CREATE INDEX invoice_number_key ON invoices_invoice (company_id, number_key text_pattern_ops);
    CREATE INDEX invoice_number_ending
        ON invoices_invoice (company_id, reverse(number_key) text_pattern_ops);
    CREATE INDEX item_open_amount
        ON invoices_item (company_id, currency, open_minor, due_on, issued_on, id)
     WHERE open_minor > 0;

    CREATE INDEX customer_number_key ON customers_customer
        (company_id, upper(regexp_replace(number, '[^0-9A-Za-z]+', '', 'g') COLLATE "C"));
    CREATE INDEX customer_number_folded ON customers_customer (company_id)
     WHERE number ~ '[^ -~]';
    CREATE INDEX customer_name_words ON customers_customer
     USING gin (string_to_array(name_key, ' '));
    CREATE INDEX alias_name_words ON customers_alias USING gin (string_to_array(name_key, ' '))
"""
NONE = """
    DROP INDEX alias_name_words;
    DROP INDEX customer_name_words;
    DROP INDEX customer_number_folded;
    DROP INDEX customer_number_key;
    DROP INDEX item_open_amount;
    DROP INDEX invoice_number_ending;
    DROP INDEX invoice_number_key
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cash", "0003_refused_files_and_columns"),
        ("customers", "0002_history_without_personal_values"),
        ("invoices", "0006_issued_documents"),
    ]

    operations = [migrations.RunSQL(INDEXES, NONE)]
