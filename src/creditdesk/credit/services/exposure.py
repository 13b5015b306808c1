"""Writers of exposure and of what orders reserve of it.

Locks go: the customer's turn (`queries.TURN`), then exposure rows by customer and currency, then
reservations. Whoever holds exposure rows never asks for a turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from creditdesk.controls.commands import command
from creditdesk.credit import rules
from creditdesk.credit.events import (
    ReservationsConverted,
    ReservationsExpired,
)
from creditdesk.credit.rules import ExposureChange, Reserving
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

# New rows are written in one order, so two batches never wait for each other in a circle.
RAISE = """
    INSERT INTO credit_exposure AS e
        (company_id, customer_id, currency, open_minor, unapplied_minor, reserved_minor)
    SELECT %(company_id)s, d.customer_id, d.currency, d.open_minor, d.unapplied_minor, 0
    FROM unnest(%(customers)s::bigint[], %(currencies)s::text[], %(opens)s::bigint[],
                %(unapplieds)s::bigint[]) AS d (customer_id, currency, open_minor, unapplied_minor)
    ORDER BY d.customer_id, d.currency
    ON CONFLICT (customer_id, currency) DO UPDATE SET
        open_minor = e.open_minor + EXCLUDED.open_minor,
        unapplied_minor = e.unapplied_minor + EXCLUDED.unapplied_minor
    WHERE e.company_id = EXCLUDED.company_id
"""
# An insert that proposes a negative amount breaks the check constraint before it can become an
# update, so changes that lower anything open the missing rows first and then add.
OPEN_MISSING = """
    INSERT INTO credit_exposure
        (company_id, customer_id, currency, open_minor, unapplied_minor, reserved_minor)
    SELECT %(company_id)s, d.customer_id, d.currency, 0, 0, 0
    FROM unnest(%(customers)s::bigint[], %(currencies)s::text[]) AS d (customer_id, currency)
    WHERE NOT EXISTS (
        SELECT FROM credit_exposure e
        WHERE e.customer_id = d.customer_id AND e.currency = d.currency)
    ORDER BY d.customer_id, d.currency
    ON CONFLICT (customer_id, currency) DO NOTHING
"""
ADD = """
    UPDATE credit_exposure e
    SET open_minor = e.open_minor + d.open_minor,
        unapplied_minor = e.unapplied_minor + d.unapplied_minor
    FROM unnest(%(customers)s::bigint[], %(currencies)s::text[], %(opens)s::bigint[],
                %(unapplieds)s::bigint[])
        AS d (customer_id, currency, open_minor, unapplied_minor)
    WHERE e.customer_id = d.customer_id AND e.currency = d.currency
      AND e.company_id = %(company_id)s
"""
LOCK = """
    SELECT customer_id, currency FROM credit_exposure
    WHERE company_id = %s AND customer_id = ANY(%s::bigint[])
    ORDER BY customer_id, currency
    FOR UPDATE
"""
# Exposure first, then the reservation: the second insert reads the first. Of one order and of many
# the same; rows are written in one order, so two batches never wait for each other in a circle.
_EXPOSED = """
    WITH exposed AS (
        INSERT INTO credit_exposure AS e
            (company_id, customer_id, currency, open_minor, unapplied_minor, reserved_minor)
        {given}
        ON CONFLICT (customer_id, currency)
        DO UPDATE SET reserved_minor = e.reserved_minor + EXCLUDED.reserved_minor
        WHERE e.company_id = EXCLUDED.company_id
        RETURNING e.company_id, e.customer_id, e.currency
    )
    INSERT INTO credit_reservation AS r
        (company_id, customer_id, order_reference, currency, minor, open_minor, status,
         expires_on, recorded_at)
    {reserving}
    ON CONFLICT (company_id, order_reference) DO UPDATE SET
        customer_id = EXCLUDED.customer_id, currency = EXCLUDED.currency, minor = EXCLUDED.minor,
        open_minor = EXCLUDED.open_minor, status = 'held', expires_on = EXCLUDED.expires_on,
        recorded_at = EXCLUDED.recorded_at
    WHERE r.status = 'released'
    RETURNING r.order_reference
"""
RESERVE = _EXPOSED.format(
    given="VALUES (%(company_id)s, %(customer_id)s, %(currency)s, 0, 0, %(minor)s)",
    reserving="""
    SELECT company_id, customer_id, %(order_reference)s, currency, %(minor)s, %(minor)s, 'held',
           %(expires_on)s, %(at)s
    FROM exposed
""",
)
_GIVEN = """
    unnest(%(customers)s::bigint[], %(references)s::text[], %(currencies)s::text[],
           %(minors)s::bigint[], %(expiries)s::date[])
        AS g (customer_id, order_reference, currency, minor, expires_on)
"""
RESERVE_ALL = _EXPOSED.format(
    given=f"""
        SELECT %(company_id)s, g.customer_id, g.currency, 0, 0, SUM(g.minor)::bigint
        FROM {_GIVEN} GROUP BY g.customer_id, g.currency ORDER BY g.customer_id, g.currency
""",
    reserving=f"""
    SELECT exposed.company_id, g.customer_id, g.order_reference, g.currency, g.minor, g.minor,
           'held', g.expires_on, %(at)s
    FROM {_GIVEN} JOIN exposed USING (customer_id, currency)
    ORDER BY g.order_reference
""",
)
CONVERT = """
    WITH target AS (
        SELECT r.id, r.customer_id, r.currency, LEAST(r.open_minor, g.minor) AS minor
        FROM unnest(%(customers)s::bigint[], %(references)s::text[], %(minors)s::bigint[])
            AS g (customer_id, order_reference, minor)
        JOIN credit_reservation r
            ON r.customer_id = g.customer_id AND r.order_reference = g.order_reference
        WHERE r.company_id = %(company_id)s AND r.status = 'held'
        ORDER BY r.id
        FOR UPDATE OF r
    ), freed AS (
        UPDATE credit_exposure e SET reserved_minor = e.reserved_minor - f.minor
        FROM (SELECT customer_id, currency, SUM(minor)::bigint AS minor FROM target
              GROUP BY customer_id, currency) AS f
        WHERE e.customer_id = f.customer_id AND e.currency = f.currency
    ), lowered AS (
        UPDATE credit_reservation r
        SET open_minor = r.open_minor - t.minor,
            status = CASE WHEN r.open_minor = t.minor THEN 'converted' ELSE r.status END
        FROM target t WHERE r.id = t.id
        RETURNING r.order_reference, r.status
    )
    SELECT order_reference FROM lowered WHERE status = 'converted' ORDER BY order_reference
"""
RELEASE = """
    WITH target AS (
        SELECT id, customer_id, currency, open_minor AS minor
        FROM credit_reservation
        WHERE company_id = %(company_id)s AND status = 'held'
          AND order_reference = ANY(%(references)s::text[])
        ORDER BY id
        FOR UPDATE
    ), freed AS (
        UPDATE credit_exposure e SET reserved_minor = e.reserved_minor - f.minor
        FROM (SELECT customer_id, currency, SUM(minor)::bigint AS minor FROM target
              GROUP BY customer_id, currency) AS f
        WHERE e.customer_id = f.customer_id AND e.currency = f.currency
    ), released AS (
        UPDATE credit_reservation r SET status = 'released', open_minor = 0
        FROM target t WHERE r.id = t.id
        RETURNING r.order_reference
    )
    SELECT order_reference FROM released ORDER BY order_reference
"""


class _Held(NamedTuple):
    """A row of exposure that is there, and held."""

    customer_id: int
    currency: str


def change_exposure(actor: Actor, changes: Sequence[ExposureChange]) -> None:
    """Raise and lower what customers owe, set-based, within the caller's transaction.

    Every row of the customers is locked first, so that a caller that goes on to convert their
    reservations asks for nothing new. Lowering below zero violates a constraint: what is lowered
    must have been raised before.
    """
    net = rules.summed(changes)
    if not net:
        return
    held = _locked(actor, (change.customer_id for change in net))
    params = {
        "company_id": actor.company_id,
        "customers": sql.array(c.customer_id for c in net),
        "currencies": sql.array(c.currency for c in net),
        "opens": sql.array(c.open_minor for c in net),
        "unapplieds": sql.array(c.unapplied_minor for c in net),
    }
    if all(c.open_minor >= 0 and c.unapplied_minor >= 0 for c in net):
        touched = sql.execute(RAISE, params)
    else:
        if any((c.customer_id, c.currency) not in held for c in net):
            sql.execute(OPEN_MISSING, params)
        touched = sql.execute(ADD, params)
    if touched != len(net):
        raise NotFound("customer_unknown", "A customer belongs to another company")


def lock_exposure(actor: Actor, customer_ids: Iterable[int]) -> None:
    """Hold the exposure rows of customers, in the order of the house, until the transaction ends.

    For callers that go on to lock payments or items before they change exposure.
    """
    _locked(actor, customer_ids)


def _locked(actor: Actor, customer_ids: Iterable[int]) -> set[tuple[int, str]]:
    """Hold the exposure rows of customers; return of which customer and currency there is one."""
    given = [actor.company_id, sql.array(set(customer_ids))]
    return set(sql.fetch(_Held, LOCK, given, planned=True))


def hold_exposure(actor: Actor, accounts: Iterable[tuple[int, str]]) -> None:
    """Hold the exposure rows of customers and currencies, opening those that are not there yet."""
    wanted = sorted(set(accounts))
    customers, currencies = zip(*wanted, strict=True)
    lock_exposure(actor, customers)
    nought = sql.array([0] * len(wanted))
    given = {"customers": sql.array(customers), "currencies": sql.array(currencies)}
    params = {"company_id": actor.company_id, "opens": nought, "unapplieds": nought, **given}
    if sql.execute(RAISE, params) != len(wanted):
        raise NotFound("customer_unknown", "A customer belongs to another company")


def reserve(
    actor: Actor,
    *,
    customer_id: int,
    order_reference: str,
    currency: str,
    minor: int,
    expires_on: date | None = None,
) -> None:
    """Set credit aside for an order, once; Conflict when it is reserved or was invoiced already.

    Whether there is room is the caller's decision, made while holding the customer's turn.
    """
    new = Reserving(
        customer_id=customer_id,
        order_reference=order_reference,
        currency=currency,
        minor=minor,
        expires_on=expires_on,
    )
    reserve_all(actor, [new])


def reserve_all(actor: Actor, new: Sequence[Reserving]) -> None:
    """Set credit aside for orders, all or none, as `reserve` does for one."""
    if not new:
        return
    given = {"company_id": actor.company_id, "at": actor.at}
    if len(new) == 1:  # most are; without arrays it is half the work
        [one] = new
        given |= {
            "customer_id": one.customer_id,
            "order_reference": one.order_reference,
            "currency": one.currency,
            "minor": one.minor,
            "expires_on": one.expires_on,
        }
    else:
        given |= {
            "customers": sql.array(one.customer_id for one in new),
            "references": sql.array(one.order_reference for one in new),
            "currencies": sql.array(one.currency for one in new),
            "minors": sql.array(one.minor for one in new),
            "expiries": sql.array(one.expires_on for one in new),
        }
    statement = RESERVE if len(new) == 1 else RESERVE_ALL
    reserved = set(sql.scalars(statement, given, planned=True))
    for one in new:
        if one.order_reference not in reserved:
            raise _already_reserved(one.order_reference)


def _already_reserved(order_reference: str) -> Conflict:
    """Return the conflict of an order for which credit was set aside before."""
    return Conflict(
        "order_already_reserved",
        f"Credit for order {order_reference} was set aside before",
        order_reference=order_reference,
    )


def convert(actor: Actor, order_minor: Mapping[tuple[int, str], int]) -> tuple[str, ...]:
    """Lower the reservations of invoiced orders, by (customer, reference), never below zero.

    Return the orders now invoiced in full; references without a reservation are ignored.
    """
    given = sorted((key, minor) for key, minor in order_minor.items() if key[1] and minor > 0)
    if not given:
        return ()
    references = [reference for (_, reference), _ in given]
    _lock_reserved(actor, references)
    converted = sql.scalars(
        CONVERT,
        {
            "company_id": actor.company_id,
            "customers": sql.array(customer_id for (customer_id, _), _ in given),
            "references": sql.array(references),
            "minors": sql.array(minor for _, minor in given),
        },
    )
    done = tuple(str(reference) for reference in converted)
    if done:
        announce(actor, [ReservationsConverted(order_references=done)])
    return done


def release(actor: Actor, order_references: Sequence[str]) -> tuple[str, ...]:
    """Free the credit set aside for orders; return those that had any. Again changes nothing."""
    _lock_reserved(actor, order_references)
    params = {"company_id": actor.company_id, "references": sql.array(order_references)}
    return tuple(str(reference) for reference in sql.scalars(RELEASE, params))


@command("credit.expire")
def expire(actor: Actor) -> tuple[str, ...]:
    """Free reservations whose last day is past and announce their orders."""
    late = sql.scalars(
        "SELECT order_reference FROM credit_reservation"
        " WHERE company_id = %s AND status = 'held' AND expires_on < %s ORDER BY id",
        [actor.company_id, actor.today],
    )
    expired = release(actor, [str(reference) for reference in late])
    if expired:
        announce(actor, [ReservationsExpired(order_references=expired)])
    return expired


def _lock_reserved(actor: Actor, references: Sequence[str]) -> None:
    """Lock the exposure behind reservations before the reservations themselves."""
    customers = sql.scalars(
        "SELECT DISTINCT customer_id FROM credit_reservation"
        " WHERE company_id = %s AND order_reference = ANY(%s::text[])",
        [actor.company_id, sql.array(references)],
    )
    if customers:
        lock_exposure(actor, customers)
