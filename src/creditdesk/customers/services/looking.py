"""Who looked at whom: one row per person, page, customer and day; and what the week keeps."""

from __future__ import annotations

from datetime import timedelta

from creditdesk.controls.commands import command
from creditdesk.customers.services.lifecycle import sleep
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy

_LOOKED = """
    INSERT INTO customers_view AS v
           (company_id, customer_id, viewer, viewer_id, page, viewed_on, first_at, last_at, views)
    VALUES (%(company_id)s, %(customer_id)s, %(viewer)s, %(viewer_id)s, %(page)s, %(on)s, %(at)s,
            %(at)s, 1)
        ON CONFLICT (company_id, viewed_on, viewer, customer_id, page)
        DO UPDATE SET views = v.views + 1, last_at = greatest(v.last_at, EXCLUDED.last_at)
"""
_FORGET = "DELETE FROM customers_view WHERE company_id = %s AND viewed_on < %s"


def note_look(actor: Actor, customer_id: int, *, page: str) -> None:
    """Keep that somebody looked at a customer on a page. No command: reading is everybody's."""
    sql.execute(
        _LOOKED,
        {
            "company_id": actor.company_id,
            "customer_id": customer_id,
            "viewer": actor.name,
            "viewer_id": actor.user_id,
            "page": page,
            "on": actor.today,
            "at": actor.at,
        },
        planned=True,
    )


@command("customers.sleep")
def keep(actor: Actor) -> dict[str, int]:
    """Put quiet accounts to sleep, and forget looks that are older than the policy keeps them."""
    found = sleep(actor)
    kept = policy.in_force(actor.company_id, actor.today).accounts.views_kept_days
    forgotten = sql.execute(_FORGET, [actor.company_id, actor.today - timedelta(days=kept)])
    return {
        "dormant": found.dormant, "kept_awake": found.kept_awake, "views_forgotten": forgotten,
    }  # fmt: skip
