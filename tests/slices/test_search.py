"""What a search reports, in what order, and what it may claim."""

from dataclasses import replace
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.slices.searching import leaves
from trl4ml.slices import Refused, scan
from trl4ml.slices.multiplicity import CORRECTIONS
from trl4ml.slices.search import search
from trl4ml.slices.search.control import against_rest
from trl4ml.slices.search.exact import two_sided
from trl4ml.slices.search.halves import halves
from trl4ml.slices.search.lattice import lattice
from trl4ml.slices.search.leaves import Leaves, leaves_of
from trl4ml.slices.search.permutations import adjusted, largest, statistics
from trl4ml.slices.search.search import rows_of
from trl4ml.slices.significance import fisher, two_proportions


def planted(n: int = 2000, seed: int = 0) -> dict[str, Any]:
    """Errors at 10 %, and at 60 % where g is 1 and h is 2; `twin` says the same as g."""
    rng = np.random.default_rng(seed)
    g, h, i = rng.integers(0, 2, n), rng.integers(0, 3, n), rng.integers(0, 4, n)
    wrong = rng.random(n) < np.where((g == 1) & (h == 2), 0.6, 0.1)
    y = rng.integers(0, 2, n)
    return {"g": g, "twin": g, "h": h, "i": i, "y": y, "p": np.where(wrong, 1 - y, y)}


def cube(by: tuple[str, ...] = ("g", "twin", "h", "i"), **options: Any) -> Any:
    return scan(planted(**options), list(by), label="y", prediction="p")


def test_the_planted_slice_comes_first_and_is_confirmed() -> None:
    found = search(cube(), "error_rate")
    first = found.findings[0]
    assert first.predicates[:2] in ((("g", "1"), ("h", "2")), (("twin", "1"), ("h", "2")))
    assert first.confirmed
    assert first.adjusted == 0.001, "the smallest p that 999 permutations can give"
    assert first.lower is not None
    assert first.upper is not None
    assert first.lower < first.rate < first.upper
    assert first.lower > (found.overall or 1), "and its bounds lie clear of the overall"


@pytest.mark.parametrize("control", ["max-t", "split", "holm", "bonferroni", "bh", "by"])
def test_every_control_confirms_the_planted_slice_and_says_what_it_is(control: str) -> None:
    found = search(cube(("g", "h", "i")), "error_rate", control=control)
    assert next(str(one) for one in found.findings if one.confirmed).startswith("g=1, h=2")
    assert not found.exploratory
    assert found.control.lower().startswith(
        {"bh": "benjamini-hochberg over all", "by": "benjamini-yekutieli over all"}.get(
            control, control
        )
    )


def test_without_control_findings_are_exploratory_and_none_is_confirmed() -> None:
    found = search(cube(), control="none")
    assert found.exploratory
    assert found.control == "none: exploratory, p-values are not adjusted for the search"
    assert not any(one.confirmed for one in found.findings)
    assert {one.adjusted for one in found.findings} == {None}


def test_descriptions_of_the_same_rows_are_one_finding_the_shortest_first() -> None:
    found = search(cube(), redundancy=0.0)
    names = [str(one) for one in found.findings]
    assert "g=1, h=2" in names
    first = next(one for one in found.findings if str(one) == "g=1, h=2")
    assert first.aliases == (
        (("twin", "1"), ("h", "2")),
        (("g", "1"), ("twin", "1"), ("h", "2")),
    )
    assert not any("twin=1, h=2" in name for name in names)


def test_what_an_item_does_not_change_is_pruned() -> None:
    pruned = search(cube(("g", "h", "i")), redundancy=0.05)
    whole = search(cube(("g", "h", "i")), redundancy=0.0)
    assert len(pruned.findings) < len(whole.findings)
    assert pruned.looked == whole.looked, "pruning is of the report, never of the family"


def test_each_ranking_is_descending_in_its_own_value() -> None:
    for rank, name in (("divergence", "divergence"), ("excess", "excess"), ("significance", "z")):
        found = search(cube(), rank=rank, top=30)  # type: ignore[arg-type]
        values = [getattr(one, name) for one in found.findings]
        assert values == sorted(values, reverse=True)
        assert values[-1] > 0


@pytest.mark.parametrize(
    ("rate", "direction", "signs"),
    [
        ("error_rate", None, {1}),
        ("accuracy", None, {-1}),
        ("accuracy", "higher", {1}),
        ("selection_rate", None, {1, -1}),
    ],
)
def test_worse_is_the_direction_of_the_rate(rate: str, direction: Any, signs: set[int]) -> None:
    found = search(cube(), rate, direction=direction, top=100, redundancy=0.0)
    assert {int(np.sign(one.divergence)) for one in found.findings} == signs


def test_worst_accuracy_and_error_rate_are_the_same_slices() -> None:
    one, other = search(cube(), "accuracy"), search(cube(), "error_rate")
    assert [str(a) for a in one.findings] == [str(b) for b in other.findings]
    assert [a.p_value for a in one.findings] == pytest.approx([b.p_value for b in other.findings])


def test_missing_is_an_ordinary_level_of_a_slice() -> None:
    table = planted()
    table["g"] = [None if g else "a" for g in table["g"]]
    found = search(scan(table, ["g", "h"], label="y", prediction="p"))
    assert str(found.findings[0]) == "g=(missing), h=2"


def test_rows_of_which_the_rate_does_not_speak_count_for_support_alone() -> None:
    table = {"g": ["a"] * 50 + ["b"] * 50, "y": [1] * 50 + [0] * 50, "p": [0, 1] * 50}
    found = search(scan(table, ["g"], label="y", prediction="p"), "false_positive_rate", min_n=30)
    assert (found.k, found.n, found.rows) == (25, 50, 100)
    assert (found.looked.enumerated, found.looked.undefined, found.looked.tested) == (2, 1, 0)


def test_slices_with_too_small_a_denominator_are_counted_and_left_out() -> None:
    found = search(cube(("g", "h", "i")), support=1, min_n=100)
    assert found.looked.small > 0
    assert found.looked.tested + found.looked.small == found.looked.enumerated
    assert all(one.n >= 100 for one in found.findings)


@pytest.mark.parametrize(
    ("table", "rate", "says"),
    [
        ({"y": [1, 1], "p": [1, 0]}, "false_positive_rate",
         "false_positive_rate is undefined: no rows with a negative label"),
        ({"y": [1, 0], "p": [1, 0]}, "error_rate",
         "error_rate is 0 on all rows: every slice is the same"),
        ({"y": [1, 0], "p": [0, 1]}, "error_rate",
         "error_rate is 1 on all rows: every slice is the same"),
    ],
)  # fmt: skip
def test_a_search_that_cannot_find_anything_says_why(
    table: dict[str, list[int]], rate: str, says: str
) -> None:
    found = search(scan({"g": ["a", "b"], **table}, ["g"], label="y", prediction="p"), rate)
    assert found.findings == ()
    assert found.notices == (says,)


def test_a_support_that_no_slice_has_is_said() -> None:
    found = search(cube(), support=5000)
    assert found.notices == ("no slice has 5,000 rows; lower the support",)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rate": "auc"}, "the search knows no rate 'auc'; take one of selection_rate, base_rate, "),
        ({"by": ["sex"]}, "'sex' is not an axis of the cube; it has 'g', 'twin', 'h'"),
        ({"support": 1.5}, "support 1.5 is neither a share of the rows below 1 nor a number of rows"),
        ({"support": -0.1}, "support -0.1 is neither a share of the rows below 1 nor"),
        ({"control": "fdr"}, "the control 'fdr' is not known; take one of max-t, split, holm, "),
        ({"top": 0}, "top, replicates and levels are whole numbers from 1"),
        ({"level": 95}, "the level 95 does not lie between 0 and 1; .95 is usual"),
        ({"rank": "size"}, "rank by divergence, excess, significance; direction is higher, "),
    ],
)  # fmt: skip
def test_options_out_of_range_are_one_sentence(options: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused) as refused:
        search(cube(), **options)
    assert str(refused.value).startswith(says)


def test_sampling_weights_are_refused() -> None:
    weighted = scan(planted() | {"w": np.full(2000, 0.5)}, ["g"], label="y", weight="w")
    with pytest.raises(Refused) as refused:
        search(weighted, "base_rate")
    assert str(refused.value) == (
        "the search counts rows and takes no sampling weights; "
        "scan without the weight, or say that it is a frequency"
    )


def test_frequency_weights_are_repeated_rows() -> None:
    table = planted(300)
    twice = {name: np.concatenate([values, values]) for name, values in table.items()}
    weighted = scan(
        table | {"w": np.full(300, 2)}, ["g", "h"], label="y", prediction="p",
        weight="w", weights="frequency",
    )  # fmt: skip
    repeated = scan(twice, ["g", "h"], label="y", prediction="p")
    assert search(weighted) == search(repeated)


def test_rows_of_no_weight_are_no_rows() -> None:
    table = {"g": ["a", "a", "b"], "h": ["x", "x", "y"], "y": [1, 0, 1], "w": [2, 1, 0]}
    weighted = scan(table, ["g", "h"], label="y", weight="w", weights="frequency")
    leaves_ = leaves_of(weighted, "base_rate")
    assert (leaves_.rows, leaves_.counts.tolist()) == (3, [[2, 1, 0]])


def test_a_column_named_twice_is_one_column() -> None:
    one, twice = search(cube(), by=["g", "h"]), search(cube(), by=["g", "h", "g"])
    assert one == twice


def test_a_share_of_the_rows_is_rounded_up_exactly() -> None:
    assert [rows_of(share, 32561) for share in (0.01, 0.1, 0.5)] == [326, 3257, 16281]
    assert rows_of(0.07, 100) == 7, "0.07 · 100 is 7.000000000000001 in floats"
    assert rows_of(0.0001, 10) == 1
    assert rows_of(40, 32561) == 40


def test_one_search_gives_the_same_bytes_twice_and_whatever_the_rows_order() -> None:
    table = planted(500)
    backwards = {name: values[::-1] for name, values in table.items()}
    found = [
        search(scan(one, ["g", "h"], label="y", prediction="p"), replicates=99)
        for one in (table, table, backwards)
    ]
    assert repr(found[0]) == repr(found[1]) == repr(found[2])


def test_a_table_row_has_plain_values() -> None:
    row = search(cube(), rank="excess", top=1).table()[0]
    assert {type(value) for value in row.values()} <= {str, int, float, bool, type(None)}
    assert row["slice"] == "g=1, h=2"
    assert str(row["contributions"]).startswith("g=1: +0.")


# --- the tests themselves


def by_counting(k: int, n: int, whole_k: int, whole_n: int) -> Fraction:
    """Twice the smaller tail of the hypergeometric law, by counting the ways."""
    ways = [comb(whole_k, x) * comb(whole_n - whole_k, n - x) for x in range(n + 1)]
    low, high = sum(ways[: k + 1]), sum(ways[k:])
    return min(Fraction(1), Fraction(2 * min(low, high), comb(whole_n, n)))


@given(leaves(most=20), st.integers(1, 4))
def test_each_slice_is_tested_exactly_against_the_rest(table: Leaves, min_n: int) -> None:
    counts = lattice(table.codes, table.counts, 1, None).counts
    tested, z, p = against_rest(counts, min_n)
    k, n = counts[:, 0], counts[:, :2].sum(axis=1)
    for i in np.flatnonzero(tested):
        expected, _ = two_proportions(k[i], n[i], k[0] - k[i], n[0] - n[i])
        assert z[i] == pytest.approx(float(expected), rel=1e-9)
        exact = by_counting(int(k[i]), int(n[i]), int(k[0]), int(n[0]))
        assert p[i] == pytest.approx(float(exact), rel=1e-9)
    untested = (n < min_n) | (n == n[0]) | (k[0] in (0, n[0]))
    np.testing.assert_array_equal(tested[1:], ~untested[1:])


@given(st.integers(1, 400), st.data())
def test_tails_are_counted_to_the_last_term(whole_n: int, data: st.DataObject) -> None:
    whole_k, n = data.draw(st.integers(0, whole_n)), data.draw(st.integers(0, whole_n))
    every = range(max(0, n + whole_k - whole_n), min(n, whole_k) + 1)
    p = two_sided(np.array(every), np.full(len(every), n), whole_k, whole_n)
    exact = [float(by_counting(k, n, whole_k, whole_n)) for k in every]
    assert p == pytest.approx(exact, rel=1e-8)


def test_a_p_value_is_never_nought() -> None:
    counts = np.array([[50_000, 50_000, 0], [50_000, 0, 0]])
    _, z, p = against_rest(counts, 30)
    assert z[1] > 300
    assert p[1] == 1e-300


@settings(max_examples=25)
@given(leaves(), st.integers(0, 2**32))
def test_permuted_maxima_are_those_of_shuffled_rows(table: Leaves, seed: int) -> None:
    """Every drawn maximum is one that some assignment of the outcomes to the rows has."""
    found = lattice(table.codes, table.counts, 1, None)
    tested, _, _ = against_rest(found.counts, 1)
    if not tested.any():
        return
    most = largest(found, table, tested, 20, seed)
    assert most.shape == (20,)
    n = found.counts[:, :2].sum(axis=1).astype(float)
    k = float(found.counts[0, 0])
    top = max(
        abs(statistics(np.array([k, x]), np.array([n[0], n[i]]))[1])
        for i in np.flatnonzero(tested)
        for x in (max(0.0, n[i] - n[0] + k), min(k, n[i]))
    )
    assert (most > 0).all() or (most == 0).any()
    assert most.max() <= top * (1 + 1e-5)


def test_the_permutation_law_is_the_hypergeometric_one() -> None:
    """One attribute of two halves: |z| has the law of one hypergeometric draw."""
    counts = np.array([[10, 10, 0], [4, 16, 3]], np.int64)
    table = Leaves(("g",), (("a", "b"),), np.array([[0, 1]], np.uint8), counts)
    found = lattice(table.codes, counts, 1, None)
    tested, z, _ = against_rest(found.counts, 1)
    most = largest(found, table, tested, 20_000, 0)
    over = adjusted(z[tested], most)
    exact = fisher(10, 20, 4, 20)  # two-sided by both rules: the two halves are alike
    assert over == pytest.approx([exact, exact], abs=4 * np.sqrt(exact / 20_000))
    many = replace(table, counts=counts * 1000)
    found = lattice(many.codes, many.counts, 1, None)
    law = largest(found, many, tested, 4_000, 0)
    assert np.quantile(law, 0.95) == pytest.approx(1.96, abs=0.06), "drawn by cells, not by rows"


def test_small_parts_of_the_permutations_give_the_same_maxima(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from trl4ml.slices.search import shuffling

    table = leaves_of(cube(), "error_rate")
    found = lattice(table.codes, table.counts, 20, 2)
    tested, _, _ = against_rest(found.counts, 30)
    whole = largest(found, table, tested, 50, 0)
    monkeypatch.setattr(shuffling, "HELD", 1 << 12)
    np.testing.assert_array_equal(largest(found, table, tested, 50, 0), whole)


@given(leaves(), st.integers(0, 2**32))
def test_two_halves_are_all_rows(table: Leaves, seed: int) -> None:
    first, second = halves(table, seed)
    assert first.rows + second.rows == table.rows
    for a, names in enumerate(table.levels):
        for level in range(len(names)):
            parts = [one.counts[one.under([(a, level)])].sum(axis=0) for one in (first, second)]
            whole = table.counts[table.under([(a, level)])].sum(axis=0)
            np.testing.assert_array_equal(parts[0] + parts[1], whole)


def test_a_split_reports_the_second_half_only() -> None:
    found = search(cube(("g", "h")), control="split", seed=4)
    first = found.findings[0]
    assert 130 < first.rows < 200, "some half of about 333 rows"
    assert found.control.startswith("split: found in one half of the rows, and ")


def test_the_corrections_are_over_all_slices_tested() -> None:
    one = cube(("g", "h", "i"))
    table = leaves_of(one, "error_rate")
    found = lattice(table.codes, table.counts, 20, None)
    tested, _, p = against_rest(found.counts, 30)
    for name in ("holm", "bh", "by", "bonferroni"):
        expected = CORRECTIONS[name](p[tested])
        told = search(one, support=20, levels=None, control=name, top=1000, redundancy=0.0)
        assert told.looked.tested == tested.sum()
        for finding in told.findings:
            at = int(np.flatnonzero(p[tested] == finding.p_value)[0])
            assert finding.adjusted == expected[at]
