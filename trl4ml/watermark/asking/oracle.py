"""A model that is asked: every answer is checked, and every row that is asked counts as a query."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark import scores
from trl4ml.watermark.errors import NoSignal, Refused

Array = NDArray[np.float64]
Answer = Callable[[NDArray[Any]], NDArray[Any]]
"""Inputs (n, …) to scores (n, C), or to labels (n,)."""
RETURNS = ("probabilities", "log-probabilities", "logits", "labels")


class Oracle:
    """A model behind a function, a file or an address.

    `queries` is the number of rows asked, `kept` of those an earlier run's journal answered, `decimals` the rounding seen in all answers so far (None:
    not rounded, or not asked), `classes` the length of an answer, `returns` one of RETURNS.
    """

    def __init__(
        self, name: str, answer: Answer, returns: str = "probabilities", budget: int | None = None
    ) -> None:
        """More than `budget` rows are never asked; which of them were answered before is no matter."""
        if returns not in RETURNS:
            raise Refused(f"{name}: returns {returns!r} is not one of {', '.join(RETURNS)}")
        self.name, self.returns = name, returns
        self.queries = 0
        self.kept = 0
        self.classes: int | None = None
        self.decimals: int | None = None
        self._answer, self._budget, self._fine = answer, budget, False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a verdict should say of how it was asked."""
        told = f"{self.kept:,} answers are the journal's, from an earlier run: the model may be another"
        return (told,) if self.kept else ()

    def probabilities(self, inputs: NDArray[Any]) -> Array:
        """Class probabilities (n, C) of inputs (n, …). Raises NoSignal for labels only, Refused."""
        found = self.scores(inputs)
        if self.returns == "logits":
            found = np.exp(found - found.max(axis=1, keepdims=True))
            found = found / found.sum(axis=1, keepdims=True)
        elif self.returns == "log-probabilities":
            found = np.exp(found)
        return self._named(lambda: scores.probabilities(found, len(inputs)))

    def scores(self, inputs: NDArray[Any]) -> Array:
        """What the model returns (n, C), as it is. Raises NoSignal for labels only, Refused."""
        if self.returns == "labels":
            raise NoSignal(f"{self.name}: gives labels only and this scheme needs scores; ask for "
                           "class probabilities, or verify a trigger set")  # fmt: skip
        answers = self._asked(inputs)
        found = self._named(lambda: scores.checked(answers, len(inputs)))
        if self.classes not in (None, found.shape[1]):
            raise Refused(f"{self.name}: gives {found.shape[1]} scores for an input after "
                          f"{self.classes}; ask one model only")  # fmt: skip
        self.classes = int(found.shape[1])
        seen = None if self._fine else scores.decimals(found)
        self._fine = seen is None
        self.decimals = None if seen is None else max(seen, self.decimals or 0)
        return found

    def labels(self, inputs: NDArray[Any]) -> NDArray[np.int64]:
        """The class (n,) of inputs (n, …): as answered, or the one of the highest score."""
        if self.returns != "labels":
            return np.asarray(self.scores(inputs).argmax(axis=1), dtype=np.int64)
        found = np.asarray(self._asked(inputs))
        if found.shape != (len(inputs),) or found.dtype.kind not in "iuf":
            raise Refused(f"{self.name}: does not give one label for each of {len(inputs)} inputs; "
                          "give the index of the class, from 0")  # fmt: skip
        if not np.isfinite(found).all() or (found != found.round()).any() or (found < 0).any():
            raise Refused(
                f"{self.name}: gives labels other than 0, 1, 2 …; give the index of the class"
            )
        return found.astype(np.int64)

    def noise(self, inputs: NDArray[Any]) -> float:
        """The largest difference between two answers to the same inputs; asks each of them twice."""
        first, second = self.probabilities(inputs), self.probabilities(inputs)
        return float(np.abs(first - second).max())

    def _asked(self, inputs: NDArray[Any]) -> NDArray[Any]:
        wanted = self.queries + len(inputs)
        if self._budget is not None and wanted > self._budget:
            raise NoSignal(f"{self.name}: {wanted:,} queries are needed and the budget is "
                           f"{self._budget:,}; raise the budget, or use fewer inputs")  # fmt: skip
        self.queries = wanted
        return self._answer(inputs)

    def _named(self, check: Callable[[], Array]) -> Array:
        try:
            return check()
        except Refused as refused:
            raise type(refused)(f"{self.name}: {refused}") from None
