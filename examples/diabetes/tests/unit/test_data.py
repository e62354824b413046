"""The snapshot is the study, and the two parts know nothing of each other."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from triage import data
from triage.data import FEATURES, TARGET, Study


@pytest.mark.item("data-profiled")
def test_the_snapshot_holds_the_values_that_scikit_learn_bundles(frame: pd.DataFrame) -> None:
    bundled = load_diabetes(as_frame=True, scaled=False).frame
    assert (frame.to_numpy() == bundled.to_numpy()).all()


def test_a_snapshot_with_one_changed_byte_is_refused(root: Path, tmp_path: Path) -> None:
    for name in ("SHA256SUMS", "diabetes.csv"):
        (tmp_path / name).write_bytes((root / "data" / name).read_bytes())
    changed = tmp_path / "diabetes.csv"
    changed.write_text(changed.read_text().replace("32.1", "32.2", 1))
    with pytest.raises(ValueError, match=r"diabetes\.csv: sha256 is"):
        data.load(changed)


@pytest.mark.item("splits-declared")
def test_every_patient_is_in_exactly_one_part(frame: pd.DataFrame, study: Study) -> None:
    assert set(study.train.index).isdisjoint(study.holdout.index)
    assert set(study.train.index) | set(study.holdout.index) == set(frame.index)


@pytest.mark.item("splits-declared")
def test_no_two_patients_of_different_parts_share_their_measurements(study: Study) -> None:
    common = study.train.merge(study.holdout, on=list(FEATURES))
    assert common.empty


def test_both_sexes_are_in_both_parts_in_the_same_share(study: Study) -> None:
    shares = [part["sex"].eq(1).mean() for part in (study.train, study.holdout)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)


def test_splitting_twice_gives_the_same_parts(frame: pd.DataFrame, study: Study) -> None:
    pd.testing.assert_frame_equal(data.split(frame).holdout, study.holdout)


@pytest.mark.item("splits-declared")
def test_the_committed_split_is_the_one_that_was_used(root: Path, study: Study) -> None:
    pd.testing.assert_frame_equal(pd.read_csv(root / "data" / "split.csv"), data.parts(study))


def test_the_threshold_does_not_see_the_held_out_part(frame: pd.DataFrame, study: Study) -> None:
    changed = frame.copy()
    changed.loc[study.holdout.index, TARGET] = 346
    assert data.split(changed).threshold == study.threshold


@pytest.mark.item("corner-cases")
def test_a_patient_at_the_threshold_is_not_high() -> None:
    frame = pd.DataFrame({TARGET: [99, 100, 101]})
    assert data.label(frame, 100.0).tolist() == [0, 0, 1]
