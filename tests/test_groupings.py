"""`sex,race` and `age:25,45`: what slices a text asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.predictions.groupings import Axis, NotGrouping, groupings


@pytest.mark.parametrize(
    ("texts", "axes", "by"),
    [
        (["sex"], [Axis("sex")], [("sex",)]),
        (["sex,race"], [Axis("sex"), Axis("race")], [("sex",), ("race",), ("sex", "race")]),
        (["sex", "race"], [Axis("sex"), Axis("race")], [("sex",), ("race",)]),
        (["age:25"], [Axis("age", (25.0,))], [("age",)]),
        (["age:25,45"], [Axis("age", (25.0, 45.0))], [("age",)]),
        (["age:-1.5,0,1e3"], [Axis("age", (-1.5, 0.0, 1000.0))], [("age",)]),
        (["age:left,25,45"], [Axis("age", (25.0, 45.0), "left")], [("age",)]),
        (["age:right,25"], [Axis("age", (25.0,))], [("age",)]),
        (["age:width=5"], [Axis("age", width=5)], [("age",)]),
        (["age:quantiles=4"], [Axis("age", quantiles=4)], [("age",)]),
        (["zip:top=20"], [Axis("zip", top=20)], [("zip",)]),
        ([" sex , race "], [Axis("sex"), Axis("race")], [("sex",), ("race",), ("sex", "race")]),
        (
            ["age:25,45,sex"],
            [Axis("age", (25.0, 45.0)), Axis("sex")],
            [("age",), ("sex",), ("age", "sex")],
        ),
        (
            ["sex,age:25,45", "age"],
            [Axis("sex"), Axis("age", (25.0, 45.0))],
            [("sex",), ("age",), ("sex", "age")],
        ),
        (["age", "age:25"], [Axis("age", (25.0,))], [("age",)]),
        (["a:b"], [Axis("a:b")], [("a:b",)]),
        (["a:b:25"], [Axis("a:b", (25.0,))], [("a:b",)]),
        (["nan"], [Axis("nan")], [("nan",)]),
        (["7,sex"], [Axis("7"), Axis("sex")], [("7",), ("sex",), ("7", "sex")]),
        ([], [], []),
    ],
)
def test_a_text_names_columns_cuts_and_crossings(
    texts: list[str], axes: list[Axis], by: list[tuple[str, ...]]
) -> None:
    assert groupings(texts) == (tuple(axes), tuple(by))


@pytest.mark.parametrize(
    ("texts", "says", "at"),
    [
        (["sex,"], "'sex,' has an empty part; write it as in sex,race or age:25,45", 0),
        ([""], "'' has an empty part; write it as in sex,race or age:25,45", 0),
        (["sex", "race,race"], "'race,race' names a column twice", 1),
        (["age:45,25"], "'age:45,25' has cuts of age that do not rise", 0),
        (["age:25,25"], "'age:25,25' has cuts of age that do not rise", 0),
        (["age:inf"], "'age:inf' has an edge of age that is not finite, inf; give numbers", 0),
        (["sex,age:25,-inf"], "'sex,age:25,-inf' has an edge of age that is not finite, -inf; give numbers", 0),
        (["age:left,nan"], "'age:left,nan' has an edge of age that is not finite, nan; give numbers", 0),
        (["age:1e999"], "'age:1e999' has an edge of age that is not finite, 1e999; give numbers", 0),
        (["age:left"], "'age:left' says on which side age is closed and names no cut", 0),
        (["age:width=x"], "'age:width=x' needs a whole number from 1 to 1000 after width=", 0),
        (["age:top=0"], "'age:top=0' needs a whole number from 1 to 1000 after top=", 0),
        (["age:25", "age:30,sex"], "'age:30,sex' cuts age in another way than before", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(texts: list[str], says: str, at: int) -> None:
    with pytest.raises(NotGrouping) as told:
        groupings(texts)
    assert (str(told.value), told.value.at) == (says, at)


@given(st.lists(st.text(max_size=12), max_size=4))
def test_any_text_is_read_or_refused_and_every_column_stands_alone_once(texts: list[str]) -> None:
    try:
        found = groupings(texts)
    except NotGrouping:
        return
    names = [axis.name for axis in found.axes]
    assert len(set(names)) == len(names)
    assert len(set(found.by)) == len(found.by)
    assert {(name,) for name in names} <= set(found.by)
    assert {name for by in found.by for name in by} == set(names)
