"""Figures: right places, the same numbers below, nothing that is not a picture, for any input."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_render import HOSTILE, Tags
from trl4ml import resources
from trl4ml.render.charts import figure, numbers
from trl4ml.render.drawings import heat, ladder, strips
from trl4ml.render.figures import (
    ROWS,
    Bar,
    Cell,
    Figure,
    Interval,
    Kind,
    Mark,
    Point,
    Row,
    Rung,
)  # fmt: skip
from trl4ml.render.plots import plot
from trl4ml.render.scales import days, scale

TEMPLATES = resources.folder("templates")
SVG = re.compile(r'<svg class="chart( matrix)?".*</svg>', re.DOTALL)
INTERVALS = (
    Interval("all", 0.42, 0.40, 0.44, 8012),
    Interval("female", 0.38, 0.35, 0.41, 3000, group="sex"),
    Interval("male", 0.45, None, 0.48, 5000, group="sex"),
    Interval("other", None, n=12, note="fewer than 30 rows", group="sex"),
)
STATES = ("met", "met", "unknown", "not_met", "not_asked")
MONTHS = tuple(Point(date(2026, month, 1), float(month % 4), series="model") for month in (1, 2, 9))
EVERY: dict[Kind, Figure] = {
    "ladder": Figure("ladder", "The model", "It supports level 1.", "", tuple(
        Rung(n, f"name {n}", state, claimed=n == 4, required=n == 4, supported=n == 1)  # type: ignore[arg-type]
        for n, state in enumerate(STATES))),
    "intervals": Figure("intervals", "Selection rate", "Women are chosen less.", "share", INTERVALS,
                        (Mark("wanted at least", 0.35),)),
    "bars": Figure("bars", "Energy", "Tuning took most.", "kWh", (
        Bar("training", 12.4, 11.0, 14.1), Bar("tuning", 31.9), Bar("search", None, note="not measured"))),
    "calibration": Figure("calibration", "Calibration", "Too sure.", "", tuple(
        Point(n / 4, (n / 4) ** 2, (n / 4) ** 2 / 2, 1.0) for n in range(5))),
    "series": Figure("series", "Accuracy", "It falls.", "share", (
        *(Point(float(n), 0.9 - n / 50, 0.85 - n / 50, 0.93 - n / 50, "model") for n in range(5)),
        *(Point(float(n), 0.7, series="baseline") for n in range(5))), (Mark("wanted", 0.75),)),
    "steps": Figure("steps", "Level", "Once back.", "", MONTHS, (Mark("required", 6.0),)),
    "spread": Figure("spread", "Matches", "Far from chance.", "", tuple(
        Point(float(n), float(9 - abs(n - 9))) for n in range(19)), (Mark("this model", 60.0),)),
    "heat": Figure("heat", "Lifecycle", "Updating has none.", "share", (
        Cell("data", "collection", 1.0, "3 of 3"), Cell("data", "cleaning", 0.5, "1 of 2"),
        Cell("deployment", "updating", 0.0, "0 of 4"), Cell("deployment", "trust", None, "none asked"))),
}  # fmt: skip
KINDS = list(EVERY)


def svg(fig: Figure) -> ET.Element:
    found = SVG.search(figure(fig, TEMPLATES))
    assert found, "no picture"
    return ET.fromstring(found[0])


@pytest.mark.parametrize(
    ("values", "ticks", "decimals"),
    [
        ([0.42, 0.1, 0.49], (0.1, 0.2, 0.3, 0.4, 0.5), 2),
        ([0, 1], (0, 1), 0),
        ([3, 9], (2, 4, 6, 8, 10), 0),
        ([12.4, 31.9, 0], (0, 10, 20, 30, 40), 1),
        ([1234.5, 0], (0, 500, 1000, 1500), 0),
        ([-0.02, 0.013], (-0.02, -0.01, 0, 0.01, 0.02), 3),
        ([5.5], (0, 2, 4, 6), 1),
        ([], (0, 1), 0),
        ([0], (0, 1), 0),
    ],
)
def test_an_axis_has_round_ends(
    values: list[float], ticks: tuple[float, ...], decimals: int
) -> None:
    axis = scale(values)
    assert axis.ticks == pytest.approx(ticks)
    assert axis.decimals == decimals


finite = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-9)


@given(st.lists(finite, max_size=9))
def test_every_value_lies_on_its_axis_in_order(values: list[float]) -> None:
    axis = scale(values)
    places = [axis.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(-0.01 <= place <= 100.01 for place in places)
    assert 2 <= len(axis.ticks) <= 8


@given(st.lists(st.dates(), min_size=1, max_size=9))
def test_every_day_lies_on_its_axis(found: list[date]) -> None:
    axis = days(found)
    assert all(0 <= axis.at(day.toordinal()) <= 100 for day in found)
    assert 1 <= len(axis.ticks) <= 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_has_a_title_a_description_and_its_numbers_below(kind: Kind) -> None:
    fig, picture = EVERY[kind], svg(EVERY[kind])
    title, desc, *_ = picture
    assert (title.tag, title.text, desc.tag, desc.text) == ("title", fig.title, "desc", fig.description)  # fmt: skip
    assert picture.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert picture.get("role") == "img"
    page = str(figure(fig, TEMPLATES))
    assert page.index("</svg>") < page.index("<details>") < page.index("<table>")
    assert page.count("<tr>") == len(fig.rows) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_needs_neither_styles_nor_scripts_nor_other_files(kind: Kind) -> None:
    for element in svg(EVERY[kind]).iter():
        assert element.tag in {"svg", "title", "desc", "text", "line", "rect", "circle", "path", "polyline", "polygon"}  # fmt: skip
        assert not [name for name in element.keys() if name.startswith(("on", "style", "href", "{"))]  # noqa: SIM118 # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_markdown_leaves_a_picture_as_it_is(kind: Kind) -> None:
    block = str(figure(EVERY[kind], TEMPLATES))
    assert "\n\n" not in block
    page = markdown.markdown(f"before\n\n{block}\nafter *it*", extensions=["tables", "toc"])
    assert block.strip() in page
    assert page.endswith("<p>after <em>it</em></p>")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_figure_is_the_same_text(kind: Kind) -> None:
    assert figure(EVERY[kind], TEMPLATES) == figure(replace(EVERY[kind]), TEMPLATES)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_stays_text_in_a_picture(kind: Kind, text: str) -> None:
    def tags(words: str) -> list[str]:
        rows = tuple(_with(row, words) for row in EVERY[kind].rows)
        marks = tuple(replace(mark, label=words) for mark in EVERY[kind].marks)
        fig = replace(EVERY[kind], title=words, description=words, unit=words, rows=rows, marks=marks)  # fmt: skip
        seen = Tags()
        seen.feed(markdown.markdown(figure(fig, TEMPLATES), extensions=["tables"]))
        return [re.sub(r"figure-\w+|[\d.]+", "", tag) for tag in seen.seen]

    assert tags(text) == tags("calm " * len(text.split()))


def _with(row: Row, words: str) -> Row:
    texts = {
        "intervals": ("label", "note", "group"), "bars": ("label", "note"), "heat": ("row", "column", "text"),
        "ladder": ("name",), "series": ("series",),
    }  # fmt: skip
    kind = next(kind for kind, one in ROWS.items() if isinstance(row, one))
    return replace(row, **dict.fromkeys(texts.get(kind, ("series",)), words))  # type: ignore[arg-type]


def test_a_forest_plot_places_values_by_hand() -> None:
    made = strips(EVERY["intervals"])
    assert made.scale.ticks == pytest.approx((0.35, 0.40, 0.45, 0.50))
    everybody, female, male, other = made.strips
    assert (everybody.low, everybody.at, everybody.high) == (33.33, 46.67, 60)
    assert everybody.text == "0.420 [0.400, 0.440]"
    assert (male.low, male.text) == (0, "0.450 […, 0.480]")
    assert (female.heading, male.heading) == ("sex", "")
    assert (other.at, other.low, other.text) == (None, None, "undefined: fewer than 30 rows")


def test_numbers_too_long_to_stand_beside_a_strip_stand_above_it_and_over_nothing() -> None:
    name = "a label as long as a telephone is wide"
    rows = (Interval(name, 0.5, 0.25, 0.75), Interval(name, 0.00024, 0.00012, 0.00081))
    for row in rows:
        one = strips(Figure("intervals", "t", "d", "", (row,))).strips[0]
        above = len(one.text) > 20
        assert one.text_y == one.y + (14 if above else 32)
        assert above == (row.value == 0.00024)
        assert len(one.label) + (len(one.text) if above else 0) <= 46


def test_bars_begin_at_zero_on_either_side() -> None:
    fig = Figure("bars", "t", "d", "", (Bar("up", 10.0), Bar("down", -10.0)))
    up, down = strips(fig).strips
    assert (up.begin, up.at, down.begin, down.at) == (50, 100, 50, 0)


def test_whole_numbers_are_shown_whole() -> None:
    fig = Figure("bars", "t", "d", "", (Bar("a", 2), Bar("b", 3)))
    assert [one.text for one in strips(fig).strips] == ["2", "3"]
    assert strips(fig).scale.ticks == (0, 1, 2, 3)


def test_a_ladder_climbs_and_says_what_each_level_is() -> None:
    made = ladder(EVERY["ladder"])
    assert [step.height for step in made.steps] == [44, 51, 58, 65, 72]
    assert {step.y + step.height for step in made.steps} == {made.foot}
    assert [line.label for line in made.lines] == ["claimed, required: 4", "supported: 1"]
    assert [(line.at, line.anchor) for line in made.lines] == [(90, "end"), (30, "middle")]  # fmt: skip


def test_colour_is_never_the_only_sign_of_a_level() -> None:
    glyphs = [part for part in svg(EVERY["ladder"]).iter("svg") if "glyph" in str(part.get("class"))]  # fmt: skip
    signs = {str(part.get("class")): ET.tostring(part[0]) for part in glyphs}
    assert len(set(signs.values())) == len(signs) == 4


def test_series_differ_by_shape_and_dashes() -> None:
    first, second = plot(EVERY["series"]).series
    assert (first.look, second.look) == (0, 1)
    points = [part for part in svg(EVERY["series"]).iter("svg") if "point" in str(part.get("class"))]  # fmt: skip
    assert {part[0].tag for part in points} == {"circle", "path"}


def test_a_level_holds_until_the_next() -> None:
    (drawn,) = plot(EVERY["steps"]).series
    (a, b), (c, d), (e, f), *_ = (pair.split(",") for pair in drawn.line.split())
    assert (b, c) == (d, e)
    assert a != c
    assert d != f


def test_a_mark_far_from_the_values_is_on_the_picture() -> None:
    (line,) = plot(EVERY["spread"]).lines
    assert (line.label, line.at) == ("this model 60", 97.0)
    (required,) = plot(EVERY["steps"]).lines
    assert required.at == 0


def test_a_heat_map_tells_none_from_unknown_and_all_from_some() -> None:
    made = heat(EVERY["heat"])
    assert [(tile.text, tile.shade) for tile in made.tiles] == [
        ("3 of 3", 4), ("1 of 2", 2), ("0 of 4", 0), ("none asked", None),
    ]  # fmt: skip
    assert [words for _, words in made.rows] == ["data", "deployment"]


def test_rows_of_the_same_columns_make_a_table() -> None:
    cells = tuple(Cell(row, column, 0.5) for row in ("a", "b") for column in ("x", "y"))
    made = heat(Figure("heat", "t", "d", "", cells))
    assert made.columns == ((25, "x"), (75, "y"))
    assert [(tile.x, tile.y, tile.words) for tile in made.tiles] == [
        (0, 36, ()), (50, 36, ()), (0, 78, ()), (50, 78, ()),
    ]  # fmt: skip


def test_a_row_of_long_names_is_broken_evenly() -> None:
    names = ("collection", "preprocessing", "augmentation", "analysis")
    cells = tuple(Cell("data", name, 0.5) for name in names)
    tiles = heat(Figure("heat", "t", "d", "", cells)).tiles
    assert [(tile.x, tile.y) for tile in tiles] == [(0, 32), (50, 32), (0, 92), (50, 92)]


def test_the_table_has_all_digits_and_no_empty_column() -> None:
    fig = Figure("bars", "t", "d", "", (Bar("a", 0.123456), Bar("b", None, note="not measured")))
    assert numbers(fig) == [["label", "value", "note"], ["a", "0.123456", ""], ["b", "", "not measured"]]  # fmt: skip
    assert numbers(EVERY["ladder"])[3] == ["2", "name 2", "unknown", "", "", ""]


def test_a_figure_of_nothing_says_so() -> None:
    page = figure(Figure("bars", "Energy", "No run is known.", "", ()), TEMPLATES)
    assert "There is nothing to draw." in page
    assert "<svg" not in page


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Figure("bars", "t", "d", "", (Interval("a", 1.0),)), "a figure of bars has no row"),
        (lambda: Figure("bars", "t", "d", "", (Bar("a", float("nan")),)), "is not a finite number"),
        (lambda: Figure("bars", "t", "d", "", (Bar("a", 1.0),), (Mark("m", float("inf")),)), "is not a finite"),
        (lambda: Figure("series", "t", "d", "", (Point(1.0, 1.0), MONTHS[0])), "x is a day in some points"),
    ],
)  # fmt: skip
def test_a_figure_refuses_what_cannot_be_drawn(make: Callable[[], Figure], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


texts = st.text(max_size=60)
maybe = st.none() | finite
ROWS_OF: dict[Kind, st.SearchStrategy[Row]] = {
    "intervals": st.builds(Interval, texts, maybe, maybe, maybe, st.none() | st.integers(0), texts, texts),
    "bars": st.builds(Bar, texts, maybe, maybe, maybe, texts),
    "series": st.builds(Point, finite, finite, maybe, maybe, texts),
    "steps": st.builds(Point, st.dates(), finite, maybe, maybe, texts),
    "spread": st.builds(Point, finite, finite),
    "heat": st.builds(Cell, texts, texts, maybe, texts),
}  # fmt: skip


@given(
    st.data(),
    st.sampled_from(sorted(ROWS_OF)),
    st.lists(st.builds(Mark, texts, finite), max_size=2),
)
def test_any_figure_is_a_whole_picture_with_nothing_outside(
    data: st.DataObject, kind: Kind, marks: list[Mark]
) -> None:  # fmt: skip
    rows = data.draw(st.lists(ROWS_OF[kind], min_size=1, max_size=5))
    picture = svg(Figure(kind, "t", "d", "", tuple(rows), tuple(marks)))
    for element in picture.iter():
        for name in ("x", "x1", "x2", "cx", "width"):
            place = element.get(name, "")
            if place.endswith("%"):
                assert -0.1 <= float(place[:-1]) <= 100.1, (name, place)
