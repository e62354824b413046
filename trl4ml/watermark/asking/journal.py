"""Answers that were already paid for: one line of JSON each, so that an interrupted run resumes.

Inputs are named by their SHA-256 alone: the journal holds no input and no key.
"""

import hashlib
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from trl4ml.dense import loads
from trl4ml.watermark.errors import Refused


class Journal:
    """Answers by input; the second asking of one input has its own answer."""

    def __init__(self, path: Path | None, asks: dict[str, Any]) -> None:
        """`asks` is what decides the answers; a journal of another request is refused."""
        self._path = path
        self._found: dict[str, list[Any]] = defaultdict(list)
        self._used: dict[str, int] = defaultdict(int)
        whole = json.dumps(asks, sort_keys=True, separators=(",", ":"))
        self._asks = hashlib.sha256(whole.encode()).hexdigest()
        if path is not None:
            self._open(path)

    def take(self, key: str) -> Any:
        """The next answer to that input that is known; None when it has to be asked."""
        used, known = self._used[key], self._found[key]
        if used >= len(known):
            return None
        self._used[key] += 1
        return known[used]

    def add(self, answers: list[tuple[str, Any]]) -> None:
        """Keep answers, on the disk before anything else is asked."""
        for key, answer in answers:
            self._found[key].append(answer)
            self._used[key] += 1
        if self._path is not None:
            self._write([{"input": key, "answer": answer} for key, answer in answers])

    def _open(self, path: Path) -> None:
        try:
            raw = path.read_bytes() if path.exists() else b""
            whole = raw[: raw.rfind(b"\n") + 1]  # what follows the last line's end was cut off
            lines = whole.decode().split("\n")[:-1]
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{path}: cannot be read as a journal ({error}); name another") from None
        first = {"request": self._asks}
        if not lines and not json.dumps(first).encode().startswith(raw):
            raise Refused(f"{path}:1: is no line of a journal; name another file")
        for n, line in enumerate(lines):
            self._line(path, n, line)
        if len(whole) < len(raw):
            self._cut(path, len(whole))
        if not lines:
            self._write([first])

    def _cut(self, path: Path, end: int) -> None:
        """Drop a last line that was cut off; what was paid for before is never written again."""
        try:
            os.truncate(path, end)
        except OSError as error:
            raise Refused(f"{path}: the journal cannot be written ({error.strerror}); name another"
                          ) from None  # fmt: skip

    def _line(self, path: Path, n: int, line: str) -> None:
        try:
            entry = loads(line)
            if n == 0 and entry["request"] != self._asks:
                raise Refused(f"{path}: is the journal of another request; name another file")
            if n:
                self._found[entry["input"]].append(entry["answer"])
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            if isinstance(error, Refused):
                raise
            raise Refused(f"{path}:{n + 1}: is no line of a journal; name another file") from None

    def _write(self, entries: list[dict[str, Any]]) -> None:
        assert self._path is not None
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.writelines(json.dumps(one) + "\n" for one in entries)
        except OSError as error:
            says = f"{self._path}: the journal cannot be written ({error.strerror}); name another"
            raise Refused(says) from None
