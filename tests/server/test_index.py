"""The index: rows that are chained, that nobody changes, and that can be made again."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from trl4ml.errors import WrongInput
from trl4ml.server import index
from trl4ml.server.index import FIRST, Row, add, chained, missing, opened, rows
from trl4ml.server.settings import Settings

AT = "2026-11-21T09:00:00Z"


def row(number: int, project: str = "loans") -> Row:
    return Row(
        project, f"{number:064x}", f".trl4ml/reviews/{number}.json", f"{number + 1:064x}", AT
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return Settings((), tmp_path).url


@pytest.fixture
def engine(url: str) -> Engine:
    return opened(url)


def test_rows_come_back_in_the_order_in_which_they_were_added(engine: Engine) -> None:
    add(engine, [row(3), row(1)])
    add(engine, [row(2, "other")])
    add(engine, [row(2)])
    assert rows(engine, "loans") == (row(3), row(1), row(2))
    assert rows(engine, "other") == (row(2, "other"),)


def test_a_row_that_is_there_is_not_added_again(engine: Engine) -> None:
    add(engine, [row(1)])
    add(engine, [row(1)._replace(at="2027-01-01T00:00:00Z"), row(2)])
    assert rows(engine, "loans") == (row(1), row(2))


def test_each_row_holds_the_digest_of_the_one_before_and_of_itself(engine: Engine) -> None:
    add(engine, [row(1), row(2)])
    first = chained(FIRST, 1, row(1))
    with engine.connect() as connection:
        asked = text("SELECT before, chained FROM trl4ml_notes ORDER BY row")
        assert [tuple(one) for one in connection.execute(asked)] == [
            (FIRST, first), (first, chained(first, 2, row(2)))
        ]  # fmt: skip


@pytest.mark.parametrize(
    "change", ["UPDATE trl4ml_notes SET path = 'x'", "DELETE FROM trl4ml_notes"]
)
def test_the_database_itself_refuses_to_change_a_row(engine: Engine, change: str) -> None:
    add(engine, [row(1)])
    with pytest.raises(DatabaseError, match="never changed"), engine.begin() as connection:
        connection.execute(text(change))
    assert rows(engine, "loans") == (row(1),)


@pytest.mark.parametrize(
    "change",
    ["UPDATE trl4ml_notes SET path = 'x' WHERE row = 2", "DELETE FROM trl4ml_notes WHERE row = 1",
     "UPDATE trl4ml_notes SET row = 9 WHERE row = 3"],
)  # fmt: skip
def test_who_goes_around_the_triggers_is_found_at_the_next_start(
    engine: Engine, url: str, change: str
) -> None:
    add(engine, [row(1), row(2), row(3)])
    with engine.begin() as connection:
        for name in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER trl4ml_notes_{name}"))
        connection.execute(text(change))
    with pytest.raises(WrongInput, match=r"row \d of the index is not as it was written; restore the "
                       "database, or give an empty one: it is made again from the ledger"):  # fmt: skip
        opened(url)


def test_many_writers_make_one_chain(engine: Engine, url: str) -> None:
    def write(first: int) -> None:
        for number in range(first, first + 10):
            add(engine, [row(number)])

    threads = [threading.Thread(target=write, args=(first,)) for first in (10, 20, 30, 40)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {one.digest for one in rows(engine, "loans")} == {row(n).digest for n in range(10, 50)}
    opened(url)


def test_a_file_that_is_gone_or_another_is_named() -> None:
    known = [row(1), row(2), row(3)]
    files = {row(1).path: row(1).file, row(2).path: "0" * 64}
    assert missing(known, files) == (
        f"{row(2).path}: is not as it was accepted at {AT}; restore it",
        f"{row(3).path}: was accepted at {AT} and is gone; restore it from the repository's history "
        "or a backup",
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "no address of a database"),
        ("mysql://root:secret@db/x", r"mysql://root:\*\*\*@db/x: give sqlite:///FILE or postgres"),
        ("sqlite://", "sqlite://: name a file alone, as in sqlite:////srv/index.sqlite3"),
        ("sqlite:///:memory:", "name a file alone"),
        ("sqlite:////srv/index.sqlite3?mode=ro", "name a file alone"),
        ("sqlite:////nowhere/at/all.sqlite3", "cannot be used (unable to open database file)"),
        (
            "postgresql://u:secret@127.0.0.1:1/x",
            r"psycopg://u:\*\*\*@127.0.0.1:1/x: cannot be used",
        ),
    ],
)
def test_a_database_that_cannot_be_used_is_said_without_its_password(url: str, says: str) -> None:
    with pytest.raises(WrongInput) as refused:
        index.opened(url)
    assert says.replace("\\", "") in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
