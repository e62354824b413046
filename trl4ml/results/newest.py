"""Of several results of one thing the newest: by the time that each tells, never by its file's name."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from trl4ml.artefacts.numbers import text
from trl4ml.results.lying import NoResults

T = TypeVar("T")


class Timed(NamedTuple):
    """Which thing a result is of, when it was made (seconds, None where it tells no time), its file."""

    of: tuple[str, ...]
    when: float | None
    path: str


def newest(results: Iterable[tuple[Timed, T]]) -> list[T]:
    """The newest of each thing, in the order of the things; all that share the newest time.

    Raises NoResults where a thing has several results and one of them tells no time.
    """
    every: dict[tuple[str, ...], list[tuple[Timed, T]]] = {}
    for timed, one in results:
        every.setdefault(timed.of, []).append((timed, one))
    return [one for of in sorted(every) for one in _newest(every[of])]


def _newest(some: list[tuple[Timed, T]]) -> list[T]:
    untold = sorted(timed.path for timed, _ in some if timed.when is None)
    if untold and some[1:]:
        name = " of ".join(filter(None, map(text, some[0][0].of)))
        raise NoResults(
            f"{len(some)} results of {name} lie there, and {untold[0]} does not tell when it was made; "
            "name the one that counts as paths in trl4ml.yaml"
        )
    last = max(timed.when or 0 for timed, _ in some)
    return [one for timed, one in some if (timed.when or 0) == last]
