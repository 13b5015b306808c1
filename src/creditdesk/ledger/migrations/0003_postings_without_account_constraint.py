"""Prove the accounts of postings once per statement instead of twice per posting.

A foreign key asks for each row of a load of many thousand; accounts are append-only, so asking once
per statement which of its few accounts are known protects as well. It also asks what the foreign
key did not: that both accounts are of the posting's own company.
"""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
    CREATE OR REPLACE FUNCTION ledger_known_accounts_v1() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE unknown bigint;
    BEGIN
        SELECT used.id INTO unknown
          FROM (SELECT company_id, debit_id AS id FROM added GROUP BY 1, 2
                UNION SELECT company_id, credit_id FROM added GROUP BY 1, 2) used
         WHERE NOT EXISTS (SELECT FROM ledger_account a
                            WHERE a.id = used.id AND a.company_id = used.company_id)
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a posting names account %, which its company does not have', unknown
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER known_accounts AFTER INSERT ON ledger_posting
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT
        EXECUTE FUNCTION ledger_known_accounts_v1()
"""
UNGUARD = """
    DROP TRIGGER known_accounts ON ledger_posting;
    DROP FUNCTION ledger_known_accounts_v1()
"""


def account_key() -> "models.ForeignKey[object]":
    """Return the column of an account, without a constraint of the database."""
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="ledger.account",
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_periods")]

    operations = [
        migrations.AlterField("posting", "debit", account_key()),
        migrations.AlterField("posting", "credit", account_key()),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
