"""Connections that do not wait for ever: for a head, for a body, or for somebody who reads.

uvicorn itself waits without end for the first request, and for a client that reads nothing.
"""

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 20.0
"""That a request may take until its head has arrived."""
WHOLE_S = 120.0
"""That it may take from then on, until its answer has been read."""
MOST = 2000
SPARE = 200
"""Open files beside the connections."""


class Connection(H11Protocol):
    """One connection, ended where the other end takes too long."""

    timer: asyncio.TimerHandle | None = None
    most = MOST

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
        else:
            self._wait(HEAD_S)

    def on_response_complete(self) -> None:
        self._wait(HEAD_S)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer:
            self.timer.cancel()
        super().connection_lost(exc)

    def _wait(self, seconds: float) -> None:
        if self.timer:
            self.timer.cancel()
        self.timer = self.loop.call_later(seconds, self._late, seconds)

    def _late(self, waited: float) -> None:
        asked = self.cycle is not None and not self.cycle.response_complete
        if asked and waited == HEAD_S:
            self._wait(WHOLE_S)
        else:
            self.transport.abort()


def room() -> int:
    """How many connections there is room for, with as many open files as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + SPARE
    if 0 <= soft < wanted:
        soft = wanted if hard < 0 else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST if soft < 0 else max(1, min(MOST, soft - SPARE))
