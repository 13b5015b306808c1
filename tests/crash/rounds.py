"""Rounds of writing and killing, drawn from a seed."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.crash.clients import Clients, Memory
from tests.crash.house import VICTIMS, House
from tests.crash.judge import judge


def run(
    rounds: int,
    seed: int,
    *,
    victims: Sequence[str] = VICTIMS,
    seconds: tuple[float, float] = (0.5, 3.0),
    with_command_line: bool = True,
) -> dict[str, int]:
    """Let clients write, kill something at a random moment, rise, judge; for so many rounds.

    What was acknowledged in any round so far must stand after each. Return how much of what.
    """
    dice = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="creditdesk-crash-")
    house = House(Path(folder))
    memory, told = Memory(), dict[str, int]()
    try:
        founded = house.found(customers=12, keys=2)
        house.start()
        for number in range(rounds):
            clients = Clients(house, founded, seed=seed * 1_000 + number, memory=memory)
            clients.start(with_command_line=with_command_line)
            _until_some_was_acknowledged(memory)
            time.sleep(dice.uniform(*seconds))
            victim = (
                victims[number % len(victims)] if number < len(victims) else dice.choice(victims)
            )
            house.kill(victim)
            house.rise(victim)
            time.sleep(dice.uniform(0.1, 0.5))
            clients.stop()
            told = judge(house, memory)
            print(f"round {number + 1}: killed {victim}; {told}", flush=True)
    finally:
        house.remove()
        shutil.rmtree(folder, ignore_errors=True)
    return told


def _until_some_was_acknowledged(memory: Memory) -> None:
    """Wait until the clients of this round got some answers, however slow the machine is."""
    orders, invoices, deadline = len(memory.orders), len(memory.invoices), time.monotonic() + 60
    while len(memory.orders) < orders + 6 or len(memory.invoices) < invoices + 6:
        if time.monotonic() > deadline:
            raise AssertionError("nobody was answered")
        time.sleep(0.05)
