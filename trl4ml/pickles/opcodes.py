"""Follows the opcodes of pickles as far as needed to tell what they would import."""

import io
import pickletools
from collections.abc import Iterator
from typing import Any, BinaryIO

from trl4ml.pickles.allowed import dangerous_in

MOST_OPCODES = 1_000_000
UNTOLD = "a name that cannot be told"
WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
TORCH_MAGIC, TORCH_PICKLES = 0x1950A86A20F9469CFC6C, 5
NAMING = {"GLOBAL", "INST", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4"}
STRINGS = {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE",
           "BINUNICODE8"}  # fmt: skip
PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
GETS = {"GET", "BINGET", "LONG_BINGET"}
SETS = {"SETITEM", "SETITEMS"}
NEUTRAL = {"PROTO", "FRAME"}


class Broken(ValueError):
    """The file cannot be read to its end, for the reason given."""


class RawArray(Exception):
    """The bytes of an array follow in the midst of the opcodes, as joblib writes them."""


def imported(stream: BinaryIO) -> Iterator[str]:
    """The names that the pickles in the stream import; yields what it can, then raises ValueError.

    Past the first raw array of joblib only dangerous names are looked for; behind the fifth pickle
    of an old torch file lie raw numbers.
    """
    machine, count, most = Machine(), 0, MOST_OPCODES
    while count < most and (count == 0 or stream.read(1)):
        stream.seek(-1 if count else 0, io.SEEK_CUR)
        try:
            yield from machine.names(stream)
        except RawArray:
            yield from dangerous_in(stream.read())
            return
        count += 1
        most = TORCH_PICKLES if machine.old_torch else most


class Machine:
    """Reads one pickle after another; the bound on opcodes is for all together."""

    def __init__(self) -> None:
        self.left = MOST_OPCODES
        self.old_torch = False

    def names(self, stream: BinaryIO) -> Iterator[str]:
        last, before, arrays = Last(), "", False
        for opcode, arg, _ in pickletools.genops(stream):
            name = opcode.name
            if name in NAMING:
                told = last.named(name, arg)
                arrays = arrays or told == WRAPPER
                yield told
            elif name == "LONG1":
                self.old_torch = self.old_torch or arg == TORCH_MAGIC
            elif name == "BUILD" and before in SETS and arrays:
                raise RawArray
            last.follow(name, arg)
            before = name
            self.left -= 1
            if self.left < 0:
                raise Broken(f"it has more than {MOST_OPCODES:,} opcodes")


class Last:
    """The last two things put on the stack, directly or from the memo, where they are strings.

    STACK_GLOBAL takes its names there; any other way to make a name is strange enough.
    """

    def __init__(self) -> None:
        self._memo: dict[Any, str | None] = {}
        self._below: str | None = None
        self._top: str | None = None

    def follow(self, opcode: str, arg: Any) -> None:
        if opcode == "MEMOIZE":
            self._memo[len(self._memo)] = self._top
        elif opcode in PUTS:
            self._memo[arg] = self._top
        elif opcode in STRINGS:
            self._below, self._top = self._top, arg
        elif opcode in GETS:
            self._below, self._top = self._top, self._memo.get(arg)
        elif opcode not in NEUTRAL:
            self._below = self._top = None

    def named(self, opcode: str, arg: Any) -> str:
        if opcode == "STACK_GLOBAL":
            told = self._below is not None and self._top is not None
            return f"{self._below}.{self._top}" if told else UNTOLD
        if opcode in ("GLOBAL", "INST"):
            return str(arg).replace(" ", ".", 1)
        return "copyreg.extension"
