"""Levels, positive values and bins: what is one level, what it is called, where it falls."""

import math
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trl4ml.slices import Attribute, Group, Refused, Status, Table, Value, measure, scan
from trl4ml.slices.binning import equal_width, quantile_edges
from trl4ml.slices.levels import quoted
from trl4ml.slices.outcomes import two_classes

Closed = Literal["right", "left"]


def levels(values: Any, axis: str | Attribute = "g", **more: Any) -> dict[str, int]:
    attribute = Attribute(axis) if isinstance(axis, str) else axis
    cube = scan({"y": [0] * len(values), attribute.name: values}, [attribute], label="y", **more)
    return dict(zip(cube.axes[0].levels, cube.by(attribute.name).n.tolist(), strict=True))


def test_none_nan_blanks_and_declared_sentinels_are_missing_and_last() -> None:
    assert levels(["z", None, "", "  ", "?", "a"], missing=["?"]) == {
        "a": 1,
        "z": 1,
        "(missing)": 4,
    }
    assert levels([2.0, math.nan, 10.0]) == {"2": 1, "10": 1, "(missing)": 1}


def test_text_that_reads_as_a_reserved_name_is_put_in_quotes() -> None:
    values = ["(missing)", None, '"(missing)"', "(other)", "b"]
    found = {'"(missing)"': 1, '""(missing)""': 1, '"(other)"': 1, "b": 1, "(missing)": 1}
    assert levels(values) == found
    assert levels(["(missing)", None, "b"], missing=["(missing)"]) == {"b": 1, "(missing)": 2}
    categories = pd.Categorical(["(missing)", None], ["(missing)", "b "], ordered=True)
    frame = pd.DataFrame({"y": [0, 1], "g": categories})
    assert scan(frame, ["g"], label="y").axes[0].levels == ('"(missing)"', "b", "(missing)")
    cube = scan({"y": [0] * 5, "g": values}, ["g"], label="y")
    assert cube.where(g='"(missing)"').rows == cube.where(g="(missing)").rows == 1
    assert (cube + cube).axes == cube.axes
    assert (cube + cube).by("g").n.tolist() == [2] * 5


def test_the_largest_levels_may_be_called_other() -> None:
    values = ["(other)"] * 3 + ["((other))"] * 2 + ["a", "b", None]
    axis = Attribute("g", top=2)
    assert levels(values, axis) == {'"(other)"': 3, "((other))": 2, "(other)": 2, "(missing)": 1}
    cube = scan({"y": [0] * 8, "g": values}, [axis], label="y")
    assert cube.axes[0].others == ("a", "b")
    assert (cube + cube).axes == cube.axes
    few = scan({"y": [0] * 4, "g": ["a", "a", "(other)", "b"]}, [Attribute("g", top=1)], label="y")
    assert (few.axes[0].levels, few.axes[0].others) == (("a", "(other)"), ('"(other)"', "b"))


@given(st.text(alphabet='"()a ', max_size=8), st.text(alphabet='"()a ', max_size=8))
def test_no_two_texts_have_one_name(one: str, other: str) -> None:
    reserved = frozenset({"(a)", "(a"})
    assert (quoted(one, reserved) == quoted(other, reserved)) == (one == other)
    assert quoted(one, reserved) not in reserved


def test_a_class_called_macro_is_not_the_mean_over_classes() -> None:
    data = {"y": ["macro", "b", "b", None], "p": ["macro", "macro", "b", "b"], "g": ["a"] * 4}
    cube = scan(data, ["g"], label="y", prediction="p", classes=True)
    assert cube.classes == ('"macro"', "b")
    table = measure(cube, ['precision["macro"]', "precision[b]", "precision[macro]"], min_n=0)
    assert [one.value for one in table.overall] == [0.5, 1.0, 0.75]


def test_the_worst_slices_tie_as_fractions_of_counts() -> None:
    def value(level: str, k: int, n: int) -> Value:
        return Value("accuracy", Group(("g",), (level,)), Status.OK, k / n, k=k, n=n)

    large = 10**9
    values = value("a", 1, 3), value("b", large, 3 * large), value("c", large + 1, 3 * large)
    near = value("d", 10**13, 3 * 10**13 + 1)
    for found, worst in ((values, "ab"), ((*values, near), "d")):
        table = Table((), found, (), (), (), 0.95, 30, "bh", 0, 0)
        assert "".join(one.group.levels[0] for one in table.worst("accuracy", ["g"])) == worst


def test_text_is_compared_after_trimming_and_sorted_by_code_point() -> None:
    assert levels([" a", "a ", "B", "é", "b"]) == {"B": 1, "a": 2, "b": 1, "é": 1}


def test_numbers_are_sorted_by_value_and_their_type_decides_once() -> None:
    assert list(levels([10, 9, -1])) == ["-1", "9", "10"]
    assert list(levels([1.0, 1.5, 1.0])) == ["1", "1.5"]
    assert list(levels(["1", "1.0", "01"])) == ["01", "1", "1.0"]
    assert list(levels([True, False])) == ["false", "true"]
    assert list(levels([Decimal("2.50"), Decimal("10")])) == ["2.50", "10"]


def test_declared_categories_come_in_declared_order_even_without_rows() -> None:
    axis = Attribute("g", order=("low", "middle", "high"))
    assert list(levels(["high", "low", "other"], axis)) == ["low", "middle", "high", "other"]


def test_ordered_categories_declare_their_order() -> None:
    sizes = ["small", "large", "huge"]
    values = pd.Categorical(["huge", "small", "small"], categories=sizes, ordered=True)
    frame = pd.DataFrame({"y": [0, 1, 1], "g": values})
    for data in (
        frame,
        pl.DataFrame({"y": [0, 1, 1], "g": pl.Series(list(values), dtype=pl.Enum(sizes))}),
    ):
        assert scan(data, ["g"], label="y").axes[0].levels == ("small", "large", "huge")
    plain = frame.astype({"g": "string"})
    assert scan(plain, ["g"], label="y").axes[0].levels == ("huge", "small")


def test_largest_levels_are_kept_and_the_others_listed() -> None:
    cube = scan(
        {"y": [0] * 7, "g": ["a", "a", "b", "b", "c", "d", None]},
        [Attribute("g", top=2)],
        label="y",
    )
    assert cube.axes[0].levels == ("a", "b", "(other)", "(missing)")
    assert cube.axes[0].others == ("c", "d")
    assert cube.by("g").n.tolist() == [2, 2, 2, 1]


def test_a_missing_level_is_counted_and_never_compared() -> None:
    data = {"y": [0, 1] * 40 + [1] * 40, "g": ["a"] * 40 + ["b"] * 40 + [None] * 40}
    table = measure(scan(data, ["g"], label="y"), ["base_rate"])
    assert [one.value for one in table.values] == [0.5, 0.5, 1.0]
    (one,) = table.compare("base_rate", ["g"], "difference_between_groups")
    assert (one.value, [str(g) for g in one.groups]) == (0.0, ["g=a", "g=b"])
    assert table.worst("base_rate", ["g"]) == table.values[:2]


def test_right_closed_bins_hold_their_upper_edge_and_left_closed_ones_their_lower() -> None:
    ages = [17, 18, 25, 26, 45, 60, 61, None]
    right = Attribute("age", edges=(18, 25, 45, 60))
    left = Attribute("age", edges=(18, 25, 45, 60), closed="left")
    assert levels(ages, right) == {
        "(below)": 1, "[18, 25]": 2, "(25, 45]": 2, "(45, 60]": 1, "(above)": 1, "(missing)": 1,
    }  # fmt: skip
    assert levels(ages, left) == {
        "(below)": 1, "[18, 25)": 1, "[25, 45)": 2, "[45, 60]": 2, "(above)": 1, "(missing)": 1,
    }  # fmt: skip
    assert levels(ages, Attribute.cut("age", 25)) == {
        "(-inf, 25]": 3,
        "(25, inf)": 4,
        "(missing)": 1,
    }
    assert levels([1.5, math.nan], Attribute.cut("age", 1.5)) == {
        "(-inf, 1.5]": 1, "(1.5, inf)": 0, "(missing)": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("closed", "side"), [("right", "left"), ("left", "right")])
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-20, 20), min_size=1, max_size=30),
    st.lists(st.integers(-10, 10), min_size=2, max_size=6, unique=True),
)
def test_bins_are_numpys_searchsorted(
    closed: Closed, side: Closed, values: list[int], edges: list[int]
) -> None:
    edges.sort()
    axis = Attribute("x", edges=tuple(map(float, edges)), closed=closed)
    cube = scan({"y": [0] * len(values), "x": values}, [axis], label="y")
    inside = [v for v in values if edges[0] <= v <= edges[-1]]
    place = np.searchsorted(np.array(edges[1:-1]), np.array(inside), side=side)
    found = dict(zip(cube.axes[0].levels, cube.by("x").n.tolist(), strict=True))
    outside = found.pop("(below)", 0), found.pop("(above)", 0)
    assert list(found.values()) == np.bincount(place, minlength=len(edges) - 1).tolist()
    assert outside == (sum(v < edges[0] for v in values), sum(v > edges[-1] for v in values))


def test_equal_width_bins_are_upper_inclusive() -> None:
    assert levels([0, 1, 2, 3, 4], Attribute("x", width=2)) == {"[0, 2]": 3, "(2, 4]": 2}
    assert levels([5, 5], Attribute("x", width=3)) == {"[5, 5]": 2}
    assert equal_width(0, 1, 4) == (0, 0.25, 0.5, 0.75, 1)


def test_quantile_bins_have_observed_edges_and_never_split_ties() -> None:
    assert levels(list(range(1, 9)), Attribute("x", quantiles=4)) == {
        "[1, 2]": 2, "(2, 4]": 2, "(4, 6]": 2, "(6, 8]": 2,
    }  # fmt: skip
    tied = scan(
        {"y": [0] * 8, "x": [1, 1, 1, 1, 1, 1, 2, 3]}, [Attribute("x", quantiles=4)], label="y"
    )
    assert tied.axes[0].levels == ("[1, 3]",)
    assert tied.notices[-1] == "'x' has 1 bins instead of 4: edges coincide"
    assert quantile_edges(np.array([7.0]), np.array([3]), 4) == (7.0, 7.0)


@pytest.mark.parametrize(
    ("values", "positive", "codes"),
    [
        ([0, 1, None], 1, [0, 1, 2]),
        ([0, 1], "1", [0, 1]),
        ([0.0, 1.0, math.nan], "1.0", [0, 1, 2]),
        ([True, False], 1, [1, 0]),
        ([True, False], "true", [1, 0]),
        ([True, False], "False", [0, 1]),
        ([0, 1], True, [0, 1]),
        (["yes", " yes ", "no", ""], "yes", [1, 1, 0, 2]),
        ([-1, 1], 1, [0, 1]),
        ([0, 0], 1, [0, 0]),
        ([0, 1, 2], (0, 1), [1, 1, 0]),
        (["a", "b", "c"], ("a", "z"), [1, 0, 0]),
        ([], 1, []),
    ],
)
def test_the_positive_value_is_named(
    values: list[object], positive: object, codes: list[int]
) -> None:
    assert two_classes("label", "y", values, positive, ()).tolist() == codes


@pytest.mark.parametrize("values", [["true", "false"], ["0", "2"], ["n"], [0, 2], [0.0, 0.5]])
def test_a_positive_value_that_is_not_there_is_refused(values: list[object]) -> None:
    with pytest.raises(
        Refused, match=r"label 'y' holds .* but not '1'; name its positive value \(positive=…\)"
    ):
        two_classes("label", "y", values, 1, ())


def test_groups_and_axes_can_be_named_by_value() -> None:
    cube = scan({"y": [0, 1, 1], "g": [1.0, 2.0, 1.0]}, ["g"], label="y")
    assert cube.axes[0].index(2) == 1
    assert cube.axes[0].index("2") == 1
    assert str(cube.by("g").groups[0]) == "g=1"
    assert str(cube.by().groups[0]) == "all"
