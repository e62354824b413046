"""Numbers of other tools as measures: by a name that expressions can say, undefined with a reason."""

from collections.abc import Iterable
from itertools import islice

from trl4ml.artefacts.numbers import Number, fault, slug, text, whole
from trl4ml.core.evidence import Kind, Measure, undefined

MOST_NUMBERS = 500
NORMAL_95 = 1.959963984540054


def measures(numbers: Iterable[Number]) -> dict[str, Measure]:
    """Each number as a measure, under its slug."""
    return named((one.name, measure(one)) for one in numbers)


def named(pairs: Iterable[tuple[str, Measure]]) -> dict[str, Measure]:
    """Each measure under its slug; `left_out` counts those behind the first 500 and without a name.

    Two that would have one name are undefined, and the reason tells both.
    """
    rest = iter(pairs)
    found: dict[str, Measure] = {}
    origin: dict[str, str] = {}
    nameless = 0
    for written, one in islice(rest, MOST_NUMBERS):
        name = slug(written)
        if not name:
            nameless += 1
        elif name in found:
            both = f"'{text(origin[name])}' and '{text(written)}'"
            found[name] = undefined(f"{both} would both be called {name}")
        else:
            found[name], origin[name] = one, written
    left_out = nameless + sum(1 for _ in rest)
    return {**found, "left_out": Measure(value=left_out)} if left_out else found


def measure(one: Number) -> Measure:
    """The number; with the interval of 95 % where the tool gives a standard error."""
    if why := fault(one.value):
        return undefined(why)
    n = whole(one.n)
    if one.error is None or fault(one.error) or one.error < 0:
        return Measure(value=one.value, n=n)
    wide = NORMAL_95 * one.error
    return Measure(
        value=one.value, lower=one.value - wide, upper=one.value + wide, n=n, kind=Kind.ESTIMATED
    )
