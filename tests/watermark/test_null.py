"""The null, exactly: thresholds and powers as tabled, tails on whole hits, undefined is undefined."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from trl4ml.watermark import null
from trl4ml.watermark.errors import Refused

ALPHAS = [1e-2, 1e-3, 1e-6, 1e-9]
BITS = """
8   8   –   –   –   3.9e-3
16  14  15  –   –   1.5e-5
32  24  26  30  32  2.3e-10
64  42  45  51  56  5.4e-20
128 78  82  92  98  2.9e-39
256 148 154 167 176 8.6e-78
512 283 292 311 324 7.5e-155
"""
LABELS = """
10  10/–/–    6/8/10   3/5/6   2/3/4
20  18/20/–   8/11/14  4/6/7   2/4/5
40  31/35/38  12/16/20 4/7/9   2/4/5
100 66/74/80  21/28/33 6/9/12  3/5/7
200 123/134/143 35/44/50 9/13/16 4/6/8
"""
POWERS = """
32  26 .999 .964 .805 .536 .113
32  30 .786 .367 .122 .032 .001
64  45 1    1    .999 .978 .540
64  51 1    .996 .910 .598 .056
128 92 1    1    1    .990 .361
256 167 1   1    1    1    .957
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


@pytest.mark.parametrize("row", rows(BITS), ids=lambda row: f"{row[0]}-bits")
def test_thresholds_of_bits_are_those_published(row: list[str]) -> None:
    n, *wanted, floor = row
    found = [null.threshold(int(n), 0.5, alpha) for alpha in ALPHAS]
    assert ["–" if k is None else str(k) for k in found] == wanted
    assert null.floor(int(n)) == pytest.approx(float(floor), rel=0.02)


@pytest.mark.parametrize("row", rows(LABELS), ids=lambda row: f"{row[0]}-triggers")
def test_thresholds_of_triggers_are_those_published(row: list[str]) -> None:
    count, *cells = row
    for classes, cell in zip((2, 10, 100, 1000), cells, strict=True):
        found = [null.threshold(int(count), 1 / classes, alpha) for alpha in ALPHAS[1:]]
        assert "/".join("–" if k is None else str(k) for k in found) == cell


@pytest.mark.parametrize("row", rows(POWERS), ids=lambda row: f"{row[1]}-of-{row[0]}")
def test_powers_are_those_published(row: list[str]) -> None:
    n, k, *wanted = row
    found = [null.power(int(k), int(n), agreement) for agreement in (0.95, 0.9, 0.85, 0.8, 0.7)]
    assert found == pytest.approx([float(value) for value in wanted], abs=6e-4)


def test_ten_twenty_and_thirty_bits_are_the_fewest_that_reach_the_three_levels() -> None:
    assert [null.least_n(alpha) for alpha in ALPHAS[1:]] == [10, 20, 30]


def test_the_fewest_bits_for_a_mark_with_errors_have_the_power_and_one_less_has_not() -> None:
    n = null.least_n(1e-3, 0.5, 0.9)
    powers = [null.Tally(0, m).power(1e-3, 0.9) for m in (n - 1, n)]
    assert powers[0] is not None and powers[1] is not None
    assert powers[0] < 0.95 <= powers[1]


def test_an_agreement_no_better_than_chance_has_no_fewest_number() -> None:
    with pytest.raises(Refused, match=r"^An agreement of 0\.5 does not exceed chance, 0\.5: give"):
        null.least_n(1e-3, 0.5, 0.5)
    assert null.Tally(3, 8).enough(1e-3, 0.4) == "no number of bits would do at an agreement of 0.4"


@pytest.mark.parametrize("alpha", [*ALPHAS, 2.0**-64])
@pytest.mark.parametrize("classes", [2, 3, 10, 100, 1000])
def test_a_threshold_is_the_smallest_count_below_alpha_and_never_one_too_lenient(
    classes: int, alpha: float
) -> None:
    n, rate = np.arange(1, 513), 1 / classes
    found = [null.threshold(int(one), rate, alpha) for one in n]
    k = np.array([0 if one is None else one for one in found])
    reached = k > 0
    assert (binom.sf(k - 1, n, rate)[reached] < alpha).all()
    assert (binom.sf(k - 2, n, rate)[reached] >= alpha).all()
    assert (binom.sf(n - 1, n, rate)[~reached] >= alpha * (1 - 1e-12)).all()


def test_the_lenient_toolkit_of_the_literature_has_a_true_level_of_0016() -> None:
    assert null.threshold(10, 0.1, 1e-3) == 6
    assert null.level(5, 10, 0.1) == pytest.approx(0.0016, abs=5e-5)


@given(st.integers(1, 200), st.data())
def test_a_tail_is_that_of_exact_fractions(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    exact = Fraction(sum(math.comb(n, k) for k in range(hits, n + 1)), 2**n)
    assert null.p_value(hits, n) == pytest.approx(float(exact), rel=1e-9)
    wanted = math.log2(exact.numerator) - math.log2(exact.denominator)
    assert null.log2_p(hits, n) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_p_goes_on_in_logarithms_where_floats_end() -> None:
    assert null.log2_p(4000, 4000) == pytest.approx(-4000)
    assert null.log2_p(1000, 1000, 0.1) == pytest.approx(1000 * math.log2(0.1))
    assert null.log2_p(0, 10) == 0.0


def test_whatever_is_read_the_hits_over_all_messages_are_binomial() -> None:
    """The randomness is in the message: one fixed reading, all 1024 messages of ten bits."""
    read = np.array([1, 1, 1, 1, 1, 1, 1, 0, 1, 1], dtype=np.int64)
    counts = [0] * 11
    for message in itertools.product((0, 1), repeat=10):
        counts[null.tally(read, np.array(message, dtype=np.int64), 0.5).hits] += 1
    assert counts == [math.comb(10, k) for k in range(11)]


def test_a_bit_is_undefined_at_exactly_zero_and_the_test_is_on_the_others() -> None:
    read = null.signs(np.array([0.0, -0.0, 1e-300, -1e-300]))
    assert read.tolist() == [-1, -1, 1, 0]
    one = null.tally(read, np.array([1, 1, 1, 1], dtype=np.int64), 0.5)
    assert (one.hits, one.n, one.undefined, one.law) == (1, 2, 2, "Bin(2, 0.5)")
    assert one.log2_p == pytest.approx(math.log2(0.75))


def test_nothing_defined_is_p_one_and_no_threshold() -> None:
    one = null.tally(np.full(32, -1, dtype=np.int64), np.ones(32, dtype=np.int64), 0.5)
    assert (one.hits, one.n, one.undefined) == (0, 0, 32)
    assert one.log2_p == 0.0
    assert one.threshold(1e-3) is one.level(1e-3) is one.power(1e-3, 0.9) is None


def test_infinity_and_another_length_are_refused() -> None:
    with pytest.raises(Refused, match=r"^A projection is not finite: the model's weights or"):
        null.signs(np.array([1.0, np.inf]))
    with pytest.raises(Refused, match=r"^3 bits were read but the key has 2: wrong key\.$"):
        null.tally(np.ones(3, dtype=np.int64), np.ones(2, dtype=np.int64), 0.5)


def test_a_rank_p_is_never_zero() -> None:
    assert null.rank_p(10.0, [1.0] * 19) == 0.05
    assert null.rank_p(10.0, [1.0] * 99) == 0.01
    assert null.rank_p(1.0, [1.0, 2.0, 0.0]) == 0.75


@pytest.mark.parametrize(
    ("ones", "n", "wanted"),
    [
        (8, 32, True),
        (7, 32, False),
        (24, 32, True),
        (25, 32, False),
        (32, 32, False),
        (1, 31, True),
        (0, 31, False),
        (31, 31, False),
    ],
)
def test_a_message_has_a_quarter_of_either_bit_from_32_on(ones: int, n: int, wanted: bool) -> None:
    message = np.array([1] * ones + [0] * (n - ones), dtype=np.uint8)
    assert null.balanced(message) is wanted


def test_an_honest_message_of_32_bits_is_unbalanced_in_less_than_three_of_a_thousand() -> None:
    assert 2 * binom.cdf(7, 32, 0.5) < 0.003
