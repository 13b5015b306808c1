"""Bank details changed: asked for by one person, called back by another, in force after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import identifiers, queries
from creditdesk.customers.events import BankDetailsChanged
from creditdesk.customers.models import BankChange, CallBack
from creditdesk.customers.rules import banking
from creditdesk.customers.services.accounts import locked, record_changes
from creditdesk.customers.services.payers import add_bank_accounts
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing.events import announce

_MENDS = {
    "iban_check_digits": "Copy the IBAN again; its check digits do not fit",
    "iban_malformed": "Copy the IBAN again; its length or its country cannot be right",
    "bic_malformed": "A BIC has eight or eleven letters and digits",
    "bank_code_missing": "Give the routing number or sort code of the bank",
    "account_too_short": "Give the whole account number or IBAN",
}


@dataclass(frozen=True, slots=True)
class BankChangeResult:
    """How a change of bank details stands."""

    change_id: int
    state: str
    signals: tuple[str, ...]


@command("customers.change_bank_details")
def ask_bank_change(
    actor: Actor,
    customer_id: int,
    *,
    account: str,
    holder: str,
    channel: str,
    bank_code: str = "",
    reason: str = "",
) -> BankChangeResult:
    """Ask that a customer be paid on other details; in force only after a second one called back.

    One change waits at a time: a further one is Conflict. What speaks for fraud is kept with it.
    """
    _require_details(account, bank_code, holder, channel, reason)
    locked(actor, customer_id)
    key = identifiers.compact(account)
    now = queries.paid_on(actor.company_id, customer_id)
    if now is not None and (now.account_key, now.bank_code) == (key, _bank(bank_code)):
        raise _invalid("account", "account_the_same", "The customer is paid on these already", "")
    if BankChange.objects.filter(customer_id=customer_id, state="asked").exists():
        raise Conflict(
            "bank_change_waits", "Another change waits for its call-back; decide that first"
        )
    known = queries.known_of(actor.company_id, customer_id, account, actor.at)
    row = BankChange.objects.create(
        company_id=actor.company_id, customer_id=customer_id, account_key=key,
        bank_code=_bank(bank_code), holder=holder.strip(), channel=channel, reason=reason.strip(),
        signals=list(banking.signals(account, holder, channel, known)), asked_at=actor.at,
        asked_by=actor.name, asked_by_id=actor.user_id,
    )  # fmt: skip
    acts_on("bank_change", [row.id])
    _note(actor, row, "bank details asked", key)
    return _result(row)


def _require_details(account: str, bank_code: str, holder: str, channel: str, reason: str) -> None:
    found = banking.details_fault(account, bank_code)
    if found is not None:
        field, code = found
        raise _invalid(
            field, code, f"{account[:40]!r} cannot be paid to", _MENDS.get(code, "Fill it in")
        )
    if not holder.strip() or len(holder) > banking.TEXT_LENGTH_MAX:
        raise _invalid("holder", "value_missing", "Whose account it is must be said", "Fill it in")
    if channel not in banking.CHANNELS:
        known = ", ".join(banking.CHANNELS)
        raise _invalid("channel", "channel_unknown", "How it was asked is not known", known)
    if len(reason) > banking.TEXT_LENGTH_MAX:
        raise _invalid("reason", "text_too_long", "The reason is too long", "Shorten it")


def _invalid(field: str, code: str, message: str, mend: str) -> Invalid:
    return Invalid(code, message, place=Place(field=field), mend=mend)


def _bank(bank_code: str) -> str:
    return identifiers.compact(bank_code)


@command("customers.confirm_bank_details")
def call_back(
    actor: Actor, change_id: int, *, person: str, phone: str, result: str, note: str = ""
) -> BankChangeResult:
    """Keep whom one called about a change, on a number known before, and what they said.

    Confirmed, the details are in force; denied, they are refused for good; not reached, the change
    waits on. Refused for who asked for it, for machines, and on a number that came with it.
    """
    row = _waiting(actor, change_id)
    if actor.user_id is None:
        raise Refused("call_needs_a_person", "Only a person who is signed in calls back")
    if actor.user_id == row.asked_by_id:
        raise Refused("own_bank_change", "Somebody else than who asked calls back")
    if result not in banking.RESULTS:
        raise _invalid("result", "result_unknown", "What was said is not known", "")
    if not person.strip() or max(len(person), len(note)) > banking.TEXT_LENGTH_MAX:
        raise _invalid("person", "value_missing", "Whom you spoke to must be said", "Fill it in")
    known = queries.known_numbers(actor.company_id, row.customer_id, row.asked_at)
    if not banking.is_known_number(phone, [one.phone for one in known]):
        _refuse_number()
    CallBack.objects.create(
        company_id=actor.company_id, change=row, person=person.strip(), phone=phone.strip(),
        result=result, note=note.strip(), recorded_at=actor.at, recorded_by=actor.name,
        recorded_by_id=actor.user_id,
    )  # fmt: skip
    acts_on("bank_change", [row.id])
    if result != "not_reached":
        _decide(actor, row, result)
    return _result(row)


def _refuse_number() -> NoReturn:
    raise Refused(
        "number_not_known_before",
        "Call on a number that was known before the change was asked for, and thirty days earlier",
    )


@command("customers.change_bank_details")
def withdraw_bank_change(actor: Actor, change_id: int, *, reason: str) -> BankChangeResult:
    """Take a change back that waits for its call-back, with a reason."""
    if not reason.strip():
        raise _invalid("reason", "reason_missing", "It needs a reason", "Say why it is taken back")
    row = _waiting(actor, change_id)
    _decide(actor, row, "withdrawn")
    return _result(row)


def _waiting(actor: Actor, change_id: int) -> BankChange:
    row = (
        BankChange.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, id=change_id)
        .first()
    )
    if row is None:
        raise NotFound("bank_change_unknown", "There is no such change of bank details")
    if row.state != "asked":
        raise Conflict("bank_change_decided", f"The change is {row.state} already", state=row.state)
    return row


def _decide(actor: Actor, row: BankChange, state: str) -> None:
    before = queries.paid_on(actor.company_id, row.customer_id)
    row.state, row.decided_at = state, actor.at
    row.decided_by, row.decided_by_id = actor.name, actor.user_id
    row.save(update_fields=["state", "decided_at", "decided_by", "decided_by_id"])
    if state == "confirmed":
        add_bank_accounts(actor, [(row.customer_id, row.account_key)], holders=[row.holder])
        _note(actor, row, "bank details", row.account_key, before.account_key if before else "")
    else:
        _note(actor, row, f"bank details {state}", row.account_key)
    announce(
        actor,
        [BankDetailsChanged(customer_id=row.customer_id, change_id=row.id, state=state)],
    )


def _note(actor: Actor, row: BankChange, field: str, after: str, before: str = "") -> None:
    record_changes(actor, row.customer_id, {field: (before, after)})


def _result(row: BankChange) -> BankChangeResult:
    return BankChangeResult(row.id, row.state, tuple(row.signals))
