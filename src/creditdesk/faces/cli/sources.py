"""What the source of the product says of itself: error codes raised, commands declared, settings.

Read as syntax trees, so that nothing has to run for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
ERRORS = {"DomainError": 0, "Refused": 0, "Conflict": 0, "NotFound": 0, "Invalid": 0}
SAID = ("message", "mend", "text")  # the parameters by which a maker of errors takes sentences
# What else takes sentences that are found by their form where they are said.
TELLERS = frozenset({"HttpError", "ImproperlyConfigured", "problem"})
# Findings of the doctor; the name is used elsewhere too, so the module must have it from there.
FINDINGS, FINDING = "plumbing.operation.facts import", "Finding"
STATUS_WORDS = {
    "Refused": "refused", "Conflict": "conflict", "NotFound": "not found", "Invalid": "invalid",
    "DomainError": "failed",
}  # fmt: skip
_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_COMMAND = re.compile(r"[a-z]+\.[a-z_]+")
_SETTING = re.compile(r"CREDITDESK_[A-Z_]+|DATABASE(?:_OWNER)?_URL")


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code as it is raised: by which room, as which kind of error, with which message."""

    code: str
    kind: str
    room: str
    message: str


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """A function that makes or raises an error with the code it was given."""

    kind: str
    code_at: int
    message_at: int


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Yield every module of the product, migrations left out, with its tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8"))


def error_codes() -> list[ErrorCode]:
    """Return every code a person or a program may be told, once for each room that raises it."""
    modules = list(trees())
    wrappers = _all_wrappers(modules)
    found: dict[tuple[str, str], ErrorCode] = {}
    for path, tree in modules:
        for one in _codes_in(tree, path.parts[0], wrappers):
            found.setdefault((one.code, one.room), one)
    return sorted(found.values(), key=lambda one: (one.code, one.room))


def error_makers() -> set[str]:
    """Return the names of the error classes and of all functions that make errors for others."""
    return set(_all_wrappers(list(trees())))


def finders() -> set[str]:
    """Return the names of what takes the sentences of the doctor's findings."""
    passing = {
        function.name
        for _, tree in trees()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and "message" in [argument.arg for argument in function.args.args]
        and any(_passes(call, "message") for call in _calls(function, (FINDING,)))
    }
    return {FINDING, *passing}


def _passes(call: ast.Call, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in call.args)


def _all_wrappers(modules: Iterable[tuple[Path, ast.Module]]) -> dict[str, _Wrapper]:
    """Return the error classes, and whatever passes a code on to one, through others too."""
    wrappers = {name: _Wrapper(name, 0, 1) for name in ERRORS}
    known, trees_ = 0, [tree for _, tree in modules]
    while len(wrappers) > known:
        known = len(wrappers)
        for tree in trees_:
            wrappers = _wrappers(tree, wrappers) | wrappers
    return wrappers


def _wrappers(tree: ast.Module, through: Mapping[str, _Wrapper]) -> dict[str, _Wrapper]:
    """Return the functions of a module that pass their own parameter on as the code."""
    found = {}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        for call in _calls(function, through):
            of = through[name_of(call)]
            code = call.args[of.code_at] if len(call.args) > of.code_at else None
            if isinstance(code, ast.Name) and code.id in names and _is_code(code.id, call):
                at = names.index(code.id)
                message = "message" if "message" in names else ""
                message_at = names.index(message) if message else at + 1
                found[function.name] = _Wrapper(of.kind, at, message_at)
    return found


def _is_code(name: str, call: ast.Call) -> bool:
    """Whether a parameter holds a code: it goes into an error itself, or is called so."""
    return name_of(call) in ERRORS or name == "code"


def _codes_in(tree: ast.Module, room: str, wrappers: Mapping[str, _Wrapper]) -> Iterator[ErrorCode]:
    for call in _calls(tree, wrappers):
        of = wrappers[name_of(call)]
        code = _text(call.args[of.code_at]) if len(call.args) > of.code_at else ""
        if _CODE.fullmatch(code):
            given = call.args[of.message_at] if len(call.args) > of.message_at else None
            yield ErrorCode(code, STATUS_WORDS[of.kind], room, _text(given))


def _calls(tree: ast.AST, names: Iterable[str]) -> Iterator[ast.Call]:
    wanted = set(names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) in wanted:
            yield node


def name_of(call: ast.Call) -> str:
    """Return the bare name of what is called."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _text(node: ast.expr | None) -> str:
    """Return a text as written; what an f-string fills in stands as an ellipsis."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    return ""


def commands() -> dict[str, str]:
    """Return the name of every command a permission can be about, with what holds afterwards."""
    found: dict[str, str] = {}
    for _, tree in trees():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                first = (ast.get_docstring(function) or "").partition("\n")[0]
                for name in _declared(function):
                    found[name] = found.get(name) or first
    return dict(sorted(found.items()))


def _declared(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and name_of(decorator) == "command" and decorator.args:
            name = _text(decorator.args[0])
            if _COMMAND.fullmatch(name):
                yield name


def settings_read() -> set[str]:
    """Return every environment variable of ours that the product names."""
    return {
        node.value
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _SETTING.fullmatch(node.value)
    }
