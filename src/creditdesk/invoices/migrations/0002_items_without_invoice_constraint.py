"""Prove the documents of items once per statement instead of once per item.

Documents are append-only, so what is asked when an item is written holds for good. It also asks
what the foreign key did not: that the document is of the item's own company.
"""

import django.db.models.deletion
from django.db import migrations, models

# A plan is kept for a session: it must not be one for thousands of rows when one row comes next.
GUARD = """
    CREATE OR REPLACE FUNCTION invoices_known_documents_v1() RETURNS trigger LANGUAGE plpgsql
        SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
    DECLARE unknown bigint;
    BEGIN
        SELECT added.invoice_id INTO unknown FROM added
         WHERE NOT EXISTS (SELECT FROM invoices_invoice v
                            WHERE v.id = added.invoice_id AND v.company_id = added.company_id)
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'an item names document %, which its company does not have', unknown
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER known_documents AFTER INSERT ON invoices_item
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT
        EXECUTE FUNCTION invoices_known_documents_v1()
"""
UNGUARD = """
    DROP TRIGGER known_documents ON invoices_item;
    DROP FUNCTION invoices_known_documents_v1()
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_initial")]

    operations = [
        migrations.AlterField(
            "item",
            "invoice",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="invoices.invoice",
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
