"""Every frame and every engine gives the same cube, cell for cell; so does every order and chunk."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trl4ml.slices import Attribute, Cube, Refused, measure, scan

AXES: list[str | Attribute] = ["g", Attribute.cut("age", 25, 45), Attribute("h", top=2)]
ROLES: dict[str, Any] = {"label": "y", "prediction": "p", "weight": "w", "missing": ("?",)}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(1, 50))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return pd.DataFrame(
        {
            "y": rng.choice(np.array(["yes", "no", None], object), rows, p=[0.5, 0.4, 0.1]),
            "p": rng.choice(np.array(["yes", "no", None], object), rows, p=[0.5, 0.4, 0.1]),
            "g": rng.choice(np.array(["a", " a", "b", "?", "", None], object), rows),
            "h": rng.integers(0, 6, rows),
            "age": rng.choice([1.0, 25.0, 25.5, 45.0, 99.0, np.nan], rows),
            "s": rng.choice([0.0, 0.25, 0.5, 1.0, np.nan], rows),
            "w": rng.choice([0.5, 1.0, 2.0], rows),
        }
    )


def shapes(frame: pd.DataFrame) -> dict[str, Any]:
    """The same rows in every in-memory form."""
    shuffled = frame.sample(frac=1, random_state=0)
    return {
        "pandas": frame,
        "shuffled": shuffled,
        "categories": frame.astype({"g": "category", "y": "category"}),
        "polars": pl.from_pandas(frame),
        "lazy polars": pl.from_pandas(frame).lazy(),
        "arrow": pa.Table.from_pandas(frame, preserve_index=False),
        "mapping": {name: frame[name].tolist() for name in frame},
        "relation": duckdb.connect().from_arrow(pa.Table.from_pandas(frame, preserve_index=False)),
    }


def equal(one: Cube, other: Cube) -> bool:
    return (
        one.axes == other.axes
        and str(one.table()) == str(other.table())
        and one.notices == other.notices
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(frames())
def test_every_frame_gives_the_same_cube(frame: pd.DataFrame) -> None:
    frame.loc[0, ["y", "p"]] = "yes"
    cubes = {
        name: scan(one, AXES, positive="yes", score="s", **ROLES)
        for name, one in shapes(frame).items()
    }
    first = cubes.pop("pandas")
    for name, cube in cubes.items():
        assert equal(first, cube), name


@pytest.mark.parametrize("suffix", ["parquet", "csv", "json", "jsonl"])
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_every_file_gives_the_same_cube(suffix: str, engine: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "y": rng.choice(["yes", "no"], 400), "p": rng.choice(["yes", "no"], 400),
            "g": rng.choice(["a", "b", "?"], 400), "h": rng.integers(0, 6, 400),
            "age": rng.integers(18, 90, 400) + 0.5, "w": rng.choice([0.5, 1.25], 400),
        }
    )  # fmt: skip
    halves = frame[:150], frame[150:]
    for i, half in enumerate(halves):
        path = tmp_path / f"part [{i}].{suffix}"
        if suffix == "parquet":
            half.to_parquet(path)
        elif suffix == "csv":
            half.to_csv(path, index=False)
        else:
            half.to_json(path, orient="records", lines=suffix == "jsonl")
    whole = scan(frame, AXES, positive="yes", **ROLES)
    paths: list[Any] = [tmp_path, str(tmp_path / f"*.{suffix}"), sorted(tmp_path.iterdir())]
    for path in paths:
        assert equal(whole, scan(path, AXES, positive="yes", engine=engine, **ROLES)), path


def test_histograms_of_scores_are_the_same_in_every_engine() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "y": rng.integers(0, 2, 2000),
            "s": rng.random(2000).round(3),
            "g": rng.choice(list("ab"), 2000),
        }
    )
    cubes = {
        name: scan(one, ["g"], label="y", score="s", bins=100)
        for name, one in shapes(frame).items()
    }
    first = cubes.pop("pandas")
    assert len(first.n) <= 400
    for name, cube in cubes.items():
        assert equal(first, cube), name


def test_large_regressions_are_the_same_in_every_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"y": rng.normal(50, 9, 900), "g": rng.choice(list("ab"), 900)})
    frame["p"] = frame["y"] + rng.normal(1, 3, 900)
    frame.loc[3, "p"] = np.nan
    exact = scan(frame, ["g"], label="y", prediction="p", regression=True)
    monkeypatch.setattr("trl4ml.slices.looking.EXACT_ROWS", 100)
    cubes = {
        name: scan(one, ["g"], label="y", prediction="p", regression=True)
        for name, one in shapes(frame).items()
    }
    first = cubes.pop("pandas")
    assert len(first.n) == 3
    for name, cube in cubes.items():
        assert equal(first, cube), name
    for ours, other in zip(measure(exact).values, measure(first).values, strict=True):
        assert ours.value == pytest.approx(other.value, rel=1e-9)
        if ours.metric != "r2":
            assert ours.lower == pytest.approx(other.lower, rel=1e-6)
            assert ours.upper == pytest.approx(other.upper, rel=1e-6)
        assert (ours.n, ours.dropped) == (other.n, other.dropped)


def test_large_weights_are_added_in_whole_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"y": rng.integers(0, 2, 900), "w": rng.random(900), "g": rng.choice(list("ab"), 900)}
    )
    exact = scan(frame, ["g"], label="y", weight="w")
    monkeypatch.setattr("trl4ml.slices.looking.EXACT_ROWS", 100)
    large = scan(frame, ["g"], label="y", weight="w")
    assert len(large.n) == 4
    assert large.w is not None
    assert exact.w is not None
    assert large.w.sum() == pytest.approx(exact.w.sum(), rel=1e-12)
    for ours, other in zip(measure(exact).values, measure(large).values, strict=True):
        assert ours.value == pytest.approx(other.value, rel=1e-9)
        assert ours.effective == pytest.approx(other.effective, rel=1e-9)


SCORED = ("auc", "mean_score", "calibration_gap", "ece", "brier", "log_loss")


@pytest.mark.parametrize("weights", ["sampling", "frequency"])
def test_scores_and_numbers_with_weights_may_be_many(
    monkeypatch: pytest.MonkeyPatch, weights: Any
) -> None:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(
        {"y": rng.integers(0, 2, 900), "s": rng.integers(1, 1000, 900) / 1000,
         "w": rng.integers(0, 5, 900), "g": rng.choice(list("ab"), 900)}
    )  # fmt: skip
    frame.loc[5, ["y", "s"]] = [1, 0.0]
    frame.loc[5, "g"] = "c"
    ways: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({"label": "y", "score": "s"}, SCORED),
        ({"label": "y", "prediction": "s", "regression": True}, ("bias", "mae", "rmse", "r2")),
    ]
    for way, metrics in ways:
        way |= {"weight": "w", "weights": weights}
        exact = measure(scan(frame, ["g"], **way), metrics, min_n=1)
        with monkeypatch.context() as few:
            few.setattr("trl4ml.slices.looking.EXACT_ROWS", 100)
            cubes = {name: scan(one, ["g"], **way) for name, one in shapes(frame).items()}
        first = cubes.pop("pandas")
        assert len(first.n) < len(frame)
        for name, cube in cubes.items():
            assert equal(first, cube), name
        large = measure(first, metrics, min_n=1, replicates=20)
        for ours, other in zip(exact.values, large.values, strict=True):
            assert (ours.n, ours.status) == (other.n, other.status)
            assert ours.value == pytest.approx(other.value, abs=1e-8 + (other.error or 0)), ours
            assert ours.effective == pytest.approx(other.effective)
            if ours.lower is not None:
                assert ours.lower == pytest.approx(other.lower, rel=1e-6, abs=1e-9)


def test_several_classes_take_weights_of_a_survey_as_repeated_rows_up_to_their_interval() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {"y": rng.choice(list("abc"), 300), "p": rng.choice(list("abc"), 300),
         "w": rng.integers(1, 4, 300), "g": rng.choice(list("uv"), 300)}
    )  # fmt: skip
    way: dict[str, Any] = {"label": "y", "prediction": "p", "classes": True, "weight": "w"}
    metrics = ["accuracy", "precision[a]", "precision[macro]", "base_rate[c]"]
    survey, repeated = (
        measure(scan(frame, ["g"], weights=kind, **way), metrics, min_n=1, replicates=50)
        for kind in ("sampling", "frequency")
    )
    for one, other in zip(survey.values, repeated.values, strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-12)
        assert one.effective is not None
        assert other.n is not None
        assert one.effective < other.n
        assert one.lower is not None
    accuracy = survey.values[0]
    rows = frame[frame["g"] == "u"]
    assert accuracy.effective == pytest.approx(rows["w"].sum() ** 2 / (rows["w"] ** 2).sum())
    assert accuracy.interval == "wilson 95%, effective n"


def test_repeat_counts_are_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {"y": [0, 1, 1, 0], "g": list("aabb"), "w": [2, 0, 3, 1]}
    repeated = {
        "y": [0, 0, 1, 1, 1, 0], "g": list("aabbbb"),
    }  # fmt: skip
    one = scan(data, ["g"], label="y", weight="w", weights="frequency")
    other = scan(repeated, ["g"], label="y")
    assert one.by("g").counts.tolist() == other.by("g").counts.tolist()
    monkeypatch.setattr("trl4ml.slices.looking.EXACT_ROWS", 1)
    large = scan(data, ["g"], label="y", weight="w", weights="frequency")
    assert large.by("g").counts.tolist() == other.by("g").counts.tolist()


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(frames(), st.data())
def test_chunks_add_up_to_the_whole(frame: pd.DataFrame, data: st.DataObject) -> None:
    axes: list[str | Attribute] = ["g", Attribute.cut("age", 25)]
    frame.loc[0, ["y", "p"]] = "yes"
    whole = scan(frame, axes, positive=("yes",), predicted=("yes",), score="s", **ROLES)
    cut = data.draw(st.integers(0, len(frame)))
    parts = [one for one in (frame[:cut], frame[cut:]) if len(one)]
    for part in parts:
        if not (part["y"].eq("yes").any() and part["p"].eq("yes").any()):
            return
    cubes = [
        scan(one, axes, positive=("yes",), predicted=("yes",), score="s", **ROLES) for one in parts
    ]
    total = cubes[0]
    for one in cubes[1:]:
        total = total + one
    assert total.axes == whole.axes
    assert str(total.table()) == str(whole.table())


def test_cubes_of_different_questions_do_not_add() -> None:
    data = {"y": [0, 1], "g": ["a", "b"], "age": [20.0, 60.0]}
    one = scan(data, ["g"], label="y")
    with pytest.raises(
        Refused, match="cubes of different columns cannot be added; scan them alike"
    ):
        one + scan(data, ["age"], label="y")
    with pytest.raises(Refused, match="'age' is binned in two ways; give the same edges"):
        scan(data, [Attribute.cut("age", 25)], label="y") + scan(
            data, [Attribute.cut("age", 30)], label="y"
        )


def levels(file: Any, by: str, engine: str) -> dict[str, int]:
    cube = scan(file, [by], prediction="p", engine=engine)
    return dict(zip(cube.axes[0].levels, cube.by(by).n.tolist(), strict=True))


def test_a_number_with_a_leading_zero_is_text_on_every_engine(tmp_path: Path) -> None:
    file = tmp_path / "zip.csv"
    file.write_text("zip,p\n01234,1\n1234,0\n00501,1\n94105,0\n")
    found = [levels(file, "zip", engine) for engine in ("duckdb", "polars")]
    assert found[0] == found[1] and len(found[0]) == 4


LONG = "12345678901234567890"


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("digits", [19, 20, 31, 43])
@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl"])
def test_whole_numbers_of_any_length_stay_apart(
    tmp_path: Path, engine: str, digits: int, suffix: str
) -> None:
    first = int((LONG * 3)[:digits])
    file = tmp_path / f"ids.{suffix}"
    if suffix == "csv":
        file.write_text(f"id;p\n{first};1\n{first + 1};0\n{first};1\n")
    else:
        rows = [f'{{"id": {n}, "p": {p}}}' for n, p in ((first, 1), (first + 1, 0), (first, 1))]
        file.write_text("\n".join(rows) if suffix == "jsonl" else f"[{', '.join(rows)}]")
    if engine == "polars" and digits == 43 and suffix != "csv":
        with pytest.raises(Refused):
            levels(file, "id", engine)
    else:
        assert levels(file, "id", engine) == {str(first): 2, str(first + 1): 1}


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
def test_any_separator_is_read_alike(tmp_path: Path, engine: str, separator: str) -> None:
    file = tmp_path / "table.csv"
    rows = [["group", " p ", "note"], ["a", "1", '"x\ny"'], [" b", " 0", '"q""q"'], ["a", "", ""]]
    file.write_text("\ufeff" + "".join(separator.join(row) + "\n" for row in rows), "utf-8")
    assert levels(file, "group", engine) == {"a": 2, "b": 1}
    assert levels(file, "note", engine) == {'q"q': 1, "x\ny": 1, "(missing)": 1}


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_are_no_rows(tmp_path: Path, engine: str, end: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(end.join(["g,p", "a,1", "", "", "b,0", "", ""]).encode())
    assert levels(file, "g", engine) == {"a": 1, "b": 1}


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_text_that_reads_as_a_reserved_name_is_a_level_of_its_own(
    tmp_path: Path, engine: str
) -> None:
    names = ["(missing)", "(other)", "(below)", '"(missing)"', "a", "", "(missing) ", '"a"']
    frame = pd.DataFrame({"g": names, "p": [1, 0] * 4})
    frame.to_parquet(tmp_path / "g.parquet")
    frame.to_csv(tmp_path / "g.csv", index=False)
    for file in tmp_path.iterdir():
        assert levels(file, "g", engine) == {
            '"(below)"': 1, '"(missing)"': 2, '"(other)"': 1, '""(missing)""': 1, '"a"': 1, "a": 1, "(missing)": 1,
        }  # fmt: skip


def test_columns_of_several_csv_files_may_stand_in_another_order(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("g,p\na,1\n")
    (tmp_path / "2.csv").write_text("p;g;more\n0;b;x\n")
    for engine in ("duckdb", "polars"):
        assert levels(tmp_path, "g", engine) == {"a": 1, "b": 1}
