from tests.faces.api.conftest import caller_of
from tests.faces.desk.conftest import auditor, desk, manager, other, signed_in

__all__ = ["auditor", "caller_of", "desk", "manager", "other", "signed_in"]
