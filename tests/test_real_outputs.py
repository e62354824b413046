"""What other tools really wrote, each read by its probe; the file's name tells the version.

Made offline on 2026-11-21 with a tiny project each: inspect-ai (mock model), lm-eval (dummy model, local
tasks), Great Expectations (three rows; tracebacks cut), Evidently (100 rows). Where versions differ, so
does what they write.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trl4ml.testing import find

REAL = Path(__file__).parent / "cases" / "real"


class Read(NamedTuple):
    probe: str
    place: str
    """Where the tool leaves it."""
    outcome: str
    message: str
    measures: Mapping[str, Any]
    """None: undefined."""
    options: Mapping[str, Any] = {}


STORE = "great_expectations/uncommitted/validations/patients/__none__/20261121T193925.441523Z"
READ = {
    "inspect-0.3.285.eval": Read(
        "inspect-log", "logs/2026-11-21T19-39-16-00-00_sums_jVnHW3vQqrASEgEcjdiVgy.eval", "yes",
        "mockllm/model was evaluated on 1 tasks (sums)",
        {"sums_match_accuracy": 2 / 3, "tasks": 1, "samples": 3, "limited": 0},
    ),
    "lm-eval-0.4.13.json": Read(
        "lm-evaluation", "results/m/results_2026-11-21T19-47-08.691986.json", "yes",
        "was evaluated on 3 tasks (both v2, sums v1, words v3)",
        {"both_acc": 1 / 3, "sums_acc": 1 / 3, "words_exact_match_strict_match": 0,
         "words_exact_match_flexible_extract": 1, "tasks": 3, "limited": 0},
    ),
    "lm-eval-0.4.13-limit.json": Read(
        "lm-evaluation", "results/m/results_2026-11-21T19-47-30.000000.json", "unknown",
        "1 of the tasks only in part (--limit)", {"sums_acc": 0.5, "limited": 1},
    ),
    "great-expectations-1.24.1.json": Read(
        "great-expectations", "gx_patients.json", "no",
        "1 of 3 expectations are met in 1 validations", {"evaluated": 3, "successful": 1, "raised": 1},
    ),
    "great-expectations-1.24.1-checkpoint.json": Read(
        "great-expectations", "gx_checkpoint.json", "unknown",
        "it is the summary of a checkpoint; keep the result of each validation", {},
    ),
    "great-expectations-0.18.22.json": Read(
        "great-expectations", f"{STORE}/p-patients.json", "no",
        "not met: expect_column_values_to_be_between of age",
        {"evaluated": 2, "successful": 1, "raised": 0, "success_rate": 0.5},
    ),
    "evidently-0.7.23.json": Read(
        "evidently", "reports/evidently.json", "no", "tests passed by reports/evidently.json",
        {"drift_share": 0.5, "drifted_columns_count_count": 1, "value_drift_sex": 1},
    ),
    "evidently-0.6.7-report.json": Read(
        "evidently", "evidently.json", "no", "the data set has drifted",
        {"drift_share": 0.5, "dataset_drift_metric_number_of_drifted_columns": 1, "tests": 0},
    ),
    "evidently-0.6.7-tests.json": Read(
        "evidently", "evidently.json", "no", "1 of 2 tests passed by evidently.json; failed: Drift per Column",
        {"tests": 2, "passed": 1, "failed": 1, "drift_share": None},
    ),
}  # fmt: skip


def test_every_file_that_is_kept_is_read() -> None:
    assert {path.name for path in REAL.iterdir()} == READ.keys()


@pytest.mark.parametrize("name", READ)
def test_what_a_tool_wrote_is_read_as_it_is(name: str, tmp_path: Path) -> None:
    wanted = READ[name]
    (tmp_path / wanted.place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(REAL / name, tmp_path / wanted.place)
    finding = find(wanted.probe, tmp_path, wanted.options)
    assert (finding.outcome, wanted.message in finding.message) == (wanted.outcome, True), finding
    got = {name: finding.measures[name] for name in wanted.measures}
    assert {
        name: None if one.undefined else one.value for name, one in got.items()
    } == wanted.measures
