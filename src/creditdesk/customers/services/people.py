"""People of an account: added, edited with history, set aside."""

from __future__ import annotations

from collections.abc import Mapping

from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries, rules
from creditdesk.customers.models import Contact, Customer
from creditdesk.customers.rules import NewContact
from creditdesk.customers.services.accounts import record_changes, require_version
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place


def _require(contact: NewContact) -> None:
    for fault in rules.contact_faults(contact):
        raise Invalid(
            fault.code,
            f"{fault.value!r} cannot be the {fault.field} of a contact",
            place=Place(field=fault.field),
            mend="Give a name, an e-mail address such as name@example.com, or a telephone number",
        )


@command("customers.edit")
def add_contact(actor: Actor, customer_id: int, *, contact: NewContact) -> int:
    """Add a person to an account and return the id; a new primary takes the place of the old."""
    _require(contact)
    if not Customer.objects.filter(company_id=actor.company_id, id=customer_id).exists():
        raise NotFound("customer_unknown", "There is no such customer", customer_id=customer_id)
    acts_on("customer", [customer_id])
    if contact.is_primary:
        _unset_primary(actor, customer_id)
    row = Contact.objects.create(
        company_id=actor.company_id,
        customer_id=customer_id,
        name=contact.name,
        role=contact.role,
        email=contact.email,
        phone=contact.phone,
        language=contact.language,
        is_primary=contact.is_primary,
    )
    added = {"contact": ("", contact.name or contact.email)}
    # A number or address that came lately is none to call back on when bank details change.
    added |= {"contact phone": ("", contact.phone)} if contact.phone else {}
    record_changes(actor, customer_id, added, contact_id=row.id)
    return row.id


@command("customers.edit")
def edit_contact(
    actor: Actor,
    contact_id: int,
    *,
    changes: Mapping[str, str | bool],
    version: int | None = None,
) -> int:
    """Change a person with history; return how many fields really changed.

    Conflict, and nothing changes, when somebody changed the person since the `version` one saw.
    """
    Contact.objects.select_for_update().filter(company_id=actor.company_id, id=contact_id).first()
    before = queries.contact(actor.company_id, contact_id)
    require_version(before.version, version)
    for field in changes.keys() - set(rules.CONTACT_EDITABLE):
        raise Invalid(
            "field_unknown",
            f"A contact has no field {field!r}",
            place=Place(field=field),
            mend=f"The fields are {', '.join(rules.CONTACT_EDITABLE)}",
        )
    different = {
        field: (getattr(before, field), value)
        for field, value in changes.items()
        if getattr(before, field) != value
    }
    if not different:
        return 0
    acts_on("customer", [before.customer_id])
    after = {field: value for field, (_, value) in different.items()}
    _require(
        NewContact(
            name=str(after.get("name", before.name)),
            email=str(after.get("email", before.email)),
            phone=str(after.get("phone", before.phone)),
            language=str(after.get("language", before.language)),
        )
    )
    if after.get("is_primary"):
        _unset_primary(actor, before.customer_id)
    Contact.objects.filter(company_id=actor.company_id, id=contact_id).update(
        **after, version=before.version + 1
    )
    record_changes(
        actor,
        before.customer_id,
        {f"contact {field}": (str(old), str(new)) for field, (old, new) in different.items()},
        contact_id=contact_id,
    )
    return len(different)


@command("customers.edit")
def remove_contact(actor: Actor, contact_id: int) -> None:
    """Set a person aside: no longer written to, still named in what was sent."""
    edit_contact(actor, contact_id, changes={"is_active": False, "is_primary": False})


def _unset_primary(actor: Actor, customer_id: int) -> None:
    Contact.objects.filter(
        company_id=actor.company_id, customer_id=customer_id, is_primary=True
    ).update(is_primary=False)
