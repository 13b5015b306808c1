"""Who looked at which customer, by day and page."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_accounts_kept'),
    ]

    operations = [
        migrations.CreateModel(
            name='View',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('viewer', models.TextField()),
                ('viewer_id', models.BigIntegerField(null=True)),
                ('page', models.TextField()),
                ('viewed_on', models.DateField()),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('views', models.IntegerField(default=1)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company_id', 'viewed_on', 'viewer', 'customer', 'page'), name='view_once')],
            },
        ),
    ]
