"""Results of other tools, mutated or large: each importer answers in time, in bounds, and never breaks."""

import copy
import gc
import json
import random
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from tests.test_fuzz import LONGEST_S, mutated, within
from tests.test_importers import LOG, database, zipped
from trl4ml.asking import ask, parse_yaml
from trl4ml.core.evidence import Finding, Outcome
from trl4ml.probes import own
from trl4ml.readers.files import Part
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views
from trl4ml.testing import cases, lay_out

pytestmark = pytest.mark.slow

CASES = Path(__file__).parent / "cases"
ROUNDS = 90
STRANGE: tuple[Any, ...] = (
    None, True, False, float("nan"), float("inf"), -1, 2**63, 10**400, 1e308, -0.0, "", "x" * 5000, "../..", "a\x00b",
    "\u202e\x1b[31m", [], {}, [[]], {"": {}}, [None, 1, "x"], {"a": float("nan"), "A": 1}, "2.1.0", "${x}", "SUCCESS",
)  # fmt: skip
LARGE = 1_000_000


def first(probe: str) -> Mapping[str, Any]:
    """The first case of its table: what the tool really writes."""
    return cases(CASES / f"{probe}.yaml")[0].data


def find(probe: str, folder: Path) -> Finding:
    """As in trl4ml.testing, without looking for the probes of other packages each time."""
    known = own(probe)
    assert known
    return ask(known, Views(Part(Tree(folder)), parse_yaml), {})


def asked(probe: str, folder: Path) -> Finding:
    with within(LONGEST_S):
        finding = find(probe, folder)
    assert finding.outcome is not Outcome.ERROR, finding.message
    assert "\n" not in finding.message
    assert len(finding.message) < 2_000
    for name, one in finding.measures.items():
        assert name.replace("_", "").isalnum()
        assert name.isascii()
        assert one.undefined or one.value is not None
    return finding


def twisted(text: str, number: int) -> bytes:
    """The same data with some of its parts replaced, left out or said twice; still well-formed."""
    chance = random.Random(number)
    data = yaml.safe_load(text)
    for _ in range(chance.randint(1, 4)):
        part = data
        while isinstance(part, dict | list) and part:
            key = chance.choice(list(part) if isinstance(part, dict) else range(len(part)))
            if chance.random() < 0.3 or not isinstance(part[key], dict | list) or not part[key]:
                break
            part = part[key]
        if not isinstance(part, dict | list) or not part:
            continue
        if chance.random() < 0.2:
            del part[key]
        else:
            part[key] = copy.deepcopy(chance.choice(STRANGE))
    return json.dumps(data).encode()


def changed(text: str, number: int) -> bytes:
    return twisted(text, number) if number % 3 else mutated([text.encode()], number)


JSON = [
    "scorecard",
    "sarif-results",
    "lm-evaluation",
    "inspect-log",
    "great-expectations",
    "evidently",
]


@pytest.mark.parametrize("probe", JSON)
def test_no_mutation_of_a_result_breaks_its_importer(probe: str, tmp_path: Path) -> None:
    ((path, text),) = first(probe)["files"].items()
    lay_out(tmp_path, {path: text})
    outcomes = set()
    for number in range(ROUNDS):
        (tmp_path / path).write_bytes(changed(text, number))
        outcomes.add(asked(probe, tmp_path).outcome)
    assert {Outcome.UNKNOWN} < outcomes, "the mutations are too mild, or too wild"


@pytest.mark.parametrize("probe", ["mlflow-runs", "dvc-metrics"])
def test_no_mutation_of_a_file_of_a_store_breaks_its_importer(probe: str, tmp_path: Path) -> None:
    files = first(probe)["files"]
    for at, path in enumerate(sorted(files)):
        folder = tmp_path / str(at)
        lay_out(folder, files)
        for number in range(2 * ROUNDS // len(files)):
            (folder / path).write_bytes(changed(files[path], number))
            asked(probe, folder)


def test_no_mutation_of_an_eval_file_breaks_its_importer(tmp_path: Path) -> None:
    path = "logs/2026_a_b.eval"
    lay_out(tmp_path, {path: ""})
    seeds = [zipped({"header.json": json.dumps(LOG)}, way) for way in (0, 8)]
    for number in range(ROUNDS):
        (tmp_path / path).write_bytes(mutated(seeds, number))
        asked("inspect-log", tmp_path)


def test_no_mutation_of_a_database_breaks_its_importer(tmp_path: Path) -> None:
    """Whole pages are kept whole: what is cut is told at once, what is changed has to be read."""
    whole = database(tmp_path).read_bytes()
    for number in range(ROUNDS):
        chance, content = random.Random(number), bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        if number % 10 == 0:
            del content[chance.randrange(len(content)) :]
        (tmp_path / "mlflow.db").write_bytes(content)
        asked("mlflow-runs", tmp_path)


# ── Large ───────────────────────────────────────────────────────────────────────────────────────
def many(one: Any) -> list[Any]:
    return [one] * (LARGE // (len(json.dumps(one)) + 2))


def large_scorecard() -> dict[str, str]:
    checks = many({"name": "Fuzzing", "score": 0, "reason": "project is not fuzzed"})
    return {"scorecard.json": json.dumps({"scorecard": {}, "score": 1, "checks": checks})}


def large_sarif() -> dict[str, str]:
    result = {"ruleId": "F401", "level": "error", "message": {"text": "unused"}}
    runs = [{"tool": {"driver": {"name": "ruff"}}, "results": many(result)}]
    return {"a.sarif": json.dumps({"version": "2.1.0", "runs": runs})}


def large_lm_evaluation() -> dict[str, str]:
    names = ("acc", "acc_norm", "f1", "exact_match")
    metrics = {f"{name}{end},none": 0.01 for name in names for end in ("", "_stderr")}
    tasks = {f"task_{n}": metrics for n in range(4_900)}
    data = {"results": tasks, "versions": {}, "config": {}, "model_name": "m"}
    return {"results_2026.json": json.dumps(data)}


def large_inspect() -> dict[str, str]:
    scores = many({"name": "s", "metrics": {"accuracy": {"value": 0.5}}})
    data = {**LOG, "results": {"total_samples": 3, "completed_samples": 3, "scores": scores}}
    return {"logs/2026_a_b.json": json.dumps(data)}


def large_mlflow() -> dict[str, str]:
    files = {
        path: text for path, text in first("mlflow-runs")["files"].items() if "9914" not in path
    }
    (path,) = (path for path in files if path.endswith("metrics/auc"))
    files[path] = "".join(f"1795281986865 0.{step} {step}\n" for step in range(38_000))
    return files


def large_dvc() -> dict[str, str]:
    data = {f"metric_{n}": n / 7 for n in range(30_000)}
    return {"dvc.yaml": "metrics: [m.json]\n", "m.json": json.dumps(data)}


def large_great_expectations() -> dict[str, str]:
    ((path, text),) = first("great-expectations")["files"].items()
    data = json.loads(text)
    return {path: json.dumps({**data, "results": many(data["results"][1])})}


def large_evidently() -> dict[str, str]:
    metrics = [{"metric_id": f"X{n}()", "value": n / 7} for n in range(20_000)]
    return {"evidently.json": json.dumps({"metrics": metrics})}


def large_coverage_json() -> dict[str, str]:
    one = {"executed_lines": [*range(1, 300)], "missing_lines": [], "summary": {"num_branches": 0}}
    totals = {"num_statements": 299 * 700, "covered_lines": 299 * 700}
    data = {"files": {f"src/a{n}.py": one for n in range(700)}, "totals": totals}
    return {"coverage.json": json.dumps(data)}


def large_lcov() -> dict[str, str]:
    lines = "".join(f"DA:{line},1\n" for line in range(1, 300))
    return {"lcov.info": "".join(f"SF:src/a{n}.py\n{lines}" for n in range(390))}


def large_cobertura() -> dict[str, str]:
    lines = "".join(f'<line number="{line}" hits="1"/>' for line in range(1, 300))
    classes = "".join(
        f'<class filename="a{n}.py"><lines>{lines}</lines></class>' for n in range(120)
    )
    return {"coverage.xml": f'<coverage line-rate="1">{classes}</coverage>'}


LARGE_ONES: dict[str, Callable[[], dict[str, str]]] = {
    "scorecard": large_scorecard,
    "sarif-results": large_sarif,
    "lm-evaluation": large_lm_evaluation,
    "inspect-log": large_inspect,
    "mlflow-runs": large_mlflow,
    "dvc-metrics": large_dvc,
    "great-expectations": large_great_expectations,
    "evidently": large_evidently,
}
COVERAGE = {"json": large_coverage_json, "lcov": large_lcov, "cobertura": large_cobertura}


def peak_of(probe: str, folder: Path) -> tuple[Finding, int]:
    """What is found, and the bytes that it took at most."""
    gc.collect()
    tracemalloc.start()
    try:
        return find(probe, folder), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("probe", LARGE_ONES)
def test_a_large_result_takes_no_more_than_ten_times_its_size(probe: str, tmp_path: Path) -> None:
    files = LARGE_ONES[probe]()
    size = sum(map(len, files.values()))
    assert size >= 0.9 * LARGE
    lay_out(tmp_path, files)
    asked(probe, tmp_path)
    finding, peak = peak_of(probe, tmp_path)
    assert finding.outcome in (Outcome.YES, Outcome.NO, Outcome.UNKNOWN)
    assert peak <= 10 * size + 8_000_000, peak / size


@pytest.mark.parametrize("format", COVERAGE)
def test_a_large_report_of_coverage_takes_no_more_than_ten_times_its_size(
    format: str, tmp_path: Path
) -> None:
    files = COVERAGE[format]()
    lay_out(tmp_path, files)
    finding, peak = peak_of("coverage", tmp_path)
    assert finding.outcome is Outcome.YES, finding.message
    size = sum(map(len, files.values()))
    assert size >= LARGE
    assert peak <= 10 * size + 8_000_000, peak / size


# ── Dense ───────────────────────────────────────────────────────────────────────────────────────
WHERE = {
    "scorecard": "checks", "sarif-results": "runs", "lm-evaluation": "results",
    "inspect-log": "results", "great-expectations": "results", "evidently": "metrics",
}  # fmt: skip
"""The part of each result that may be of any length."""
SHAPES: dict[str, Callable[[int], str]] = {
    "empty objects": lambda n: "[" + "{}," * (n // 3) + "{}]",
    "keys of their own": lambda n: "{" + "".join(f'"{i:06x}":1,' for i in range(n // 11)) + '"":1}',
    "empty lists under keys": lambda n: "{" + "".join(f'"{i:06x}":[],' for i in range(n // 12)) + '"":1}',
    "as dense as is read": lambda n: "[" + (" " * 30 + '{"a": 1},') * (n // 39) + "{}]",
    "mappings as dense as are read": lambda n: "{" + "".join(
        f'"{i:040x}": {{"acc,none": 0.5}},' for i in range(n // 63)) + '"":1}',
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("probe", WHERE)
def test_a_dense_result_takes_no_more_than_ten_times_its_size(
    probe: str, shape: str, tmp_path: Path
) -> None:
    ((path, text),) = first(probe)["files"].items()
    data = {**yaml.safe_load(text), WHERE[probe]: "HERE"}
    content = json.dumps(data).replace('"HERE"', SHAPES[shape](2 * LARGE))
    lay_out(tmp_path, {path: content})
    finding, peak = peak_of(probe, tmp_path)
    assert finding.outcome is not Outcome.ERROR, finding.message
    assert peak <= 10 * len(content) + 8_000_000, peak / len(content)
    if not shape.endswith("read"):
        assert "it holds so many small values" in finding.message


# ── Made to hold us up ──────────────────────────────────────────────────────────────────────────
TABLE = "group,y,p\n" + "a,1,1\nb,0,0\n" * 20
ROLES = {"predictions": ["t.*"], "label": "y", "prediction": "p", "by": ["group"]}
HOLDING: dict[str, tuple[str, dict[str, str], dict[str, Any], str]] = {
    "a row of 200,000 fields": (
        "fairness", {"t.csv": f"{TABLE}1,2{',' * 200_000}\n"}, ROLES,
        "line 42 has more than 5,000 columns; leave out what is not needed"),
    "a record of 100,000 keys": (
        "fairness", {"t.json": json.dumps([{f"k{n}": n for n in range(100_000)}])}, ROLES,
        "has more than 5,000 keys; leave out those that are not needed"),
    "a setup.cfg without options": (
        "dependencies-pinned", {"setup.cfg": "[metadata]\n" + "[a\n" * 20_000}, {},
        "setup.cfg: larger than 50 kB, and no more is read of such a file"),
    "a setup.cfg without options, as large as is read": (
        "dependencies-pinned", {"setup.cfg": "[metadata]\n" + "[a\n" * 16_000}, {},
        "setup.cfg: not a configuration of setuptools"),
    "a setup.py of many statements": (
        "dependencies-pinned", {"setup.py": "a;a;a;a;a\n" * 100_000}, {},
        "setup.py: larger than 200 kB, and no more is read of such a file"),
    "a list of requirements without end": (
        "dependencies-pinned", {"requirements.txt": "a==1.0.0\n" * 1_000_000}, {},
        "requirements.txt: line 50002: more than 50,000 requirements"),
    "requirements that would be cut": (
        "dependencies-pinned", {"requirements.txt": "#" * 16_000_000 + "\nloose\n"}, {},
        "requirements.txt: larger than 16 MB, and no more is read"),
    "code of many statements": (
        "seeds-set", {"train.py": "import random\nrandom.random()\n" + "a\n" * 490_000}, {},
        "train.py"),
    "a changelog of short lines": (
        "changelog", {"CHANGELOG.md": "# Changelog\n" + "a:\n" * 600_000}, {},
        "CHANGELOG.md: it holds so many short lines that they would take ten times its size"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOLDING)
def test_what_is_made_to_hold_us_up_is_unknown_at_once(case: str, tmp_path: Path) -> None:
    probe, files, options, says = HOLDING[case]
    lay_out(tmp_path, files)
    known = own(probe)
    assert known
    with within(LONGEST_S):
        finding = ask(known, Views(Part(Tree(tmp_path)), parse_yaml), options)
    assert finding.outcome is Outcome.UNKNOWN, finding.message
    assert says in finding.message


def test_a_metric_of_short_lines_takes_no_more_than_ten_times_its_size(tmp_path: Path) -> None:
    files = large_mlflow()
    (path,) = (path for path in files if path.endswith("metrics/auc"))
    files[path] = "1 0.5\n" * 300_000
    lay_out(tmp_path, files)
    finding, peak = peak_of("mlflow-runs", tmp_path)
    assert finding.outcome is Outcome.UNKNOWN or finding.measures, finding.message
    assert peak <= 10 * len(files[path]) + 8_000_000, peak / len(files[path])


def test_a_message_is_one_line_of_bounded_length(tmp_path: Path) -> None:
    """Whatever a file makes a probe repeat."""
    record = {"schema": "x\n" * 9_000}
    lay_out(tmp_path, {"energy/training-a.json": json.dumps(record)})
    finding = find("energy-recorded", tmp_path)
    assert finding.outcome is not Outcome.ERROR
    assert len(finding.message) < 2_010
    assert "\n" not in finding.message


def test_a_crash_that_tells_half_a_character_is_a_finding_all_the_same(tmp_path: Path) -> None:
    def crash() -> Finding:
        raise ValueError("\ud800" * 400)

    probe: Any = SimpleNamespace(options=None, needs=(), module=SimpleNamespace(run=crash))
    finding = ask(probe, Views(Part(Tree(tmp_path)), parse_yaml), {})
    assert finding.outcome is Outcome.ERROR
    assert finding.message.startswith("the probe broke: ValueError: \\ud800")
