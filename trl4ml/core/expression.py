"""Gate expressions: `coverage.line_rate.lower >= policy.line_rate`, with three values.

A whitelist over Python's own grammar: dotted names, numbers, text, chained comparisons, and / or /
not. A bare name is a probe's outcome: YES is true, NO is false. What is missing or undefined makes
a comparison unknown (None), and unknown never meets: `false and unknown` is false, `true or
unknown` is true. Nothing is called, indexed or computed; names are looked up, never getattr.
"""

import ast
import operator
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from trl4ml.core.noun import Noun, Scalar, checked

LONGEST, MOST = 500, 50
LARGEST = 1e300
"""A float has room for differences of two such numbers."""
SIGNS: dict[type[ast.cmpop], tuple[str, Callable[[Scalar, Scalar], bool]]] = {
    ast.GtE: (">=", operator.ge),
    ast.Gt: (">", operator.gt),
    ast.LtE: ("<=", operator.le),
    ast.Lt: ("<", operator.lt),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}


class BadExpression(ValueError):
    """The expression is not one; says the column (from 1) and why."""


class Missing(NamedTuple):
    """There is no value: why, and whether because the question does not apply here."""

    reason: str
    not_applicable: bool = False


LookUp = Callable[[str], Scalar | Missing]


class Comparison(Noun):
    """One comparison as it was made: 0.79, wanted >= 0.8, short by 0.01."""

    name: str
    sign: str
    wanted: Scalar | None
    value: Scalar | None = None
    holds: bool | None = None
    """None: unknown, for the `reason`."""
    short_by: float | None = None
    reason: str = ""
    not_applicable: bool = False


class Result(NamedTuple):
    """The expression's value (None: unknown) and the comparisons it was made of, in order."""

    holds: bool | None
    comparisons: tuple[Comparison, ...]


class Expression:
    """A parsed expression; `names` are the dotted names that it asks for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._body = _parse(text)
        found = [_dotted(n) for n in _operands(self._body) if _constant(n) is None]
        self.names = tuple(dict.fromkeys(found))

    def evaluate(self, look_up: LookUp) -> Result:
        """Raises BadExpression when it compares unlike things, such as text with a number."""
        made: list[Comparison] = []
        return Result(_truth(self._body, look_up, made, wanted=True), tuple(made))


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """The expression that the text stands for. Raises BadExpression with the column."""
    return Expression(text)


def _parse(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise BadExpression(f"column {LONGEST + 1}: longer than {LONGEST} characters")
    try:
        body = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        says = getattr(error, "msg", None) or str(error)
        raise BadExpression(
            f"column {getattr(error, 'offset', None) or len(text) + 1}: {says}"
        ) from None
    if len(_operands(body)) > MOST:
        raise BadExpression(f"column 1: compares more than {MOST} things; make several items of it")
    return body


def _operands(node: ast.expr) -> list[ast.expr]:
    """The names and constants of a well-formed expression; refuses everything else."""
    if isinstance(node, ast.BoolOp):
        return [leaf for value in node.values for leaf in _operands(value)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _operands(node.operand)
    if isinstance(node, ast.Name) and _constant(node) is None:
        return [node]
    if isinstance(node, ast.Compare):
        for sign in node.ops:
            if type(sign) not in SIGNS:
                raise _bad(node, f"'{type(sign).__name__}' is not accepted")
        return [_operand(side) for side in (node.left, *node.comparators)]
    raise _bad(node, "a gate is made of comparisons and names of probes")


def _operand(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute):
        _dotted(node)
    elif _constant(node) is None and not isinstance(node, ast.Name):
        raise _bad(node, "only dotted names, numbers and text")
    return node


def _bad(node: ast.expr, says: str) -> BadExpression:
    return BadExpression(f"column {node.col_offset + 1}: {says}")


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise _bad(node, "only dotted names, numbers and text")


def _constant(node: ast.expr) -> Scalar | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _constant(node.operand)
        return -number if type(number) in (int, float) else None  # type: ignore[operator]
    if isinstance(node, ast.Name):
        return {"true": True, "false": False}.get(node.id)
    value = node.value if isinstance(node, ast.Constant) else None
    if type(value) in (int, float) and abs(value) > LARGEST:  # type: ignore[arg-type]
        raise _bad(node, "the number is too large")
    return value if type(value) in (bool, int, float, str) else None  # type: ignore[return-value]


def _truth(node: ast.expr, look_up: LookUp, made: list[Comparison], wanted: bool) -> bool | None:
    if isinstance(node, ast.BoolOp):
        values = [_truth(value, look_up, made, wanted) for value in node.values]
        settles = isinstance(node.op, ast.Or)  # one true settles `or`, one false settles `and`
        return settles if settles in values else None if None in values else not settles
    if isinstance(node, ast.UnaryOp):
        holds = _truth(node.operand, look_up, made, not wanted)
        return None if holds is None else not holds
    if isinstance(node, ast.Name):
        return _outcome(node, look_up, made, wanted)
    assert isinstance(node, ast.Compare)
    sides = [(side, _value(side, look_up)) for side in (node.left, *node.comparators)]
    known = [value for _, value in sides if not isinstance(value, Missing)]
    if len({_sort(value) for value in known}) > 1:
        raise _bad(node, "compares unlike things: " + " with ".join(_sort(v) for v in known))
    links = [
        _compare(left, sign, right, made, wanted)
        for sign, left, right in zip(node.ops, sides, sides[1:], strict=False)
    ]
    return False if False in links else None if None in links else True


def _value(node: ast.expr, look_up: LookUp) -> Scalar | Missing:
    constant = _constant(node)
    return look_up(_dotted(node)) if constant is None else constant


def _sort(value: Scalar) -> str:
    return (
        "a number" if type(value) in (int, float) else "text" if type(value) is str else "a truth"
    )


def _outcome(node: ast.Name, look_up: LookUp, made: list[Comparison], wanted: bool) -> bool | None:
    value = look_up(node.id)
    if isinstance(value, Missing):
        made.append(
            checked(Comparison, name=node.id, sign="is", wanted=wanted, reason=value.reason,
                       not_applicable=value.not_applicable)
        )  # fmt: skip
        return None
    if type(value) is not bool:
        raise _bad(node, f"'{node.id}' is {_sort(value)}: compare it with something")
    made.append(
        checked(
            Comparison, name=node.id, sign="is", wanted=wanted, value=value, holds=value is wanted
        )
    )
    return value


Side = tuple[ast.expr, Scalar | Missing]


def _compare(
    left: Side, sign: ast.cmpop, right: Side, made: list[Comparison], wanted: bool
) -> bool | None:
    mirrored = _constant(left[0]) is not None and _constant(right[0]) is None
    (node, value), (_, bound) = (right, left) if mirrored else (left, right)
    word, test = SIGNS[type(sign)]
    shown = _flip(word) if mirrored else word
    name = _dotted(node) if _constant(node) is None else str(_constant(node))
    gaps = [v for v in (value, bound) if isinstance(v, Missing)]
    gap = min(gaps, key=lambda v: v.not_applicable, default=None)
    known_value = None if isinstance(value, Missing) else value
    known_bound = None if isinstance(bound, Missing) else bound
    if gap is not None or known_value is None or known_bound is None:
        made.append(
            checked(Comparison, name=name, sign=shown, wanted=known_bound, value=known_value,
                       reason=gap.reason if gap else "", not_applicable=bool(gap and gap.not_applicable))
        )  # fmt: skip
        return None
    result = test(known_bound, known_value) if mirrored else test(known_value, known_bound)
    holds = result is wanted
    made.append(
        checked(Comparison, name=name, sign=shown if wanted else f"not {shown}", wanted=known_bound,
                   value=known_value, holds=holds,
                   short_by=None if holds else _short(known_value, known_bound))
    )  # fmt: skip
    return result


def _flip(sign: str) -> str:
    return {">=": "<=", "<=": ">=", ">": "<", "<": ">"}.get(sign, sign)


def _short(value: Scalar, bound: Scalar) -> float | None:
    if isinstance(value, bool | str) or isinstance(bound, bool | str):
        return None
    gap = float(f"{abs(value - bound):.12g}")
    return gap if gap < float("inf") else None
