"""Ranked lists in a table: exposure, skew and precision at the top, and their divergence."""

import math
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trl4ml.slices import Refused, measure, scan
from trl4ml.slices.ranked import divergences
from trl4ml.slices.ranking import exposure, ndkl

AABB: dict[str, Any] = {"g": list("AABB"), "place": [1, 2, 3, 4], "good": [1, 0, 1, 1]}


def test_two_of_one_group_before_two_of_another() -> None:
    metrics = ["exposure", "skew@2", "skew@3", "precision@3"]
    table = measure(scan(AABB, ["g"], rank="place", label="good"), metrics, min_n=1)
    found = {(one.metric, one.group.levels[0]): one for one in table.values}
    assert found["exposure", "A"].value == pytest.approx(1.630930 / 2, abs=5e-7)
    assert found["exposure", "B"].value == pytest.approx(0.930677 / 2, abs=5e-7)
    assert found["skew@3", "A"].value == pytest.approx(math.log(2 / 3 / 0.5))
    assert found["skew@3", "B"].value == pytest.approx(math.log(1 / 3 / 0.5))
    none = found["skew@2", "B"]
    assert (none.status, none.value, none.reason) == (
        "unbounded",
        None,
        "no row of the group in the top 2",
    )
    top = found["precision@3", "A"]
    assert (top.value, top.k, top.n, top.interval) == (0.5, 1, 2, "wilson 95%")
    (ratio,) = table.compare("exposure", ["g"], "ratio_between_groups")
    assert ratio.value == pytest.approx(0.570642, abs=5e-7)
    assert ratio.interval == ""
    (far,) = table.compare("exposure", ["g"], "ndkl")
    assert far.value == pytest.approx(0.452369, abs=5e-7)
    assert far.reference == "shares of all ranked rows"
    assert {one.value for one in table.overall if one.metric.startswith("skew")} == {0.0}


def lists(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"q": rng.integers(0, max(n // 8, 1), n), "g": rng.choice(np.array(["a", "b", None], object), n),
         "s": rng.choice([0.1, 0.2, 0.5, 0.7, np.nan], n), "y": rng.integers(0, 2, n)}
    )  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_exposure_is_that_of_each_list_with_tied_rows_sharing_their_places(
    n: int, seed: int
) -> None:
    frame = lists(n, seed)
    cube = scan(frame, ["g"], query="q", score="s")
    kept = frame.dropna(subset="s")
    sums: dict[str, float] = {}
    for _, rows in kept.groupby("q"):
        groups = [g if isinstance(g, str) else "(missing)" for g in rows["g"]]
        for name, value in exposure(groups, rows["s"].tolist()).items():
            sums[name] = sums.get(name, 0.0) + value
    for one in measure(cube, ["exposure"], min_n=1).values:
        of = sums.get(one.group.levels[0])
        assert (one.value is None) is (of is None)
        assert one.value is None or one.value * (one.n or 0) == pytest.approx(of)
        assert one.rows - one.dropped == one.n


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=6))
def test_the_divergence_of_each_list_is_that_of_its_sequence(sequences: list[str]) -> None:
    rows = [(q, i, g) for q, one in enumerate(sequences) for i, g in enumerate(one, 1)]
    cube = scan(pd.DataFrame(rows, columns=["q", "place", "g"]), ["g"], rank="place", query="q")
    whole = "".join(sequences)
    desired = {g: whole.count(g) / len(whole) for g in set(whole)}
    wanted = [ndkl(one, desired) for one in sequences]
    assert divergences(cube.by("g")) == pytest.approx(wanted)
    (found,) = measure(cube, ["exposure"], replicates=20).compare("exposure", ["g"], "ndkl")
    assert found.value == pytest.approx(np.mean(wanted))
    assert (found.lower is None) is (len(sequences) == 1)


def test_intervals_draw_lists_and_say_so() -> None:
    frame = lists(2000)
    assert frame.dropna(subset="s")["q"].nunique() == 249
    cube = scan(frame, ["g"], query="q", score="s", label="y")
    one, again = (measure(cube, ["exposure", "skew@3"], replicates=200, seed=3) for _ in range(2))
    assert one.rows() == again.rows()
    for value in (*one.overall[:1], *one.values):
        assert value.lower is not None
        assert value.upper is not None
        assert value.value is not None
        assert value.lower <= value.value <= value.upper
        assert value.interval == "bootstrap 95%, 200 replicates, seed 3, of 249 lists"


@pytest.mark.slow
def test_the_interval_of_exposure_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    inside, runs, q = 0, 300, np.repeat(np.arange(120), 6)
    for seed in range(runs):
        better = rng.random(len(q)) < 0.5
        scores = rng.random(len(q)) + 0.2 * better
        cube = scan(
            {"q": q, "s": scores, "g": np.where(better, "a", "b")}, ["g"], query="q", score="s"
        )
        value = measure(cube, ["exposure"], replicates=200, seed=seed).values[0]
        assert value.lower is not None
        assert value.upper is not None
        inside += value.lower <= TRUTH <= value.upper
    assert 0.915 <= inside / runs <= 0.98


def _truth() -> float:
    rng = np.random.default_rng(12)
    better = rng.random((200_000, 6)) < 0.5
    places = (-(rng.random(better.shape) + 0.2 * better)).argsort(1).argsort(1) + 1
    return float((1 / np.log2(1 + places))[better].mean())


TRUTH = _truth()


def test_every_engine_gives_the_same_lists(tmp_path: Path) -> None:
    frame = lists(400)
    frame["q"] = frame["q"].map("query {}".format).where(frame["q"] > 0)
    frame.to_csv(tmp_path / "lists.csv", index=False)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    way: dict[str, Any] = {"query": "q", "score": "s", "label": "y"}
    whole = scan(frame.sample(frac=1, random_state=1), ["g"], **way)
    assert "rows have no place in a ranked list" in whole.notices[0]
    for other in (
        scan(duckdb.connect().from_arrow(table), ["g"], **way),
        scan(tmp_path, ["g"], **way),
        scan(tmp_path, ["g"], engine="polars", **way),
    ):
        assert str(other.table()) == str(whole.table())
        assert other.notices == whole.notices
    assert measure(whole.where(g="a")).overall[0].rows == int((frame["g"] == "a").sum())


def test_a_part_of_each_list_has_exposure_and_no_divergence() -> None:
    cube = scan({"g": list("ab"), "place": [1, 3]}, ["g"], rank="place")
    table = measure(cube, ["exposure"], min_n=1)
    assert [one.value for one in table.values] == [1.0, 0.5]
    (found,) = table.compare("exposure", ["g"], "ndkl")
    assert found.reason == "the ranks of a list leave gaps, so that its top is not known"


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({}, {"query": "g"}, "a query needs a rank or a score, by which its list is ranked; name one"),
        ({"place": [0, 1, 2, 3]}, {"rank": "place"}, "rank 'place' is no place in 1 rows; places are whole numbers from 1"),
        ({"place": [1, 2, 2.5, 3]}, {"rank": "place"}, "rank 'place' is no place in 1 rows; places are whole numbers from 1"),
        ({"place": [1, 1, 2, 2]}, {"rank": "place"}, "rank 'place' has 2 places twice and no query tells lists apart; break ties, or name query and score instead"),
        ({"place": [1, 1, 2, 1], "q": [1, 1, 1, 2]}, {"rank": "place", "query": "q"}, "rank 'place' has 1 places twice in a list of 'q'; break ties, or name query and score instead"),
        ({"place": list("abcd")}, {"rank": "place"}, "rank 'place' holds string and not numbers; convert the column"),
        ({"w": [1, 1, 1, 1]}, {"rank": "place", "weight": "w"}, "ranked lists take no weights, and a label that is binary if any"),
    ],
)  # fmt: skip
def test_what_is_no_ranking(change: dict[str, Any], options: dict[str, Any], says: str) -> None:
    label = None if "query" in options and "rank" not in options else "good"
    with pytest.raises(Refused) as error:
        scan(AABB | change, ["g"], label=label, **options) if label else scan(
            AABB, ["g"], prediction="good", **options
        )
    assert str(error.value) == says


def test_what_ranked_lists_cannot_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    cube = scan(AABB, ["g"], rank="place")
    with pytest.raises(
        Refused, match="precision@2 needs a label that says which rows are relevant"
    ):
        measure(cube, ["precision@2"])
    with pytest.raises(
        Refused, match="exposure needs ranked lists; name a rank, or a query and a score"
    ):
        measure(scan(AABB, ["g"], label="good"), ["exposure"])
    with pytest.raises(
        Refused, match="cubes of ranked lists cannot be added; scan the lists together"
    ):
        cube + cube
    monkeypatch.setattr("trl4ml.slices.looking.EXACT_ROWS", 3)
    with pytest.raises(
        Refused, match="ranked lists are kept row by row, up to 3 rows; take fewer lists"
    ):
        scan(AABB, ["g"], rank="place")
