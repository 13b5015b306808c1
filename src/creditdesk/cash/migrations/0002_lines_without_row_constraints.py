"""Prove what lines, payments, matches and allocations name once per statement, not once per row.

Lines, statements and matches are append-only; payments and items are never deleted and keep their
id, which is refused here from now on. So what is asked when a row is written holds for good. It
also asks what the foreign keys did not: that everything is of one company, and a line of the
account of its statement. Customers may be deleted: the key of a payment's payer stays.
"""

import django.db.models.deletion
from django.db import migrations, models

# A plan is kept for a session: it must not be one for thousands of rows when one row comes next.
LOOKED_UP = "SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off"
GUARD = f"""
    CREATE OR REPLACE FUNCTION cash_known_statements_v1() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE unknown bigint;
    BEGIN
        SELECT used.statement_id INTO unknown
          FROM (SELECT company_id, account_id, statement_id FROM added GROUP BY 1, 2, 3) used
         WHERE NOT EXISTS (SELECT FROM cash_statement s
                            WHERE s.id = used.statement_id AND s.account_id = used.account_id
                              AND s.company_id = used.company_id)
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a line names statement %, which its account does not have', unknown
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER known_statements AFTER INSERT ON cash_bankline
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT
        EXECUTE FUNCTION cash_known_statements_v1();

    CREATE OR REPLACE FUNCTION cash_known_lines_v1() RETURNS trigger LANGUAGE plpgsql
        {LOOKED_UP} AS $$
    DECLARE unknown bigint;
    BEGIN
        SELECT added.bank_line_id INTO unknown FROM added
         WHERE NOT EXISTS (SELECT FROM cash_bankline l
                            WHERE l.id = added.bank_line_id AND l.company_id = added.company_id)
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a payment names line %, which its company does not have', unknown
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER known_lines AFTER INSERT ON cash_payment
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT
        EXECUTE FUNCTION cash_known_lines_v1();

    CREATE OR REPLACE FUNCTION cash_known_payments_v1() RETURNS trigger LANGUAGE plpgsql
        {LOOKED_UP} AS $$
    DECLARE unknown bigint;
    BEGIN
        SELECT added.payment_id INTO unknown FROM added
         WHERE NOT EXISTS (SELECT FROM cash_payment p
                            WHERE p.id = added.payment_id AND p.company_id = added.company_id)
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION '% names payment %, which its company does not have',
                TG_TABLE_NAME, unknown USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER known_payments AFTER INSERT ON cash_match
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT
        EXECUTE FUNCTION cash_known_payments_v1();
    CREATE TRIGGER known_payments AFTER INSERT ON cash_allocation
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT
        EXECUTE FUNCTION cash_known_payments_v1();

    CREATE OR REPLACE FUNCTION cash_known_items_v1() RETURNS trigger LANGUAGE plpgsql
        {LOOKED_UP} AS $$
    DECLARE unknown bigint;
    BEGIN
        SELECT added.item_id INTO unknown FROM added
         WHERE NOT EXISTS (SELECT FROM invoices_item i
                            WHERE i.id = added.item_id AND i.company_id = added.company_id)
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'an allocation names item %, which its company does not have', unknown
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER known_items AFTER INSERT ON cash_allocation
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT
        EXECUTE FUNCTION cash_known_items_v1();

    CREATE OR REPLACE FUNCTION cash_keeps_v1() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are kept, and what they belong to as well', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER kept BEFORE DELETE OR UPDATE OF id, company_id, bank_line_id ON cash_payment
        FOR EACH ROW EXECUTE FUNCTION cash_keeps_v1();
    CREATE TRIGGER kept BEFORE DELETE OR UPDATE OF id, company_id, payment_id, item_id
        ON cash_allocation FOR EACH ROW EXECUTE FUNCTION cash_keeps_v1()
"""
UNGUARD = """
    DROP TRIGGER known_statements ON cash_bankline;
    DROP TRIGGER known_lines ON cash_payment;
    DROP TRIGGER known_payments ON cash_match;
    DROP TRIGGER known_payments ON cash_allocation;
    DROP TRIGGER known_items ON cash_allocation;
    DROP TRIGGER kept ON cash_payment;
    DROP TRIGGER kept ON cash_allocation;
    DROP FUNCTION cash_known_statements_v1();
    DROP FUNCTION cash_known_lines_v1();
    DROP FUNCTION cash_known_payments_v1();
    DROP FUNCTION cash_known_items_v1();
    DROP FUNCTION cash_keeps_v1()
"""
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [("cash", "0001_initial"), ("invoices", "0004_items_are_kept")]

    operations = [
        migrations.AlterField(
            "bankline",
            "account",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=PROTECT,
                related_name="+",
                to="cash.bankaccount",
            ),
        ),
        migrations.AlterField(
            "bankline",
            "statement",
            models.ForeignKey(
                db_constraint=False, on_delete=PROTECT, related_name="lines", to="cash.statement"
            ),
        ),
        migrations.AlterField(
            "payment",
            "bank_line",
            models.OneToOneField(
                db_constraint=False, on_delete=PROTECT, related_name="payment", to="cash.bankline"
            ),
        ),
        migrations.AlterField(
            "match",
            "payment",
            models.ForeignKey(
                db_constraint=False, on_delete=PROTECT, related_name="+", to="cash.payment"
            ),
        ),
        migrations.AlterField(
            "allocation",
            "payment",
            models.ForeignKey(
                db_constraint=False,
                on_delete=PROTECT,
                related_name="allocations",
                to="cash.payment",
            ),
        ),
        migrations.AlterField(
            "allocation",
            "item",
            models.ForeignKey(
                db_constraint=False, on_delete=PROTECT, related_name="+", to="invoices.item"
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
