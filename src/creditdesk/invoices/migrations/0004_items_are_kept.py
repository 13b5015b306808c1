"""Refuse to delete an item, or to move it to another document or company.

What names an item may then be proved once, when it is written.
"""

from django.db import migrations

GUARD = """
    CREATE OR REPLACE FUNCTION invoices_keeps_v1() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are kept, and what they belong to as well', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER kept BEFORE DELETE OR UPDATE OF id, company_id, customer_id, invoice_id
        ON invoices_item FOR EACH ROW EXECUTE FUNCTION invoices_keeps_v1()
"""
UNGUARD = """
    DROP TRIGGER kept ON invoices_item;
    DROP FUNCTION invoices_keeps_v1()
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_opening_and_closures")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
