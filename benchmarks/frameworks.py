"""The watch over epochs in real trainings of Keras, Lightning and Hugging Face trainers.

    python benchmarks/frameworks.py

Each trains twice for six epochs on the CPU: once to the end, where the prediction after three epochs
is judged, and once under a budget that no training keeps, which has to stop it before the end. The
frameworks live in a venv of their own, made under build/frameworks (several GB with torch).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
VENV = HERE.parents[1] / "build" / "frameworks"
WANTED = ("keras", "lightning", "transformers", "accelerate", "torch", "codecarbon", "psutil",
          "rapidfuzz", "rfc8785")  # fmt: skip
EPOCHS = 6


def rows() -> tuple[Any, Any]:
    import numpy as np

    x = np.random.default_rng(0).normal(size=(2000, 8)).astype("float32")
    return x, (x[:, 0] > 0).astype("float32")


def keras(callback: object) -> None:
    import keras as k

    x, y = rows()
    model = k.Sequential([k.layers.Dense(8, activation="relu"), k.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(x, y, epochs=EPOCHS, verbose=0, callbacks=[callback])


def lightning(callback: object) -> None:
    import lightning.pytorch as pl
    import torch

    class Module(pl.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(8, 1)

        def training_step(self, batch: Any, number: int) -> Any:
            told = self.layer(batch[0])[:, 0]
            return torch.nn.functional.binary_cross_entropy_with_logits(told, batch[1])

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters())

    data = torch.utils.data.TensorDataset(*map(torch.tensor, rows()))
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = pl.Trainer(
        max_epochs=EPOCHS, callbacks=[callback], accelerator="cpu", **quiet,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(Module(), torch.utils.data.DataLoader(data, batch_size=50))


def transformers(callback: object) -> None:
    import torch
    import transformers as t

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(8, 1)

        def forward(self, x: Any, labels: Any) -> dict[str, Any]:
            told = self.layer(x)[:, 0]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(told, labels)
            return {"loss": loss, "logits": told}

    x, y = map(torch.tensor, rows())
    data = [{"x": one, "labels": label} for one, label in zip(x, y, strict=True)]
    options = t.TrainingArguments(
        str(VENV / "out"), num_train_epochs=EPOCHS, report_to=[], save_strategy="no",
        logging_strategy="no", disable_tqdm=True, use_cpu=True, per_device_train_batch_size=50,
    )  # fmt: skip
    t.Trainer(Module(), options, train_dataset=data, callbacks=[callback]).train()


TRAININGS: dict[str, Callable[[object], None]] = {
    "keras": keras, "lightning": lightning, "transformers": transformers,
}  # fmt: skip


def trained(name: str) -> dict[str, Any]:
    """Both trainings of one framework: how many epochs each had, and how good the prediction was."""
    from trl4ml.energy import frameworks, track
    from trl4ml.energy.epochs import Ended, watch

    ran = []
    for budget in (None, "0.001Wh"):
        told: list[Ended] = []
        with track(output=None, sampling_s=0.1, budget=budget) as tracker:
            TRAININGS[name](getattr(frameworks, name)(watch(tracker, EPOCHS), told.append))
        ran.append(len(told))
        if budget is None:
            foretold = tracker.predicted
    assert foretold is not None
    return {"whole": ran[0], "stopped": ran[1], "error": foretold.error}


def main(arguments: list[str]) -> int:
    if arguments:
        print(json.dumps(trained(arguments[0])))
        return 0
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *WANTED], check=True)
    surroundings = os.environ | {"PYTHONPATH": str(HERE.parents[1]), "KERAS_BACKEND": "torch"}
    good = True
    for name in TRAININGS:
        command = [str(python), str(HERE), name]
        done = subprocess.run(
            command, env=surroundings, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stderr)
        found = json.loads(done.stdout.splitlines()[-1])
        kept = found["whole"] == EPOCHS and found["stopped"] < EPOCHS
        good &= kept
        print(f"  {name:13} {found['whole']} epochs, foretold with an error of {found['error']:+.0%}; "
              f"stopped by its budget after {found['stopped']}: {'kept' if kept else 'MISSED'}")  # fmt: skip
    return int(not good)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
