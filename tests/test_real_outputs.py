"""What other tools really wrote, each read by its probe; the file's name tells the version.

`cases/real/SOURCES.md` says of every file which tool wrote it, on what, and how to make it again. We
ran the tools ourselves, without a network, on tiny projects; Scorecard's answer on a public
repository comes from its public API, by way of another project. Where versions differ, so does what
they write.
"""

import re
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trl4ml.testing import find

REAL = Path(__file__).parent / "cases" / "real"
SOURCES = REAL / "SOURCES.md"
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")
DIGEST = re.compile(r"SHA-256 of `([^`]+)`:\s+`([0-9a-f]{64})`")


class Read(NamedTuple):
    name: str
    """Of the file or folder that is kept."""
    probe: str
    place: str
    """Where the tool leaves it."""
    outcome: str
    message: str
    measures: Mapping[str, Any]
    """None: undefined."""
    options: Mapping[str, Any] = {}


STORE = "great_expectations/uncommitted/validations/patients/__none__/20261121T193925.441523Z"
LOGGED = {
    "val_auc": 0.8, "loss": None, "worst": None, "least": None, "f1_score": 2 / 3, "count": 12,
}  # fmt: skip
READ = [
    Read(
        "inspect-0.3.285.eval", "inspect-log", "logs/2026-11-21T19-39-16-00-00_sums_jVnHW3vQqrASEgEcjdiVgy.eval", "yes",
        "mockllm/model was evaluated on 1 tasks (sums)",
        {"sums_match_accuracy": 2 / 3, "tasks": 1, "samples": 3, "limited": 0},
    ),
    Read(
        "lm-eval-0.4.13.json", "lm-evaluation", "results/m/results_2026-11-21T19-47-08.691986.json", "yes",
        "was evaluated on 3 tasks (both v2, sums v1, words v3)",
        {"both_acc": 1 / 3, "sums_acc": 1 / 3, "words_exact_match_strict_match": 0,
         "words_exact_match_flexible_extract": 1, "tasks": 3, "limited": 0},
    ),
    Read(
        "lm-eval-0.4.13-limit.json", "lm-evaluation", "results/m/results_2026-11-21T19-47-30.000000.json", "unknown",
        "1 of the tasks only in part (--limit)", {"sums_acc": 0.5, "limited": 1},
    ),
    Read(
        "great-expectations-1.24.1.json", "great-expectations", "gx_patients.json", "no",
        "1 of 3 expectations are met in 1 validations", {"evaluated": 3, "successful": 1, "raised": 1},
    ),
    Read(
        "great-expectations-1.24.1-checkpoint.json", "great-expectations", "gx_checkpoint.json", "unknown",
        "it is the summary of a checkpoint; keep the result of each validation", {},
    ),
    Read(
        "great-expectations-0.18.22.json", "great-expectations", f"{STORE}/p-patients.json", "no",
        "not met: expect_column_values_to_be_between of age",
        {"evaluated": 2, "successful": 1, "raised": 0, "success_rate": 0.5},
    ),
    Read(
        "evidently-0.7.23.json", "evidently", "reports/evidently.json", "no", "tests passed by reports/evidently.json",
        {"drift_share": 0.5, "drifted_columns_count_count": 1, "value_drift_sex": 1},
    ),
    Read(
        "evidently-0.6.7-report.json", "evidently", "evidently.json", "no", "the data set has drifted",
        {"drift_share": 0.5, "dataset_drift_metric_number_of_drifted_columns": 1, "tests": 0},
    ),
    Read(
        "evidently-0.6.7-tests.json", "evidently", "evidently.json", "no", "1 of 2 tests passed by evidently.json; failed: Drift per Column",
        {"tests": 2, "passed": 1, "failed": 1, "drift_share": None},
    ),
    Read(
        "scorecard-5.0.0-94.json", "scorecard", "scorecard.json", "yes",
        "15 checks of github.com/nexB/scancode-toolkit at 65e1c2db473c, 1 inconclusive, by scorecard.json",
        {"score": 4.2, "checks": 15, "inconclusive": 1, "bars": 0, "check_code_review": 5,
         "check_maintained": 10, "check_cii_best_practices": 0, "check_security_policy": 0,
         "check_token_permissions": 10, "check_dangerous_workflow": 10, "check_license": 9,
         "check_packaging": 10, "check_branch_protection": None, "check_signed_releases": 0,
         "check_fuzzing": 0, "check_sast": 0, "check_binary_artifacts": 0,
         "check_pinned_dependencies": 0, "check_vulnerabilities": 0},
    ),
    Read(
        "scorecard-5.0.0-94.json", "scorecard", "reports/scorecard.json", "yes",
        "15 checks of github.com/nexB/scancode-toolkit", {"bars": 2},
        {"repository": "github.com/nexB/scancode-toolkit",
         "at_least": {"check_dangerous_workflow": 10, "check_license": 9}},
    ),
    Read(
        "scorecard-5.0.0-94.json", "scorecard", "scorecard.json", "no",
        "check_pinned_dependencies is 0, wanted at least 5, check_vulnerabilities is 0, wanted at least 8;",
        {"bars": 3},
        {"at_least": {"check_vulnerabilities": 8, "check_pinned_dependencies": 5, "check_license": 9}},
    ),
    Read(
        "scorecard-5.0.0-94.json", "scorecard", "scorecard.json", "unknown",
        "a bar is set for check_branch_protection, which is undefined: inconclusive: internal error: error "
        "during branchesHandler.setup: internal error: githubv4.Query: Resource not accessible by integration;",
        {"check_branch_protection": None}, {"at_least": {"check_branch_protection": 1}},
    ),
    Read(
        "scorecard-5.0.0-94.json", "scorecard", "scorecard.json", "unknown",
        "scorecard.json is of github.com/nexB/scancode-toolkit, not of github.com/us/ours", {},
        {"repository": "github.com/us/ours"},
    ),
    Read(
        "bandit-1.9.4.sarif", "sarif-results", "reports/bandit.sarif", "no",
        "2 errors, 2 warnings, 3 notes by Bandit 1.9.4", {"results": 7, "suppressed": 0},
    ),
    Read(
        "bandit-1.9.4-broken-file.sarif", "sarif-results", "bandit.sarif", "unknown",
        "bandit.sarif: the run of Bandit 1.9.4 was not whole: syntax error while parsing AST from file in "
        "odd/broken.py; scan again", {"results": 0},
    ),
    Read(
        "ruff-0.17.6.sarif", "sarif-results", "ruff.sarif", "no",
        "7 errors, 0 warnings, 0 notes by ruff 0.17.6", {"results": 7},
    ),
    Read(
        "ruff-0.17.6-broken-file.sarif", "sarif-results", "ruff.sarif", "no",
        "2 errors, 0 warnings, 0 notes by ruff 0.17.6", {"error": 2},
    ),
    Read(
        "semgrep-1.182.0.sarif", "sarif-results", "semgrep.sarif", "no",
        "1 errors, 1 warnings, 0 notes by Semgrep OSS 1.182.0", {"suppressed": 1, "results": 3},
    ),
    Read(
        "semgrep-1.182.0-broken-rule.sarif", "sarif-results", "semgrep.sarif", "unknown",
        "the run of Semgrep OSS 1.182.0 was not whole: Rule parse error in rule broken:", {"results": 0},
    ),
    *(
        Read(
            f"mlflow-{version}{kind}", "mlflow-runs", place, "yes",
            f"the run second of triage finished with {len(logged)} metrics and 3 parameters, by",
            {f"metric_{name}": value for name, value in logged.items()} | {"runs": 3, "params": 3},
        )
        for kind, place in (("", "mlruns"), (".db", "mlflow.db"))
        for version, logged in (("2.22.5", LOGGED), ("3.17.2", {**LOGGED, "acc": 0.75}))
    ),
    *(
        Read(
            f"mlflow-3.17.2{kind}", "mlflow-runs", place, "no",
            "metric_auc is 0.7, wanted at least 0.8; the run first of triage finished with 1 metrics",
            {"metric_auc": 0.7}, {"run": "first", "at_least": {"metric_auc": 0.8}},
        )
        for kind, place in (("", "mlruns"), (".db", "mlflow.db"))
    ),
    *(
        Read(
            f"mlflow-3.17.2{kind}", "mlflow-runs", place, "unknown",
            f"the run {name} of triage is RUNNING" if name == "open" else "that is asked for", {},
            {"run": name},
        )
        for kind, place in (("", "mlruns"), (".db", "mlflow.db"))
        for name in ("open", "gone")
    ),
    Read(
        "dvc-3.67.1", "dvc-metrics", "", "yes",
        "8 metrics in 3 files, 6 digests of dvc.lock hold, by dvc.yaml",
        {"eval_metrics_auc": 0.91, "eval_metrics_by_sex_gap": 0.05, "eval_metrics_note": None,
         "eval_metrics_loss": None, "eval_metrics_folds": None, "summary_rows": 12, "summary_share": 0.5,
         "times_train_seconds": 1.5, "locked": 6, "changed": 0, "unchecked": 0},
    ),
    Read(
        "dvc-3.67.1-wdir", "dvc-metrics", "", "yes",
        "1 metrics in 1 files, 4 digests of dvc.lock hold, by dvc.yaml", {"work_m_x": 1, "locked": 4},
    ),
    Read(
        "dvclive-3.49.1", "dvc-metrics", "", "yes",
        "3 metrics in 1 files, no dvc.lock ties them, by dvc.yaml",
        {"dvclive_metrics_val_auc": 0.8, "dvclive_metrics_step": 2, "dvclive_metrics_best": 0.9},
    ),
]  # fmt: skip


def _id(one: Read) -> str:
    return f"{one.name}-{one.outcome}" + "".join(f"-{name}" for name in one.options)


def test_every_file_that_is_kept_is_read() -> None:
    assert {path.name for path in REAL.iterdir()} == {one.name for one in READ} | {SOURCES.name}


def test_of_every_file_it_is_said_where_it_comes_from() -> None:
    """By a heading of its name, with the SHA-256 of what came from elsewhere."""
    sources = SOURCES.read_text("utf-8")
    headings = {name for line in HEADING.findall(sources) for name in NAME.findall(line)}
    assert headings == {one.name for one in READ}
    for name, digest in DIGEST.findall(sources):
        assert sha256((REAL / name).read_bytes()).hexdigest() == digest, name
    assert DIGEST.search(sources)


@pytest.mark.parametrize("wanted", READ, ids=_id)
def test_what_a_tool_wrote_is_read_as_it_is(wanted: Read, tmp_path: Path) -> None:
    _laid(wanted.name, tmp_path / wanted.place)
    finding = find(wanted.probe, tmp_path, wanted.options)
    assert (finding.outcome, wanted.message in finding.message) == (wanted.outcome, True), finding
    got = {name: finding.measures[name] for name in wanted.measures}
    assert {
        name: None if one.undefined else one.value for name, one in got.items()
    } == wanted.measures


def _laid(name: str, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if (REAL / name).is_dir():
        shutil.copytree(REAL / name, place, dirs_exist_ok=True)
    else:
        shutil.copyfile(REAL / name, place)


@pytest.mark.parametrize(
    ("line", "instead", "says"),
    [
        ("rows: 1_000", "rows: 1_001", "params.yaml changed since the stage train ran"),
        ("mode: 0o17", "mode: 15", ""),
        ("seed: 010", "seed: 8", "params.yaml changed"),
        ("off: false", "off: 0", "params.yaml changed"),
        ("on: yes", "on: true", "params.yaml changed"),
        ("layers: [8, 4]", "layers: [8, 0o4]", ""),
        ("layers: [8, 4]", "layers: [8]", "params.yaml changed"),
        ("depth: 3", "depth: three", "params.yaml changed"),
    ],
)
def test_a_parameter_of_dvc_is_the_same_when_its_number_is(
    line: str, instead: str, says: str, tmp_path: Path
) -> None:
    _laid("dvc-3.67.1", tmp_path)
    params = tmp_path / "params.yaml"
    assert line in params.read_text()
    params.write_text(params.read_text().replace(line, instead))
    finding = find("dvc-metrics", tmp_path)
    assert (finding.outcome == "yes", says in finding.message) == (not says, True), finding
