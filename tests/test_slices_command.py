"""`trl4ml slices`: readable tables, and every bad table is one sentence with the remedy."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.conftest import Run
from trl4ml import cli

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
Y = ["0", "1", "1", "1", "1", "0", "1", "0", "1", "0", "0", "0", "1", "1", "1", "1", "1", "1"]
P = ["0", "0", "1", "0", "1", "1", "1", "0", "0", "1", "1", "1", "1", "0", "0", "1", "1", "0"]
G = ["b", "b", "a", "b", "b", "c", "c", "c", "a", "a", "c", "a", "b", "c", "c", "b", "c", "c"]
EIGHTEEN = "y,p,group\n" + "".join(f"{y},{p},{g}\n" for y, p, g in zip(Y, P, G, strict=True))
GIVEN = ("--label", "y", "--prediction", "p", "--by", "group")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the public data sets are not in {DATA}")


def slices(file: Path | str, *options: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr, in this process."""
    done = CliRunner().invoke(cli.app(["slices", "list"]), ["slices", str(file), *options])
    return done.exit_code, done.stdout, done.stderr


def made(tmp_path: Path, text: str, name: str = "test.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def as_json(file: Path, *options: str) -> dict[str, Any]:
    code, out, err = slices(file, *options, "--format", "json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_table_says_worst_first_with_counts_and_intervals(
    tmp_path: Path, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, EIGHTEEN)
    monkeypatch.chdir(tmp_path)
    options = (*GIVEN, "--min-n", "1", "--metric", "selection_rate", "--metric", "precision")
    code, out, err = slices("test.csv", *options)
    assert (code, err) == (0, "")
    golden("slices.txt", out)
    golden("slices.md", slices("test.csv", *options, "--format", "markdown")[1])
    golden("slices.csv", slices("test.csv", *options, "--format", "csv")[1])
    golden("slices.json", slices("test.csv", *options, "--format", "json")[1])


def test_csv_holds_every_value_once(tmp_path: Path) -> None:
    _, out, _ = slices(made(tmp_path, EIGHTEEN), *GIVEN, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    cells = [(row["metric"], row["by"], row["slice"]) for row in rows]
    assert len(set(cells)) == len(cells)
    assert {row["slice"] for row in rows} == {"all", "group=a", "group=b", "group=c"}


def test_the_same_table_gives_the_same_bytes_on_every_engine(tmp_path: Path) -> None:
    file = made(tmp_path, EIGHTEEN)
    options = (*GIVEN, "--min-n", "1", "--search", "--format", "json")
    duckdb, polars = (slices(file, *options, "--engine", one) for one in ("duckdb", "polars"))
    assert duckdb[0] == 0, duckdb[2]
    assert duckdb == polars == slices(file, *options)


def test_the_command_runs_in_a_process_of_its_own(tmp_path: Path, trl4ml: Run) -> None:
    made(tmp_path, EIGHTEEN)
    done = trl4ml("slices", "test.csv", *GIVEN, "--min-n", "1", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "selection_rate, worst first; all: 0.5556" in done.stdout


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "trl4ml", "slices", "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not re.findall(r"\|\s+(numpy|duckdb|narwhals|pandas|pyarrow|jinja2)$", done.stderr, re.M)


def test_hostile_words_in_a_table_reach_no_terminal_and_no_page(tmp_path: Path) -> None:
    text = "y,p,group\n1,1,<script>\n0,1,\x1b[31mred\n1,0,a|b\n"
    file = made(tmp_path, text)
    for format in ("text", "csv", "json", "markdown"):
        _, out, _ = slices(file, *GIVEN, "--min-n", "1", "--format", format)
        assert "\x1b" not in out, format
    assert "<script>" not in out
    assert "a&#124;b" in out


HIRED = "sex,race,hired\n" + "".join(
    f"x,{race},{int(i < k)}\n"
    for race, k, n in (("A", 50, 100), ("B", 30, 100), ("C", 2, 2))
    for i in range(n)
)
BY_LAW = ("--prediction", "hired", "--by", "sex,race", "--metric", "selection_rate", "--ll144")


def test_the_law_of_new_york_is_told_by_both_conventions_and_never_judged(tmp_path: Path) -> None:
    file = made(tmp_path, HIRED)
    law = as_json(file, *BY_LAW, "--particulars", "date=2026-11-01")["ll144"]
    (race,) = (table for table in law["tables"] if table["name"] == "race/ethnicity")
    assert [(r["impact_ratio_a"], r["impact_ratio_b"]) for r in race["rows"]] == [
        (0.5, 1), (0.3, 0.6), (1, None),
    ]  # fmt: skip
    assert [r["excluded"] for r in race["rows"]] == ["", "", "0.99% of the data, less than 2%"]
    assert (race["comparator_a"], race["comparator_b"]) == (["C"], ["A"])
    assert [one["number"] for one in law["elements"]] == [1, 2, 3, 4, 5, 6, 7]
    assert law["elements"][0]["value"] == "2026-11-01"
    assert law["elements"][6]["value"] == "not given"
    assert "four_fifths" not in law
    _, out, _ = slices(file, *BY_LAW)
    assert "Local Law 144, selection by race/ethnicity: reported, not judged" in out
    assert "C (2 of 2: 0.99% of the data, less than 2%) moves the highest rate" in out
    assert "four fifths" not in out


def test_four_fifths_is_a_policy_by_name_that_is_asked_for(tmp_path: Path) -> None:
    file = made(tmp_path, HIRED)
    policy = as_json(file, *BY_LAW, "--four-fifths")["ll144"]["four_fifths"]
    assert policy["policy"] == "EEOC four-fifths (29 CFR 1607.4(D))"
    below = {row["category"]: row["below"] for row in policy["tables"]["race/ethnicity"]}
    assert below == {"A": False, "B": True}
    _, out, _ = slices(file, *BY_LAW, "--four-fifths")
    assert "by race/ethnicity: a rule of thumb, no finding" in out
    assert "below four fifths" in out


def test_scores_without_a_decision_give_scoring_rates_above_the_median(tmp_path: Path) -> None:
    rows = "".join(f"x,A,{s}\n" for s in (1, 2, 2, 3)) + "".join(f"x,B,{s}\n" for s in (2, 3, 4, 4))
    file = made(tmp_path, "sex,race,s\n" + rows)
    law = as_json(file, "--score", "s", "--by", "sex,race", "--ll144")["ll144"]
    (race,) = (table for table in law["tables"] if table["name"] == "race/ethnicity")
    assert (law["kind"], law["median"]) == ("scoring", 2.5)
    assert [row["rate"] for row in race["rows"]] == [0.25, 0.75]
    assert race["rows"][0]["impact_ratio_a"] == 0.333333333333


def test_a_search_says_what_it_looked_at_and_how_it_is_controlled(tmp_path: Path) -> None:
    rows = "".join(
        f"{i % 2},{i % 2 if i % 4 else 1 - i % 2},{'ab'[i % 4 == 0]}\n" for i in range(400)
    )
    file = made(tmp_path, "y,p,group\n" + rows)
    found = as_json(file, *GIVEN, "--search")["search"]
    assert found["rate"] == "error_rate"
    assert found["looked"]["tested"] == 2
    assert found["exploratory"] is False
    assert (found["findings"][0]["slice"], found["findings"][0]["confirmed"]) == ("group=b", True)
    _, out, _ = slices(file, *GIVEN, "--search")
    assert "search: error_rate in 2 slices (rows ≥ 4, columns ≤ 1); all: 0.2500" in out
    assert "p by max-T of 999 permutations over all 2 slices tested" in out


def test_ranked_lists_have_exposure_skew_and_divergence(tmp_path: Path) -> None:
    lists = "".join(
        f"{q},{g},{s}\n" for q in "xy" for g, s in zip("AABB", (9, 8, 5, 4), strict=True)
    )
    file = made(tmp_path, "q,group,s\n" + lists)
    given = ("--score", "s", "--query", "q", "--by", "group", "--min-n", "1", "--replicates", "50")
    found = as_json(file, *given)
    assert found["declared"]["query"] == "q"
    values = {(one["metric"], one["slice"]): one["value"] for one in found["values"]}
    assert values["exposure", "group=A"] == 0.815464876786
    assert values["skew@10", "group=A"] == 0
    (far,) = (one for one in found["comparisons"] if one["kind"] == "ndkl")
    assert far["value"] == 0.452368836399
    assert far["interval"] == "bootstrap 95%, 50 replicates, seed 0, of 2 lists"
    _, out, _ = slices(file, *given)
    assert "exposure, worst first; all: 0.6404" in out
    assert "NDKL, the mean over lists 0.4524 [0.4524, 0.4524]" in out
    assert "ratio between groups 0.5706" in out


@needs_data
@pytest.mark.parametrize(
    ("by", "ratio", "slice", "k", "n"),
    [
        ("age:25", 891 / 1121, "age=(-inf, 25]", 110, 190),
        ("age:left,25", (88 * 851) / (149 * 612), "age=(-inf, 25)", 88, 149),
    ],
)
def test_german_credit_is_below_or_above_four_fifths_by_where_the_cut_is_closed(
    by: str, ratio: float, slice: str, k: int, n: int
) -> None:
    found = as_json(
        DATA / "credit-g.csv", "--label", "class", "--positive", "good", "--by", by,
        "--metric", "base_rate", "--replicates", "0",
    )  # fmt: skip
    (one,) = (c for c in found["comparisons"] if c["kind"] == "ratio_between_groups")
    assert one["value"] == pytest.approx(ratio, abs=1e-12)
    assert (one["of"][0]["slice"], one["of"][0]["k"], one["of"][0]["n"]) == (slice, k, n)


@needs_data
def test_the_example_audits_both_data_sets(trl4ml: Run) -> None:
    script = Path(__file__).parent.parent / "examples" / "slices" / "audit.py"
    done = subprocess.run(
        [sys.executable, str(script), str(DATA)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-800:]
    assert "age > 25   0.7948 [0.6991, 0.9037]" in done.stdout
    assert "age >= 25  0.8212" in done.stdout
    assert "where the rule is wrong most often:" in done.stdout


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--four-fifths",), "--four-fifths: judges the tables of --ll144; give both"),
        (("--master", "local[*]"), "--master local[*]: is read by Spark alone; add --engine spark"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    tmp_path: Path, more: tuple[str, ...], says: str
) -> None:
    code, _, err = slices(made(tmp_path, EIGHTEEN), *GIVEN, *more)
    assert (code, err) == (2, f"trl4ml: {says}\n")
