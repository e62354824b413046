"""Bars that a project declares for what another tool measured; without any, it is enough to be told."""

from collections.abc import Iterator, Mapping, Sequence

from trl4ml.core.evidence import Finding, Measure, no, unknown, yes
from trl4ml.core.noun import Noun, Scalar

MOST_TOLD = 3


class Bars(Noun):
    """Where the results lie, and how good they must be."""

    paths: tuple[str, ...] = ()
    """Patterns of the result files, if they lie elsewhere; `**/` finds only what git tracks."""
    at_least: dict[str, float] = {}
    """Measure → the least that it may be, as in {check_vulnerabilities: 9}."""
    at_most: dict[str, float] = {}
    """Measure → the most that it may be."""


def judged(
    says: str, paths: Sequence[str], measures: Mapping[str, Measure | Scalar], bars: Bars
) -> Finding:
    """YES when every bar is met, NO when one is missed, UNKNOWN when one cannot be compared.

    The measure `bars` says how many there are.
    """
    measures = {**measures, "bars": len(bars.at_least) + len(bars.at_most)}
    missing = list(_missing(measures, bars))
    missed = list(_missed(measures, bars))
    if missed:
        return no(f"{_few(missed)}; {says}", paths, **measures)
    if missing:
        return unknown(f"{_few(missing)}; {says}", paths, **measures)
    return yes(says, paths, **measures)


def _few(sentences: Sequence[str]) -> str:
    more = len(sentences) - MOST_TOLD
    return ", ".join(sentences[:MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def _missing(measures: Mapping[str, Measure | Scalar], bars: Bars) -> Iterator[str]:
    for name in sorted({*bars.at_least, *bars.at_most}):
        one = measures.get(name)
        if one is None:
            yield f"a bar is set for {name}, which was not measured"
        elif _value(one) is None:
            why = one.undefined if isinstance(one, Measure) else "it is not a number"
            yield f"a bar is set for {name}, which is undefined: {why or 'it is not a number'}"


def _missed(measures: Mapping[str, Measure | Scalar], bars: Bars) -> Iterator[str]:
    for name, least in sorted(bars.at_least.items()):
        value = _value(measures.get(name))
        if value is not None and value < least:
            yield f"{name} is {value:.6g}, wanted at least {least:g}"
    for name, most in sorted(bars.at_most.items()):
        value = _value(measures.get(name))
        if value is not None and value > most:
            yield f"{name} is {value:.6g}, wanted at most {most:g}"


def _value(one: Measure | Scalar | None) -> float | None:
    value = one.value if isinstance(one, Measure) else one
    return None if isinstance(value, bool | str) else value
