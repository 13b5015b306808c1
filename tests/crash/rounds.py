"""Rounds of writing and killing, drawn from a seed."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.crash.asking import Asking
from tests.crash.clients import Clients
from tests.crash.house import PATIENCE, VICTIMS, House
from tests.crash.judge import judge, judge_settled
from tests.crash.loading import Loaded, compare
from tests.crash.memory import Memory


def run(
    rounds: int,
    seed: int,
    *,
    victims: Sequence[str] = VICTIMS,
    seconds: tuple[float, float] = (0.5, 3.0),
    rows: int = 10_000,
    stages: int | None = None,
) -> tuple[dict[str, int], Loaded]:
    """Let clients write, kill something at a random moment, rise, judge; for so many rounds.

    What was acknowledged in any round so far must stand after each. At last everything under way
    is let end, and files of so many rows are loaded, killed at so many stages (all if not said).
    Return how much there was of what.
    """
    dice = random.Random(seed)
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s: {what}", flush=True)

    folder = tempfile.mkdtemp(prefix="creditdesk-crash-")
    house = House(Path(folder))
    memory, told = Memory(), dict[str, int]()
    try:
        founded = house.found(customers=12, keys=2)
        asking = Asking(house, founded, memory)
        house.start()
        say("founded and served")
        for number in range(rounds):
            clients = Clients(asking, seed=seed * 1_000 + number)
            clients.start()
            _until_some_was_acknowledged(memory, clients)
            time.sleep(dice.uniform(*seconds))
            victim = (
                victims[number % len(victims)] if number < len(victims) else dice.choice(victims)
            )
            house.kill(victim)
            house.rise(victim)
            time.sleep(dice.uniform(0.1, 0.5))
            clients.stop()
            say("the clients have ended")
            told = judge(house, memory)
            say(f"round {number + 1}: killed {victim}; {told}")
        house.settle()
        judge_settled(house, memory)
        say("everything under way has ended; nothing acknowledged is missing")
        house.start()
        loaded = compare(house, founded, rows=rows, stages=stages)
        house.settle()
        judge_settled(house, memory)
        say(f"{rows} rows, killed at {loaded.struck}: as without")
    finally:
        house.remove()
        shutil.rmtree(folder, ignore_errors=True)
    return told, loaded


def _until_some_was_acknowledged(memory: Memory, clients: Clients) -> None:
    """Wait until the clients of this round got some answers, however slow the machine is."""
    orders, invoices = len(memory.orders), len(memory.invoices)
    deadline = time.monotonic() + PATIENCE
    while len(memory.orders) < orders + 6 or len(memory.invoices) < invoices + 6:
        if clients.faults:
            raise clients.faults[0]
        if time.monotonic() > deadline:
            raise AssertionError("nobody was answered")
        time.sleep(0.05)
