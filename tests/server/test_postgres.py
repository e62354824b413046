"""The index on a real PostgreSQL, beside SQLite: the same rules, and what happens when it dies."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.ledger.writing import CAROL, DAVE, EVE
from tests.server.made import project, running, settings
from tests.server.postgres import Postgres
from trl4ml.errors import WrongInput
from trl4ml.server import invitations, sessions
from trl4ml.server.clock import now
from trl4ml.server.index import Row, add, opened, rows
from trl4ml.server.invitations import Invitation

AT = "2026-11-21T09:00:00Z"


def row(number: int, project: str = "loans") -> Row:
    return Row(project, f"{number:064x}", f"{number}.json", f"{number + 1:064x}", AT)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    made = opened(database)
    yield made
    made.dispose()


@pytest.fixture
def url(postgresql: Postgres) -> str:
    return postgresql.database()


def together(many: int, what: Callable[[int], object]) -> list[object]:
    """What each of many threads came to."""
    found: list[object] = [None] * many

    def one(number: int) -> None:
        found[number] = what(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_rows_come_back_in_order_each_once(engine: Engine) -> None:
    add(engine, [row(3), row(1)])
    add(engine, [row(1)._replace(at="2027-01-01T00:00:00Z"), row(2), row(3, "other")])
    assert rows(engine, "loans") == (row(3), row(1), row(2))


def test_many_servers_make_one_chain(database: str) -> None:
    def write(first: int) -> None:
        engine = opened(database)
        for number in range(first, first + 40, 4):
            add(engine, [row(number)])
        engine.dispose()

    opened(database).dispose()
    together(4, write)
    engine = opened(database)
    assert {one.digest for one in rows(engine, "loans")} == {row(n).digest for n in range(40)}
    engine.dispose()


CHANGES = ["UPDATE trl4ml_notes SET path = 'x'", "DELETE FROM trl4ml_notes",
           "UPDATE trl4ml_notes SET row = 9 WHERE row = 1"]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_a_row(engine: Engine, change: str) -> None:
    add(engine, [row(1)])
    with pytest.raises(DBAPIError, match="never changed"), engine.begin() as connection:
        connection.execute(text(change))
    assert rows(engine, "loans") == (row(1),)


def test_nor_does_postgresql_empty_the_table(url: str) -> None:
    engine = opened(url)
    add(engine, [row(1)])
    with pytest.raises(DBAPIError, match="never changed"), engine.begin() as connection:
        connection.execute(text("TRUNCATE trl4ml_notes"))
    assert rows(engine, "loans") == (row(1),)
    engine.dispose()


@pytest.mark.parametrize("change", CHANGES)
def test_who_switches_the_triggers_off_is_found_at_the_next_start(url: str, change: str) -> None:
    engine = opened(url)
    add(engine, [row(1), row(2)])
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE trl4ml_notes DISABLE TRIGGER ALL"))
        connection.execute(text(f"{change}{'' if 'WHERE' in change else ' WHERE row = 1'}"))
    engine.dispose()
    with pytest.raises(WrongInput, match=r"row \d of the index is not as it was written"):
        opened(url)


def test_a_link_is_used_once_however_many_try_at_once(engine: Engine) -> None:
    link = invitations.invited(engine, "", Invitation("loans", CAROL, ("research",)))
    token = link.rpartition("/")[2]
    tried = together(8, lambda n: invitations.used(engine, token, bytes([n]), now()))
    assert sorted(map(bool, tried)) == [False] * 7 + [True]
    (enrolled,) = invitations.enrolled(engine, "loans")
    assert enrolled.key == bytes([tried.index(True)])
    assert invitations.open_(engine, token, now()) is None


def test_a_session_is_found_and_ended(engine: Engine) -> None:
    made = sessions.begin(engine, CAROL, b"\x00key", now())
    assert sessions.of(engine, made, now()) == sessions.Session(CAROL, b"\x00key")
    assert sessions.of(engine, made, now() + timedelta(hours=9)) is None
    sessions.end(engine, made)
    assert sessions.of(engine, made, now()) is None


@pytest.mark.slow
def test_while_postgresql_is_dead_nothing_is_acknowledged_and_then_nothing_is_lost(
    tmp_path: Path, postgresql: Postgres
) -> None:
    folder, url = project(tmp_path / "project"), postgresql.database()
    with running(settings(tmp_path / "data", folder, database=url)) as ask:
        assert ask.post(ask.note(CAROL)).status_code == 201
        later = ask.note(DAVE), ask.note(EVE, role="senior-research")
        postgresql.kill()
        refused = ask.post(later[0])
        assert (refused.status_code, ask("GET", "/healthz").status_code) == (503, 503)
        assert refused.json() == {
            "says": "the server could not store the note; send it again later"
        }
        assert ask("GET", "/api/now").status_code == 200
        postgresql.start()
        assert ask("GET", "/healthz").status_code == 200
        assert [ask.post(one).status_code for one in (*later, *later)] == [200, 201, 200, 200]
        assert len(rows(ask.server.engine, "loans")) == 3
    engine = opened(url)
    assert len(rows(engine, "loans")) == 3
    engine.dispose()
