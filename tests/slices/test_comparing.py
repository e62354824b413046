"""Comparisons: who, how far, bounded how, tested how, adjusted over what family."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trl4ml.slices import Cube, Refused, Status, Table, measure, scan
from trl4ml.slices.intervals import katz, newcombe
from trl4ml.slices.significance import fisher, two_proportions


def selected(**groups: tuple[int, int]) -> Cube:
    """A cube of predictions: k of n selected in each group."""
    data: dict[str, list[Any]] = {"g": [], "p": []}
    for name, (k, n) in groups.items():
        data["g"] += [name] * n
        data["p"] += [1] * k + [0] * (n - k)
    return scan(data, ["g"], prediction="p")


def one(table: Table, kind: str, metric: str = "selection_rate") -> Any:
    (found,) = table.compare(metric, ["g"], kind)
    return found


def test_two_groups_have_the_interval_of_two_groups() -> None:
    table = measure(selected(men=(48, 80), women=(12, 40)))
    difference, ratio = one(table, "difference_between_groups"), one(table, "ratio_between_groups")
    assert [str(g) for g in difference.groups] == ["g=men"]
    assert [str(v.group) for v in difference.against] == ["g=women"]
    assert (difference.lower, difference.upper) == tuple(map(float, newcombe(48, 80, 12, 40)))
    assert difference.interval == "Newcombe 95%"
    assert [str(g) for g in ratio.groups] == ["g=women"]
    assert (ratio.value, ratio.exact) == (0.5, Fraction(1, 2))
    assert (ratio.lower, ratio.upper) == tuple(map(float, katz(12, 40, 48, 80)[:2]))
    assert difference.p_value == pytest.approx(float(two_proportions(48, 80, 12, 40)[1]))
    assert (difference.sign, ratio.sign) == (1, -1)


def test_the_interval_of_extremes_holds_for_all_pairs_together() -> None:
    table = measure(selected(a=(40, 80), b=(20, 40), c=(10, 40)))
    found = one(table, "difference_between_groups")
    assert found.interval == "Newcombe 95%, all 3 pairs together (Bonferroni)"
    assert [str(g) for g in found.groups] == ["g=a", "g=b"]
    assert found.test == "χ², 2 degrees of freedom"
    level = 1 - 0.05 / 3
    (from_a, _), (_, to_b) = newcombe(40, 80, 10, 40, level), newcombe(20, 40, 10, 40, level)
    assert (found.lower, found.upper) == (float(from_a), float(to_b)), "b is smaller, and farther"


def test_what_has_a_formula_is_not_drawn_again() -> None:
    cube = selected(a=(40, 80), b=(22, 40), c=(10, 40))
    found = one(measure(cube, replicates=200, seed=5), "difference_between_groups")
    assert found == one(measure(cube), "difference_between_groups")
    drawn = one(measure(cube, replicates=200, seed=5), "difference_to_overall")
    assert drawn.interval == (
        "bootstrap 95%, 200 replicates, seed 5, all 3 groups together (max-T)"
    )
    assert drawn == one(measure(cube, replicates=200, seed=5), "difference_to_overall")
    assert drawn != one(measure(cube, replicates=200, seed=6), "difference_to_overall")


@pytest.mark.parametrize("groups", [2, 5])
def test_equal_groups_are_found_to_differ_no_more_often_than_promised(groups: int) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        k = rng.binomial(300, 0.4, groups)
        cube = selected(**{f"g{n}": (int(one), 300) for n, one in enumerate(k)})
        found = one(measure(cube), "difference_between_groups")
        held += found.lower <= 0 <= found.upper
    assert held / 200 >= 0.92


def test_a_ratio_with_an_empty_end_is_marked() -> None:
    found = one(measure(selected(a=(0, 40), b=(20, 40))), "ratio_between_groups")
    assert (found.value, found.lower) == (0, 0)
    assert found.interval == "Katz 95%, +½"


def test_nothing_selected_has_no_ratio() -> None:
    table = measure(selected(a=(0, 40), b=(0, 50)))
    found = one(table, "ratio_between_groups")
    assert (found.status, found.reason) == (Status.UNDEFINED, "0 over 0")
    assert found.below("4/5") is None
    difference = one(table, "difference_between_groups")
    assert (difference.p_value, difference.test) == (1, "Fisher")
    assert one(table, "difference_to_overall").value == 0
    assert one(table, "ratio_to_overall").reason == "0 over 0"


def test_a_zero_reference_is_unbounded() -> None:
    table = measure(selected(a=(0, 90), b=(20, 40)))
    (found,) = table.compare("selection_rate", ["g"], "ratio_to_reference")
    assert (found.status, found.reason) == (Status.UNBOUNDED, "a number above 0 over 0")
    assert found.reference == "g=a (largest)"


@pytest.mark.parametrize(
    ("rule", "told", "values"),
    [
        ("largest", "g=a (largest)", [0.1, -0.15]),
        ("highest", "g=b (highest)", [-0.1, -0.25]),
        ("lowest", "g=c (lowest)", [0.15, 0.25]),
        ("overall", "overall", [0, 0.1, -0.15]),
        ("rest", "rest", [0, 40 / 80 - 0.4 + 0.0, 0]),
        ({"g": "c"}, "g=c (named)", [0.15, 0.25]),
    ],
)
def test_a_reference_is_chosen_and_said(rule: Any, told: str, values: list[float]) -> None:
    table = measure(selected(a=(40, 100), b=(20, 40), c=(10, 40)), reference=rule)
    found = table.compare("selection_rate", ["g"], "difference_to_reference")
    assert {f.reference for f in found} == {told}
    if rule == "overall":
        whole = 70 / 180
        values = [0.4 - whole, 0.5 - whole, 0.25 - whole]
        assert {f.interval for f in found} == {""}
    elif rule == "rest":
        values = [0.4 - 30 / 80, 0.5 - 50 / 140, 0.25 - 60 / 140]
    assert [f.value for f in found] == pytest.approx(values)


def test_a_group_is_tested_against_the_rest() -> None:
    table = measure(selected(a=(40, 100), b=(20, 40), c=(1, 30)), correction="holm")
    found = table.compare("selection_rate", ["g"], "difference_to_rest")
    assert [f.test for f in found] == ["two proportions, pooled z"] * 3
    assert found[0].p_value == pytest.approx(float(two_proportions(40, 100, 21, 70)[1]))
    assert {f.family for f in found} == {3}
    assert found[2].adjusted == pytest.approx(3 * (found[2].p_value or 0))
    small = measure(selected(a=(1, 6), b=(4, 7)), min_n=0).compare(
        "selection_rate", ["g"], "difference_to_rest"
    )
    assert small[0].test == "Fisher"
    assert small[0].p_value == pytest.approx(fisher(1, 6, 4, 7))


def test_few_expected_counts_in_many_groups_are_permuted() -> None:
    found = one(
        measure(selected(a=(3, 10), b=(1, 9), c=(6, 9)), min_n=0), "difference_between_groups"
    )
    assert found.test == "permutation, 9999 replicates, seed 0"
    assert 0.03 < found.p_value < 0.08


def test_the_family_is_every_metric_in_every_grouping() -> None:
    rng = np.random.default_rng(0)
    data = {name: rng.integers(0, 2, 400) for name in ("y", "p", "a", "b")}
    metrics = ["selection_rate", "true_positive_rate", "precision"]
    table = measure(scan(data, ["a", "b"], label="y", prediction="p"), metrics)
    tests = [
        c
        for c in table.comparisons
        if c.kind == "difference_between_groups" and c.p_value is not None
    ]
    assert len(tests) == table.family == 9
    assert all((c.adjusted or 0) >= (c.p_value or 0) for c in tests)
    assert {
        c.adjusted == c.p_value
        for c in measure(
            scan(data, ["a"], label="y", prediction="p"), metrics, correction="none"
        ).comparisons
        if c.p_value
    } == {True}


def test_composites_name_the_component_that_decided() -> None:
    data = {"y": [0, 0, 1, 1] * 2, "p": [1, 1, 1, 0, 0, 0, 1, 1], "g": list("aaaabbbb")}
    table = measure(scan(data, ["g"], label="y", prediction="p"), min_n=0, reference={"g": "a"})
    found = one(table, "difference_between_groups", "equalized_odds")
    assert (found.value, found.reason) == (1, "decided by false_positive_rate")
    average = one(table, "difference_to_reference", "average_odds")
    assert average.value == pytest.approx((-1 + 0.5) / 2)
    assert average.exact == Fraction(-1, 4)
    assert [str(g) for g in average.groups] == ["g=b"]
    gone = {"y": [0, 0, 1, 1], "p": [0, 1, 1, 0], "g": list("aabb")}
    table = measure(scan(gone, ["g"], label="y", prediction="p"), min_n=0)
    found = one(table, "difference_between_groups", "equalized_odds")
    assert found.value is None
    assert found.reason.startswith("true_positive_rate: 1 of 2 groups can be compared")


def test_only_the_yardsticks_asked_for() -> None:
    cube = selected(a=(40, 100), b=(20, 40))
    kinds = {c.kind for c in measure(cube, yardsticks=[]).comparisons}
    assert kinds == {"difference_between_groups", "ratio_between_groups"}
    assert {c.kind for c in measure(cube, yardsticks=["rest"]).comparisons} == {
        *kinds,
        "difference_to_rest",
        "ratio_to_rest",
    }
    with pytest.raises(
        Refused, match="yardstick 'all' is not known; take 'overall', 'reference', 'rest'"
    ):
        measure(cube, yardsticks=["all"])


def test_small_groups_and_missing_levels_enter_no_aggregate() -> None:
    cube = selected(a=(40, 100), b=(20, 40), tiny=(29, 29))
    found = one(measure(cube), "difference_between_groups")
    assert [str(g) for g in found.groups] == ["g=b"]
    assert one(measure(cube, min_n=29), "difference_between_groups").groups[0].levels == ("tiny",)
    shown = measure(cube).compare("selection_rate", ["g"], "ratio_to_reference")[-1]
    assert (shown.status, shown.value, shown.below("4/5")) == (Status.SMALL_N, 2.5, None)
    assert shown.reason == "g=tiny: 29 rows of the 30 that a verdict needs"


def test_rows_hold_no_nan_and_no_objects() -> None:
    data = {"y": [0, 0, 1, 1], "s": [0.1, 0.9, 0.0, 1.0], "g": list("aabb")}
    for row in measure(
        scan(data, ["g"], label="y", score="s"),
        ["auc", "log_loss", "f1", "shift_smd"],
        replicates=3,
    ).rows():
        for value in row.values():
            assert value is None or type(value) in (str, int, float)
            assert not isinstance(value, float) or np.isfinite(value)


rates = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(list("abcdef")), rates, min_size=1))
def test_laws_of_comparisons(groups: dict[str, tuple[int, int]]) -> None:
    cube = selected(**groups)
    table = measure(cube, min_n=0)
    exact = {name: Fraction(k, n) for name, (k, n) in groups.items()}
    values = {v.group.levels[0]: v for v in table.values}
    assert {name: (v.k, v.n) for name, v in values.items()} == groups
    assert cube.by("g").counts.sum(0).tolist() == cube.by().counts[0].tolist()
    difference, ratio = one(table, "difference_between_groups"), one(table, "ratio_between_groups")
    if len(groups) < 2:
        assert difference.reason == "1 of 1 groups can be compared, at least 2 are needed"
        return
    high, low = max(exact.values()), min(exact.values())
    assert difference.exact == high - low
    assert {g.levels[0] for g in difference.groups} == {n for n, x in exact.items() if x == high}
    assert {v.group.levels[0] for v in difference.against} == {
        n for n, x in exact.items() if x == low
    }
    if high:
        assert ratio.exact == low / high
        assert ratio.value == pytest.approx(float(low / high), abs=1e-15)
        assert ratio.below("4/5") is (low / high < Fraction(4, 5))
        assert {g.levels[0] for g in ratio.groups} == {n for n, x in exact.items() if x == low}
    assert difference.lower is None or difference.lower <= difference.value <= difference.upper


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_counts_of_marginals_and_complements(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    data = {
        "y": rng.integers(0, 2, rows),
        "p": rng.integers(0, 2, rows),
        "a": rng.integers(0, 3, rows),
        "b": rng.integers(0, 2, rows),
    }
    cube = scan(data, ["a", "b"], label="y", prediction="p")
    crossed = cube.by("a", "b").counts.reshape(len(cube.axes[0].levels), -1, 9)
    assert (crossed.sum(1) == cube.by("a").counts).all()
    assert (crossed.sum(0) == cube.by("b").counts).all()
    assert (
        cube.by("b", "a").counts.reshape(-1, len(cube.axes[0].levels), 9).swapaxes(0, 1) == crossed
    ).all()
    table = measure(cube, min_n=0)
    found = {(v.metric, v.group): v.value for v in (*table.values, *table.overall)}
    for one_, other in (
        ("true_positive_rate", "false_negative_rate"),
        ("false_positive_rate", "true_negative_rate"),
        ("precision", "false_discovery_rate"),
        ("accuracy", "error_rate"),
    ):
        for (metric, group), value in found.items():
            if metric == one_ and value is not None:
                assert value + (found[other, group] or 0) == pytest.approx(1)
            if metric == one_ and value is None:
                assert found[other, group] is None
