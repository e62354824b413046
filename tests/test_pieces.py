"""What trl4ml wrote is read again whole, however large; what only looks like it is not."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.making import evidence
from tests.test_audit import LICENSED
from tests.test_fuzz import within
from trl4ml import bundling, run
from trl4ml.core.answer import Answer
from trl4ml.core.canonical import canonical, digest
from trl4ml.core.evidence import Evidence, Measure
from trl4ml.core.pieces import few, noun, plain
from trl4ml.core.trace import Trace
from trl4ml.dense import Dense
from trl4ml.errors import WrongInput
from trl4ml.render.pages.evidence import Shown
from trl4ml.render.pages.probes import parts
from trl4ml.store import evidence as storing
from trl4ml.store.evidence import Kept, State, Store
from trl4ml.store.records import Records, text
from trl4ml.store.state import read, summed, written
from trl4ml.testing import lay_out

RATES = {f"rate_{n}": Measure(value=n / 7) for n in range(1500)}
MANY = evidence("fairness").model_copy(update={"measures": RATES})
NAMES = st.text(max_size=20)
COUNTS = st.integers(0, 2**63)
TRACES = st.builds(
    Trace,
    listing=NAMES,
    patterns=st.dictionaries(NAMES, NAMES),
    sizes=st.dictionaries(NAMES, COUNTS),
    files=st.dictionaries(NAMES, COUNTS | st.none()),
    days=st.dictionaries(NAMES, st.booleans()),
    provisional=st.booleans(),
)
STATES = st.builds(
    State,
    saved_ns=COUNTS,
    known=st.dictionaries(NAMES, st.tuples(st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), NAMES)),
    kept=st.dictionaries(NAMES, st.builds(Kept, made_by=NAMES, evidence=NAMES, trace=TRACES)),
    nouns=st.dictionaries(NAMES, NAMES),
)


def test_evidence_of_many_measures_is_read_in_pieces(tmp_path: Path) -> None:
    content = canonical(MANY)
    assert not few(content)
    assert noun(Evidence, content) == MANY
    store = Store(tmp_path)
    store.save(
        State(kept={"a": Kept(made_by="", evidence=digest(MANY), trace=Trace())}),
        {digest(MANY): MANY},
    )
    assert (store.evidence(digest(MANY)), store.notices) == (MANY, [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"rate_1400":{', b'"rate_1400":{"a":1,'),
        (b'"outcome":"yes"', b'"outcome":"maybe"'),
        (b'"value":200}', b'"value":[]}'),
        (b'"probe":"fairness"', b'"probe":"fairness","more":1'),
        (b'"places":[]', b'"places":[' + b"1," * 9000 + b"1]"),
        (b'"measures":{', b'"measures":[],"gone":{'),
        (b'"measures":{', b'"measures":3,"gone":{'),
        (b'"measures":{', b'"measures":[1],"gone":{'),
    ],
)  # fmt: skip
def test_one_wrong_piece_is_enough(before: bytes, after: bytes) -> None:
    content = canonical(MANY)
    assert content.count(before) == 1
    with pytest.raises((ValueError, TypeError, AttributeError)):
        noun(Evidence, content.replace(before, after))


def test_of_a_measure_that_stands_there_again_and_again_the_last_counts() -> None:
    again = b'"rate_7":{"value":[],"n":"' + b"x" * 160 + b'"},'
    content = canonical(MANY).replace(b'"measures":{', b'"measures":{' + again * 3000)
    assert noun(Evidence, content) == MANY
    unlike = canonical(MANY).replace(b'"value":200}', b'"value":NaN}')
    with pytest.raises(ValueError, match="finite"):
        noun(Evidence, unlike)


def test_more_than_there_is_room_for_is_not_parsed() -> None:
    for content in (b"[[]" + b",[]" * 100_000 + b"]", b'{"a":{}' + b',"a":{}' * 50_000 + b"}"):
        with pytest.raises(Dense):
            plain(content)
    assert plain(b'{"a":[1,2.5,null,"b"]}') == {"a": [1, 2.5, None, "b"]}


@given(STATES)
def test_a_state_comes_back_as_it_was_written(state: State) -> None:
    assert read(written(state)) == state


def test_a_trace_of_many_files_comes_back(tmp_path: Path) -> None:
    files: dict[str, int | None] = {f"data/images/{n:06}.png": None for n in range(9000)}
    state = State(kept={"a": Kept(made_by="", evidence="", trace=Trace(files=files))})
    assert read(written(state)) == state
    content = state.model_dump_json().encode()
    for wrong in (b'8999.png":-1', b'8999.png":"a"', b'8999.png":1.5'):
        with pytest.raises(ValueError, match="8999"):
            read(summed(content.replace(b'8999.png":null', wrong)))


def test_one_changed_character_anywhere_is_found_out() -> None:
    content = written(
        State(nouns={"a": '{"level": 4}'}, kept={"b": Kept(made_by="", evidence="", trace=Trace())})
    )
    for at in range(len(content)):
        with pytest.raises((ValueError, TypeError, KeyError)):
            read(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])


def _make(kind: str, path: Path, elsewhere: Path) -> None:
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "link":
            path.symlink_to(elsewhere)
        case _:
            path.mkdir()


@pytest.mark.parametrize("name", ["state.json", "evidence/a.json", "evidence/a.tables.json"])
def test_a_pipe_or_a_link_in_the_store_is_not_waited_for(name: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.folder / name
    path.parent.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_bytes(written(State(saved_ns=3)))
    for kind in ("pipe", "link", "folder"):
        _make(kind, path, elsewhere)
        with within(2):
            found = (store.state(), store.evidence("a"), store.attachment("a", "tables.json"))
        assert found == (State(), None, None)
        path.rmdir() if path.is_dir() else path.unlink()
    if name == "state.json":
        assert (
            store.notices[0] == f"{path}: cannot be read (not a regular file); all probes run again"
        )
    elif name == "evidence/a.json":
        assert store.notices[0] == f"{path}: not what its name says; its probe runs again"


def test_a_state_larger_than_any_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "LARGEST", 1_000_000)
    store = Store(tmp_path)
    store.folder.mkdir(parents=True)
    path = store.folder / "state.json"
    path.write_bytes(b"x" * 1_000_001)
    assert store.state() == State()
    assert store.notices == [f"{path}: cannot be read (larger than 1 MB); all probes run again"]


def test_what_is_attached_under_a_name_that_is_none_is_not_there(tmp_path: Path) -> None:
    assert Store(tmp_path).attachment("a", "../../x") is None


def test_a_record_that_holds_what_no_record_does_is_refused(tmp_path: Path) -> None:
    answer = Answer.model_validate_json(
        '{"item":"a","answer":"yes","by":"Ada","at":"2026-11-01T12:00:00Z"}'
    )
    told = json.loads(text(answer)) | {"saw": {f"{n:x}": "" for n in range(5000)}}
    content = json.dumps(told)
    path = tmp_path / ".trl4ml" / "answers" / "a" / f"x-{digest(content.encode())[:16]}.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    says = f"{path}: not a record of trl4ml (it holds more than one says); remove it"
    with pytest.raises(WrongInput) as error:
        Records(tmp_path).answers()
    assert str(error.value) == says


def test_a_dense_attachment_is_not_drawn() -> None:
    one = MANY.model_copy(update={"attached": {"tables.json": ""}})
    (part,) = parts([Shown((), "", one, [])], lambda of, name: "[{}" + ",{}" * 400_000 + "]")
    assert part.missing == ["tables.json"]


def test_a_zip_that_unpacks_to_more_than_nine_times_its_size_is_no_bundle(tmp_path: Path) -> None:
    path = tmp_path / "e.zip"
    for content in (b" " * 9_000_000, bytes(100_000)):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole:
            whole.writestr("report.json", content)
        says: Any = (
            "larger than any bundle of evidence" if len(content) > 10**6 else "holds no SHA256SUMS"
        )
        with pytest.raises(WrongInput, match=says):
            bundling.check(path)


REGISTER = "registers: {assumptions: [{id: a, statement: Images come from the same sensors., kind: data, level: 4}]}\n"


@pytest.mark.parametrize(
    "instead",
    [
        "",
        "[",
        "[1]",
        "[null, []]",
        '{"a": 1}',
        '[{"a": 1}, {}]',
        "[" * 999,
        "[" + "1," * 5_000 + "1]",
    ],
)
def test_what_is_not_remembered_as_it_was_is_read_anew(instead: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {**LICENSED, "trl4ml.yaml": LICENSED["trl4ml.yaml"] + REGISTER})
    report = run.audit(tmp_path).report
    store = Store(tmp_path)
    state = store.state()
    assert len(state.nouns) == 3
    nouns = dict.fromkeys(state.nouns, instead)
    (store.folder / "state.json").write_bytes(written(state.model_copy(update={"nouns": nouns})))
    done = run.audit(tmp_path)
    assert (digest(done.report), done.asked, done.notices) == (digest(report), 0, ())
    assert store.state().nouns == state.nouns


def test_a_state_that_remembers_a_long_list_is_read(tmp_path: Path) -> None:
    remembered = json.dumps([f"i-{n}" for n in range(80_000)], separators=(",", ":"))
    state = State(nouns={"a": remembered})
    assert read(written(state)) == state
