"""The best SliceLine scores are exact, ties included, and the bounds hold."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.slices.searching import every_slice, leaves, sliceline_score
from trl4ml.slices import Refused, scan
from trl4ml.slices.search import sliceline
from trl4ml.slices.search.best import best
from trl4ml.slices.search.leaves import Leaves
from trl4ml.slices.search.sliceline import bound, from_parents, score

ALPHAS = st.sampled_from([Fraction(1, 2), Fraction(3, 5), Fraction(19, 20), Fraction(1)])


@pytest.mark.parametrize(
    ("n", "total", "size", "errors", "alpha", "expected"),
    [
        (32561, 4966, 7541, 2354, 0.95, 0.828536116938505),
        (32561, 4966, 6041, 1982, 0.95, 0.8741636540159893),
        (32561, 4966, 2756, 993, 0.96, 0.8753603400072594),
        (32561, 4966, 32561, 4966, 0.3, 0),
        (1000, 100, 50, 20, 0.95, 1.9),
    ],
)
def test_the_score_is_the_published_formula(
    n: int, total: float, size: int, errors: float, alpha: float, expected: float
) -> None:
    assert score(size, errors, n, total, alpha) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_the_bound_takes_the_best_of_three_sizes() -> None:
    at = [float(score(x, min(x, 40), 1000, 100, 0.95)) for x in (32, 40, 200)]
    assert at == pytest.approx([7.0375, 7.35, 0.75])
    assert bound(200, 40, 1, 32, 1000, 100, 0.95) == pytest.approx(7.35)
    assert bound(31, 40, 1, 32, 1000, 100, 0.95) == -np.inf


def test_parents_bound_size_errors_and_largest_error() -> None:
    assert from_parents([200, 300], [50, 45], [0.1, 0.5]) == (200, 20, 0.1)


@given(leaves(), st.integers(1, 8), ALPHAS)
def test_no_slice_inside_another_scores_above_its_bound(
    table: Leaves, support: int, alpha: Fraction
) -> None:
    n, total = table.rows, int(table.counts[:, 0].sum())
    if not total:
        return
    slices = every_slice(table, support)
    for outer, counts in slices.items():
        size, errors = sum(counts), counts[0]
        most = bound(size, errors, float(errors > 0), support, n, total, float(alpha))
        for inner, (k, rest, other) in slices.items():
            if set(outer) <= set(inner):
                exact = sliceline_score(n, total, k + rest + other, k, alpha)
                assert float(exact) <= float(most) + 1e-9


def ranked(table: Leaves, support: int, alpha: Fraction, ranks: int) -> list[tuple[object, ...]]:
    """The findings by trying every slice: (score, descriptions of the same rows)."""
    n, total = table.rows, int(table.counts[:, 0].sum())
    same: dict[bytes, list[object]] = {}
    scores: dict[bytes, Fraction] = {}
    for items, counts in every_slice(table, support).items():
        key = table.under(items).tobytes()
        same.setdefault(key, []).append(items)
        scores[key] = sliceline_score(n, total, sum(counts), counts[0], alpha)
    good = sorted((one for one in scores if scores[one] > 0), key=lambda one: -scores[one])
    last = scores[good[min(ranks, len(good)) - 1]] if good else Fraction(1)
    return sorted((scores[one], sorted(map(str, same[one]))) for one in good if scores[one] >= last)


@settings(max_examples=200)
@given(leaves(), st.integers(1, 8), ALPHAS, st.integers(1, 6))
def test_the_search_finds_what_trying_every_slice_finds(
    table: Leaves, support: int, alpha: Fraction, ranks: int
) -> None:
    if not table.counts[:, 0].sum():
        assert best(table, support, alpha, ranks, None) == []
        return
    found = best(table, support, alpha, ranks, None)
    told = sorted((one[0].score, sorted(str(other.items) for other in one)) for one in found)
    assert told == ranked(table, support, alpha, ranks)
    assert [one[0].score for one in found] == sorted((one[0].score for one in found), reverse=True)


@given(leaves(), st.integers(1, 8), ALPHAS, st.integers(1, 6))
def test_sums_of_errors_are_searched_as_exactly(
    table: Leaves, support: int, alpha: Fraction, ranks: int
) -> None:
    """Errors of 0 or ½ have the scores of errors of 0 or 1."""
    half = np.column_stack([table.counts[:, 0] / 2, (table.counts[:, 0] > 0) / 2])
    sums = Leaves(table.names, table.levels, table.codes, table.counts, half)
    counted, summed = (best(one, support, alpha, ranks, None) for one in (table, sums))
    assert [[s.items for s in one] for one in summed] == [[s.items for s in one] for one in counted]
    assert [one[0].score for one in summed] == [one[0].score for one in counted]


def test_a_planted_slice_of_34_binary_columns_is_found() -> None:
    """34 binary columns have more slices than 2^53; an id kept as a float would lose some."""
    rng = np.random.default_rng(7)
    codes = rng.integers(0, 2, (34, 4000)).astype(np.uint8)
    inside = (codes[0] == 1) & (codes[17] == 1) & (codes[33] == 1)
    wrong = (rng.random(4000) < 0.05) | inside
    counts = np.column_stack([wrong, ~wrong, np.zeros(4000)]).astype(np.int64)
    names = tuple(f"a{i}" for i in range(34))
    table = Leaves(names, (("0", "1"),) * 34, codes, counts)
    top = best(table, 40, Fraction(19, 20), 1, None)
    assert [one.items for one in top[0]] == [((0, 1), (17, 1), (33, 1))]
    size = errors = int(inside.sum())
    assert top[0][0].score == sliceline_score(
        4000, int(wrong.sum()), size, errors, Fraction(19, 20)
    )


def table(n: int = 400) -> dict[str, object]:
    rng = np.random.default_rng(3)
    g, h = rng.integers(0, 2, n), rng.integers(0, 3, n)
    y = rng.integers(0, 2, n)
    p = np.where((g == 1) & (h == 2), 1 - y, y)
    return {"g": g, "twin": g, "h": h, "y": y, "p": p, "e": (y != p) * 0.25}


def test_the_planted_slice_comes_first_with_its_twin_as_an_alias() -> None:
    found = sliceline(scan(table(), ["g", "twin", "h"], label="y", prediction="p"))
    first = found.findings[0]
    assert str(first) == "g=1, h=2"
    assert [str(dict(alias)) for alias in first.aliases] == [
        "{'twin': '1', 'h': '2'}", "{'g': '1', 'twin': '1', 'h': '2'}",
    ]  # fmt: skip
    assert (first.rate, first.n, first.confirmed, first.adjusted) == (1, first.rows, True, 0.001)
    assert (found.kind, found.rate, found.support, found.rows) == (
        "sliceline",
        "error_rate",
        32,
        400,
    )


def test_error_sums_are_searched_and_called_exploratory() -> None:
    cube = scan(table(), ["g", "h"], label="y", prediction="p", error="e")
    found = sliceline(cube)
    first = found.findings[0]
    assert (str(first), first.rate, found.exploratory) == ("g=1, h=2", 0.25, True)
    assert (first.p_value, first.adjusted, first.lower) == (None, None, None)
    assert (
        first.score
        == sliceline(scan(table(), ["g", "h"], label="y", prediction="p")).findings[0].score
    )


def test_rows_without_a_prediction_leave_the_errors() -> None:
    with_gaps = table()
    with_gaps["p"] = [None, *np.asarray(with_gaps["p"]).tolist()[1:]]
    found = sliceline(scan(with_gaps, ["g", "h"], label="y", prediction="p"))
    assert found.notices == ("1 rows without a label or a prediction are left out",)
    assert found.rows == 399


def test_without_errors_there_is_nothing_to_find() -> None:
    right = table()
    right["p"] = right["y"]
    found = sliceline(scan(right, ["g", "h"], label="y", prediction="p"))
    assert (found.findings, found.notices) == ((), ("there are no errors: nothing to find",))


def test_exploratory_findings_have_no_bounds_and_no_adjusted_p() -> None:
    cube = scan(table(), ["g", "h"], label="y", prediction="p")
    found = sliceline(cube, control="none")
    assert found.exploratory
    assert found.looked.enumerated is None
    first = found.findings[0]
    assert (first.lower, first.adjusted, first.confirmed) == (None, None, False)
    assert first.p_value is not None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"alpha": 0}, "alpha 0 does not lie above 0 and at most at 1; .95 is usual"),
        ({"alpha": 1.5}, "alpha 1.5 does not lie above 0 and at most at 1; .95 is usual"),
        ({"control": "split"}, "the control 'split' is not known; take one of "
                               "max-t, holm, bonferroni, bh, by, none"),
        ({"support": 0}, "support 0 is neither a share of the rows below 1 nor a number of rows"),
    ],
)  # fmt: skip
def test_options_out_of_range_are_one_sentence(options: dict[str, object], says: str) -> None:
    cube = scan(table(), ["g"], label="y", prediction="p")
    with pytest.raises(Refused) as refused:
        sliceline(cube, **options)  # type: ignore[arg-type]
    assert str(refused.value) == says


def test_a_table_without_predictions_has_no_errors() -> None:
    with pytest.raises(Refused) as refused:
        sliceline(scan(table(), ["g"], label="y"))
    assert str(refused.value) == "no row has a label and a prediction; SliceLine needs errors"
