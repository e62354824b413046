"""The 442 patients: snapshot, checksum, split, label.

The snapshot is written from scikit-learn's bundled copy and refused if its bytes are not the ones
pinned in `data/SHA256SUMS`, so a changed upstream file stops the run instead of moving the numbers.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

SEED = 2004
HOLDOUT_SHARE = 1 / 3
FEATURES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
TARGET = "progression"


@dataclass(frozen=True)
class Study:
    """Two parts without a common patient, and the label's threshold taken from the first."""

    train: pd.DataFrame
    holdout: pd.DataFrame
    threshold: float


def snapshot(folder: Path) -> pd.DataFrame:
    """Write `diabetes.csv` from scikit-learn's copy, check it, and read it back."""
    frame = load_diabetes(as_frame=True, scaled=False).frame.rename(columns={"target": TARGET})
    whole = dict.fromkeys(("age", "sex", TARGET), "int64")
    path = folder / "diabetes.csv"
    frame.astype(whole).to_csv(path, index_label="id", lineterminator="\n")
    return load(path)


def load(path: Path) -> pd.DataFrame:
    """Read a snapshot whose digest is the one pinned beside it."""
    wanted = pinned(path.parent)
    found = sha256(path.read_bytes()).hexdigest()
    if found != wanted:
        raise ValueError(f"{path.name}: sha256 is {found}, wanted {wanted}")
    return pd.read_csv(path, index_col="id")


def pinned(folder: Path) -> str:
    """The SHA-256 that the snapshot must have."""
    return (folder / "SHA256SUMS").read_text().split()[0]


def split(frame: pd.DataFrame) -> Study:
    """Hold out a third of each sex; the threshold is the median of the rest."""
    train, holdout = train_test_split(
        frame, test_size=HOLDOUT_SHARE, random_state=SEED, stratify=frame["sex"]
    )
    return Study(train.sort_index(), holdout.sort_index(), float(train[TARGET].median()))


def parts(study: Study) -> pd.DataFrame:
    """Which part each patient is in, as `data/split.csv` says it."""
    named = {"train": study.train, "holdout": study.holdout}
    where = pd.concat(pd.Series(name, rows.index, name="part") for name, rows in named.items())
    return where.sort_index().reset_index()


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """The model's ten inputs, in the order it was trained with."""
    return frame[list(FEATURES)].astype("float64")


def label(frame: pd.DataFrame, threshold: float) -> pd.Series:
    """1 where the disease progressed further than the threshold, else 0."""
    return (frame[TARGET] > threshold).astype("int64")
