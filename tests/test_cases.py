"""Every probe against its table of cases; see trl4ml.testing for the form."""

from pathlib import Path

import pytest

from trl4ml.probes import own_ids
from trl4ml.testing import Case, cases

FOLDER = Path(__file__).parent / "cases"
ALL = [(path.stem, case) for path in sorted(FOLDER.glob("*.yaml")) for case in cases(path)]


@pytest.mark.parametrize(("probe", "case"), ALL, ids=[f"{probe}: {case}" for probe, case in ALL])
def test_the_probe_answers_as_its_table_says(probe: str, case: Case, tmp_path: Path) -> None:
    case.check(probe, tmp_path)


@pytest.mark.parametrize("probe", own_ids())
def test_the_table_of_a_probe_has_yes_no_and_unknown_or_says_why_not(probe: str) -> None:
    outcomes = {case.data["outcome"] for own, case in ALL if own == probe}
    assert {"yes", "no", "unknown"} <= outcomes, f"tests/cases/{probe}.yaml has only {outcomes}"
