"""`make crash`: the long loop; prints the seed, with which it can be repeated."""

from __future__ import annotations

import argparse
import secrets

from tests.crash import rounds


def main() -> None:
    """Read how many rounds and by which seed, and run them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--rows", type=int, default=10_000, help="of the files loaded at the end")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    told, loaded = rounds.run(given.rounds, given.seed, rows=given.rows)
    print(f"{given.rounds} rounds, nothing lost, nothing half done: {told}; {loaded.rows}")


if __name__ == "__main__":
    main()
