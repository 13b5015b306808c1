"""Orders held before waits were counted wait since they were held; their goal is the default."""

from django.db import migrations

BEGIN = """
    INSERT INTO orders_wait (company_id, order_id, rule, goal_minutes, held_at, due_at)
    SELECT o.company_id, o.id, COALESCE(d.fired #>> '{0,rule}', ''), 240, d.recorded_at,
           d.recorded_at + interval '1 day'
      FROM orders_order o
     CROSS JOIN LATERAL (
        SELECT fired, recorded_at FROM orders_decision d
         WHERE d.order_id = o.id AND d.outcome = 'held' ORDER BY d.id DESC LIMIT 1
     ) AS d
     WHERE o.status = 'held'
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0003_asked_and_waits'),
    ]

    operations = [migrations.RunSQL(BEGIN, migrations.RunSQL.noop)]
