"""The laws of the house as tests. Each failure names the file to mend; each law is seen to bite."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp
import pytest
from django.apps import apps

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "creditdesk"
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
TASK_LINES_MAX = 10

Functions = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _nodes(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(source)))


@dataclass(frozen=True)
class Module:
    """A file of the package: Python, or SQL kept beside it."""

    path: str
    source: str

    @property
    def room(self) -> str:
        return self.path.partition("/")[0].removesuffix(".py")

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def is_sql(self) -> bool:
        return self.name.endswith(".sql")

    @property
    def writes(self) -> bool:
        """Whether the file may write: services, the plumbing, and the keeper of commands."""
        parts = self.path.split("/")
        return (
            self.name == "services.py"
            or "services" in parts[:-1]
            or self.room == "plumbing"
            or self.path.startswith("controls/commands/")
        )

    def nodes(self) -> list[ast.AST]:
        """Return every node of the file; the same objects each time."""
        return [] if self.is_sql else _nodes(self.source)


def modules(package: Path) -> list[Module]:
    return [
        Module(path.relative_to(package).as_posix(), path.read_text())
        for pattern in ("*.py", "*.sql")
        for path in sorted(package.rglob(pattern))
        if "migrations" not in path.parts
    ]


def layers() -> list[str]:
    """Return the rooms from the foundation up, as the import contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contract = next(
        contract
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    return [room.strip() for layer in reversed(contract["layers"]) for room in layer.split("|")]


LAYERS = layers()
WITHOUT_TABLES = {"faces", "config", "wiring"}


def owners() -> dict[str, str]:
    """Return which room owns each table of the house."""
    return {
        model._meta.db_table: model._meta.app_label
        for model in apps.get_models()
        if model.__module__.startswith("creditdesk.")
    }


# -- the laws, each a function from a file to what is wrong with it -----------------------------


def too_long(module: Module) -> list[str]:
    wrong = []
    lines = module.source.count("\n")
    if lines > FILE_LINES_MAX:
        wrong.append(f"{lines} lines; at most {FILE_LINES_MAX}")
    most = TASK_LINES_MAX if module.name == "tasks.py" else FUNCTION_LINES_MAX
    for node in module.nodes():
        if isinstance(node, Functions):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > most:
                wrong.append(f"{node.name} has {length} lines; at most {most}")
    return wrong


MANAGER_WRITES = {
    "create", "acreate", "bulk_create", "update", "aupdate", "bulk_update", "delete",
    "get_or_create", "update_or_create",
}  # fmt: skip
ROW_WRITES = {"save", "asave", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def writes_through_the_orm(module: Module) -> list[str]:
    if module.writes or module.is_sql:
        return []
    querysets = {
        target.id
        for node in module.nodes()
        if isinstance(node, ast.Assign) and ".objects" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    wrong = []
    for node in module.nodes():
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        receiver = ast.unparse(node.func.value)
        on_manager = ".objects" in receiver or receiver.partition(".")[0] in querysets
        on_row = node.func.attr in ROW_WRITES and not node.args and "session" not in receiver
        if (node.func.attr in MANAGER_WRITES and on_manager) or on_row:
            wrong.append(f"line {node.lineno}: {ast.unparse(node)[:80]} outside services")
    return wrong


def texts(module: Module) -> list[str]:
    """Return every text literal but docstrings; a formatted one as one text."""
    if module.is_sql:
        return [module.source]
    skipped = {
        id(node.body[0].value)
        for node in module.nodes()
        if isinstance(node, ast.Module | ast.ClassDef | Functions)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in module.nodes():
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
            parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
            found.append("".join(map(str, parts)))
    found += [
        node.value
        for node in module.nodes()
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in skipped
    ]
    return found


WRITING = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO)"
    r"\s+(?:ONLY\s+)?([a-z_]+)",
    re.IGNORECASE,
)


def sql_out_of_place(module: Module) -> list[str]:
    """SQL mentions own or lower rooms' tables, writes own ones only, and only in services."""
    tables, room, wrong = owners(), module.room, []
    if module.name == "apps.py":  # names its append-only tables
        return []
    for text in texts(module):
        named = set(re.findall(r"\b[a-z]+_[a-z_]+\b", text.lower())) & tables.keys()
        wrong += [
            f"reads {table} of {tables[table]}"
            for table in sorted(named)
            if not _may_read(room, tables[table])
        ]
        for table in WRITING.findall(text):
            wrong += _wrong_write(module, table.lower(), tables)
    for node in module.nodes():
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith(("copy_rows", "copy_columns", "copy_lines"))
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            wrong += _wrong_write(module, str(node.args[0].value), tables)
    return wrong


def _may_read(room: str, owner: str) -> bool:
    if room in WITHOUT_TABLES:
        return False
    return owner == room or (owner in LAYERS and LAYERS.index(owner) < LAYERS.index(room))


def _wrong_write(module: Module, table: str, tables: dict[str, str]) -> list[str]:
    if table not in tables:
        return []
    if tables[table] != module.room:
        return [f"writes {table} of {tables[table]}"]
    return [] if module.writes or module.is_sql else [f"writes {table} outside services"]


def nameless_drawer(module: Module) -> list[str]:
    parts = module.path.removesuffix(".py").split("/")
    return [f"{part} says nothing" for part in parts if part in DRAWERS]


DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc"}
CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "time.time",
}  # fmt: skip
SQL_CLOCK = re.compile(
    r"\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)"
    r"|\bcurrent_(?:date|timestamp|time)\b|\blocaltimestamp\b",
    re.IGNORECASE,
)
MAY_ASK_THE_CLOCK = {"faces", "simulation", "day", "controls", "plumbing"}


def own_clock(module: Module) -> list[str]:
    if module.path == "plumbing/clock.py" or module.path.startswith("plumbing/embedded/"):
        return []
    wrong = [
        f"line {node.lineno}: {ast.unparse(node.func)}()"
        for node in module.nodes()
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS
    ]
    wrong += [f"asks the database's clock: {text[:60]!r}" for text in sql_texts(module)]
    if module.room not in MAY_ASK_THE_CLOCK and module.name != "tasks.py":
        wrong += [
            f"line {node.lineno}: only faces and jobs ask the clock"
            for node in module.nodes()
            if isinstance(node, ast.ImportFrom)
            and node.module == "creditdesk.plumbing"
            and any(alias.name == "clock" for alias in node.names)
        ]
    return wrong


def sql_texts(module: Module) -> list[str]:
    return [
        text
        for text in texts(module)
        if re.search(r"\b(?:SELECT|INSERT|UPDATE|DELETE)\b", text) and SQL_CLOCK.search(text)
    ]


def naive_datetime(module: Module) -> list[str]:
    dated = {
        id(node.value)
        for node in module.nodes()
        if isinstance(node, ast.Attribute) and node.attr in {"date", "time", "replace"}
    }
    wrong = []
    for node in module.nodes():
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).removeprefix("datetime.datetime.").removeprefix("datetime.")
        named = {keyword.arg for keyword in node.keywords}
        naive = {
            "datetime": len(node.args) < 8 and "tzinfo" not in named,
            "combine": len(node.args) < 3 and "tzinfo" not in named,
            "fromtimestamp": len(node.args) < 2 and "tz" not in named,
            "strptime": id(node) not in dated,
            "make_naive": True,
            "utcfromtimestamp": True,
        }
        if naive.get(called, False):
            wrong.append(f"line {node.lineno}: {ast.unparse(node)[:60]} has no time zone")
    return wrong


NO_MONEY = re.compile(r"score|share|ratio|probability|weight|seconds")


def money_as_float(module: Module) -> list[str]:
    if module.room in {"look", "faces", "config"}:  # they draw and print; they keep no amounts
        return []
    wrong = []
    for node in module.nodes():
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "float":
            if any(NO_MONEY.search(ast.unparse(argument)) for argument in node.args):
                continue
            wrong.append(f"line {node.lineno}: {ast.unparse(node)[:60]}")
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            sides = (ast.unparse(node.left), ast.unparse(node.right))
            if all(re.fullmatch(r"[\w.]*minor|\d+", side) for side in sides):
                wrong.append(f"line {node.lineno}: {ast.unparse(node)} is a float")
    return wrong


def behaving_model(module: Module) -> list[str]:
    if module.name != "models.py":
        return []
    return [
        f"line {node.lineno}: {node.name}() in models"
        for node in module.nodes()
        if isinstance(node, Functions) and node.name != "__str__"
    ]


def signals(module: Module) -> list[str]:
    return [
        f"line {node.lineno}: signals; announce an event instead"
        for node in module.nodes()
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("django.dispatch", "django.db.models.signals"))
    ]


def late_imports(module: Module) -> list[str]:
    return [
        f"line {inner.lineno}: import within {node.name}"
        for node in module.nodes()
        if isinstance(node, Functions)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


# What prepares the house itself: the database writes as its own account, the rest is for makers.
_WRITES_ITS_OWN_WAY = (
    "plumbing/whole_files.py", "plumbing/embedded/", "faces/cli/reference.py",
    "faces/cli/messages.py",
)  # fmt: skip


def half_files(module: Module) -> list[str]:
    if module.path.startswith(_WRITES_ITS_OWN_WAY):
        return []
    wrong = []
    for node in module.nodes():
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).rpartition(".")[2]
        modes = [one.value for one in [*node.args, *(k.value for k in node.keywords)]
                 if isinstance(one, ast.Constant) and isinstance(one.value, str)]  # fmt: skip
        opens = called == "open" and any(re.fullmatch(r"[wax]b?\+?", mode) for mode in modes)
        if opens or called in ("write_text", "write_bytes", "copyfile"):
            wrong.append(f"line {node.lineno}: {called}(); plumbing.whole_files writes files whole")
    return wrong


LAWS: list[Callable[[Module], list[str]]] = [
    too_long,
    writes_through_the_orm,
    sql_out_of_place,
    nameless_drawer,
    own_clock,
    naive_datetime,
    money_as_float,
    behaving_model,
    signals,
    late_imports,
    half_files,
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_house_keeps_its_laws(law: Callable[[Module], list[str]]) -> None:
    kept = modules(SRC)
    assert len(kept) > 50
    assert [f"{module.path}: {wrong}" for module in kept for wrong in law(module)] == []


def trespasses(graph: grimp.ImportGraph) -> list[str]:
    """Return imports of a room's tables from another room."""

    def room(module: str) -> str:
        return ".".join(module.split(".")[:2])

    return [
        f"{importer} imports {module}"
        for module in sorted(graph.modules)
        if module.endswith(".models")
        for importer in sorted(graph.find_modules_that_directly_import(module))
        if room(importer) != room(module)
    ]


def test_only_a_room_imports_its_own_tables() -> None:
    assert trespasses(grimp.build_graph("creditdesk", cache_dir=None)) == []


def test_every_room_stands_in_the_import_contract() -> None:
    rooms = {path.name for path in SRC.iterdir() if (path / "__init__.py").exists()}
    assert rooms - {"config"} == set(LAYERS)


# -- and each law bites --------------------------------------------------------------------------

PLANTED: list[tuple[Callable[[Module], list[str]], str, str]] = [
    (too_long, "cash/rules.py", "x = 1\n" * 401),
    (too_long, "cash/rules.py", "def f():\n" + "    x = 1\n" * 60),
    (too_long, "cash/tasks.py", "def f():\n" + "    x = 1\n" * 10),
    (writes_through_the_orm, "cash/queries.py", "Payment.objects.filter(id=1).update(minor=1)"),
    (writes_through_the_orm, "cash/queries.py", "rows = P.objects.all()\nrows.delete()"),
    (writes_through_the_orm, "faces/desk/views.py", "payment.save()"),
    (writes_through_the_orm, "faces/desk/views.py", "payment.save(update_fields=['minor'])"),
    (writes_through_the_orm, "cash/rules.py", "Payment.objects.create(minor=1)"),
    (sql_out_of_place, "invoices/queries.py", "S = 'SELECT 1 FROM cash_payment'"),
    (sql_out_of_place, "invoices/queries.py", "S = 'FROM invoices_item i, cash_payment p'"),
    (sql_out_of_place, "invoices/queries.py", "S = f'JOIN cash_payment {x}'"),
    (sql_out_of_place, "invoices/sql/age.sql", "SELECT 1 FROM cash_payment"),
    (sql_out_of_place, "cash/services.py", "S = 'UPDATE invoices_item SET open_minor = 0'"),
    (sql_out_of_place, "cash/services/undo.py", "S = 'delete from  only ledger_posting'"),
    (sql_out_of_place, "cash/services.py", "sql.copy_rows('ledger_posting', c, r)"),
    (sql_out_of_place, "cash/services.py", "sql.copy_columns('ledger_posting', c, r)"),
    (sql_out_of_place, "cash/services.py", "sql.copy_lines('ledger_posting', c, r)"),
    (sql_out_of_place, "cash/queries.py", "S = 'INSERT INTO cash_payment VALUES (1)'"),
    (sql_out_of_place, "faces/desk/views.py", "S = 'SELECT 1 FROM cash_payment'"),
    (nameless_drawer, "cash/utils.py", ""),
    (nameless_drawer, "faces/common/views.py", ""),
    (own_clock, "cash/services.py", "from datetime import datetime\nd = datetime.now(UTC)"),
    (own_clock, "cash/services.py", "d = date.today()"),
    (own_clock, "faces/desk/views.py", "d = timezone.now()"),
    (own_clock, "cash/queries.py", "S = 'SELECT 1 WHERE due_on < CURRENT_DATE'"),
    (own_clock, "cash/queries.py", "S = 'SELECT now()'"),
    (own_clock, "cash/services.py", "from creditdesk.plumbing import clock, sql"),
    (naive_datetime, "cash/rules.py", "d = datetime(2026, 3, 1)"),
    (naive_datetime, "cash/rules.py", "d = datetime.combine(day, time(9))"),
    (naive_datetime, "cash/rules.py", "d = datetime.datetime.fromtimestamp(1)"),
    (naive_datetime, "cash/rules.py", "d = datetime.strptime(t, '%Y')"),
    (money_as_float, "cash/rules.py", "x = float(minor)"),
    (money_as_float, "cash/rules.py", "x = row.open_minor / row.total_minor"),
    (behaving_model, "cash/models.py", "class P:\n    def save(self): pass"),
    (behaving_model, "cash/models.py", "def total(): pass"),
    (signals, "cash/apps.py", "from django.db.models.signals import post_save"),
    (late_imports, "cash/rules.py", "def f():\n    import os"),
    (half_files, "faces/cli/files.py", "path.write_text('x')"),
    (half_files, "day/folder.py", "with path.open('ab') as f: pass"),
    (half_files, "day/folder.py", "open('x', mode='w')"),
]
ALLOWED: list[tuple[Callable[[Module], list[str]], str, str]] = [
    (writes_through_the_orm, "cash/services/undo.py", "Payment.objects.update(minor=1)"),
    (writes_through_the_orm, "cash/queries.py", "found.update({1: 2})"),
    (sql_out_of_place, "cash/queries.py", "S = 'SELECT 1 FROM invoices_item JOIN cash_payment'"),
    (sql_out_of_place, "cash/services.py", "S = 'UPDATE cash_payment SET minor = 1'"),
    (sql_out_of_place, "invoices/rules.py", "'''Nothing of cash_payment is read here.'''"),
    (own_clock, "faces/desk/views.py", "from creditdesk.plumbing import clock\nclock.now()"),
    (naive_datetime, "cash/rules.py", "d = datetime.strptime(t, '%Y').date()"),
    (naive_datetime, "cash/rules.py", "d = datetime(2026, 3, 1, tzinfo=UTC)"),
    (money_as_float, "cash/rules.py", "x = Decimal(open_minor) / total_minor"),
    (money_as_float, "cash/rules.py", "x = float(score_minimum)"),
    (behaving_model, "cash/models.py", "class P:\n    def __str__(self): pass"),
    (half_files, "day/folder.py", "with path.open('rb') as f: pass"),
    (half_files, "plumbing/whole_files.py", "path.write_bytes(b'x')"),
]


def _planted(package: Path, path: str, source: str) -> Module:
    (package / path).parent.mkdir(parents=True)
    (package / path).write_text(source)
    (module,) = modules(package)
    return module


@pytest.mark.parametrize(("law", "path", "source"), PLANTED)
def test_each_law_finds_what_is_planted(
    law: Callable[[Module], list[str]], path: str, source: str, tmp_path: Path
) -> None:
    assert len(law(_planted(tmp_path, path, source))) == 1


@pytest.mark.parametrize(("law", "path", "source"), ALLOWED)
def test_each_law_lets_the_right_way_pass(
    law: Callable[[Module], list[str]], path: str, source: str, tmp_path: Path
) -> None:
    assert law(_planted(tmp_path, path, source)) == []


def test_a_trespass_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("cash", "invoices"):
        (tmp_path / "planted_house" / room).mkdir(parents=True)
        (tmp_path / "planted_house" / room / "__init__.py").touch()
        (tmp_path / "planted_house" / room / "models.py").touch()
    (tmp_path / "planted_house" / "__init__.py").touch()
    for room in ("cash", "invoices"):
        importing = "from planted_house.invoices import models\n"
        (tmp_path / "planted_house" / room / "services.py").write_text(importing)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    graph = grimp.build_graph("planted_house", cache_dir=None)
    assert trespasses(graph) == [
        "planted_house.cash.services imports planted_house.invoices.models"
    ]
