"""Values of people in the history before the audit chain move to where they can be erased."""

from django.db import migrations

PERSONAL = "(c.field LIKE 'contact%%' OR c.field IN ('name', 'street', 'postal_code', 'city', 'note'))"


def moved(column: str) -> str:
    return f"""
        WITH taken AS MATERIALIZED (
            SELECT c.id, c.company_id, c.customer_id, c.recorded_at, c.{column} AS value,
                   uuid_send(gen_random_uuid()) AS salt
              FROM customers_change c
             WHERE c.{column} <> '' AND c.{column} NOT LIKE 'personal:%%' AND {PERSONAL}
        ), told AS MATERIALIZED (
            SELECT t.*, encode(sha256(t.salt || convert_to(t.value, 'UTF8')), 'hex') AS digest
              FROM taken t
        ), kept AS (
            INSERT INTO controls_personalvalue
                   (company_id, digest, subject_kind, subject_id, recorded_at, salt, value)
            SELECT company_id, digest, 'customer', customer_id, recorded_at, salt, value FROM told
        )
        UPDATE customers_change c SET {column} = 'personal:' || t.digest
          FROM told t WHERE c.id = t.id
    """


# Runs before the first row is ever sealed; the guards of append-only tables rest meanwhile.
FORWARD = [
    "ALTER TABLE customers_change DISABLE TRIGGER USER",
    moved("before"),
    moved("after"),
    "ALTER TABLE customers_change ENABLE TRIGGER USER",
]


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("controls", "0004_audit_chain")]
    operations = [
        migrations.RunSQL(
            [statement.replace("%%", "%") for statement in FORWARD],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
