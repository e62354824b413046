"""Mutated inputs: each loader answers with data or one of its own errors, in time and in bounds."""

import json
import random
import signal
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from pydantic import ValidationError

from trl4ml import resources, run
from trl4ml.core.answer import Answer
from trl4ml.core.evidence import Measure
from trl4ml.core.expression import BadExpression, parse
from trl4ml.core.noun import Noun
from trl4ml.core.trace import Trace
from trl4ml.errors import WrongInput
from trl4ml.load import files, reports
from trl4ml.probes.attested_tests import statement
from trl4ml.testing import lay_out

ROOT = Path(__file__).parent.parent
ROUNDS = 250
LONGEST_S = 5
TOKENS = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"[" * 60, b"{" * 60, b"&a *a", b"!!python/object:os.system",
    b"<<: *x", b"? ", b"- - - ", b"|\n", b"NaN", b"Infinity", b"-1e999", b"9" * 400, b"1e309", b"\n---\n", b"''",
    b"\"", b": ", b"\t", b"not ", b"(" * 200, b"<= ", b"__class__", b"../..", b"\r\n", b"#",
)  # fmt: skip


def mutated(seeds: list[bytes], number: int) -> bytes:
    """The same number, the same bytes: a few cuts, swaps and insertions."""
    chance = random.Random(number)
    text = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(5):
            case 0:
                text[at:at] = chance.choice(TOKENS)
            case 1:
                del text[at : at + chance.randint(1, 40)]
            case 2 if text:
                text[min(at, len(text) - 1)] ^= 1 << chance.randrange(8)
            case 3:
                other = chance.choice(seeds)
                cut = chance.randrange(len(other) + 1)
                text[at : at + 80] = other[cut : cut + 80]
            case _:
                text[at:at] = text[max(0, at - 60) : at] * chance.randint(1, 4)
    return bytes(text)


@contextmanager
def within(seconds: int) -> Iterator[None]:
    def late(_: int, __: FrameType | None) -> None:
        raise AssertionError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def config(content: bytes) -> object:
    return files.project(content.decode("utf-8", "replace"))


def checklist(content: bytes) -> object:
    return files.checklist(content.decode("utf-8", "replace"), "own.yaml")


def baseline(content: bytes) -> object:
    return files.baseline(content.decode("utf-8", "replace"), "b.yaml")


def report(content: bytes) -> object:
    return reports.parsed(content, "r.json")


def answer(content: bytes) -> object:
    return Answer.model_validate_json(content)


def attestation(content: bytes) -> object:
    return statement("s.json", json.loads(content))


def expression(content: bytes) -> object:
    return parse(content.decode("utf-8", "replace"))


ANSWER = b'{"answer": "yes", "at": "2026-11-21T10:00:00Z", "by": "Ada", "item": "owned", "note": "so it is"}'
BASELINE = (
    b"owner: Ada\nreason: agreed with legal\nuntil: 2027-01-31\nitems:\n- {item: a, component: b}\n"
)
STATEMENT = json.dumps({
    "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
    "subject": [{"name": "m", "digest": {"sha256": "0" * 64}}],
    "predicate": {"result": "PASSED", "passedTests": ["a"]},
}).encode()  # fmt: skip
EXPRESSIONS = [
    b"fairness.selection_rate_ratio.lower >= policy.ratio", b"a and not (b or c == 'x')", b"1 < a.b <= 3",
    b"answer or test_results.item_a >= 1", b"component.kind == 'model' and a.n != -1.5e3",
]  # fmt: skip


def seeds(name: str) -> list[bytes]:
    return {
        "config": [(ROOT / "examples" / one / "trl4ml.yaml").read_bytes() for one in ("diabetes", "co2")],
        "checklist": [(resources.folder("checklists") / "mltrl.yaml").read_bytes()[:6000]],
        "baseline": [BASELINE],
        "report": [(Path(__file__).parent / "golden" / "report.json").read_bytes()],
        "answer": [ANSWER],
        "attestation": [STATEMENT],
        "expression": EXPRESSIONS,
    }[name]  # fmt: skip


LOADERS: dict[str, tuple[Callable[[bytes], object], tuple[type[Exception], ...]]] = {
    "config": (config, (WrongInput,)),
    "checklist": (checklist, (WrongInput,)),
    "baseline": (baseline, (WrongInput,)),
    "report": (report, (WrongInput,)),
    "answer": (answer, (ValueError,)),
    "attestation": (attestation, (ValueError,)),
    "expression": (expression, (BadExpression,)),
}


@pytest.mark.parametrize("name", LOADERS)
def test_no_mutation_breaks_a_loader_or_holds_it_up(name: str) -> None:
    load, own = LOADERS[name]
    refused = 0
    for number in range(ROUNDS):
        with within(LONGEST_S):
            try:
                load(mutated(seeds(name), number))
            except own as error:
                refused += 1
                assert str(error).strip(), number
    assert refused > ROUNDS // 10, "the mutations are too mild to prove anything"


@pytest.mark.parametrize("name", ["config", "checklist", "report", "attestation"])
def test_a_large_input_takes_no_more_than_its_share_of_memory(name: str) -> None:
    """Of our own: what a parser of others needs for its tree is theirs, and bounded by size."""
    load, own = LOADERS[name]
    text = seeds(name)[0]
    large = text + b"\n# " + b"x" * (1_000_000 - len(text)) if name in ("config", "checklist") else (
        text.rstrip()[:-1] + b"," + b'"x":"' + b"y" * (1_000_000 - len(text)) + b'"}'
    )  # fmt: skip
    tracemalloc.start()
    try:
        load(large)
    except own:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 10 * len(large) + 8_000_000, peak


def test_a_mutated_project_is_audited_or_refused(tmp_path: Path) -> None:
    """The whole line, on configuration and checklist mutated together."""
    own = b"checklist: own\nversion: '1'\ntitle: t\nabout: a\nitems:\n  - {id: a, level: 0, ask: Is it?, why: So., wants: license_file, if_not: {remedy: Do., effort: hours}}\n"
    config_text = b"name: p\nchecklists: [own.yaml]\ncomponents:\n- {name: m, paths: [src/]}\npolicy:\n  waivers: []\n"
    for number in range(60):
        folder = tmp_path / str(number)
        lay_out(folder, {"LICENSE": "MIT License\n", "src/a.py": ""})
        (folder / "trl4ml.yaml").write_bytes(
            mutated([config_text], number) if number % 2 else config_text
        )
        (folder / "own.yaml").write_bytes(own if number % 2 else mutated([own], number))
        with within(LONGEST_S):
            try:
                run.audit(folder)
            except WrongInput as error:
                assert "yaml" in str(error)


STORED = (
    (Trace, {"files": {"a.py": -1}}, "greater than or equal to 0"),
    (Measure, {"value": 10**400}, "is more than JSON holds exactly"),
    (Measure, {"value": -(10**400)}, "is more than JSON holds exactly"),
)  # fmt: skip


@pytest.mark.parametrize(("noun", "data", "says"), STORED)
def test_what_no_reader_could_use_is_refused(
    noun: type[Noun], data: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        noun.model_validate_json(json.dumps(data))


def test_a_gate_may_name_a_probe_of_any_length(tmp_path: Path) -> None:
    """File systems do not take every name."""
    own = "checklist: own\nversion: '1'\ntitle: t\nabout: a\nitems:\n  - {id: a, level: 0, ask: Is it?, why: So., wants: %s, if_not: {remedy: Do., effort: hours}}\n"
    lay_out(
        tmp_path,
        {"trl4ml.yaml": "name: p\nchecklists: [own.yaml]\n", "own.yaml": own % ("x" * 400)},
    )
    with pytest.raises(WrongInput, match=r"own\.yaml:6:"):
        run.audit(tmp_path)


TWO_PROBES = "".join(
    f"  - {{id: {id}, level: {level}, ask: Is it?, why: So., wants: {wants}, if_not: {{remedy: Do., effort: hours}}}}\n"
    for id, level, wants in (("a", 0, "license_file"), ("b", 1, "seeds_set"))
)


@pytest.mark.slow
def test_no_damage_to_the_store_breaks_an_audit_or_lifts_a_level(tmp_path: Path) -> None:
    """What cannot be used is gathered anew, or unknown where nothing may run."""
    head = "checklist: own\nversion: '1'\ntitle: t\nabout: a\nitems:\n"
    lay_out(
        tmp_path,
        {"trl4ml.yaml": "name: p\nchecklists: [own.yaml]\n", "own.yaml": head + TWO_PROBES,
         "LICENSE": "MIT License\n", "a.py": "import random\nrandom.random()\n"},
    )  # fmt: skip
    run.audit(tmp_path)
    store = tmp_path / ".trl4ml" / "store"
    whole = {path: path.read_bytes() for path in store.rglob("*.json")}
    for number in range(ROUNDS):
        path = sorted(whole)[number % len(whole)] if number % 2 else store / "state.json"
        path.write_bytes(mutated([whole[path]], number))
        with within(LONGEST_S):
            assert run.audit(tmp_path, stored_only=bool(number % 3)).report.supported in (None, 0)
        for one, content in whole.items():
            one.write_bytes(content)
