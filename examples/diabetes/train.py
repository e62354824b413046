"""Data, model, predictions and results, made again: `python train.py`, from any folder.

Under the meter: trl4ml track --model model/triage.onnx -- python train.py
"""

from pathlib import Path

from triage.__main__ import build

if __name__ == "__main__":
    build(Path(__file__).resolve().parent)
