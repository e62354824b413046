"""The model does what a reader of its card would take for granted."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triage import model
from triage.data import Study, features


@pytest.mark.item("feature-code-tested")
def test_the_scaler_centres_and_standardises_the_training_part(fitted: Any, study: Study) -> None:
    scaled = fitted.named_steps["scale"].transform(features(study.train))
    assert scaled.mean(axis=0) == pytest.approx(np.zeros(10), abs=1e-9)
    assert scaled.std(axis=0) == pytest.approx(np.ones(10), abs=1e-9)


@pytest.mark.item("mlts-i2-spec-unit-tested")
def test_training_twice_gives_the_same_scores(fitted: Any, study: Study, high: pd.Series) -> None:
    again = model.fit("logistic", study.train, high)
    assert (model.score(again, study.holdout) == model.score(fitted, study.holdout)).all()


def test_a_score_at_the_cut_off_is_flagged() -> None:
    assert model.flag(np.array([0.499999, 0.5, 0.500001])).tolist() == [0, 1, 1]


@pytest.mark.item("metamorphic-tests")
def test_a_higher_bmi_never_lowers_the_score(fitted: Any, frame: pd.DataFrame) -> None:
    steps = np.linspace(frame["bmi"].min(), frame["bmi"].max(), 25)
    scores = np.array([model.score(fitted, frame.assign(bmi=step)) for step in steps])
    assert (np.diff(scores, axis=0) >= 0).all()


@pytest.mark.item("metamorphic-tests")
def test_the_patient_id_does_not_matter(fitted: Any, study: Study) -> None:
    renamed = study.holdout.set_axis(range(9000, 9000 + len(study.holdout)))
    assert (model.score(fitted, renamed) == model.score(fitted, study.holdout)).all()


@pytest.mark.item("metamorphic-tests")
def test_the_order_of_patients_does_not_matter(fitted: Any, study: Study) -> None:
    backwards = model.score(fitted, study.holdout[::-1])
    assert (backwards[::-1] == model.score(fitted, study.holdout)).all()


@pytest.mark.item("metamorphic-tests")
def test_the_order_of_columns_does_not_matter(fitted: Any, study: Study) -> None:
    mirrored = study.holdout[study.holdout.columns[::-1]]
    assert (model.score(fitted, mirrored) == model.score(fitted, study.holdout)).all()


@pytest.mark.item("metamorphic-tests")
def test_a_patient_alone_scores_as_among_others(fitted: Any, study: Study) -> None:
    alone = [model.score(fitted, study.holdout[i : i + 1])[0] for i in range(len(study.holdout))]
    assert alone == model.score(fitted, study.holdout).tolist()
