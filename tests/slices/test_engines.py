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
    with pytest.raises(
        Refused, match="scores and numbers with weights are kept exactly or not at all"
    ):
        scan(frame, ["g"], label="y", weight="w", score="w")


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


def test_a_number_with_a_leading_zero_is_text_on_every_engine(tmp_path: Path) -> None:
    file = tmp_path / "zip.csv"
    file.write_text("zip,p\n01234,1\n1234,0\n00501,1\n94105,0\n")
    levels = [
        [
            str(one.group)
            for one in measure(scan(file, ["zip"], prediction="p", engine=engine)).of(
                "selection_rate", ["zip"]
            )
        ]
        for engine in ("duckdb", "polars")
    ]
    assert levels[0] == levels[1] and len(levels[0]) == 4
