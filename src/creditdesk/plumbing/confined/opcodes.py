"""Which steps an answer may ask of the unpickler: those of plain values, and none that reserves.

A few opcodes of pickle take memory by a number they name, not by what they bring: the place in the
memo, the length of a bytearray. Five hostile bytes would end the process that reads the answer.
"""

from __future__ import annotations

import pickle
from typing import Final

_REFUSED, _BY_ONE, _BY_FOUR, _BY_EIGHT = -1, -2, -3, -4
_STOP: Final = pickle.STOP[0]
# How many bytes follow an opcode, or how wide the length is that says so.
_FOLLOWING = {
    0: (
        pickle.MARK, pickle.MEMOIZE, pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE,
        pickle.EMPTY_TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3, pickle.TUPLE,
        pickle.EMPTY_LIST, pickle.APPEND, pickle.APPENDS, pickle.EMPTY_DICT, pickle.SETITEM,
        pickle.SETITEMS, pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET, pickle.STACK_GLOBAL,
        pickle.REDUCE, pickle.NEWOBJ, pickle.NEWOBJ_EX, pickle.BUILD,
    ),
    1: (pickle.PROTO, pickle.BININT1, pickle.BINGET),
    2: (pickle.BININT2,),
    4: (pickle.BININT, pickle.LONG_BINGET),
    8: (pickle.BINFLOAT, pickle.FRAME),
    _BY_ONE: (pickle.SHORT_BINUNICODE, pickle.SHORT_BINBYTES, pickle.LONG1),
    _BY_FOUR: (pickle.BINUNICODE, pickle.BINBYTES, pickle.LONG4),
    _BY_EIGHT: (pickle.BINUNICODE8, pickle.BINBYTES8),
}  # fmt: skip
_WIDTHS: Final = {_BY_FOUR: 4, _BY_EIGHT: 8}


def _table() -> tuple[int, ...]:
    table = [_REFUSED] * 256
    for following, opcodes in _FOLLOWING.items():
        for opcode in opcodes:
            table[opcode[0]] = following
    return tuple(table)


_TABLE: Final = _table()


def is_plain(pickled: bytes | bytearray) -> bool:
    """Return whether every step up to the first stop is one of plain values and lies within."""
    at, end, table = 0, len(pickled), _TABLE
    while at < end:
        following = table[pickled[at]]
        at += 1
        if following >= 0:
            at += following
        elif following == _BY_ONE and at < end:
            at += 1 + pickled[at]
        elif following in _WIDTHS:
            width = _WIDTHS[following]
            at += width + int.from_bytes(pickled[at : at + width], "little")
        else:
            return pickled[at - 1] == _STOP
    return False
