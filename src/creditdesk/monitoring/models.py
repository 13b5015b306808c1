"""Tables of monitoring; each sub-package keeps its own."""

from creditdesk.monitoring.alerts.models import Alert, AlertStep, Delivery, News, Subscription
from creditdesk.monitoring.ratings.models import PayerRating

__all__ = ["Alert", "AlertStep", "Delivery", "News", "PayerRating", "Subscription"]
