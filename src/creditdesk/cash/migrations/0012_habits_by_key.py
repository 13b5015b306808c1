"""Whose payments came from an account or under a name is found without reading every habit."""

from django.db import migrations

INDEX = """
    CREATE INDEX payer_habit_keys ON cash_payerhabit USING gin ((learned -> 'keys'))
"""
NONE = "DROP INDEX payer_habit_keys"


class Migration(migrations.Migration):
    dependencies = [("cash", "0011_exchange")]

    operations = [migrations.RunSQL(INDEX, NONE)]
