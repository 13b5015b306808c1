"""Look-ups that ask the database for what is not known yet, many keys in one question."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Generic, TypeVar, cast, overload

ASKED_MAX: Final = 50_000

Key = TypeVar("Key")
Value = TypeVar("Value")
Other = TypeVar("Other")


class Asked(Mapping[Key, Sequence[Value]], Generic[Key, Value]):
    """What is known by key; what is not is asked when it is wanted, many keys in one question."""

    __slots__ = ("_ask", "_known")

    def __init__(self, ask: Callable[[Collection[Key]], Mapping[Key, Sequence[Value]]]) -> None:
        self._ask = ask
        self._known: dict[Key, Sequence[Value]] = {}

    def foresee(self, keys: Iterable[Key]) -> None:
        """Ask for all of the keys that are not known yet."""
        missing = [key for key in keys if key not in self._known]
        if missing:
            self._known.update(dict.fromkeys(missing, ()))
            self._known.update(self._ask(missing))

    @property
    def known(self) -> Mapping[Key, Sequence[Value]]:
        """What was asked so far; nothing, where there is nothing."""
        return self._known

    def forget(self) -> None:
        """Know nothing any more."""
        self._known.clear()

    def __getitem__(self, key: Key) -> Sequence[Value]:
        return self.get(key, ())

    @overload
    def get(self, key: Key) -> Sequence[Value] | None: ...
    @overload
    def get(self, key: Key, default: Sequence[Value] | Other) -> Sequence[Value] | Other: ...
    def get(self, key: Key, default: object = None) -> object:
        """Return what there is, the default where there is nothing."""
        found = self._known.get(key)
        if found is None:
            self.foresee((key,))
            found = self._known[key]
        return found or default

    def __contains__(self, key: object) -> bool:
        return bool(self.get(cast(Key, key)))

    def __iter__(self) -> Iterator[Key]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class AskedSet(AbstractSet[str]):
    """Whether texts are among many; the answers are kept until they become too many."""

    __slots__ = ("_ask", "_known")

    def __init__(self, ask: Callable[[Collection[str]], Collection[str]]) -> None:
        self._ask = ask
        self._known: dict[str, bool] = {}

    def foresee(self, texts: Collection[str]) -> set[str]:
        """Return those that are among them; all of the answers are known from now on."""
        if len(self._known) > ASKED_MAX:
            self._known.clear()
        missing = [text for text in texts if text not in self._known]
        if missing:
            self._known.update(dict.fromkeys(missing, False))
            self._known.update(dict.fromkeys(self._ask(missing), True))
        return {text for text in texts if self._known[text]}

    def __contains__(self, text: object) -> bool:
        found = self._known.get(str(text))
        if found is None:
            self.foresee((str(text),))
            found = self._known[str(text)]
        return found

    def __iter__(self) -> Iterator[str]:
        return (text for text, is_one in self._known.items() if is_one)

    def __len__(self) -> int:
        return sum(self._known.values())
