"""Make a believable company by living its days through the real services."""

from creditdesk.simulation.queries import is_complete
from creditdesk.simulation.services.founding import LOGINS, Login
from creditdesk.simulation.services.living import live

__all__ = ["LOGINS", "Login", "is_complete", "live"]
