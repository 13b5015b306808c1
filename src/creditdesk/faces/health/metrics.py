"""The numbers of the product: those each process counts, and those that stand in the database."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock_time
from functools import lru_cache
from importlib.metadata import version
from threading import Lock
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from creditdesk.cash import queries as cash
from creditdesk.day import queries as days
from creditdesk.insight import queries as insight
from creditdesk.plumbing.jobs import queries as jobs
from creditdesk.plumbing.operation import queries as operation

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Scrapes within this long of each other see the same facts: they cost one look at the database.
KEPT_SECONDS = 5.0
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
Kind = Literal["counter", "gauge", "histogram"]
Values = Sequence[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as the reference lists it."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


REQUESTS = Described(
    "creditdesk_http_requests_total", "counter", "Requests answered.", ("method", "route", "status")
)
DURATION = Described(
    "creditdesk_http_request_seconds", "histogram", "How long a request took.", ("method", "route")
)
QUERIES = Described(
    "creditdesk_http_queries_total", "counter", "Statements sent to the database.", ("route",)
)
BUILD = Described(
    "creditdesk_build_info", "gauge", "Always 1; what runs.", ("version", "python", "postgres")
)
FACTS: tuple[Described, ...] = (
    BUILD,
    Described(
        "creditdesk_migrations_pending", "gauge", "Migrations the database does not have yet."
    ),
    Described("creditdesk_database_bytes", "gauge", "Size of the database on disk."),
    Described("creditdesk_jobs", "gauge", "Jobs that are not over.", ("state",)),
    Described(
        "creditdesk_job_oldest_waiting_seconds", "gauge",
        "How long the oldest job waits that could run; 0 when none does.",
    ),
    Described("creditdesk_workers", "gauge", "Workers heard of within the last half minute."),
    Described(
        "creditdesk_messages", "gauge", "Messages to customers by state.", ("company", "status")
    ),
    Described("creditdesk_open_items", "gauge", "Open items.", ("company",)),
    Described(
        "creditdesk_day_finished_timestamp_seconds", "gauge",
        "Midnight (UTC) of the last business date worked to its end.", ("company",),
    ),
    Described(
        "creditdesk_bank_until_timestamp_seconds", "gauge",
        "Midnight (UTC) of the day up to which every collecting account is known.", ("company",),
    ),
)  # fmt: skip
DESCRIBED: tuple[Described, ...] = (REQUESTS, DURATION, QUERIES, *FACTS)

disable_created_metrics()  # type: ignore[no-untyped-call]
OWN = CollectorRegistry()
requests_total = Counter(REQUESTS.name, REQUESTS.help, REQUESTS.labels, registry=OWN)
request_seconds = Histogram(
    DURATION.name, DURATION.help, DURATION.labels, buckets=SECONDS, registry=OWN
)
queries_total = Counter(QUERIES.name, QUERIES.help, QUERIES.labels, registry=OWN)


@lru_cache(maxsize=1024)
def counters(method: str, route: str, status: int) -> tuple[Counter, Histogram, Counter]:
    """Return what counts requests like this one, how long they took, and their statements."""
    return (
        requests_total.labels(method, route, str(status)),
        request_seconds.labels(method, route),
        queries_total.labels(route),
    )


class Facts:
    """What stands in the database, the same whichever process is asked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._read_at = -KEPT_SECONDS
        self._values: Mapping[str, Values] = {}

    def collect(self) -> Iterator[Metric]:
        """Yield every fact; none while the database cannot be reached."""
        with self._lock:
            if time.monotonic() - self._read_at >= KEPT_SECONDS:
                self._values = facts()
                self._read_at = time.monotonic()
            values = self._values
        for one in FACTS:
            family = GaugeMetricFamily(one.name, one.help, labels=one.labels)
            for labels, value in values.get(one.name, ()):
                family.add_metric(labels, value)
            yield family


def facts() -> dict[str, Values]:
    """Read the facts of this moment, by the name of their metric."""
    postgres = operation.server().version
    pending = operation.migrations_pending()
    found: dict[str, Values] = {
        BUILD.name: [((version("creditdesk"), platform.python_version(), str(postgres)), 1)],
        "creditdesk_migrations_pending": [((), pending)],
        "creditdesk_database_bytes": [((), operation.database_bytes())],
    }
    return found if pending else found | _queue() | _companies()


def _queue() -> dict[str, Values]:
    seen = jobs.overview()
    return {
        "creditdesk_jobs": [((state,), getattr(seen, state)) for state in jobs.STATES],
        "creditdesk_job_oldest_waiting_seconds": [((), seen.oldest_waiting_seconds or 0.0)],
        "creditdesk_workers": [((), seen.workers)],
    }


def _companies() -> dict[str, Values]:
    pulses = insight.pulse()
    finished = [(one.code, days.last_finished(one.company_id)) for one in pulses]
    return {
        "creditdesk_open_items": [((one.code,), one.open_items) for one in pulses],
        "creditdesk_messages": [
            ((one.code, one.status), one.count) for one in insight.message_counts()
        ],
        "creditdesk_day_finished_timestamp_seconds": _midnights(finished),
        "creditdesk_bank_until_timestamp_seconds": _midnights(
            (one.code, _bank_until(one.company_id)) for one in pulses
        ),
    }


def _bank_until(company_id: int) -> date | None:
    """Return the day up to which every collecting account is known; `None` before the first."""
    known = [account.latest_closing for account in cash.bank_freshness(company_id)]
    return None if None in known else min((on for on in known if on is not None), default=None)


def _midnights(dates: Iterable[tuple[str, date | None]]) -> Values:
    return [
        ((code,), datetime.combine(on, clock_time(), tzinfo=UTC).timestamp())
        for code, on in dates
        if on is not None
    ]


_facts = Facts()


def exposition() -> bytes:
    """Return every metric as Prometheus reads it; of all web processes of this machine together."""
    counted = OWN
    if os.environ.get(FOLDER):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    stored = CollectorRegistry()
    stored.register(_facts)
    return generate_latest(counted) + generate_latest(stored)
