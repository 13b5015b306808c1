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
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    told = rounds.run(given.rounds, given.seed)
    print(f"{given.rounds} rounds, nothing lost, nothing half done: {told}")


if __name__ == "__main__":
    main()
