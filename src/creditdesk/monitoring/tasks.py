"""Jobs of monitoring; each sub-package keeps its own."""

from creditdesk.monitoring.alerts.tasks import tell  # noqa: F401 - the queue finds jobs here
