"""Sessions, challenges and invitations: timed, used once, and never stored as they are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from trl4ml.errors import WrongInput
from trl4ml.server import invitations, sessions
from trl4ml.server.index import opened
from trl4ml.server.invitations import (
    Invitation,
    enrolled,
    every,
    forget,
    invited,
    open_,
    proof,
    used,
)
from trl4ml.server.sessions import Challenges, Session
from trl4ml.server.settings import Settings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CAROL = Invitation("loans", "carol@example.org", ("research", "product"))
ORIGIN = "https://reviews.example.org"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return opened(Settings((), tmp_path).url)


def raw(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in tmp_path.glob("index.sqlite3*"))


def test_a_session_lasts_eight_hours(engine: Engine) -> None:
    made = sessions.begin(engine, "carol@example.org", b"key", NOW)
    assert sessions.of(engine, made, NOW) == Session("carol@example.org", b"key")
    assert sessions.of(engine, made, NOW + sessions.LASTS - SECOND)
    assert sessions.of(engine, made, NOW + sessions.LASTS) is None


def test_the_database_holds_no_session_that_could_be_used(engine: Engine, tmp_path: Path) -> None:
    made = sessions.begin(engine, "carol@example.org", b"key", NOW)
    assert made.encode() not in raw(tmp_path)
    assert sessions.of(engine, sessions.hashed(made), NOW) is None


@pytest.mark.parametrize("given", ["", "x", "x" * 5000, "' OR 1=1 --"])
def test_another_id_is_no_session(engine: Engine, given: str) -> None:
    sessions.begin(engine, "carol@example.org", b"key", NOW)
    assert sessions.of(engine, given, NOW) is None


def test_signing_out_ends_the_session_and_old_ones_are_swept(engine: Engine) -> None:
    first = sessions.begin(engine, "carol@example.org", b"key", NOW)
    later = sessions.begin(engine, "dave@example.org", b"other", NOW + sessions.LASTS)
    assert sessions.of(engine, first, NOW) is None, "swept when the next one began"
    sessions.end(engine, later)
    assert sessions.of(engine, later, NOW) is None


def test_a_challenge_is_used_once_and_for_five_minutes() -> None:
    challenges = Challenges()
    first, second, third = (challenges.new(ORIGIN, NOW) for _ in range(3))
    assert first != second
    assert challenges.use(first, NOW)
    assert not challenges.use(first, NOW)
    assert challenges.use(second, NOW + sessions.ASKED_FOR)
    assert not challenges.use(third, NOW + sessions.ASKED_FOR + SECOND)
    assert not challenges.use(b"another", NOW)


def test_only_so_many_challenges_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_CHALLENGES", 2)
    challenges = Challenges()
    first, second, third = (challenges.new(ORIGIN, NOW) for _ in range(3))
    assert not challenges.use(first, NOW)
    assert challenges.use(second, NOW)
    assert challenges.use(third, NOW)


def token_of(link: str) -> str:
    start, _, token = link.rpartition("/")
    assert start == f"{ORIGIN}/enrol"
    assert len(token) == 43
    return token


def test_a_link_is_used_once_by_one_key(engine: Engine) -> None:
    token = token_of(invited(engine, ORIGIN, CAROL, NOW))
    assert open_(engine, token, NOW) == CAROL
    assert enrolled(engine, "loans") == ()
    assert used(engine, token, b"key", NOW)
    assert not used(engine, token, b"other key", NOW)
    assert open_(engine, token, NOW) is None
    assert enrolled(engine, "loans") == (CAROL._replace(key=b"key"),)
    assert enrolled(engine, "other") == ()


def test_a_link_lasts_a_week(engine: Engine) -> None:
    token = token_of(invited(engine, ORIGIN, CAROL, NOW))
    assert open_(engine, token, NOW + invitations.LASTS - SECOND) == CAROL
    assert open_(engine, token, NOW + invitations.LASTS) is None
    assert not used(engine, token, b"key", NOW + invitations.LASTS)


def test_what_became_of_each_link_is_known_without_the_link(engine: Engine) -> None:
    late = NOW + timedelta(days=8)
    first, second = (token_of(invited(engine, ORIGIN, CAROL, at)) for at in (NOW, NOW + SECOND))
    invited(engine, ORIGIN, CAROL._replace(project="other"), NOW)
    assert used(engine, second, b"key", NOW + SECOND)
    over, taken = every(engine, "loans")
    assert (over.invitation, taken.invitation) == (CAROL, CAROL._replace(key=b"key"))
    day = f"{NOW + invitations.LASTS:%Y-%m-%d}"
    assert (over.standing(NOW), over.standing(late)) == (f"open until {day}", f"over since {day}")
    assert taken.standing(late) == f"enrolled a key on {NOW:%Y-%m-%d}"
    assert over.id == sessions.hashed(first)[:12]


def test_a_link_that_is_taken_back_is_as_one_that_never_was(engine: Engine) -> None:
    token = token_of(invited(engine, ORIGIN, CAROL, NOW))
    (seen,) = every(engine, "loans")
    assert used(engine, token, b"key", NOW)
    assert not forget(engine, seen), "it enrolled a key since it was seen"
    (seen,) = every(engine, "loans")
    assert forget(engine, seen)
    assert (enrolled(engine, "loans"), every(engine, "loans")) == ((), ())
    other = token_of(invited(engine, ORIGIN, CAROL, NOW))
    (seen,) = every(engine, "loans")
    assert forget(engine, seen)
    assert open_(engine, other, NOW) is None
    assert not used(engine, other, b"key", NOW)


def test_the_database_holds_no_link_that_could_be_used(engine: Engine, tmp_path: Path) -> None:
    token = token_of(invited(engine, ORIGIN, CAROL, NOW))
    assert token.encode() not in raw(tmp_path)
    assert open_(engine, sessions.hashed(token), NOW) is None
    assert open_(engine, "x" * 1000, NOW) is None


def test_what_a_new_key_signs_names_who_where_and_the_link(engine: Engine) -> None:
    link, other = (token_of(invited(engine, ORIGIN, CAROL, NOW)) for _ in range(2))
    texts = {proof(CAROL, link), proof(CAROL, other), proof(CAROL._replace(project="p"), link),
             proof(CAROL._replace(principal="d@example.org"), link)}  # fmt: skip
    assert len(texts) == 4
    assert link.encode() not in proof(CAROL, link)


@pytest.mark.parametrize(
    "one", [CAROL._replace(principal="car\u043el@example.org"), CAROL._replace(principal="a b"),
            CAROL._replace(principal="*"), CAROL._replace(roles=("Risk Owner",))],
)  # fmt: skip
def test_odd_names_are_not_invited(engine: Engine, one: Invitation) -> None:
    with pytest.raises(
        WrongInput, match=r"names are as in carol@example\.org, roles as in risk-owner"
    ):
        invited(engine, ORIGIN, one, NOW)
