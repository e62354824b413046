"""Files carry their content and nothing of the day or the machine they were made on."""

from pathlib import Path

import pandas as pd
import pytest

from triage.stable import clean_coverage, clean_junit, write_json, write_parquet


def test_json_has_the_stated_digits_at_every_depth(tmp_path: Path) -> None:
    write_json({"a": {"b": 0.123456, "n": 7}}, tmp_path / "x.json")
    assert '"b": 0.1235' in (tmp_path / "x.json").read_text()


def test_a_nan_is_never_written_as_a_number(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"auc": float("nan")}, tmp_path / "x.json")


def test_parquet_bytes_depend_on_the_rows_alone(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1, 2], "score": [0.25, 0.75]})
    write_parquet(frame, tmp_path / "a")
    write_parquet(frame.set_axis([7, 8]), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_junit_report_loses_clock_and_host_but_no_test() -> None:
    made = '<testsuite tests="1" time="0.31" timestamp="2024-05-01T10:00:00" hostname="box">'
    assert clean_junit(made) == '<testsuite tests="1">'


def test_a_coverage_report_loses_clock_and_folder() -> None:
    made = '<coverage timestamp="1714557600"><source>/home/me/triage</source>'
    cleaned = '<coverage timestamp="0"><source>triage</source>'
    assert clean_coverage(made, Path("/home/me")) == cleaned
