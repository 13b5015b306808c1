"""The database keeps soft-closed days too: only who left a pass for it posts there."""

from importlib import import_module

from django.db import migrations, models

# As the guard before it: once per statement, under the book's row, whoever writes. A pass admits
# postings of its own transaction, its own moment and its own days, and nothing else.
GUARD = """
    CREATE OR REPLACE FUNCTION ledger_guard_periods_v2() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
        given record;
        act record;
    BEGIN
        FOR given IN
            SELECT company_id, recorded_at, min(effective_on) AS first_on FROM posted
             GROUP BY company_id, recorded_at ORDER BY company_id, recorded_at
        LOOP
            PERFORM 1 FROM ledger_book WHERE company_id = given.company_id FOR SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'company % has no book', given.company_id
                    USING ERRCODE = 'restrict_violation';
            END IF;
            SELECT closed_through, soft_closed_through INTO act FROM ledger_periodact
             WHERE company_id = given.company_id ORDER BY number DESC LIMIT 1;
            IF given.first_on <= act.closed_through THEN
                RAISE EXCEPTION 'the books of company % are closed up to %, nothing is posted to %',
                    given.company_id, act.closed_through, given.first_on
                    USING ERRCODE = 'restrict_violation';
            END IF;
            IF given.first_on <= act.soft_closed_through AND NOT EXISTS (
                SELECT FROM ledger_softclosedpass p
                 WHERE p.company_id = given.company_id
                   AND p.transaction = pg_current_xact_id()::text::bigint
                   AND p.begun_at = transaction_timestamp()
                   AND p.recorded_at = given.recorded_at
                   AND p.first_on <= given.first_on
            ) THEN
                RAISE EXCEPTION
                    'the books of company % are soft-closed up to %, and no pass was taken for %',
                    given.company_id, act.soft_closed_through, given.first_on
                    USING ERRCODE = 'restrict_violation';
            END IF;
        END LOOP;
        RETURN NULL;
    END $$;
    DROP TRIGGER guard_periods ON ledger_posting;
    CREATE TRIGGER guard_periods AFTER INSERT ON ledger_posting
        REFERENCING NEW TABLE AS posted
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard_periods_v2();
    DROP FUNCTION IF EXISTS ledger_guard_periods_v1();
"""
# What was posted there before passes were kept, with leave that only the service knew of.
EARLIER = """
    WITH act AS (
        SELECT company_id, last_posting_id AS after, soft_closed_through,
               LEAD(last_posting_id) OVER (PARTITION BY company_id ORDER BY number) AS until
          FROM ledger_periodact
    )
    INSERT INTO ledger_softclosedpass
           (company_id, transaction, begun_at, first_on, command, recorded_at, recorded_by)
    SELECT p.company_id, 0, p.recorded_at, min(p.effective_on), '', p.recorded_at, ''
      FROM act JOIN ledger_posting p
        ON p.company_id = act.company_id AND p.effective_on <= act.soft_closed_through
       AND p.id > act.after AND (act.until IS NULL OR p.id <= act.until)
     GROUP BY p.company_id, p.recorded_at
"""
BEFORE = import_module("creditdesk.ledger.migrations.0002_periods").GUARD
UNGUARD = f"""
    DROP TRIGGER IF EXISTS guard_periods ON ledger_posting;
    DROP FUNCTION IF EXISTS ledger_guard_periods_v2();
    {BEFORE}
"""


BEGINNING = models.Func(function="transaction_timestamp", output_field=models.DateTimeField())


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_postings_without_account_constraint")]

    operations = [
        migrations.CreateModel(
            name="SoftClosedPass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("transaction", models.BigIntegerField()),
                ("begun_at", models.DateTimeField(db_default=BEGINNING)),
                ("first_on", models.DateField()),
                ("command", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
            ],
            options={
                "verbose_name_plural": "soft closed passes",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["company_id", "transaction", "begun_at", "recorded_at", "first_on"],
                        name="soft_closed_pass_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(EARLIER, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
