"""The candidates and the scoring rule.

Every candidate tunes itself on the rows it is given, so that putting one inside a cross-validation
makes that validation nested. Newton steps end at the optimum to the last digits that matter, which
keeps the exported weights equal from machine to machine.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from triage.data import SEED, features

CUT_OFF = 0.5
SCORE_DIGITS = 6


def tuned(estimator: Any, grid: dict[str, list[Any]]) -> GridSearchCV:
    """The estimator with the grid point of least log loss in five folds."""
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    return GridSearchCV(estimator, grid, scoring="neg_log_loss", cv=folds)


def bmi() -> Pipeline:
    """One threshold on body mass index: what a ruler on the wall could do."""
    only = ColumnTransformer([("bmi", "passthrough", ["bmi"])])
    return Pipeline(
        [("only", only), ("cut", DecisionTreeClassifier(max_depth=1, random_state=SEED))]
    )


def logistic() -> GridSearchCV:
    """Standardised inputs, one weight each."""
    weigh = LogisticRegression(solver="newton-cholesky", tol=1e-8)
    steps = [("scale", StandardScaler()), ("weigh", weigh)]
    return tuned(Pipeline(steps), {"weigh__C": [0.01, 0.1, 1.0, 10.0]})


def boosting() -> GridSearchCV:
    """A hundred small trees, for what a weighted sum cannot see."""
    trees = GradientBoostingClassifier(n_estimators=100, learning_rate=0.05, random_state=SEED)
    return tuned(trees, {"max_depth": [1, 2]})


CANDIDATES: dict[str, Callable[[], Any]] = {
    "majority": lambda: DummyClassifier(strategy="prior"),
    "bmi": bmi,
    "logistic": logistic,
    "boosting": boosting,
}


def fit(name: str, frame: pd.DataFrame, high: pd.Series) -> Any:
    """Train one candidate; a tuned one is returned as the estimator it settled on."""
    fitted = CANDIDATES[name]().fit(features(frame), high)
    return getattr(fitted, "best_estimator_", fitted)


def score(model: Any, frame: pd.DataFrame) -> NDArray[np.float64]:
    """Probability of high progression, patient by patient."""
    return np.asarray(model.predict_proba(features(frame))[:, 1].round(SCORE_DIGITS))


def flag(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 where a score reaches the cut-off, ties included."""
    return (scores >= CUT_OFF).astype(np.int64)
