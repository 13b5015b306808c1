"""Two looks at the same moment raise one alert; the database keeps it so whoever writes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.models import Alert, AlertStep
from creditdesk.monitoring.alerts.services import Raised
from tests.orders.verbs import a_customer, an_invoice, opened
from tests.support.at_once import at_once, codes
from tests.support.fixtures import founded, standing_actor


def test_two_looks_at_once_raise_one_alert(committed_db: str) -> None:
    desk = opened(standing_actor(founded()))
    for n in range(5):
        customer = a_customer(desk, f"C-{n}", limit=100_000)
        an_invoice(desk, customer, 125_000, number=f"I-{n}")
    found = at_once(*[lambda: alerts.raise_alerts(desk)] * 4)
    assert sorted(found, key=repr) == sorted([Raised(raised=10), *[Raised()] * 3], key=repr)
    assert Alert.objects.count() == AlertStep.objects.count() == 10


def test_two_who_close_at_once_close_once(committed_db: str) -> None:
    desk = opened(standing_actor(founded()))
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000)
    alerts.raise_alerts(desk)
    [found] = Alert.objects.all()
    done = at_once(
        *[lambda: alerts.close(desk, found.id, outcome="other", note="me")] * 3,
        lambda: alerts.raise_alerts(desk),
    )
    assert codes(done) == ["alert_closed", "alert_closed"]
    assert list(AlertStep.objects.order_by("id").values_list("act", flat=True)) == [
        "raised", "closed",
    ]  # fmt: skip


def test_no_two_alerts_of_one_cause_can_stand(committed_db: str) -> None:
    desk = opened(standing_actor(founded()))
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000)
    alerts.raise_alerts(desk)
    [found] = Alert.objects.all()

    def twin() -> object:
        found.pk = None
        try:
            with transaction.atomic():
                Alert.objects.bulk_create([found])
        except IntegrityError as error:
            return "alert_once" in str(error)
        return None

    assert at_once(twin, twin) == [True, True]
    assert Alert.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.update(state="closed")  # without a day and an outcome
