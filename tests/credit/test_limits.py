"""What stacked limits come to: tables, and laws that hold whatever is stacked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.credit.rules import (
    KINDS,
    Backing,
    Effective,
    LimitRecord,
    NewLimit,
    Owed,
    counted_minor,
    effective,
    in_force,
)
from creditdesk.kernel.errors import Invalid
from creditdesk.policy.rules import ExposureRules

DAY = date(2026, 3, 16)
RATES: Mapping[str, Mapping[str, Decimal]] = {
    "EUR": {"EUR": Decimal(1), "USD": Decimal("0.8"), "JPY": Decimal("0.00625")},
    "USD": {"USD": Decimal(1), "EUR": Decimal("1.25")},
}


def rates_into(quote: str) -> Mapping[str, Decimal]:
    return RATES[quote]


def record(
    number: int, kind: str, minor: int, currency: str = "EUR", **given: object
) -> LimitRecord:
    values: dict[str, object] = {"valid_from": date(2026, 1, 1), **given}
    if kind == "temporary":
        values.setdefault("valid_to", date(2026, 12, 31))
    return LimitRecord(id=number, kind=kind, currency=currency, minor=minor, **values)  # type: ignore[arg-type]


def come_to(*records: LimitRecord, haircut: int = 0, backing: Backing | None = None) -> Effective:
    return effective(
        records, on=DAY, currency="EUR", rates_into=rates_into,
        backing=backing if backing is not None else Backing(), haircut_percent=Decimal(haircut),
    )  # fmt: skip


INSURED = Backing(insured=(("EUR", 5_000),))
GUARANTEED = Backing(guaranteed=(("USD", 10_000), ("EUR", 1)))


@pytest.mark.parametrize(
    ("records", "haircut", "backing", "minor", "told"),
    [
        ((), 0, None, None, []),
        ((record(1, "internal", 10_000),), 0, None, 10_000, [("internal", 10_000, "counts")]),
        ((record(1, "internal", 10_000), record(2, "temporary", 3_000)), 0, None, 13_000,
         [("internal", 10_000, "counts"), ("temporary", 3_000, "counts")]),
        ((record(1, "temporary", 3_000), record(2, "temporary", 500)), 0, None, 3_500,
         [("temporary", 3_000, "counts"), ("temporary", 500, "counts")]),
        ((record(1, "temporary", 3_000, valid_to=DAY - timedelta(days=1)),), 0, None, None, []),
        ((record(1, "temporary", 3_000, withdrawn_from=DAY),), 0, None, None, []),
        ((record(1, "internal", 10_000), record(2, "insured", 9_000)), 0, INSURED, 15_000,
         [("internal", 10_000, "counts"), ("insured", 5_000, "cut_to_backing")]),
        ((record(1, "insured", 4_000),), 0, INSURED, 4_000, [("insured", 4_000, "counts")]),
        ((record(1, "internal", 1), record(2, "insured", 4_000)), 0, None, 1,
         [("internal", 1, "counts"), ("insured", 0, "not_backed")]),
        ((record(1, "guaranteed", 90_000),), 10, GUARANTEED, 7_201,
         [("guaranteed", 7_201, "cut_to_backing")]),
        ((record(1, "internal", 100), record(2, "temporary", 1_001, "USD")), 10, None, 820,
         [("internal", 100, "counts"), ("temporary", 720, "counts")]),
        ((record(1, "internal", 100), record(2, "temporary", 1_001, "CHF")), 0, None, 100,
         [("internal", 100, "counts"), ("temporary", 0, "no_rate")]),
        ((record(1, "internal", 900, only_currency=True),), 0, None, None, []),
    ],
)  # fmt: skip
def test_what_limits_come_to(
    records: tuple[LimitRecord, ...],
    haircut: int,
    backing: Backing | None,
    minor: int | None,
    told: list[tuple[str, int, str]],
) -> None:
    found = come_to(*records, haircut=haircut, backing=backing)
    assert (found.currency, found.minor) == ("EUR", minor)
    assert [(one.record.kind, one.counted_minor, one.because) for one in found.components] == told


def test_the_internal_limit_names_the_currency_and_others_are_converted_into_it() -> None:
    found = come_to(record(1, "internal", 100, "USD"), record(2, "temporary", 80))
    assert (found.currency, found.minor) == ("USD", 200)
    [_, converted] = found.components
    assert (converted.rate, converted.haircut_percent) == (Decimal("1.25"), Decimal(0))


def test_a_later_internal_limit_that_ended_leaves_none_and_one_withdrawn_too() -> None:
    old = record(1, "internal", 10_000)
    late = date(2026, 3, 1)
    for ended in (
        record(2, "internal", 20_000, valid_from=late, valid_to=DAY - timedelta(days=1)),
        record(2, "internal", 20_000, valid_from=late, withdrawn_from=DAY),
    ):
        assert come_to(old, ended).minor is None
    assert (
        come_to(old, record(2, "internal", 7, valid_from=DAY + timedelta(days=1))).minor == 10_000
    )


def test_limits_of_currencies_bound_and_add_nothing() -> None:
    found = come_to(
        record(1, "internal", 100),
        record(2, "internal", 40, "USD", only_currency=True),
        record(3, "internal", 30, "USD", only_currency=True, valid_from=DAY),
        record(4, "internal", 9, "JPY", only_currency=True),
    )
    assert (found.minor, dict(found.per_currency)) == (100, {"USD": 30, "JPY": 9})


def test_the_first_end_of_a_part_that_counts_is_named() -> None:
    end = DAY + timedelta(days=3)
    found = come_to(record(1, "internal", 100), record(2, "temporary", 5, valid_to=end))
    assert found.ends_on == end


DAYS = st.integers(-40, 40).map(lambda days: DAY + timedelta(days=days))


@st.composite
def some_records(draw: st.DrawFn) -> list[LimitRecord]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        first = draw(DAYS)
        kind = draw(st.sampled_from(KINDS))
        days = draw(st.none() | st.integers(0, 30))
        last = None if days is None else first + timedelta(days=days)
        if kind == "temporary" and last is None:
            last = first
        found.append(
            record(
                number, kind, draw(st.integers(0, 10**9)),
                draw(st.sampled_from(["EUR", "USD", "JPY", "CHF"])),
                valid_from=first, valid_to=last, withdrawn_from=draw(st.none() | DAYS),
            )
        )  # fmt: skip
    return found


BACKINGS = st.builds(
    Backing,
    insured=st.lists(st.tuples(st.sampled_from(["EUR", "USD"]), st.integers(0, 10**9)), max_size=2)
    .map(tuple),
    guaranteed=st.lists(st.tuples(st.just("JPY"), st.integers(0, 10**9)), max_size=2)
    .map(tuple),
)  # fmt: skip
WIDE = {
    quote: {base: Decimal(1) + Decimal(ord(base[0]) - ord(quote[0])) / 100
            for base in ("EUR", "USD", "JPY")}
    for quote in ("EUR", "USD", "JPY", "CHF")
}  # fmt: skip


@given(some_records(), BACKINGS, st.integers(0, 100))
def test_the_sum_is_its_parts_and_never_more_than_was_set_or_backed(
    records: list[LimitRecord], backing: Backing, haircut: int
) -> None:
    def told(cut: int, back: Backing | None) -> Effective:
        return effective(
            records, on=DAY, currency="EUR", rates_into=WIDE.__getitem__, backing=back,
            haircut_percent=Decimal(cut),
        )  # fmt: skip

    found = told(haircut, backing)
    counting = [one for one in in_force(records, DAY) if not one.only_currency]
    assert [one.record for one in found.components] == counting
    assert found.minor == (sum(one.counted_minor for one in found.components) if counting else None)
    assert all(one.counted_minor >= 0 for one in found.components)
    assert (found.minor or 0) <= (told(0, None).minor or 0)
    for one in found.components:
        if one.backed_minor is not None:
            assert one.counted_minor <= one.backed_minor
        if one.record.currency == found.currency:
            assert one.counted_minor <= one.record.minor


@given(some_records())
def test_what_counts_on_a_date_is_of_that_date_and_one_of_each_kind_but_temporary(
    records: list[LimitRecord],
) -> None:
    found = in_force(records, DAY)
    assert all(one.counts_on(DAY) for one in found)
    lasting = [one.kind for one in found if one.kind != "temporary"]
    assert len(lasting) == len(set(lasting))
    assert in_force(reversed(records), DAY) == found


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customer_id": None}, "limit_of_nobody"),
        ({"group_id": 2}, "limit_of_nobody"),
        ({"kind": "huge"}, "limit_kind_unknown"),
        ({"kind": "temporary"}, "temporary_limit_without_end"),
        ({"customer_id": None, "group_id": 2, "kind": "insured"}, "limit_kind_not_for_groups"),
        ({"kind": "insured", "only_currency": True}, "currency_limit_not_internal"),
        ({"minor": -1}, "limit_out_of_range"),
        ({"currency": "eur"}, "currency_unknown"),
        ({"valid_to": DAY - timedelta(days=1)}, "limit_ends_before_it_begins"),
    ],
)
def test_what_cannot_be_a_limit(changes: dict[str, object], code: str) -> None:
    given: dict[str, object] = {
        "customer_id": 1, "minor": 5, "currency": "EUR", "valid_from": DAY, **changes,
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        NewLimit(**given)  # type: ignore[arg-type]
    assert refused.value.code == code


OWED = Owed(1_000, 70, 300, overdue_minor=400, returned_minor=100, unbilled_minor=50)


@pytest.mark.parametrize(
    ("off", "minor"),
    [
        ((), 1_230),
        (("count_open",), 730),
        (("count_overdue",), 830),
        (("count_returned",), 1_130),
        (("count_reserved",), 980),
        (("count_ordered_rest",), 1_180),
        (("count_unapplied",), 1_300),
        (("count_open", "count_overdue", "count_returned"), 230),
    ],
)
def test_each_part_of_exposure_can_be_switched_off(off: tuple[str, ...], minor: int) -> None:
    rules = ExposureRules(**dict.fromkeys(off, False))  # type: ignore[arg-type]
    assert counted_minor(OWED, rules) == minor
    assert rules.splits_open == (
        0 < len({*off} & {"count_open", "count_overdue", "count_returned"}) < 3
    )
