"""Limits of several kinds, of groups and of a currency; requests; insurers, covers, guarantees."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('credit', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('customer_id', models.BigIntegerField()),
                ('kind', models.TextField()),
                ('currency', models.CharField(max_length=3)),
                ('minor', models.BigIntegerField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('note', models.TextField(blank=True, default='')),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='Guarantee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('reference', models.TextField()),
                ('customer_id', models.BigIntegerField()),
                ('kind', models.TextField()),
                ('guarantor', models.TextField()),
                ('currency', models.CharField(max_length=3)),
                ('minor', models.BigIntegerField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('document_id', models.BigIntegerField(null=True)),
                ('note', models.TextField(blank=True, default='')),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.TextField()),
                ('ended_from', models.DateField(null=True)),
                ('ended_by', models.TextField(blank=True, default='')),
            ],
        ),
        migrations.CreateModel(
            name='InsurancePolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('insurer', models.TextField()),
                ('number', models.TextField()),
                ('currency', models.CharField(max_length=3)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField()),
                ('maximum_liability_minor', models.BigIntegerField()),
                ('retention_percent', models.DecimalField(decimal_places=2, max_digits=5)),
                ('deductible_minor', models.BigIntegerField(default=0)),
                ('extension_days', models.IntegerField()),
                ('report_days', models.IntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.TextField()),
            ],
            options={
                'verbose_name_plural': 'insurance policies',
            },
        ),
        migrations.CreateModel(
            name='LimitRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('reference', models.TextField()),
                ('customer_id', models.BigIntegerField(null=True)),
                ('group_id', models.BigIntegerField(null=True)),
                ('kind', models.TextField()),
                ('only_currency', models.BooleanField(default=False)),
                ('currency', models.CharField(max_length=3)),
                ('minor', models.BigIntegerField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('reason', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.TextField()),
                ('asked_by_id', models.BigIntegerField(null=True)),
                ('state', models.TextField(default='open')),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.TextField(blank=True, default='')),
                ('answer', models.TextField(blank=True, default='')),
            ],
        ),
        migrations.CreateModel(
            name='OverdueReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('item_id', models.BigIntegerField()),
                ('reported_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name='limit',
            name='approved_by',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='limit',
            name='group_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='limit',
            name='kind',
            field=models.TextField(db_default='internal', default='internal'),
        ),
        migrations.AddField(
            model_name='limit',
            name='only_currency',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='limit',
            name='withdrawn_by',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='limit',
            name='withdrawn_from',
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name='limit',
            name='customer_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='limit',
            index=models.Index(condition=models.Q(('group_id__isnull', False)), fields=['group_id', '-valid_from', '-id'], name='limit_group'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('customer_id__isnull', False), ('group_id__isnull', True)), models.Q(('customer_id__isnull', True), ('group_id__isnull', False)), _connector='OR'), name='limit_of_one'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['internal', 'insured', 'guaranteed']), models.Q(('kind', 'temporary'), ('valid_to__isnull', False)), _connector='OR'), name='limit_kind_known'),
        ),
        migrations.AddIndex(
            model_name='guarantee',
            index=models.Index(fields=['customer_id'], name='guarantee_customer'),
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.UniqueConstraint(fields=('company_id', 'reference'), name='guarantee_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['bank', 'parent', 'other']), ('minor__gt', 0)), name='guarantee_within'),
        ),
        migrations.AddConstraint(
            model_name='insurancepolicy',
            constraint=models.UniqueConstraint(fields=('company_id', 'number'), name='insurance_number_once'),
        ),
        migrations.AddConstraint(
            model_name='insurancepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('deductible_minor__gte', 0), ('extension_days__gte', 0), ('maximum_liability_minor__gte', 0), ('report_days__gte', 0), ('retention_percent__gte', 0), ('retention_percent__lte', 100)), name='insurance_within'),
        ),
        migrations.AddField(
            model_name='cover',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='credit.insurancepolicy'),
        ),
        migrations.AddIndex(
            model_name='limitrequest',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['company_id'], name='limit_request_open'),
        ),
        migrations.AddIndex(
            model_name='limitrequest',
            index=models.Index(fields=['customer_id'], name='limit_request_customer'),
        ),
        migrations.AddConstraint(
            model_name='limitrequest',
            constraint=models.UniqueConstraint(fields=('company_id', 'reference'), name='limit_request_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='limitrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'open')), models.Q(('decided_at__isnull', False), ('state__in', ['granted', 'refused', 'taken_back'])), _connector='OR'), name='limit_request_state'),
        ),
        migrations.AddField(
            model_name='overduereport',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='credit.insurancepolicy'),
        ),
        migrations.AddIndex(
            model_name='cover',
            index=models.Index(fields=['customer_id', 'policy', '-valid_from'], name='cover_customer'),
        ),
        migrations.AddConstraint(
            model_name='cover',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['named', 'discretionary']), ('minor__gte', 0)), name='cover_within'),
        ),
        migrations.AddConstraint(
            model_name='overduereport',
            constraint=models.UniqueConstraint(fields=('policy', 'item_id'), name='overdue_report_once'),
        ),
    ]
