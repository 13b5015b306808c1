"""Make a believable company by living its days through the real services."""

from creditdesk.simulation.queries import is_complete
from creditdesk.simulation.services.founding import LOGINS, Login, logins
from creditdesk.simulation.services.living import live
from creditdesk.simulation.services.runs import Outcome, run

__all__ = ["LOGINS", "Login", "Outcome", "is_complete", "live", "logins", "run"]
