"""The watch in the place where each framework looks for a callback.

The frameworks are not installed here: stand-ins have their base class and nothing else. The real
ones are trained by `benchmarks/frameworks.py`.
"""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from trl4ml.energy import frameworks
from trl4ml.energy.epochs import Ended, Watch
from trl4ml.energy.units import budget


class Base:
    """What a framework's own callback class is: hooks that do nothing."""


def watch() -> Watch:
    readings = iter([0.0, 5.0, 6.0, 7.0])
    return Watch(3, lambda: next(readings), stop_over=budget("1.5kWh"), clock=lambda: 0.0)


def installed(monkeypatch: pytest.MonkeyPatch, name: str, **names: object) -> None:
    module = ModuleType(name)
    vars(module).update(names)
    monkeypatch.setitem(sys.modules, name.split(".", maxsplit=1)[0], ModuleType("parent"))
    monkeypatch.setitem(sys.modules, name, module)


def test_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "keras", callbacks=SimpleNamespace(Callback=Base))
    told: list[Ended] = []
    callback: Any = frameworks.keras(watch(), told.append)
    callback.model = SimpleNamespace(stop_training=False)
    callback.on_train_begin({})
    callback.on_epoch_end(0, {"loss": 1.0})
    assert not callback.model.stop_training
    callback.on_epoch_end(1, {})
    assert callback.model.stop_training
    assert issubclass(type(callback), Base)
    assert [one.stop for one in told] == [False, True]


def test_lightning(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "lightning.pytorch", Callback=Base)
    callback, trainer = frameworks.lightning(watch()), SimpleNamespace(should_stop=False)
    callback.on_train_start(trainer, None)
    callback.on_train_epoch_end(trainer, None)
    assert not trainer.should_stop
    callback.on_train_epoch_end(trainer, None)
    assert trainer.should_stop


def test_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "transformers", TrainerCallback=Base)
    callback = frameworks.transformers(watch())
    control = SimpleNamespace(should_training_stop=False)
    callback.on_train_begin(None, None, control, model=None)
    callback.on_epoch_end(None, None, control, model=None)
    assert not control.should_training_stop
    callback.on_epoch_end(None, None, control)
    assert control.should_training_stop
