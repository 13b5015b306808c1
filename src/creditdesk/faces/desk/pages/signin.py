"""Signing in; a demo shows whom one may sign in as."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView

from creditdesk.plumbing import clock
from creditdesk.simulation import services as simulation


class SignIn(LoginView):
    """The door: name and password, and in a finished demo its logins beside them."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's own
        """Return what the page shows; the logins only where the clock and the book are a demo's."""
        is_demo = clock.is_moved() and simulation.is_complete()
        logins = simulation.LOGINS if is_demo else ()
        return super().get_context_data(demo_logins=logins, **kwargs)
