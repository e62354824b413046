"""The databases in which the index may lie, and servers that do not outlive their test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.live import Live
from tests.server.postgres import Postgres, postgres


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'index.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgresql")
    return server.database()


Serve = Callable[..., Live]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(project, data, database="", *options)`: a server that is not started yet."""
    made: list[Live] = []

    def one(*given: str | Path) -> Live:
        made.append(Live(*given))  # type: ignore[arg-type]
        return made[-1]

    yield one
    for live in made:
        live.kill()
