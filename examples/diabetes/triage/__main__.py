"""From the bundled study to every committed result: `python -m triage [FOLDER]`."""

import json
import sys
from pathlib import Path

import pandas as pd

from triage import __version__, data, evaluate, export, facts, model, pages, selection, stable
from triage.mark import carrier


def build(root: Path) -> None:
    """Make data, model, predictions, results and the numbers in the pages, in that order."""
    results = root / "results"
    stamp = {"version": __version__, "data_sha256": data.pinned(root / "data")}
    for folder in (results / "experiments", root / "model", root / "predictions"):
        folder.mkdir(parents=True, exist_ok=True)

    frame = data.snapshot(root / "data")
    study = data.split(frame)
    described = facts.describe(frame, study)
    stable.write_json({**described, **stamp}, results / "data.json")
    data.parts(study).to_csv(root / "data" / "split.csv", index=False, lineterminator="\n")

    high = data.label(study.train, study.threshold)
    compared = selection.compare(study.train, high)
    stable.write_json({**compared, **stamp}, results / "selection.json")
    for name in model.CANDIDATES:
        record = {**selection.record(name, compared), **stamp}
        stable.write_json(record, results / "experiments" / f"{name}.json")
    fitted = model.fit(compared["chosen"], study.train, high)

    predictions = predict(fitted, study)
    stable.write_parquet(predictions, root / "predictions" / "holdout.parquet")
    stable.write_json({**evaluate.metrics(predictions), **stamp}, results / "metrics.json")

    exported = root / "model" / "triage.onnx"
    mark = carrier(root / "watermark" / "carrier.json")
    export.export(fitted, study.threshold, stamp["data_sha256"], mark, exported)
    met = export.parity(fitted, exported, frame)
    unmet = export.parity(fitted, exported, export.corners(described["observed"]))
    parity = {"patients": met, "corners": unmet, **stamp}
    stable.write_json(parity, results / "parity.json", digits=6)

    fill_pages(root)


def predict(fitted: object, study: data.Study) -> pd.DataFrame:
    """The held-out patients with label, score and prediction."""
    scores = model.score(fitted, study.holdout)
    judged = {
        "label": data.label(study.holdout, study.threshold),
        "score": scores,
        "prediction": model.flag(scores),
    }
    return study.holdout[["sex", "age"]].assign(**judged).reset_index()


def fill_pages(root: Path) -> None:
    """Bring the numbers in the pages up to the results."""
    names = ("data", "selection", "metrics")
    found = (json.loads((root / "results" / f"{name}.json").read_text()) for name in names)
    blocks = pages.blocks(*found)
    for page in pages.PAGES:
        path = root / page
        path.write_text(pages.fill(path.read_text("utf-8"), blocks), "utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
