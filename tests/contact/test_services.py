from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from creditdesk.contact import queries
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.plumbing import sql
from tests.contact.stage import FRESH, a_customer, a_draft, queued, statuses, verdicts


def test_every_draft_leaves_a_verdict_and_only_allowed_ones_a_message(actor: Actor) -> None:
    good, bad = a_customer(actor, "C1"), a_customer(actor, "C2")
    result = queued(actor, a_draft(good, (11, 10_000)), a_draft(bad, (21, 10_000), recipient=""))
    assert (result.queued, result.refused) == (1, 1)
    assert verdicts(actor) == [("queue", True), ("queue", False)]
    assert statuses(actor) == [("queued", "")]
    [refused] = queries.verdicts(actor.company_id, bad)
    assert refused.message_id is None
    assert [r["code"] for r in refused.reasons if not r["passed"]] == ["address"]
    assert refused.inputs == {
        "at": "2026-03-16T09:00:00+00:00", "contact_id": None, "country": "DE",
        "step": "reminder", "currency": "EUR", "items": {"21": 10_000},
    }  # fmt: skip
    assert refused.policy_version == 1
    [message] = queries.mailbox(actor.company_id).rows
    assert message.id == result.outcomes[0].message_id
    assert message.reference == "MSG-2026-000001"
    full = queries.message(actor.company_id, message.reference)
    assert [(i.item_id, i.open_minor, i.step) for i in full.items] == [(11, 10_000, "reminder")]


def test_held_items_are_left_out_of_text_items_and_total(actor: Actor) -> None:
    customer_id = a_customer(actor)
    contact.place_holds(actor, [NewHold(customer_id, 12, "dispute", "dispute:1")])
    result = queued(actor, a_draft(customer_id, (11, 10_000), (12, 99_900)))
    assert result.outcomes[0].item_ids == (11,)
    message = queries.message(actor.company_id, "MSG-2026-000001")
    assert [item.item_id for item in message.items] == [11]
    assert "INV-12" not in message.body_text + message.body_html
    assert message.row.subject == "Payment reminder: 100.00 EUR"


def test_a_stranger_in_another_company_changes_nothing(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer_id = a_customer(actor)
    contact.place_holds(actor, [NewHold(customer_id, None, "manual", "x:1")])
    queued(actor, a_draft(a_customer(actor, "C2"), (11, 10_000)))
    stranger = actor_of(actor.company_id + 1)
    assert contact.lift_holds(stranger, ["x:1"]) == 0
    assert contact.withdraw_for_items(stranger, [11]) == 0
    assert len(queries.live_holds(actor.company_id)) == 1
    assert statuses(actor) == [("queued", "")]
    assert queries.live_holds(stranger.company_id) == []
    assert queries.mailbox(stranger.company_id).total == 0


def test_placing_the_same_hold_again_moves_only_its_end(actor: Actor) -> None:
    customer_id = a_customer(actor)
    hold = NewHold(customer_id, None, "promise", "promise:1", date(2026, 3, 20))
    assert contact.place_holds(actor, [hold, hold]) == 1
    assert contact.place_holds(actor, [hold]) == 0
    later = NewHold(customer_id, None, "promise", "promise:1", date(2026, 3, 27))
    assert contact.place_holds(actor, [later]) == 1
    [row] = queries.live_holds(actor.company_id)
    assert row.until == date(2026, 3, 27)
    assert contact.lift_holds(actor, ["promise:1"]) == 1
    assert contact.lift_holds(actor, ["promise:1"]) == 0
    assert contact.place_holds(actor, [hold]) == 1


def test_a_hold_of_an_unknown_kind_is_refused(actor: Actor) -> None:
    with pytest.raises(Refused) as refused:
        contact.place_holds(actor, [NewHold(1, None, "whim", "x:1")])
    assert refused.value.code == "hold_kind_unknown"
    assert queries.live_holds(actor.company_id) == []


def test_a_hold_ends_with_its_last_day(actor: Actor) -> None:
    customer_id = a_customer(actor)
    contact.place_holds(
        actor, [NewHold(customer_id, None, "promise", "promise:1", actor.today - timedelta(days=1))]
    )
    assert queued(actor, a_draft(customer_id, (11, 10_000))).queued == 1
    contact.place_holds(actor, [NewHold(customer_id, None, "promise", "promise:2", actor.today)])
    assert queued(actor, a_draft(customer_id, (12, 10_000))).queued == 0


def test_settled_items_withdraw_queued_reminders_only(actor: Actor) -> None:
    one, other = a_customer(actor, "C1"), a_customer(actor, "C2")
    queued(
        actor,
        a_draft(one, (11, 10_000), (12, 500)),
        a_draft(other, (21, 10_000)),
        a_draft(one, (11, 10_000), purpose="statutory", subject="Notice", body="Notice"),
    )
    assert contact.withdraw_for_items(actor, [12, 11, 99]) == 1
    assert statuses(actor) == [("withdrawn", "paid"), ("queued", ""), ("queued", "")]
    assert contact.withdraw_for_items(actor, [11, 12]) == 0


def test_a_withdrawn_step_counts_as_not_taken(actor: Actor) -> None:
    customer_id = a_customer(actor)
    draft = a_draft(customer_id, (11, 10_000))
    assert queued(actor, draft).queued == 1
    assert queued(actor, draft).queued == 0
    assert [r["code"] for r in queries.verdicts(actor.company_id, customer_id)[0].reasons
            if not r["passed"]] == ["new_step", "pause"]  # fmt: skip
    contact.withdraw_for_items(actor, [11])
    assert queued(actor, draft).queued == 1


def test_two_currencies_are_one_contact_but_the_next_must_wait(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer_id = a_customer(actor)
    both = [a_draft(customer_id, (11, 900)), a_draft(customer_id, (12, 900), currency="USD")]
    assert queued(actor, *both).queued == 2
    assert contact.send_queued(actor, bank=FRESH).sent == 2
    for days, expected in ((6, 0), (7, 1)):
        later = actor_of(actor.company_id, today=actor.today + timedelta(days=days))
        item = 20 + days
        draft = a_draft(customer_id, (item, 900), step="second")
        weekday = later.today.weekday()
        assert (queued(later, draft).queued, weekday < 5) == (expected, days == 7)


def test_a_reply_holds_until_it_is_handled(actor: Actor) -> None:
    customer_id = a_customer(actor)
    queued(actor, a_draft(customer_id, (11, 900)))
    reply_id = contact.record_reply(
        actor, customer_id, sender="ann@example.com", body="We paid!", subject="Re: reminder",
        in_reply_to="MSG-2026-000001",
    )  # fmt: skip
    [reply] = queries.replies_open(actor.company_id)
    assert (reply.id, reply.in_reply_to, reply.body_text) == (
        reply_id, "MSG-2026-000001", "We paid!",
    )  # fmt: skip
    assert [hold.kind for hold in queries.live_holds(actor.company_id)] == ["unhandled_reply"]
    assert contact.send_queued(actor, bank=FRESH).withdrawn == 1
    contact.handle_reply(actor, reply_id)
    contact.handle_reply(actor, reply_id)
    assert queries.live_holds(actor.company_id) == []
    assert queries.replies_open(actor.company_id) == []
    with pytest.raises(NotFound) as unknown:
        contact.handle_reply(actor, reply_id + 1)
    assert unknown.value.code == "reply_unknown"


def test_a_hold_by_hand_is_released_by_hand_and_others_are_not(actor: Actor) -> None:
    customer_id = a_customer(actor)
    source = contact.hold(actor, customer_id, note="talks under way")
    contact.place_holds(actor, [NewHold(customer_id, None, "unapplied_money", "payment:1")])
    contact.release(actor, source)
    with pytest.raises(Refused) as refused:
        contact.release(actor, "payment:1")
    assert refused.value.code == "hold_not_manual"
    assert [h.source for h in queries.live_holds(actor.company_id)] == ["payment:1"]
    with pytest.raises(NotFound) as unknown:
        contact.release(actor, source)
    assert unknown.value.code == "hold_unknown"


def test_the_latest_consent_counts(actor: Actor) -> None:
    customer_id = a_customer(actor)
    for allowed in (False, True, False):
        contact.set_consent(actor, customer_id, purpose="collection", allowed=allowed)
    [row] = queries.consents(actor.company_id, [customer_id])
    assert (row.purpose, row.allowed) == ("collection", False)
    assert queued(actor, a_draft(customer_id, (11, 900))).queued == 0
    contact.set_consent(actor, customer_id, purpose="collection", allowed=True)
    assert queued(actor, a_draft(customer_id, (11, 900))).queued == 1


def test_the_mailbox_filters_and_pages(actor: Actor) -> None:
    ids = [a_customer(actor, f"C{n}") for n in range(3)]
    queued(actor, *(a_draft(one, (one, 900), recipient=f"r{n}@example.com")
                    for n, one in enumerate(ids)))  # fmt: skip
    contact.withdraw_for_items(actor, [ids[0]])
    page = queries.mailbox(actor.company_id, size=2)
    assert (page.total, [row.customer_id for row in page.rows]) == (3, [ids[2], ids[1]])
    assert [r.customer_id for r in queries.mailbox(actor.company_id, status="withdrawn").rows] == [
        ids[0]
    ]
    assert queries.mailbox(actor.company_id, text="r1@ex").total == 1
    assert queries.mailbox(actor.company_id, text="r_@ex").total == 0
    assert queries.status_counts(actor.company_id) == {"queued": 2, "withdrawn": 1}


def test_verdicts_cannot_be_rewritten(actor: Actor) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 900)))
    with pytest.raises(Exception, match=r"permission denied|append-only"):
        sql.execute("UPDATE contact_verdict SET allowed = false")
