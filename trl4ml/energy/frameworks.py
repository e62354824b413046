"""The watch over epochs as a callback of Keras, Lightning or Hugging Face trainers.

Each is imported when asked for, and refused where it is not installed. What is predicted is given
to `tell`, if there is one; a budget that would be passed stops the training their way.
"""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from trl4ml.energy.epochs import Ended, Watch
from trl4ml.energy.errors import Refused

Tell = Callable[[Ended], object]


def _silent(ended: Ended) -> None:
    """Tells nothing."""


def keras(watch: Watch, tell: Tell = _silent) -> Any:
    """A `keras.callbacks.Callback`; a stop sets `model.stop_training`."""
    base = _module("keras").callbacks.Callback

    def on_train_begin(self: Any, logs: object = None) -> None:
        watch.begin()

    def on_epoch_end(self: Any, epoch: int, logs: object = None) -> None:
        ended = watch()
        tell(ended)
        if ended.stop:
            self.model.stop_training = True

    return _made(base, on_train_begin=on_train_begin, on_epoch_end=on_epoch_end)


def lightning(watch: Watch, tell: Tell = _silent) -> Any:
    """A `lightning.pytorch.Callback`; a stop sets `trainer.should_stop`."""
    base = _module("lightning.pytorch").Callback

    def on_train_start(self: Any, trainer: Any, module: object) -> None:
        watch.begin()

    def on_train_epoch_end(self: Any, trainer: Any, module: object) -> None:
        ended = watch()
        tell(ended)
        if ended.stop:
            trainer.should_stop = True

    return _made(base, on_train_start=on_train_start, on_train_epoch_end=on_train_epoch_end)


def transformers(watch: Watch, tell: Tell = _silent) -> Any:
    """A `transformers.TrainerCallback`; a stop sets `control.should_training_stop`."""
    base = _module("transformers").TrainerCallback

    def on_train_begin(self: Any, args: object, state: object, control: Any, **_: object) -> None:
        watch.begin()

    def on_epoch_end(self: Any, args: object, state: object, control: Any, **_: object) -> None:
        ended = watch()
        tell(ended)
        if ended.stop:
            control.should_training_stop = True

    return _made(base, on_train_begin=on_train_begin, on_epoch_end=on_epoch_end)


def _made(base: type, **methods: Callable[..., None]) -> Any:
    return type("EnergyCallback", (base,), methods)()


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError:
        package = name.split(".", maxsplit=1)[0]
        raise Refused(
            f"{package} is not installed; install it, or call the watch yourself after each epoch"
        ) from None
