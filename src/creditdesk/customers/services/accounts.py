"""Accounts opened, edited with history, grouped and given terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from creditdesk.controls.audit import personal
from creditdesk.controls.audit import services as audit
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import rules
from creditdesk.customers.events import CustomerEdited, CustomersOpened
from creditdesk.customers.identifiers import vat_fault
from creditdesk.customers.models import Change, Contact, Customer, Group, Terms
from creditdesk.customers.rules import NewCustomer
from creditdesk.customers.services.payers import add_bank_accounts, learn_names
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policy

_MENDS = {
    "value_missing": "Fill it in",
    "text_too_long": "Shorten it",
    "control_character": "Remove the invisible character",
    "currency_malformed": "Use the three capital letters of the currency, such as EUR",
    "country_malformed": "Use the two capital letters of the country, such as DE",
    "language_malformed": "Use the two small letters of the language, such as en",
    "buys_as_unknown": "Use business or consumer",
    "email_malformed": "Write it as name@example.com",
    "iban_check_digits": "Copy the IBAN again; its check digits do not fit",
    "account_too_short": "Give the whole account number or IBAN",
    "vat_malformed": "Copy the VAT number again, with the letters of its country",
    "vat_check_digits": "Copy the VAT number again; its check digits do not fit",
    "lei_malformed": "A LEI has twenty letters and digits",
    "lei_check_digits": "Copy the LEI again; its check digits do not fit",
    "duns_malformed": "A D-U-N-S number has nine digits",
}
_COLUMNS = (
    "number", "name", "name_key", "currency", "language", "country", "street", "postal_code",
    "city", "vat_number", "lei", "duns", "buys_as", "segment", "note", "group_id",
)  # fmt: skip
_INSERT = f"""
    INSERT INTO customers_customer
           (id, {", ".join(_COLUMNS)}, company_id, status, opened_on, recorded_at)
    SELECT coalesce(given.reserved_id, nextval(pg_get_serial_sequence('customers_customer', 'id'))),
           {", ".join(f"given.{column}" for column in _COLUMNS)},
           %(company_id)s, 'active', %(today)s, %(at)s
      FROM unnest({", ".join(f"%({column})s::text[]" for column in _COLUMNS[:-1])},
                  %(group_id)s::bigint[], %(reserved_id)s::bigint[])
           AS given ({", ".join(_COLUMNS)}, reserved_id)
     ORDER BY given.number
        ON CONFLICT (company_id, number) DO NOTHING
    RETURNING id
"""


@command("customers.create")
def create(actor: Actor, *, new: Sequence[NewCustomer]) -> list[int]:
    """Open the accounts and return their ids in order; a number taken is Conflict, and none opens.

    Terms named must be in the policy. Groups not yet known are made.
    """
    opened = ensure(actor, new)
    taken = [customer.number for customer in new if customer.number not in opened]
    if taken or len(opened) < len(new):
        twice = taken or [number for number in opened if _count(new, number) > 1]
        raise Conflict(
            "customer_number_taken",
            f"There is already a customer {twice[0]!r}",
            numbers=tuple(twice[:20]),
        )
    return [opened[customer.number] for customer in new]


def _count(new: Sequence[NewCustomer], number: str) -> int:
    return sum(customer.number == number for customer in new)


def ensure(actor: Actor, new: Sequence[NewCustomer]) -> dict[str, int]:
    """Open those accounts whose number is free; return number → id of the ones opened.

    Two at once open an account once: the second waits and finds it taken. No command of its own.
    """
    for customer in new:
        for fault in rules.faults(customer):
            raise Invalid(
                fault.code,
                f"{fault.value!r} cannot be the {fault.field} of customer {customer.number!r}",
                place=Place(field=fault.field),
                mend=_MENDS.get(fault.code, ""),
            )
    unique = {customer.number: customer for customer in reversed(new)}
    if not unique:
        return {}
    codes = {customer.terms_code for customer in unique.values() if customer.terms_code}
    _require_terms(actor, codes)
    group_ids = _group_ids(actor, {c.group_number: "" for c in unique.values() if c.group_number})
    ids = sql.scalars(_INSERT, _insert_params(actor, list(unique.values()), group_ids))
    numbers = dict(Customer.objects.filter(id__in=ids).values_list("number", "id"))
    opened = [customer for number, customer in unique.items() if number in numbers]
    _write_details(actor, opened, numbers)
    acts_on("customer", ids)
    if ids:
        announce(actor, [CustomersOpened(customer_ids=tuple(sorted(ids)))])
    return numbers


def _insert_params(
    actor: Actor, new: Sequence[NewCustomer], group_ids: Mapping[str, int]
) -> dict[str, object]:
    plain = [column for column in _COLUMNS if column not in ("name_key", "group_id")]
    columns: dict[str, object] = {
        column: [getattr(customer, column) for customer in new] for column in plain
    }
    columns["name_key"] = [rules.key_of_name(customer.name) for customer in new]
    columns["reserved_id"] = [customer.reserved_id for customer in new]
    columns["group_id"] = [group_ids.get(customer.group_number) for customer in new]
    return {**columns, "company_id": actor.company_id, "today": actor.today, "at": actor.at}


def _write_details(actor: Actor, opened: Sequence[NewCustomer], numbers: Mapping[str, int]) -> None:
    """Write people, terms, accounts and other names of accounts just opened."""
    Contact.objects.bulk_create(
        [
            Contact(
                company_id=actor.company_id,
                customer_id=numbers[customer.number],
                name=contact.name,
                role=contact.role,
                email=contact.email,
                phone=contact.phone,
                language=contact.language,
                is_primary=contact.is_primary,
            )
            for customer in opened
            for contact in customer.contacts
        ],
        batch_size=5000,
    )
    Terms.objects.bulk_create(
        [
            _terms(actor, numbers[customer.number], customer.terms_code, actor.today)
            for customer in opened
            if customer.terms_code
        ],
        batch_size=5000,
    )
    add_bank_accounts(
        actor, [(numbers[c.number], account) for c in opened for account in c.bank_accounts]
    )
    learn_names(actor, [(numbers[c.number], name) for c in opened for name in c.aliases])


def _terms(actor: Actor, customer_id: int, code: str, valid_from: date) -> Terms:
    return Terms(
        company_id=actor.company_id,
        customer_id=customer_id,
        terms_code=code,
        valid_from=valid_from,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )


def _require_terms(actor: Actor, codes: Iterable[str]) -> None:
    wanted = set(codes)
    if not wanted:
        return
    known = policy.in_force(actor.company_id, actor.today).terms
    for code in sorted(wanted - known.keys()):
        raise Invalid(
            "terms_unknown",
            f"The policy has no terms {code!r}",
            place=Place(field="terms"),
            mend=f"Use one of {', '.join(sorted(known))}, or add them to the policy",
        )


@command("customers.edit")
def edit(
    actor: Actor, customer_id: int, *, changes: Mapping[str, str], version: int | None = None
) -> int:
    """Change fields of an account, each with its history; return how many really changed.

    Conflict, and nothing changes, when somebody changed the account since the `version` one saw.
    """
    return _edited(actor, customer_id, changes, version=version, is_checked=True)


def bring_up_to_date(actor: Actor, customer_id: int, changes: Mapping[str, str]) -> int:
    """Change fields as a file of another system says: its VAT numbers are taken as they are.

    No command of its own.
    """
    return _edited(actor, customer_id, changes, version=None, is_checked=False)


def _edited(
    actor: Actor,
    customer_id: int,
    changes: Mapping[str, str],
    *,
    version: int | None,
    is_checked: bool,
) -> int:
    for field, value in changes.items():
        code = "field_unknown" if field not in rules.EDITABLE else rules.value_fault(field, value)
        if code:
            raise unfit(field, value, code, f"The fields are {', '.join(rules.EDITABLE)}")
    row = locked(actor, customer_id)
    require_version(row.version, version)
    if is_checked and changes.get("vat_number", row.vat_number) != row.vat_number:
        country = changes.get("country", row.country)
        if code := vat_fault(changes["vat_number"], country):
            raise unfit("vat_number", changes["vat_number"], code, "")
    different = rules.changed({field: getattr(row, field) for field in changes}, changes)
    if not different:
        return 0
    after: dict[str, object] = {field: new for field, (_, new) in different.items()}
    if "name" in different:
        after["name_key"] = rules.key_of_name(different["name"][1])
    Customer.objects.filter(id=customer_id).update(**after, version=row.version + 1)
    if "name" in after:
        learn_names(actor, [(customer_id, row.name)])
    record_changes(actor, customer_id, different)
    announce(actor, [CustomerEdited(customer_id=customer_id, fields=tuple(sorted(different)))])
    return len(different)


def unfit(field: str, value: str, code: str, mend: str) -> Invalid:
    """Return the fault of a value in a field of a customer, with what mends it."""
    return Invalid(
        code,
        f"{value!r} cannot be the {field} of a customer",
        place=Place(field=field),
        mend=_MENDS.get(code, mend),
    )


def require_version(now: int, seen: int | None) -> None:
    """Refuse who changes what somebody else changed since they saw it."""
    if seen is not None and seen != now:
        raise Conflict(
            "changed_meanwhile",
            "Somebody else changed this since you opened it; look at what stands there now",
            version=now,
        )


def record_changes(
    actor: Actor,
    customer_id: int,
    different: Mapping[str, tuple[str, str]],
    *,
    contact_id: int | None = None,
) -> None:
    """Append one history row per changed field; personal values stand apart from it."""
    different = _personal_apart(actor, customer_id, different, contact_id)
    Change.objects.bulk_create(
        [
            Change(
                company_id=actor.company_id,
                customer_id=customer_id,
                field=field,
                before=before,
                after=after,
                recorded_at=actor.at,
                recorded_by=actor.name,
            )
            for field, (before, after) in sorted(different.items())
        ]
    )


def _personal_apart(
    actor: Actor,
    customer_id: int,
    different: Mapping[str, tuple[str, str]],
    contact_id: int | None,
) -> dict[str, tuple[str, str]]:
    """Return the changes with a digest in place of each personal value."""
    taken: list[personal.Taken] = []

    def told(field: str, value: str) -> str:
        if not value or not rules.is_personal(field):
            return value
        taken.append(personal.take_one(value))
        return f"{rules.PERSONAL_MARK}{taken[-1].digest}"

    found = {
        field: (told(field, before), told(field, after))
        for field, (before, after) in different.items()
    }
    kind, subject_id = ("contact", contact_id) if contact_id else ("customer", customer_id)
    audit.keep_values(actor, taken, kind, subject_id)
    return found


def locked(actor: Actor, customer_id: int) -> Customer:
    """Return the account, held until the transaction ends; NotFound otherwise."""
    row = (
        Customer.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, id=customer_id)
        .first()
    )
    if row is None:
        raise NotFound("customer_unknown", "There is no such customer", customer_id=customer_id)
    acts_on("customer", [customer_id])
    return row


@command("customers.set_terms")
def set_terms(actor: Actor, customer_id: int, *, terms_code: str, valid_from: date) -> int:
    """Put terms in force for the customer from a date; return the record's id.

    Invoices issued before that date keep theirs; the latest record of a date counts.
    """
    return grant_terms(actor, customer_id, terms_code=terms_code, valid_from=valid_from)


def grant_terms(actor: Actor, customer_id: int, *, terms_code: str, valid_from: date) -> int:
    """Put terms in force that a credit decision granted; its people stand for them.

    Not a command of its own.
    """
    _require_terms(actor, [terms_code])
    locked(actor, customer_id)
    earlier = (
        Terms.objects.filter(customer_id=customer_id, valid_from__lte=valid_from)
        .order_by("-valid_from", "-id")
        .values_list("terms_code", flat=True)
        .first()
    ) or ""
    row = _terms(actor, customer_id, terms_code, valid_from)
    row.save(force_insert=True)
    record_changes(actor, customer_id, {"terms": (earlier, f"{terms_code} {valid_from}")})
    return row.id


@command("customers.put_in_group")
def put_in_group(
    actor: Actor, customer_ids: Sequence[int], *, group_number: str, group_name: str = ""
) -> int | None:
    """Put the customers in a group, made if new, or with an empty number in none.

    Returns the group's id, or `None`.
    """
    group_id = None
    if group_number:
        found = _group_ids(actor, {group_number: group_name})
        group_id = found[group_number]
    for customer_id in sorted(customer_ids):
        row = locked(actor, customer_id)
        before = row.group.number if row.group else ""
        different = rules.changed({"group": before}, {"group": group_number})
        if different:
            Customer.objects.filter(id=customer_id).update(group_id=group_id)
            record_changes(actor, customer_id, different)
    return group_id


def _group_ids(actor: Actor, names: Mapping[str, str]) -> dict[str, int]:
    """Return group number → id; groups not yet known are made."""
    if not names:
        return {}
    Group.objects.bulk_create(
        [
            Group(company_id=actor.company_id, number=number, name=names[number] or number)
            for number in sorted(names)
        ],
        ignore_conflicts=True,
    )
    return dict(
        Group.objects.filter(company_id=actor.company_id, number__in=names).values_list(
            "number", "id"
        )
    )
