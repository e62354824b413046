"""Both models' scores of the held-out patients, side by side: `python -m triage.parity [FOLDER]`.

Not among the files that `reproduce.py` makes: the last digits of the exported model's scores are
those of the processor that computed them.
"""

import sys
from pathlib import Path

import pandas as pd

from triage import data, export, model

TABLE = Path("parity", "holdout.csv")


def table(root: Path) -> pd.DataFrame:
    """One row a held-out patient: id, original, exported."""
    study = data.split(data.load(root / "data" / "diabetes.csv"))
    fitted = model.fit("logistic", study.train, data.label(study.train, study.threshold))
    return export.side_by_side(fitted, root / "model" / "triage.onnx", study.holdout)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    (folder / TABLE).parent.mkdir(exist_ok=True)
    table(folder).to_csv(folder / TABLE, index_label="id", lineterminator="\n")
