"""The tables of the server's database, and the triggers that keep the index as it was written."""

from sqlalchemy import (
    DDL,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
)  # fmt: skip
from sqlalchemy.schema import ExecutableDDLElement

TABLES = MetaData()
NOTES = Table(
    "trl4ml_notes", TABLES,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("project", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("path", String(1000), nullable=False),
    Column("file", String(64), nullable=False),
    Column("at", String(20), nullable=False),
    Column("before", String(64), nullable=False, unique=True),
    Column("chained", String(64), nullable=False, unique=True),
    UniqueConstraint("project", "digest"),
)  # fmt: skip
SESSIONS = Table(
    "trl4ml_sessions", TABLES,
    Column("id", String(64), primary_key=True),
    Column("principal", String(120), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("ends", String(20), nullable=False),
)  # fmt: skip
INVITATIONS = Table(
    "trl4ml_invitations", TABLES,
    Column("token", String(64), primary_key=True),
    Column("project", String(200), nullable=False),
    Column("principal", String(120), nullable=False),
    Column("roles", String(2000), nullable=False),
    Column("ends", String(20), nullable=False),
    Column("used", String(20), nullable=False),
    Column("key", LargeBinary, nullable=True),
)  # fmt: skip
NEVER = "a row of the index is never changed"
TRIGGERS = {
    "sqlite": tuple(
        f"CREATE TRIGGER trl4ml_notes_{what.lower()} BEFORE {what} ON trl4ml_notes "
        f"BEGIN SELECT RAISE(ABORT, '{NEVER}'); END"
        for what in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION trl4ml_never() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{NEVER}'; END $$",
        "CREATE TRIGGER trl4ml_notes_rows BEFORE UPDATE OR DELETE ON trl4ml_notes "
        "FOR EACH ROW EXECUTE FUNCTION trl4ml_never()",
        "CREATE TRIGGER trl4ml_notes_all BEFORE TRUNCATE ON trl4ml_notes "
        "FOR EACH STATEMENT EXECUTE FUNCTION trl4ml_never()",
    ),
}
for _dialect, _texts in TRIGGERS.items():
    for _text in _texts:
        _made: ExecutableDDLElement = DDL(_text)  # type: ignore[no-untyped-call]
        event.listen(NOTES, "after_create", _made.execute_if(dialect=_dialect))
