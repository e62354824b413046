"""How many notes a team server takes in a second, and how long one waits: no aim, printed.

    python benchmarks/server.py [NOTES]

A real `trl4ml serve` takes differently signed notes on loopback, 50 at a time, each over its own
connection: each is checked, written to the disk and indexed before it is acknowledged. Once with
SQLite, and once with PostgreSQL where that is installed (its own, with fsync). Client and server
share the machine.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.server.live import Live, posted  # noqa: E402
from tests.server.made import Note, note, project  # noqa: E402
from tests.server.postgres import FOUND, postgres  # noqa: E402
from trl4ml.reviews import reviewing  # noqa: E402

AT_ONCE = 50


async def sent(port: int, notes: list[Note]) -> list[float]:
    """Seconds from connecting to the whole answer, of each."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(request: bytes) -> float:
        async with gate:
            began = time.perf_counter()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.replace(b"Host: x", f"Host: localhost:{port}".encode(), 1))
            answer = await reader.read()
            writer.close()
            assert answer.startswith(b"HTTP/1.1 201"), answer
            return time.perf_counter() - began

    return await asyncio.gather(*(one(posted(note)) for note in notes))


def measured(name: str, many: int, database: str = "") -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = project(Path(folder) / "project")
        seen = reviewing.of(root)
        notes = [note(seen, reason=f"reason {number}") for number in range(many)]
        live = Live(root, Path(folder) / "data", database, "--refresh", "3600").start()
        try:
            began = time.perf_counter()
            waited = asyncio.run(sent(live.port, notes))
            took = time.perf_counter() - began
        finally:
            live.kill()
        parts = statistics.quantiles(waited, n=100)
        print(f"{name:12} {many / took:6.0f} notes/s   half within {parts[49] * 1000:5.0f} ms, "
              f"95% within {parts[94] * 1000:5.0f} ms")  # fmt: skip


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{many} notes, {AT_ONCE} at a time")
    measured("SQLite", many)
    if not Path(FOUND).exists():
        print("PostgreSQL   is not installed: make postgresql")
        return
    with postgres() as server:
        measured("PostgreSQL", many, server.database())


if __name__ == "__main__":
    main()
