"""Gate expressions: a table of worked cases, hostile ones too, and the laws of three values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.core.expression import BadExpression, Missing, parse
from trl4ml.core.noun import Scalar

FACTS: dict[str, Scalar] = {
    "fairness.ratio": 0.79, "fairness.ratio.lower": 0.7, "fairness.n": 3, "fairness.done": True,
    "fairness.tool": "ours", "licence": True, "secrets": False, "policy.bar": 0.8,
}  # fmt: skip


def look_up(name: str) -> Scalar | Missing:
    return FACTS.get(name, Missing(f"no {name}"))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("fairness.ratio >= 0.8", False),
        ("fairness.ratio >= 0.79", True),
        ("fairness.ratio > 0.79", False),
        ("fairness.ratio <= 0.79", True),
        ("fairness.ratio < 0.79", False),
        ("fairness.ratio == 0.79", True),
        ("fairness.ratio != 0.79", False),
        ("fairness.ratio.lower >= 0.7", True),
        ("fairness.n >= 0.8", True),
        ("fairness.n > -1", True),
        ("0.7 <= fairness.ratio < 0.9", True),
        ("0.8 <= fairness.ratio < 0.9", False),
        ("0.8 > fairness.ratio", True),
        ("fairness.ratio >= policy.bar", False),
        ("fairness.missing >= 0.8", None),
        ("0 < fairness.missing < fairness.n", None),
        ("5 < fairness.n < fairness.missing", False),
        ("fairness.missing >= 0.8 or fairness.n > 2", True),
        ("fairness.missing >= 0.8 or fairness.n > 5", None),
        ("fairness.missing >= 0.8 and fairness.n > 5", False),
        ("fairness.missing >= 0.8 and fairness.n > 2", None),
        ("not fairness.missing >= 0.8", None),
        ("not fairness.n > 5", True),
        ("not (licence and secrets)", True),
        ("licence", True),
        ("secrets", False),
        ("not secrets", True),
        ("licence and not secrets", True),
        ("absent", None),
        ("fairness.done == true", True),
        ("fairness.done == True", True),
        ("fairness.done != false", True),
        ("fairness.tool == 'ours'", True),
        ("fairness.__class__ == 1", None),
    ],
)
def test_an_expression_has_the_value_worked_out_by_hand(text: str, holds: bool | None) -> None:
    assert parse(text).evaluate(look_up).holds is holds


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fairness.n >= 'three'", "column 1: compares unlike things: a number with text"),
        (
            "licence and fairness.done >= 1",
            "column 13: compares unlike things: a truth with a number",
        ),
        ("fairness.tool < 3", "compares unlike things: text with a number"),
    ],
)
def test_unlike_things_are_an_error_with_a_column(text: str, says: str) -> None:
    with pytest.raises(BadExpression, match=says):
        parse(text).evaluate(look_up)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "column"),
        ("fairness.n", "column 1: a gate is made of comparisons and names of probes"),
        ("true", "column 1: a gate is made of comparisons"),
        ("1", "column 1: a gate is made of comparisons"),
        ("fairness.n in (1, 2)", "'In' is not accepted"),
        ("a is b", "'Is' is not accepted"),
        ('__import__("os").system("x")', "column 1: a gate is made of comparisons"),
        ("f(x) > 1", "column 1: only dotted names, numbers and text"),
        ("x[0] > 1", "column 1: only dotted names"),
        ("[x for x in y]", "column 1"),
        ("a + 1 > 2", "column 1: only dotted names, numbers and text"),
        ("9**9**9 > 1", "column 1: only dotted names"),
        ("x > 1e999", "column 5: the number is too large"),
        ("x > " + "9" * 400, "column 5: the number is too large"),
        ("-1e308 > x", "column 2: the number is too large"),
        ("fairness.n >", "column"),
        ("x > lambda: 0", "column"),
        ("(a := 1) > 0", "column"),
        ("x > b'1'", "column 5: only dotted names"),
        ("x > 1j", "column 5"),
        ("x > None", "column 5"),
        ("x > -'a'", "column 5"),
        ("x > 1\x00", "null"),
        ("a" * 501, "longer than 500 characters"),
        ("a" + " < a" * 50, "column 1: compares more than 50 things; make several items of it"),
        ("(" * 240 + "1" + ")" * 240 + " < 2", "column"),
        ("not " * 120 + "a", None),
    ],
)
def test_what_is_not_a_gate_is_refused_with_a_column(text: str, says: str | None) -> None:
    if says is None:
        assert parse(text).evaluate(look_up).holds is None
        return
    with pytest.raises(BadExpression, match=says):
        parse(text)


def test_an_expression_names_what_it_asks_for_once_and_in_order() -> None:
    assert parse("b.x > 1 and a and b.x < 3 and true == a.y").names == ("b.x", "a", "a.y")


def test_a_comparison_says_the_number_the_bound_and_the_shortfall() -> None:
    made = parse("fairness.ratio >= policy.bar").evaluate(look_up).comparisons[0]
    assert (made.name, made.sign, made.wanted, made.value) == ("fairness.ratio", ">=", 0.8, 0.79)
    assert made.holds is False
    assert made.short_by == 0.01


def test_a_bound_on_the_left_is_told_as_if_it_stood_on_the_right() -> None:
    made = parse("0.8 <= fairness.ratio").evaluate(look_up).comparisons[0]
    assert (made.name, made.sign, made.wanted, made.short_by) == ("fairness.ratio", ">=", 0.8, 0.01)


expressions = st.recursive(
    st.sampled_from(["licence", "secrets", "absent", "fairness.n > 2", "gone.x < 1"]),
    lambda inner: st.one_of(
        inner.map(lambda e: f"not ({e})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda es: " and ".join(f"({e})" for e in es)),
        st.lists(inner, min_size=2, max_size=3).map(lambda es: " or ".join(f"({e})" for e in es)),
    ),
    max_leaves=8,
)


@given(expressions)
def test_learning_what_was_missing_never_overturns_what_was_already_settled(text: str) -> None:
    settled = parse(text).evaluate(look_up).holds
    for absent in (True, False):
        for gone in (0, 2):
            learnt = {**FACTS, "absent": absent, "gone.x": gone}
            assert settled in (None, parse(text).evaluate(lambda n: learnt[n]).holds)  # noqa: B023


@given(expressions)
def test_not_swaps_true_and_false_and_leaves_unknown(text: str) -> None:
    swapped: dict[bool | None, bool | None] = {True: False, False: True, None: None}
    holds = parse(text).evaluate(look_up).holds
    assert parse(f"not ({text})").evaluate(look_up).holds is swapped[holds]


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_is_refused_and_nothing_else_happens(text: str) -> None:
    def nothing(name: str) -> Any:
        return Missing("nothing")

    try:
        assert parse(text).evaluate(nothing).holds in (None, True, False)
    except BadExpression as error:
        assert "column" in str(error)
