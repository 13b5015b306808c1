"""The form of a policy's section: whatever a policy says, its form kept as it is says the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from django.http import HttpRequest, QueryDict
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from creditdesk.faces.desk import policy_forms
from creditdesk.kernel.errors import Invalid
from creditdesk.policy import rules, wording
from creditdesk.policy.rules import reading

ON = date(2026, 3, 16)
CURRENCIES = ("EUR", "USD", "JPY", "KWD")
TEXTS = st.sampled_from(["A", "net30", "final", "a, b", 'said "so"', " edge ", "Größe", "EUR", "x"])
# What a list of texts may name, where another rule checks it.
NAMED: Mapping[str, st.SearchStrategy[Any]] = {
    "order": st.permutations(rules.AllocationRules().order).map(list),
    "refuse": st.lists(st.sampled_from(rules.ORDER_RULES), max_size=3),
    "check_points": st.lists(st.sampled_from(["confirm", "ship", "invoice"]), max_size=3),
    "terms_held": st.lists(st.sampled_from(["net30", "prepaid"]), max_size=2),
    "second_person": st.lists(st.sampled_from(["credit.block", "orders.release"]), max_size=2),
    "currency": st.sampled_from(CURRENCIES),
    "jurisdiction": st.sampled_from(["DE"]),
    "step": st.sampled_from(["reminder", "second", "final"]),
    "terms": st.sampled_from(["net30", "net14"]),
    "code": st.integers(0, 10**6).map("c{}".format),
}


def value(name: str, kind: Any) -> st.SearchStrategy[Any]:
    """Return what may stand in a field of the file, by its type and bounds."""
    if name in NAMED and kind is not bool:
        return NAMED[name]
    if name in reading.CHOICES:
        return st.sampled_from([one for one in reading.CHOICES[name] if one])
    low, high = next((low, high) for end, low, high in reading.BOUNDS if name.endswith(end))
    whole = st.integers(low, min(high, 10**12))
    if kind in reading.NESTED:
        return st.lists(fields(reading.NESTED[kind]), max_size=3)
    if get_origin(kind) is tuple:
        return st.just([40, 60]) if get_args(kind)[0] is int else st.lists(TEXTS, max_size=3)
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: whole,
        int | None: st.none() | whole,
        Decimal: st.decimals(low, high, places=3).map(str),
        Decimal | None: st.none() | st.decimals(low, high, places=3).map(str),
        time: st.times().map(time.isoformat),
        date | None: st.none() | st.dates().map(date.isoformat),
    }
    return by_type.get(kind, TEXTS)


def fields(of: type) -> st.SearchStrategy[dict[str, Any]]:
    """Return a section or a row: what it needs, and any of what it may leave out."""
    types = get_type_hints(of)
    needed = {
        one.name for one in dataclasses.fields(of) if one.default is dataclasses.MISSING
        and one.default_factory is dataclasses.MISSING
    }  # fmt: skip
    return st.fixed_dictionaries(
        {name: value(name, types[name]) for name in needed},
        optional={name: value(name, types[name]) for name in types if name not in needed},
    )


def sent(section: str, policy: rules.Policy, currency: str) -> HttpRequest:
    """Return the form of a section, posted as a browser does that changed nothing."""
    data = QueryDict(mutable=True)
    shown = [*policy_forms.fields_of(section, policy, currency)]
    for one in policy_forms.lists_of(section, policy, currency):
        shown += [field for row in one.rows for field in row.fields]
    for field in shown:
        if field.kind == "check":
            if field.is_checked:
                data[field.name] = "on"
        elif field.kind == "select":
            codes = [code for code, _ in field.options]
            data[field.name] = field.value if field.value in codes else codes[0]
        else:
            data[field.name] = field.value
    request = HttpRequest()
    request.method = "POST"
    request.POST = data  # type: ignore[assignment] - mutable here, as the browser's is read
    return request


def written(given_rules: Mapping[str, Any]) -> rules.Policy:
    """Return a document as values."""
    return rules.parse(given_rules, version=0, valid_from=ON)


def kept_as_shown(document: Mapping[str, Any], section: str, currency: str) -> dict[str, Any]:
    """Return the document after its form was sent unchanged."""
    request = sent(section, written(document), currency)
    return {**document, **policy_forms.posted(request, section, document, currency)}


@pytest.mark.parametrize("section", sorted(wording.SECTIONS))
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(data=st.data(), currency=st.sampled_from(CURRENCIES))
def test_any_policy_sent_as_its_form_shows_it_is_the_same_document(
    section: str, data: st.DataObject, currency: str
) -> None:
    document = dict(rules.DEFAULT)
    if section == "terms":
        document["terms"] = [*document["terms"], data.draw(fields(rules.Terms))]
    elif section == "ladder":
        document["ladder"] = [*document["ladder"], data.draw(fields(rules.Step))]
    else:
        document[section] = data.draw(fields(reading.SECTIONS[section]))
    try:
        before = written(document)
    except Invalid:
        assume(False)  # the fields of it contradict each other
    after = kept_as_shown(document, section, currency)
    assert written(after) == before
    if section != "ladder":  # the form lists the steps by their day
        assert after == document


def test_an_exclusion_without_a_condition_is_kept_and_a_new_one_too() -> None:
    bare = {"rule": "overdue"}
    document = {**rules.DEFAULT, "orders": {"exclusions": [bare]}}
    assert kept_as_shown(document, "orders", "EUR")["orders"]["exclusions"] == [bare]
    request = sent("orders", written(rules.DEFAULT), "EUR")
    posted = request.POST.copy()
    posted["exclusions.new.rule"] = "blocked"
    request.POST = posted  # type: ignore[assignment] - as above
    found = policy_forms.posted(request, "orders", rules.DEFAULT, "EUR")
    assert found["orders"]["exclusions"] == [{"rule": "blocked"}]


def test_an_amount_is_read_anew_in_another_currency_and_a_list_can_be_emptied() -> None:
    document = {
        **rules.DEFAULT,
        "counter": {"cash_limits": [{"currency": "EUR", "minor": 500_000}]},
        "orders": {"check_points": ["confirm", "ship"]},
    }
    request = sent("counter", written(document), "EUR")
    request.POST = request.POST.copy()  # type: ignore[assignment] - as above
    request.POST["cash_limits.0.currency"] = "JPY"
    request.POST["cash_limits.0.minor"] = "5000"
    found = policy_forms.posted(request, "counter", document, "EUR")
    assert found["counter"]["cash_limits"] == [{"currency": "JPY", "minor": 5_000}]
    request = sent("orders", written(document), "EUR")
    request.POST = request.POST.copy()  # type: ignore[assignment] - as above
    request.POST["check_points"] = ""
    found = policy_forms.posted(request, "orders", document, "EUR")
    assert found["orders"]["check_points"] == []


def test_rows_past_any_count_stay_and_a_broken_line_is_no_fault() -> None:
    rows = [{"rule": "overdue", "customers": [f"C{n}"]} for n in range(75)]
    document = {**rules.DEFAULT, "orders": {"exclusions": rows}}
    assert kept_as_shown(document, "orders", "EUR") == document
    request = sent("orders", written(document), "EUR")
    request.POST = request.POST.copy()  # type: ignore[assignment] - as above
    request.POST["exclusions.3.customers"] = 'C9,\r\n"C10'
    found = policy_forms.posted(request, "orders", document, "EUR")
    assert found["orders"]["exclusions"][3]["customers"] == ["C9", "C10"]
    assert found["orders"]["exclusions"][4:] == rows[4:]
