"""What can be imported: each room registers its kind of file here, through `wiring`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place

FieldKind = Literal["text", "date", "amount", "currency", "country", "integer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """A field a row may have: its kind, and the headers under which files carry it, best first."""

    name: str
    label_code: str
    kind: FieldKind = "text"
    required: bool = False
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is to be read; `currency` counts where a row names none."""

    date_order: str = "dmy"
    decimal: str = "point"
    currency: str = ""
    create_customers: bool = False

    def as_json(self) -> dict[str, str | bool]:
        """Return the options as they are kept."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the audit keeps of a batch: the run, the file's digest and which rows of it."""

    run_reference: str
    file_sha256: str
    first_row: int
    row_count: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Typed columns of so many rows; a column the file does not have is empty."""

    columns: Mapping[str, Sequence[Any]]
    count: int

    def texts(self, name: str) -> Sequence[str]:
        """Return a column of texts."""
        return self.columns.get(name) or [""] * self.count

    def dates(self, name: str) -> Sequence[date | None]:
        """Return a column of dates."""
        return self.columns.get(name) or [None] * self.count

    def amounts(self, name: str) -> Sequence[Decimal | None]:
        """Return a column of exact amounts."""
        return self.columns.get(name) or [None] * self.count


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of a file by column, every value parsed; `lines` are their lines in the file.

    `prepared` is what the kind's `prepare` made of the columns.
    """

    run_id: int
    manifest: Manifest
    options: Options
    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    prepared: Any = None

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def cells(self) -> Cells:
        """The columns, typed."""
        return Cells(self.columns, len(self.lines))

    def texts(self, name: str) -> Sequence[str]:
        """Return a column of texts; empty where the file has none."""
        return self.cells.texts(name)

    def dates(self, name: str) -> Sequence[date | None]:
        """Return a column of dates."""
        return self.cells.dates(name)

    def amounts(self, name: str) -> Sequence[Decimal | None]:
        """Return a column of exact amounts."""
        return self.cells.amounts(name)


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row was not taken: its position in the batch, the field, a code, what it is about."""

    position: int
    field: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: taken in, known already, rejected."""

    accepted: int
    known: int
    faults: tuple[RowFault, ...] = ()


Words = Mapping[str, tuple[Any, Any]]


def _unprepared(_: Cells, __: Options) -> None:
    """Leave everything to `load`."""


def _as_chosen(_: Actor, options: Options) -> Options:
    """Read the file as its options say."""
    return options


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file: its fields, and the room's service that takes a batch of rows.

    `one_of`: of each of these sets at least one field must have a column. `words` gives for each
    fault code of the room why and mend, translatable, with `{detail}` filled in. `daily`: the same
    bytes on another day say something new. `is_master_data`: nothing is booked from the file, so
    that no duty keeps it.

    `settled` fills in, once per load, what the options leave to the company. `prepare` does what
    needs no database: it runs in another thread, one chunk ahead of `load`.
    """

    name: str
    fields: tuple[FieldSpec, ...]
    load: Callable[[Actor, Batch], Outcome]
    one_of: tuple[tuple[str, ...], ...] = ()
    words: Words = field(default_factory=dict)
    prepare: Callable[[Cells, Options], Any] = _unprepared
    settled: Callable[[Actor, Options], Options] = _as_chosen
    daily: bool = False
    is_master_data: bool = False

    def missing(self, mapped: Mapping[str, int]) -> tuple[str, ...]:
        """Return the fields that need a column and have none."""
        needed = [spec.name for spec in self.fields if spec.required and spec.name not in mapped]
        unmet = [" / ".join(names) for names in self.one_of if not set(names) & mapped.keys()]
        return (*needed, *unmet)


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of file known; again replaces it."""
    KINDS[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Return the kind of that name; Invalid otherwise."""
    if name not in KINDS:
        raise Invalid(
            "import_kind_unknown",
            f"There is no import of {name!r}",
            place=Place(field="kind"),
            mend=f"Use one of {', '.join(sorted(KINDS))}",
        )
    return KINDS[name]
