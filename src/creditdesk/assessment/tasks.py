"""Jobs of assessment."""

from __future__ import annotations

from procrastinate.contrib.django import app

from creditdesk.assessment import services
from creditdesk.controls import queries as controls


@app.task(name="assessment.fit", pass_context=False)
def fit(*, company_id: int, run_id: int) -> None:
    """Learn a card from a company's own history."""
    services.work_fit(controls.system_actor(controls.company(company_id), "learning"), run_id)
