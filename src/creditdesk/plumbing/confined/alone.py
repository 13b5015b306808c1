"""A confined child as a fresh interpreter: slower to start, and needing nothing of the system."""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from creditdesk.plumbing.confined import cage
from creditdesk.plumbing.confined.answers import Answer, Order, answered, died, loaded

PACKAGE_ROOT = str(Path(__file__).resolve().parents[3])
COMMAND = (sys.executable, "-S", "-P", "-m")


def bare_environment() -> dict[str, str]:
    """Return the parent's import path and a fixed locale, and nothing else of its environment."""
    given = [os.path.abspath(path) for path in sys.path if path]  # noqa: PTH100 - links stay links
    paths = [PACKAGE_ROOT, *(path for path in given if path != PACKAGE_ROOT)]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "random",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


def ask(order: Order, payload: Any) -> Answer:  # noqa: ANN401 - as run_confined
    """Return the answer of a fresh interpreter to the order."""
    limits = (str(order.memory_bytes), str(order.cpu_seconds))
    try:
        finished = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            (*COMMAND, __name__, order.function_path, *limits),
            input=pickle.dumps(payload, protocol=pickle.HIGHEST_PROTOCOL),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=order.wall_seconds,
            env=bare_environment(),
            cwd="/",
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return Answer("time")
    return loaded(finished.stdout) if finished.returncode == 0 else died(finished.returncode)


def found(function_path: str) -> Callable[[Any], Any]:
    """Return the function that "module:function" names, its module imported."""
    module_name, _, function_name = function_path.partition(":")
    function: Callable[[Any], Any] = getattr(importlib.import_module(module_name), function_name)
    return function


# In the child


def main(arguments: list[str]) -> None:
    """Take limits, then the payload from standard input; put the answer on standard output."""
    function_path, memory_bytes, cpu_seconds = arguments[0], int(arguments[1]), int(arguments[2])
    # The answer keeps the pipe for itself: what a library prints goes nowhere.
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    gc.disable()  # short-lived, and readers build no cycles: collecting would double their time
    function = found(function_path)
    payload = pickle.load(sys.stdin.buffer)  # noqa: S301 - the parent's own
    cage.prepare()
    cage.hide()
    cage.shut(memory_bytes, cpu_seconds)
    answers.write(answered(function, payload))
    answers.flush()
    os._exit(0)  # the tree of a large file is not worth tidying away


if __name__ == "__main__":
    # Run as a script this module is called __main__; the answer must name its importable self.
    importlib.import_module("creditdesk.plumbing.confined.alone").main(sys.argv[1:])
