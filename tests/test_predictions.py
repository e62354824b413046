"""What a project declares of its predictions: compared exactly, complained about at its line."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run
from trl4ml.predictions.measures import name
from trl4ml.predictions.tables import badness, rounded, worse
from trl4ml.predictions.thresholds import baseline, losses, missed
from trl4ml.slices import Group, Status, Value
from trl4ml.testing import find, lay_out

counts = st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def value(k: int, n: int, metric: str = "accuracy", level: str = "f") -> Value:
    return Value(metric, Group(("sex",), (level,)), Status.OK, k / n, k=k, n=n, rows=n)


@given(counts, st.integers(0, 100))
def test_a_rate_misses_a_limit_exactly_when_its_counts_do(
    kn: tuple[int, int], percent: int
) -> None:
    k, n = kn
    limit = percent / 100
    low = Fraction(k, n) < Fraction(percent, 100)
    high = Fraction(k, n) > Fraction(percent, 100)
    assert bool(list(missed([value(k, n)], {"accuracy": limit}, {}))) is low
    assert bool(list(missed([value(k, n, "error_rate")], {"error_rate": limit}, {}))) is high


@given(counts, counts)
def test_a_loss_is_what_the_other_way_round_is_a_gain(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    cell = ("accuracy", "sex=f")
    there = losses([value(*one)], {cell: Fraction(*other)})[cell]
    back = losses([value(*other)], {cell: Fraction(*one)})[cell]
    assert there == -back
    assert there == Fraction(*other) - Fraction(*one)


def test_what_is_small_undefined_or_of_an_unknown_group_is_not_tested() -> None:
    small = value(0, 1)._replace(status=Status.SMALL_N)
    nothing = value(0, 1)._replace(status=Status.UNDEFINED, value=None, k=0, n=0)
    unknown = value(0, 1, level="(missing)")
    assert list(missed([small, nothing, unknown], {"accuracy": 1.0}, {})) == []
    assert losses([small, nothing], {("accuracy", "sex=f"): Fraction(1)}) == {}


def test_weighted_values_are_compared_as_they_are_and_not_by_their_counts() -> None:
    weighted = value(3, 2)._replace(value=0.75, weight=4.0, effective=1.6)
    assert [one.by for one in missed([weighted], {"accuracy": 0.8}, {})] == [0.05]
    row = {"metric": "accuracy", "slice": "sex=f", "status": "ok", "value": 0.75}
    row |= {"k": 3, "n": 2, "effective_n": 1.6}
    assert baseline({"values": [row]}) == {("accuracy", "sex=f"): Fraction(3, 4)}


@pytest.mark.parametrize(
    ("metric", "end", "bad", "good"),
    [
        ("accuracy", "low", 0.1, 0.9),
        ("error_rate", "high", 0.9, 0.1),
        ("precision[macro]", "low", 0.1, 0.9),
        ("false_positive_rate[cat]", "high", 0.9, 0.1),
        ("bias", "high", -2.0, 1.0),
        ("mae", "high", 2.0, 1.0),
    ],
)
def test_every_metric_has_a_worse_end(metric: str, end: str, bad: float, good: float) -> None:
    assert worse(metric) == end
    assert badness(metric, bad) > badness(metric, good)


def test_a_metric_of_a_class_has_a_name_that_gates_can_ask_for() -> None:
    assert name("precision[macro]") == "precision_macro"
    assert name("true_positive_rate[a b]") == "true_positive_rate_a_b"
    assert name("f1") == "f1"


def test_numbers_are_written_to_twelve_digits_and_whole_ones_as_whole() -> None:
    assert rounded(0.1 + 0.2) == 0.3
    assert json.dumps([rounded(1.0), rounded(2 / 3), rounded(7), rounded(None)]) == (
        "[1, 0.666666666667, 7, null]"
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("{by: [sex, 'race,']}", "6:24: fairness: by.1: 'race,' has an empty part; write it as in sex,race or age:25,45"),
        ("{sensitive: people.csv}", "6:25: fairness: sensitive: `sensitive` and `key` are given together"),
        ("{threshold: 0.5}", "6:25: fairness: threshold: a threshold needs the column of the score"),
        ("{min_n: 0}", "6:21: fairness: min_n: should be at least 1"),
        ("{labels: y}", "6:14: fairness: unknown key 'labels'; did you mean 'label'?"),
        ("{weights: other}", "fairness: weights"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_complained_about_at_its_place(
    tmp_path: Path, trl4ml: Run, options: str, says: str
) -> None:
    config = f"name: p\nchecklists: [own.yaml]\nprobes:\n\n\n  fairness: {options}\n"
    own = (
        "checklist: own\nversion: '1'\ntitle: t\nabout: a\nitems:\n- {id: one, level: 0, ask: Is it?, "
        "why: Because., wants: fairness, if_not: {remedy: Do it., effort: hours}}\n"
    )
    lay_out(tmp_path, {"trl4ml.yaml": config, "own.yaml": own})
    done = trl4ml("audit", cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr


def test_what_the_command_writes_and_what_a_probe_attaches_are_both_a_baseline(
    tmp_path: Path, trl4ml: Run
) -> None:
    rows = "".join(f"{i % 2},{int(i % 5 > 1)},{'ab'[i % 3 == 0]}\n" for i in range(90))
    lay_out(tmp_path, {"test.csv": "y,p,group\n" + rows})
    columns = {"label": "y", "prediction": "p", "by": ["group"]}
    given = ("--label", "y", "--prediction", "p", "--by", "group", "--format", "json")
    done = trl4ml("slices", "test.csv", *given, "--replicates", "0", cwd=tmp_path)
    (tmp_path / "command.json").write_text(done.stdout)
    declared = {**columns, "predictions": ["test.csv"], "replicates": 0, "drop": {"accuracy": 0.0}}
    first = find("slice-performance", tmp_path, {**declared, "baseline": "command.json"})
    assert (first.outcome, first.measures["accuracy_drop"].value) == ("yes", 0)
    (tmp_path / "attached.json").write_text(first.attachments["tables.json"])
    again = find("slice-performance", tmp_path, {**declared, "baseline": "attached.json"})
    assert (again.outcome, again.measures["f1_drop"].value) == ("yes", 0)
    assert {**again.measures, "f1_drop": None} == {**first.measures, "f1_drop": None}
    (tmp_path / "test.csv").write_text("y,p,group\n" + rows.replace("1,1,a", "1,0,a", 1))
    worse = find("slice-performance", tmp_path, {**declared, "baseline": "attached.json"})
    assert worse.outcome == "no"
    assert worse.message == (
        "accuracy in group=a is worse than in the baseline by 0.01667 in test.csv"
    )


def test_every_measure_lies_within_its_bounds_and_says_on_how_many_rows(tmp_path: Path) -> None:
    rows = "".join(f"{i % 2},{int(i % 7 > 2)},{'ab'[i % 3 == 0]}\n" for i in range(210))
    lay_out(tmp_path, {"test.csv": "y,p,group\n" + rows})
    options = {"label": "y", "prediction": "p", "by": ["group"], "predictions": ["test.csv"]}
    found = find("fairness", tmp_path, options).measures
    for one in found.values():
        if one.lower is not None and one.upper is not None:
            assert isinstance(one.value, int | float)
            assert one.lower <= one.value <= one.upper
            assert one.n
    assert found["selection_rate_ratio"].kind == "estimated"
    assert find("fairness", tmp_path, options).measures == found
