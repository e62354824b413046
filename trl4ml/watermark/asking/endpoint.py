"""Asks a model behind HTTP: in batches, not faster than allowed, again where that may help."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.dense import loads, told
from trl4ml.watermark.asking.journal import Journal
from trl4ml.watermark.asking.oracle import Oracle
from trl4ml.watermark.asking.request import Request
from trl4ml.watermark.errors import NoSignal, Refused

LARGEST = 64 * 2**20
LONGEST_WAIT = 60.0
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
Tell = Callable[[str], None]


def asked_endpoint(
    request: Request, journal: Path | None = None, budget: int | None = None,
    tell: Tell = lambda says: None, expected: int = 0, sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Oracle:  # fmt: skip
    """The model behind the address. Redirects are not followed.

    `tell` hears of the progress towards the `expected` number of rows (0: not known).
    """
    known = Journal(journal, request.asks)
    asking = _Asking(request, sleep, clock, journal is not None)
    before = 0

    def answer(inputs: NDArray[Any]) -> NDArray[Any]:
        nonlocal before
        keys = [hashlib.sha256(_exact(one)).hexdigest() for one in inputs]
        answers = [known.take(key) for key in keys]
        missing = [n for n, one in enumerate(answers) if one is None]
        oracle.kept += len(answers) - len(missing)
        step = 1 if request.singly else request.batch
        for start in range(0, len(missing), step):
            part = missing[start : start + step]
            got = asking.batch(inputs[part])
            known.add([(keys[n], one) for n, one in zip(part, got, strict=True)])
            for n, one in zip(part, got, strict=True):
                answers[n] = one
            done = before + len(inputs) - len(missing) + start + len(part)
            tell(f"{bar(done, expected)} answered by {request.address}")
        before += len(inputs)
        return _array(request.address, answers)

    oracle = Oracle(request.address, answer, request.returns, budget)
    return oracle


def bar(done: int, expected: int) -> str:
    """How far it is: `[#####---------------] 825 of 3,300 inputs`."""
    if not expected:
        return f"{done:,} inputs"
    full = min(20, 20 * done // expected)
    return f"[{'#' * full}{'-' * (20 - full)}] {done:,} of {max(done, expected):,} inputs"


class _Asking:
    """One connection, and when it was last used."""

    def __init__(
        self, request: Request, sleep: Callable[[float], None], clock: Callable[[], float],
        journal: bool,
    ) -> None:  # fmt: skip
        import httpx

        self.request, self.sleep, self.clock, self.journal = request, sleep, clock, journal
        self.client = httpx.Client(timeout=request.timeout_s, headers=dict(request.headers))
        self.next = 0.0
        self.answered = 0

    def batch(self, inputs: NDArray[Any]) -> list[Any]:
        """The answers to one batch. Raises NoSignal when it does not come, Refused when it is odd."""
        given = inputs[0].tolist() if self.request.singly else inputs.tolist()
        reply = self._reply(json.dumps(self.request.filled(given), allow_nan=False).encode())
        found = _at(self.request, reply)
        found = [found] if self.request.singly else found
        if not isinstance(found, list) or len(found) != len(inputs):
            got = f"{len(found)} answers" if isinstance(found, list) else "no list of answers"
            raise Refused(f"{self.request.address}: gives {got} to {len(inputs)} inputs; check `body` and "
                          "`answers` of the request")  # fmt: skip
        self.answered += len(found)
        return found

    def _reply(self, body: bytes) -> Any:
        import httpx

        trouble, wait = "", 0.0
        for attempt in range(self.request.retries + 1):
            self._wait(wait)
            try:
                status, after, content = self._post(body)
            except httpx.TimeoutException:
                trouble = f"did not answer within {self.request.timeout_s:g} s"
            except httpx.HTTPError as error:
                trouble = f"cannot be reached ({_first(error)})"
            else:
                if status not in AGAIN:
                    return self._content(status, content)
                trouble = f"answers {status}"
                wait = after
            wait = min(LONGEST_WAIT, max(wait, 0.5 * 2**attempt))
        kept = "" if self.journal else " and with a journal, so as to resume"
        tries = "once" if not self.request.retries else f"{self.request.retries + 1} times"
        raise NoSignal(f"{self.request.address}: {trouble}, {tries}, after {self.answered:,} answers; run "
                       f"it again later{kept}, or ask more slowly")  # fmt: skip

    def _wait(self, seconds: float) -> None:
        """Not before the pause is over, and not faster than `per_second` requests."""
        pause = max(seconds, self.next - self.clock())
        if pause > 0:
            self.sleep(pause)
        self.next = self.clock() + 1 / self.request.per_second

    def _post(self, body: bytes) -> tuple[int, float, bytes]:
        """Status, the seconds that the server asks to wait, and the content, bounded in size and time."""
        import httpx

        until = self.clock() + self.request.timeout_s
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        content = bytearray()
        with self.client.stream("POST", self.request.url, content=body, headers=headers) as reply:
            for part in reply.iter_bytes():
                content += part
                if self.clock() > until:
                    raise httpx.ReadTimeout("a drop at a time")
                if len(content) > LARGEST:
                    raise Refused(f"{self.request.address}: replies with more than {LARGEST:,} bytes; ask "
                                  "with a smaller batch")  # fmt: skip
            after = reply.headers.get("Retry-After", "")
            return reply.status_code, float(after) if after.isdecimal() else 0.0, bytes(content)

    def _content(self, status: int, content: bytes) -> Any:
        url = self.request.address
        if status in (401, 403):
            raise NoSignal(
                f"{url}: refuses to answer ({status}); give the credentials in `headers`"
            )
        if status != 200:
            raise Refused(f"{url}: answers {status}; check `url` and `body` of the request")
        try:
            return loads(content)
        except (ValueError, RecursionError) as error:
            says = told(error, "does not reply with JSON; check `url` of the request")
            raise Refused(f"{url}: {says}") from None


def _at(request: Request, reply: Any) -> Any:
    """What lies at the path of `answers`."""
    for part in request.answers.split(".") if request.answers else ():
        try:
            reply = reply[int(part)] if isinstance(reply, list) else reply[part]
        except (KeyError, IndexError, TypeError, ValueError):
            held = f", only {', '.join(map(str, reply))[:200]}" if isinstance(reply, dict) else ""
            raise Refused(f"{request.address}: the reply has no `{part}`{held}; correct `answers` of the "
                          "request") from None  # fmt: skip
    return reply


def _array(url: str, answers: list[Any]) -> NDArray[Any]:
    try:
        found = np.array(answers)
    except ValueError:
        raise Refused(f"{url}: gives answers of different lengths; one score per class is needed"
                      ) from None  # fmt: skip
    if found.dtype.kind not in "iuf":
        raise Refused(
            f"{url}: gives answers that are not numbers; correct `answers` of the request"
        )
    return found


def _exact(one: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(one, dtype=np.float64).tobytes()


def _first(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:150]
