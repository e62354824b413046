"""Bad input is one sentence that names the column and the remedy."""

import datetime
from pathlib import Path
from typing import Any, cast

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trl4ml.slices import Attribute, Refused, measure, scan

GOOD: dict[str, Any] = {
    "y": [0, 1, 0, 1],
    "p": [0, 1, 1, 0],
    "s": [0.1, 0.9, 0.6, 0.4],
    "g": list("aabb"),
    "w": [1.0, 2.0, 1.0, 0.5],
    "age": [20, 30, 40, 50],
}


def refused(data: Any = GOOD, by: Any = ("g",), **more: Any) -> str:
    options = {"label": "y", "prediction": "p"} | more
    with pytest.raises(Refused) as error:
        scan(data, by, **options)
    said = str(error.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({}, {"label": "Y"}, "the table has no column 'Y'; did you mean 'y'?"),
        ({}, {"label": "outcome"}, "the table has no column 'outcome'; it has 'y', 'p', 's', 'g', 'w', 'age'"),
        ({}, {"by": ["race"]}, "the table has no column 'race'; it has 'y', 'p', 's', 'g', 'w', 'age'"),
        ({"y": list("nyny")}, {}, "label 'y' holds 'n', 'y' but not '1'; name its positive value (positive=…)"),
        ({"y": list("nyny")}, {"positive": "yes"}, "label 'y' holds 'n', 'y' but not 'yes'; name its positive value (positive=…)"),
        ({"p": list("nyny")}, {}, "prediction 'p' holds 'n', 'y' but not '1'; name its positive value (predicted=…)"),
        (
            {"y": [0, 1, 2, 1]}, {},
            "label 'y' is not binary: it holds '0', '1', '2'; name all favourable values as a tuple (positive=…) or ask for classes",
        ),
        (
            {"p": [0.1, 0.9, 0.6, 0.4]}, {},
            "prediction 'p' holds probabilities or scores (such as 0.1); give it as score with a threshold",
        ),
        ({"g": ["a", 1, "b", "b"]}, {}, "column 'g' mixes types; make it one type"),
        ({"g": [["a"], ["b"], [], ["a"]]}, {}, "column 'g' holds lists or records; give one column per yes-or-no question"),
        (
            {"g": [datetime.date(2026, 1, d) for d in (1, 2, 3, 4)]}, {},
            "column 'g' holds dates or times; derive a column of periods to slice by",
        ),
        ({"s": list("abcd")}, {"score": "s"}, "score 's' holds string and not numbers; convert the column"),
        ({"w": [1, -2, 1, 1]}, {"weight": "w"}, "weight 'w' is negative or infinite in some rows; it begins at 0"),
        ({"w": [1, None, 1, 1]}, {"weight": "w"}, "weight 'w' is missing in 1 rows; complete it"),
        (
            {}, {"weight": "w", "weights": "frequency"},
            "weight 'w' is not whole in some rows; repeat counts are, or say weights are sampling",
        ),
        ({}, {"weight": "w", "weights": "other"}, "weights are frequency or sampling, not 'other'"),
        ({}, {"by": ["g", "g"]}, "'g' is named twice among the columns to slice by; name it once"),
        ({}, {"label": None, "prediction": None}, "nothing to measure; name a label, a prediction or a score column"),
        ({}, {"threshold": 0.5}, "a threshold needs a score column; name it"),
        ({}, {"score": "s", "threshold": 0.5}, "give a prediction column or a threshold on the score, not both"),
        ({}, {"classes": True, "regression": True}, "a label has classes or is a number, not both; choose one"),
        ({}, {"regression": True, "prediction": None}, "a regression needs a label and a prediction; name both"),
        ({"y": list("nyny")}, {"regression": True}, "label 'y' holds string and not numbers; convert the column"),
        ({}, {"score": "s", "bins": -1}, "the number of score bins cannot be negative"),
        (
            {"s": [0.1, 2.0, 0.6, 0.4]}, {"score": "s", "bins": 10},
            "a histogram of scores needs them in [0, 1]; some are outside: rescale, or ask for bins=0",
        ),
        ({}, {"error": "g"}, "error column 'g' holds string and not numbers; convert the column"),
        ({"w": [1, -2, 1, 1]}, {"error": "w"}, "error column 'w' is negative in some rows; it begins at 0"),
        ({"w": [1, None, 1, 1]}, {"error": "w"}, "error column 'w' is missing in 1 rows; complete it"),
        ({"w": [1, np.inf, 1, 1]}, {"error": "w"}, "column 'w' has infinite values; repair them"),
        (
            {"s": [0.1, np.inf, -np.inf, 0.4]}, {"score": "s"},
            "score 's' is infinite in 2 rows; repair them or leave them out",
        ),
        (
            {"s": [0.1, np.inf, 0.2, 0.4]}, {"prediction": "s", "regression": True},
            "prediction 's' is infinite in 1 rows; repair them or leave them out",
        ),
        ({}, {"sensitive": GOOD}, "a table of sensitive columns needs the key that joins it; name it"),
    ],
)  # fmt: skip
def test_one_sentence(change: dict[str, Any], options: dict[str, Any], says: str) -> None:
    by = options.pop("by", ["g"])
    assert refused(GOOD | change, by, **options) == says


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (
            lambda: Attribute("age", edges=(1, 2), top=3),
            "'age' has both edges and top; give one of them",
        ),
        (
            lambda: Attribute("age", edges=(2, 1)),
            "edges of 'age' rise and are at least two, not 2, 1",
        ),
        (lambda: Attribute("age", edges=(2,)), "edges of 'age' rise and are at least two, not 2"),
        (
            lambda: Attribute.cut("age", float("nan")),
            "edges of 'age' rise and are at least two, not -inf, nan, inf",
        ),
        (
            lambda: Attribute("age", width=-1),
            "'age' cannot have a negative number of bins or levels",
        ),
        (
            lambda: Attribute("age", (1, 2), cast("Any", "up")),
            "bins of 'age' are closed right or left, not 'up'",
        ),
    ],
)
def test_attributes_that_contradict_themselves(made: Any, says: str) -> None:
    with pytest.raises(Refused) as error:
        made()
    assert str(error.value) == says


def test_text_cannot_be_binned() -> None:
    said = refused(by=[Attribute.cut("g", 25)])
    assert said == "binned column 'g' holds string and not numbers; convert the column"


def test_infinite_values_have_no_equal_width_bins() -> None:
    said = refused(GOOD | {"age": [1.0, 2.0, 3.0, np.inf]}, [Attribute("age", width=2)])
    assert (
        said == "column 'age' has infinite values, so bins of equal width have no edges; give edges"
    )


@pytest.mark.parametrize("axis", [Attribute("age", width=3), Attribute("age", quantiles=3)])
def test_a_column_of_nothing_has_no_bins(axis: Attribute) -> None:
    data = GOOD | {"age": pa.array([None] * 4, pa.float64())}
    assert refused(data, [axis]) == "column 'age' has no values to bin"


def test_no_rows() -> None:
    nothing = pd.DataFrame(GOOD).head(0)
    for one in (nothing, pl.from_pandas(nothing), pa.Table.from_pandas(nothing)):
        assert refused(one) == "the table has no rows; give one that has some"


@pytest.mark.parametrize("lazy", [False, True])
def test_ten_thousand_levels_are_too_many(lazy: bool) -> None:
    data = pl.DataFrame({"y": [0, 1] * 5000, "id": range(10_000)})
    said = refused(data.lazy() if lazy else data, ["id"], prediction=None)
    assert said.startswith("column 'id' has ")
    assert said.endswith(
        "levels or more (at most 1,000); give bins, or its largest levels with top=20, or raise max_levels"
    )
    top = scan(data, [Attribute("id", top=20)], label="y").axes[0]
    assert len(top.levels) == 21
    assert len(top.others) == 9980


def test_ten_thousand_groups_are_counted_and_a_million_refused() -> None:
    rng = np.random.default_rng(1)
    data = pl.DataFrame(
        {name: rng.integers(0, 100, 5000) for name in "abc"} | {"y": rng.integers(0, 2, 5000)}
    )
    cube = scan(data, ["a", "b", "c"], label="y")
    assert len(cube.by("a", "b")) == 10_000
    with pytest.raises(
        Refused,
        match=r"a × b × c has more than 100,000 groups; take fewer columns, bins or top levels",
    ):
        cube.by("a", "b", "c")


def test_a_group_of_one_is_shown_and_enters_no_verdict() -> None:
    table = measure(
        scan(GOOD | {"g": list("aaab")}, ["g"], label="y", prediction="p"), ["selection_rate"]
    )
    last = table.values[-1]
    assert (last.value, last.n, last.status) == (0.0, 1, "small_n")
    assert last.reason == "1 rows of the 30 that a verdict needs"
    (one,) = table.compare("selection_rate", ["g"], "difference_between_groups")
    assert (one.value, one.reason) == (None, "0 of 2 groups can be compared, at least 2 are needed")


def test_one_class_is_a_notice_and_an_undefined_rate() -> None:
    cube = scan(GOOD | {"y": [0, 0, 0, 0]}, ["g"], label="y", prediction="p")
    assert cube.notices == (
        "every label ('y') is negative: rates that need the other are undefined",
    )
    found = measure(cube, ["true_positive_rate"]).overall[0]
    assert (found.status, found.reason) == ("undefined", "no rows with a positive label")


def test_a_group_whose_weights_are_all_zero_has_no_rate() -> None:
    cube = scan(GOOD | {"w": [0, 0, 1, 2]}, ["g"], label="y", prediction="p", weight="w")
    one = measure(cube, ["selection_rate"], min_n=0).values[0]
    assert (one.status, one.n, one.weight, one.reason) == ("undefined", 2, 0, "all weights are 0")


def test_missing_scores_are_counted() -> None:
    cube = scan(GOOD | {"s": [0.1, np.nan, None, 0.4]}, ["g"], label="y", score="s")
    assert cube.notices == ("2 of 4 rows have no score ('s')",)
    assert measure(cube, ["auc"], min_n=1).overall[0].dropped == 2
    nothing = scan(GOOD | {"s": [np.nan] * 4}, ["g"], label="y", score="s")
    assert {
        one.status for one in measure(nothing, ["auc", "ece", "brier"], replicates=5).values
    } == {"undefined"}


def test_probability_metrics_refuse_scores_outside_zero_and_one() -> None:
    cube = scan(GOOD | {"s": [0.1, 2.0, 3.0, 0.4]}, ["g"], label="y", score="s")
    assert measure(cube, ["auc"], min_n=1).overall[0].value is not None
    with pytest.raises(
        Refused,
        match=r"brier needs scores in \[0, 1\]; 2 rows of 's' lie outside: rescale them or leave brier out",
    ):
        measure(cube, ["brier"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"metrics": ["recall"]}, "metric 'recall' is not known; take of 'selection_rate', "),
        ({"by": [["h"]]}, "'h' is not an axis of the cube; it has 'g'"),
        ({"by": [[]]}, "a grouping names at least one column, each once"),
        ({"interval": "wald"}, "interval 'wald' is not known; take 'wilson', 'jeffreys', 'clopper-pearson'"),
        ({"level": 95}, "a confidence level lies between 0 and 1, not 95"),
        ({"min_n": -1}, "min_n is a number of rows, not -1"),
        ({"replicates": -1}, "a number of replicates is not negative, as -1 is"),
        ({"correction": "sidak"}, "correction 'sidak' is not known; take 'bh', 'by', 'holm', 'bonferroni', 'none'"),
        ({"reference": "first"}, "reference 'first' is not known; take 'largest', 'highest', 'lowest', 'overall', 'rest', or name levels"),
        ({"reference": {"h": "a"}}, "the reference names 'h', which is not sliced by; take 'g'"),
        ({"reference": {"g": "z"}}, "'g' has no level 'z'; its levels are 'a', 'b', '(missing)'"),
        ({"reference": {"g": "(missing)"}}, "the reference of 'g' cannot be (missing); name a level"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured(options: dict[str, Any], says: str) -> None:
    cube = scan(GOOD | {"g": ["a", "b", None, "a"]}, ["g"], label="y", prediction="p")
    with pytest.raises(Refused) as error:
        measure(cube, **options)
    assert str(error.value).startswith(says)


class TestFiles:
    def test_what_is_not_there(self, tmp_path: Path) -> None:
        assert (
            refused(tmp_path / "no.csv")
            == f"{tmp_path}/no.csv does not exist; give a file, a folder or a glob"
        )
        assert refused(tmp_path) == (
            f"folder {tmp_path} holds no table; put Parquet (.parquet), CSV (.csv, .tsv) or "
            "JSON (.json, .jsonl, .ndjson) files there"
        )
        assert (
            refused([tmp_path / "no.csv"])
            == f"{tmp_path}/no.csv does not exist; give files that do"
        )

    def test_a_file_that_is_not_what_its_suffix_says(self, tmp_path: Path) -> None:
        pd.DataFrame(GOOD).to_parquet(tmp_path / "a.parquet")
        whole = (tmp_path / "a.parquet").read_bytes()
        (tmp_path / "b.csv").write_bytes(whole)
        assert (
            refused(tmp_path / "b.csv")
            == f"{tmp_path}/b.csv is not what its suffix says: it holds Parquet; rename or convert it"
        )
        (tmp_path / "c.parquet").write_text("y,p,g\n0,1,a\n")
        assert refused(tmp_path / "c.parquet") == (
            f"{tmp_path}/c.parquet is not what its suffix says: it is not a whole Parquet file; write it again or rename it"
        )
        (tmp_path / "d.parquet").write_bytes(whole[:-10])
        assert "not a whole Parquet file" in refused(tmp_path / "d.parquet")
        (tmp_path / "e.json").write_text("y,p,g\n0,1,a\n")
        assert refused(tmp_path / "e.json") == (
            f"{tmp_path}/e.json is not what its suffix says: JSON begins with [ or {{; rename or convert it"
        )
        (tmp_path / "f.csv").write_text("")
        assert (
            refused(tmp_path / "f.csv")
            == f"{tmp_path}/f.csv is empty; give a table with a header and rows"
        )
        (tmp_path / "g.txt").write_text("y,p,g\n0,1,a\n")
        assert refused(tmp_path / "g.txt").startswith(
            f"{tmp_path}/g.txt is not a table that can be read; give Parquet"
        )
        (tmp_path / "h.csv").write_bytes(b"y,p,g\n\x00\x01,1,a\n")
        assert "it holds binary data; rename or convert it" in refused(tmp_path / "h.csv")

    def test_a_broken_inside_is_one_sentence_for_every_engine(self, tmp_path: Path) -> None:
        pq.write_table(pa.table(pd.DataFrame(GOOD)), tmp_path / "a.parquet")
        whole = bytearray((tmp_path / "a.parquet").read_bytes())
        whole[8:-8] = b"\xff" * (len(whole) - 16)
        (tmp_path / "a.parquet").write_bytes(bytes(whole))
        for engine in ("duckdb", "polars"):
            assert "cannot be read" in refused(tmp_path / "a.parquet", engine=engine)

    def test_kinds_are_not_mixed(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("y\n1\n")
        (tmp_path / "b.json").write_text('[{"y":1}]')
        assert (
            refused(tmp_path)
            == f"{tmp_path}/a.csv and others are of several kinds (csv, json); give one kind"
        )

    def test_a_column_that_one_of_several_files_lacks(self, tmp_path: Path) -> None:
        pd.DataFrame(GOOD).to_parquet(tmp_path / "1.parquet")
        pd.DataFrame(GOOD).drop(columns="g").to_parquet(tmp_path / "2.parquet")
        pd.DataFrame(GOOD).to_csv(tmp_path / "1.csv", index=False)
        pd.DataFrame(GOOD).drop(columns="g").to_csv(tmp_path / "2.csv", index=False)
        pd.DataFrame(GOOD).to_json(tmp_path / "1.json", orient="records")
        pd.DataFrame(GOOD).drop(columns="g").to_json(tmp_path / "2.json", orient="records")
        for engine in ("duckdb", "polars"):
            for suffix in ("parquet", "csv", "json"):
                one, two = tmp_path / f"1.{suffix}", tmp_path / f"2.{suffix}"
                assert refused([one, two], engine=engine) == (
                    f"{two} has no column 'g', which {one} has; give it one, or read the files apart"
                )
            files = [tmp_path / "1.csv", tmp_path / "2.csv"]
            assert refused(files, ["x"], engine=engine).startswith("the table has no column 'x'")
        assert scan(tmp_path / "2.csv", ["age"], label="y").rows == 4

    def test_two_columns_of_one_name(self, tmp_path: Path) -> None:
        file = tmp_path / "a.csv"
        pq.write_table(pa.table([[0], [1], ["a"]], ["y", "y", "g"]), tmp_path / "a.parquet")
        file.write_text("y,p,g, g\n0,1,a,b\n1,1,a,b\n")
        for engine in ("duckdb", "polars"):
            assert refused(file, engine=engine) == f"{file} has two columns 'g'; rename one"
            assert refused(tmp_path / "a.parquet", prediction=None, engine=engine) == (
                f"{tmp_path}/a.parquet has two columns 'y'; rename one"
            )
        file.write_text("y,p,g,G,,\n0,1,a,b,1,1\n1,1,a,b,1,1\n")
        for engine in ("duckdb", "polars"):
            assert refused(file, engine=engine) == (
                f"{file} has columns 'g' and 'G', which differ in case alone; rename one"
            )
            assert scan(file, ["p"], label="y", engine=engine).rows == 2

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (
                "a remark\ny,p,g\n0,1,a\n1,1,b\n",
                " does not begin with a header of as many columns as its rows have; "
                "remove what stands above it, or repair the rows",
            ),
            ("y,p,g\n0,1,\xe9\n", " cannot be read as csv: line 2: Invalid unicode"),
        ],
    )
    def test_text_that_is_no_table(self, tmp_path: Path, text: str, says: str) -> None:
        (tmp_path / "a.csv").write_text(text, "latin-1")
        for engine in ("duckdb", "polars"):
            assert refused(tmp_path / "a.csv", engine=engine).startswith(f"{tmp_path}/a.csv{says}")

    def test_a_number_that_is_none_is_told_with_its_column(self, tmp_path: Path) -> None:
        file = tmp_path / "a.csv"
        file.write_text("g,p\n" + "a,1\n" * 30_000 + "b,x\n")
        assert refused(file, label=None) == (
            'the table cannot be read: line 30002: Error when converting column "p". '
            "Could not convert string \"x\" to 'BIGINT'"
        )
        assert "in column 'p'" in refused(file, label=None, engine="polars")

    def test_an_engine_that_is_not_known(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("y\n1\n")
        assert (
            refused(tmp_path / "a.csv", engine="dask")
            == "engine 'dask' is not known; take duckdb, polars or spark"
        )

    def test_what_is_no_table(self) -> None:
        assert refused(3) == "a table cannot be read from int; give a data frame or a path"

    def test_columns_of_different_lengths(self) -> None:
        assert (
            refused(GOOD | {"g": ["a"]}) == "the columns differ in length; give one value per row"
        )


class TestJoins:
    people = {"id": [1, 2, 3], "sex": ["f", "m", "f"]}
    rows = {"id": [1, 2, 2, 4], "y": [0, 1, 1, 0], "p": [0, 1, 0, 0]}

    def test_sensitive_columns_may_live_elsewhere(self) -> None:
        cube = scan(self.rows, ["sex"], label="y", prediction="p", sensitive=self.people, key="id")
        assert cube.axes[0].levels == ("f", "m", "(missing)")
        assert cube.by("sex").n.tolist() == [1, 2, 1]
        assert cube.notices == (
            "1 rows have no match in the table of sensitive columns: their levels are (missing)",
        )

    def test_repeated_keys_are_refused(self) -> None:
        twice = {"id": [1, 1, 2], "sex": ["f", "m", "f"]}
        said = refused(self.rows, ["sex"], sensitive=twice, key="id")
        assert said == "the table of sensitive columns repeats 1 keys of 'id'; keep one row per key"

    def test_a_key_of_two_types_is_refused(self) -> None:
        other = {"id": ["1", "2", "3"], "sex": ["f", "m", "f"]}
        said = refused(self.rows, ["sex"], sensitive=other, key="id")
        assert said == "key 'id' is of two types, int64 and string; make it one type"

    def test_a_key_that_is_not_there_is_refused(self) -> None:
        assert (
            refused(self.rows, ["sex"], sensitive=self.people, key="ID")
            == "the table has no column 'ID'; did you mean 'id'?"
        )

    @pytest.mark.parametrize("swapped", [False, True])
    def test_the_two_tables_may_be_of_two_kinds(self, tmp_path: Path, swapped: bool) -> None:
        table, other = (self.people, self.rows) if swapped else (self.rows, self.people)
        pd.DataFrame(table).to_parquet(tmp_path / "table.parquet")
        data: Any = other if swapped else tmp_path
        people: Any = tmp_path if swapped else other
        cube = scan(data, ["sex"], label="y", prediction="p", sensitive=people, key="id")
        assert cube.by("sex").n.tolist() == [1, 2, 1]

    def test_tables_of_two_databases_are_refused(self) -> None:
        rows, people = (
            duckdb.connect().from_arrow(pa.table(one)) for one in (self.rows, self.people)
        )
        assert "cannot be read" in refused(rows, ["sex"], sensitive=people, key="id")
