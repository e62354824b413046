"""The reference vectors of the field, reproduced."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import pandas as pd
import pytest

from tests.slices.vectors import FAIRLEARN, adult, real
from trl4ml.slices import Attribute, Cube, Status, Table, measure, measures, scan
from trl4ml.slices.bars import own_bars
from trl4ml.slices.rates import OUTCOMES
from trl4ml.slices.scores import outcomes


def cube_of(y: Sequence[int], p: Sequence[int]) -> Cube:
    data = {"y": y, "p": p, "g": ["all"] * len(y)}
    return scan(data, ["g"], label="y", prediction="p")


def only(
    table: Table, metric: str, by: tuple[str, ...], kind: str
) -> tuple[float | None, list[str]]:
    (found,) = table.compare(metric, by, kind)
    return found.value, [str(one) for one in found.groups]


class TestFairlearnsEighteenRows:
    cube = scan(FAIRLEARN, ["g"], label="y", prediction="p")
    table = measure(cube, min_n=1)

    def test_counts(self) -> None:
        place = [OUTCOMES.index(one) for one in ("tp", "fp", "fn", "tn")]
        assert self.cube.by().counts[:, place].tolist() == [[6, 4, 6, 2]]
        assert self.cube.by("g").counts[:, place].tolist() == [
            [1, 2, 1, 0],
            [3, 0, 2, 1],
            [2, 2, 3, 1],
        ]
        assert self.cube.by("g").n.tolist() == [4, 6, 8]

    def test_rates(self) -> None:
        frame = self.table.frame("g")
        assert frame["true_positive_rate"].tolist() == pytest.approx([0.5, 0.6, 0.4])
        assert frame["false_positive_rate"].tolist() == pytest.approx([1, 0, 2 / 3])
        assert frame["selection_rate"].tolist() == pytest.approx([0.75, 0.5, 0.5])
        overall = {one.metric: one.value for one in self.table.overall}
        assert overall["true_positive_rate"] == pytest.approx(0.5)
        assert overall["false_positive_rate"] == pytest.approx(2 / 3)
        assert overall["selection_rate"] == pytest.approx(5 / 9)

    @pytest.mark.parametrize(
        ("metric", "kind", "value", "groups"),
        [
            ("true_positive_rate", "difference_between_groups", 0.2, ["g=b"]),
            ("false_positive_rate", "difference_between_groups", 1.0, ["g=a"]),
            ("selection_rate", "difference_between_groups", 0.25, ["g=a"]),
            ("true_positive_rate", "ratio_between_groups", 2 / 3, ["g=c"]),
            ("false_positive_rate", "ratio_between_groups", 0, ["g=b"]),
            ("selection_rate", "ratio_between_groups", 2 / 3, ["g=b", "g=c"]),
            ("true_positive_rate", "difference_to_overall", 0.1, ["g=b", "g=c"]),
            ("false_positive_rate", "difference_to_overall", 2 / 3, ["g=b"]),
            ("selection_rate", "difference_to_overall", 0.75 - 5 / 9, ["g=a"]),
            ("true_positive_rate", "ratio_to_overall", 0.8, ["g=c"]),
            ("false_positive_rate", "ratio_to_overall", 0, ["g=b"]),
            ("selection_rate", "ratio_to_overall", 5 / 9 / 0.75, ["g=a"]),
            ("equalized_odds", "difference_between_groups", 1.0, ["g=a"]),
            ("equalized_odds", "ratio_between_groups", 0, ["g=b"]),
        ],
    )
    def test_comparisons(self, metric: str, kind: str, value: float, groups: list[str]) -> None:
        found, who = only(self.table, metric, ("g",), kind)
        assert found == pytest.approx(value, abs=1e-15)
        assert who == groups

    def test_f_beta(self) -> None:
        table = measure(self.cube, ["f0.6"], min_n=1)
        assert table.overall[0].value == pytest.approx(0.569832, abs=5e-7)

    def test_weighted_recall_with_its_effective_size(self) -> None:
        cube = scan(FAIRLEARN, ["g"], label="y", prediction="p", weight="w")
        values = measure(cube, ["true_positive_rate"], min_n=1).values
        assert [one.value for one in values] == pytest.approx([0.5, 7 / 12, 0.25])
        weights = cube.by("g").weights
        assert weights is not None
        w, w2 = (one.sum(1) for one in weights)
        assert w.tolist() == [5, 13, 16]
        assert w2.tolist() == [7, 31, 38]
        assert (w**2 / w2).tolist() == pytest.approx([3.571429, 5.451613, 6.736842], abs=5e-7)
        assert measure(cube, ["true_positive_rate"], min_n=1).overall[0].value == pytest.approx(
            10 / 22
        )


def test_the_four_row_trap_has_no_made_up_rates() -> None:
    data = {"y": [0, 0, 1, 1], "p": [0, 1, 1, 0], "g": list("aabb")}
    values = {
        (one.metric, one.group.levels[0]): one
        for one in measure(scan(data, ["g"], label="y", prediction="p"), min_n=1).values
    }
    for metric, group in (
        ("true_positive_rate", "a"),
        ("false_negative_rate", "a"),
        ("false_positive_rate", "b"),
    ):
        assert values[metric, group].status is Status.UNDEFINED
        assert values[metric, group].value is None
    assert values["true_positive_rate", "a"].reason == "no rows with a positive label"


class TestAif360:
    y = (1, 0, 0, 1, 0, 0, 1, 0, 1, 1)

    def prediction(self) -> list[int]:
        p = list(self.y)
        p[3] = p[9] = 0
        p[4] = p[5] = 1
        return p

    def test_entropies(self) -> None:
        found = cube_of(list(self.y), self.prediction()).by().counts[0]
        assert measures.generalized_entropy(found) == pytest.approx(0.2)
        assert measures.theil(found) == pytest.approx(4 * math.log(2) / 10)
        assert measures.variation(found) == pytest.approx(math.sqrt(0.4))

    def test_entropy_of_another_prediction(self) -> None:
        found = cube_of(list(self.y), [0, 1, 1, 0, 0, 0, 0, 1, 1, 1]).by().counts[0]
        assert measures.generalized_entropy(found) == pytest.approx(0.3)

    def test_entropy_between_groups(self) -> None:
        cube = scan(
            {"y": self.y, "p": self.prediction(), "g": [0, 0, 1, 1, 1, 1, 2, 2, 2, 2]},
            ["g"], label="y", prediction="p",
        )  # fmt: skip
        assert measures.between_group_entropy(cube.by("g").counts) == pytest.approx(0.025)

    def test_several_favourable_values(self) -> None:
        y = [1, 0, 0, 1, 0, 2, 1, 0, 2, 1]
        p = [*y[:3], 0, 2, *y[5:]]
        data = {"y": y, "p": p, "g": ["before"] * 6 + ["after"] * 4}
        cube = scan(data, ["g"], label="y", prediction="p", positive=(0, 1))
        place = [OUTCOMES.index(one) for one in ("tp", "fn", "tn", "fp")]
        assert cube.by().counts[0, place].tolist() == [7, 1, 2, 0]
        table = measure(cube, ["false_negative_rate"], min_n=1, reference={"g": "before"})
        (one,) = table.compare("false_negative_rate", ["g"], "difference_to_reference")
        assert one.value == pytest.approx(-0.2)

    def test_expected_counts_of_probabilities(self) -> None:
        y = [1, 0, 0, 1, 0, 0, 2, 0, 0, 2]
        score = [0.8, 0.6, 0.7, 0.8, 0.36, 0.82, 0.79, 0.42, 0.81, 0.3]
        cube = scan(
            {"y": y, "s": score, "g": ["x"] * 10}, ["g"], label="y", score="s", positive=(0, 1)
        )
        expected = dict(zip(OUTCOMES, outcomes(own_bars(cube.by()))[0], strict=True))
        assert expected["tp"] == pytest.approx(5.31)
        assert expected["fp"] == pytest.approx(1.09)
        assert expected["fn"] == pytest.approx(8 - 5.31)


class TestGermanCredit:
    def cube(self) -> Cube:
        frame = pd.read_csv(real("credit-g.csv"))
        frame = frame.map(lambda x: x.strip("'") if isinstance(x, str) else x)
        frame["sex"] = frame["personal_status"].str.split().str[0]
        axes: list[str | Attribute] = [Attribute.cut("age", 25), "sex"]
        return scan(frame, axes, label="class", positive="good")

    @pytest.mark.parametrize(
        ("closed", "difference", "ratio", "exact", "newcombe"),
        [
            ("right", -0.149448, 0.794826, Fraction(891, 1121), (-0.226412, -0.074479)),
            ("left", -0.128550, 0.821248, Fraction(88 * 851, 149 * 612), (-0.213948, -0.046689)),
        ],
    )
    def test_age_at_25_decides_by_its_edge_rule(
        self,
        closed: Literal["right", "left"],
        difference: float,
        ratio: float,
        exact: Fraction,
        newcombe: tuple[float, float],
    ) -> None:
        frame = pd.read_csv(real("credit-g.csv"))
        axis = Attribute.cut("age", 25, closed=closed)
        table = measure(scan(frame, [axis], label="class", positive="good"), ["base_rate"])
        older = "(25, inf)" if closed == "right" else "[25, inf)"
        assert table.values[1].group.levels == (older,)
        (d,) = table.compare("base_rate", ["age"], "difference_to_reference")
        (r,) = table.compare("base_rate", ["age"], "ratio_to_reference")
        assert d.value == pytest.approx(difference, abs=5e-7)
        assert (d.lower, d.upper) == pytest.approx(newcombe, abs=5e-7)
        assert r.value == pytest.approx(ratio, abs=5e-7)
        assert r.exact == exact
        assert r.below("4/5") is (closed == "right")
        assert r.reference == f"age={older} (largest)"

    def test_sex_and_its_crossing_with_age(self) -> None:
        table = measure(self.cube(), ["base_rate"])
        (d,) = table.compare("base_rate", ["sex"], "difference_to_reference")
        assert d.value == pytest.approx(-0.074801, abs=5e-7)
        assert (d.lower, d.upper) == pytest.approx((-0.138190, -0.013167), abs=5e-7)
        values = table.of("base_rate", ["age", "sex"])
        assert [(one.k, one.n) for one in values] == [(58, 105), (52, 85), (143, 205), (447, 605)]
        assert [one.value for one in values] == pytest.approx(
            [0.552381, 0.611765, 0.697561, 0.738843], abs=5e-7
        )


class TestAdult:
    def test_both_parts(self) -> None:
        cube = scan(
            adult(), ["sex", "race", "workclass"], label="income", positive=">50K", missing=["?"]
        )
        table = measure(cube, ["base_rate"], [["sex"], ["race"], ["workclass"]])
        assert (table.overall[0].k, table.overall[0].n) == (11_687, 48_842)
        assert [(one.k, one.n) for one in table.of("base_rate", ["sex"])] == [
            (1769, 16_192),
            (9918, 32_650),
        ]
        race = {one.group.levels[0]: (one.k, one.n) for one in table.of("base_rate", ["race"])}
        assert race == {
            "White": (10_607, 41_762), "Asian-Pac-Islander": (409, 1519), "Black": (566, 4685),
            "Other": (50, 406), "Amer-Indian-Eskimo": (55, 470),
        }  # fmt: skip
        assert only(table, "base_rate", ("sex",), "ratio_between_groups")[0] == pytest.approx(
            0.359655, abs=5e-7
        )
        assert table.of("base_rate", ["workclass"])[-1].group.levels == ("(missing)",)
        assert table.of("base_rate", ["workclass"])[-1].rows == 2799


def test_acs_income_by_sex_and_race() -> None:
    cube = scan(real("ACSIncome.test.parquet"), ["SEX", "RAC1P"], label="PINCP")
    table = measure(cube, ["base_rate"])
    assert [(one.k, one.n) for one in table.of("base_rate", ["SEX"])] == [
        (76_690, 173_263),
        (46_173, 159_637),
    ]
    race = table.of("base_rate", ["RAC1P"])
    assert len(race) == 9
    assert min((one.n, one.k) for one in race) == (177, 29)
    assert (table.overall[0].k, table.overall[0].n) == (122_863, 332_900)


def test_four_fifths_of_the_eeoc_questions_and_answers_is_exact() -> None:
    # White 60 %, American Indian 45 %, Hispanic 48 %, Black 51 %: .75, .80, .85 of the highest.
    rows = {"White": 60, "American Indian": 45, "Hispanic": 48, "Black": 51}
    data = {
        "race": [name for name in rows for _ in range(100)],
        "selected": [int(i < k) for k in rows.values() for i in range(100)],
    }
    table = measure(scan(data, ["race"], prediction="selected"), reference="highest")
    found = {
        one.of[0].group.levels[0]: (one.exact, one.below("4/5"))
        for one in table.compare("selection_rate", ["race"], "ratio_to_reference")
    }
    assert found == {
        "American Indian": (Fraction(3, 4), True),
        "Hispanic": (Fraction(4, 5), False),
        "Black": (Fraction(17, 20), False),
    }


def test_six_tenths_over_fifteen_twentieths_is_four_fifths() -> None:
    data = {"g": ["a"] * 10 + ["b"] * 20, "p": [1] * 6 + [0] * 4 + [1] * 15 + [0] * 5}
    (one,) = measure(scan(data, ["g"], prediction="p"), min_n=1).compare(
        "selection_rate", ["g"], "ratio_between_groups"
    )
    assert one.value == 0.8
    assert one.exact == Fraction(4, 5)
    assert one.below(Fraction(4, 5)) is False
    assert one.below(0.8) is False
