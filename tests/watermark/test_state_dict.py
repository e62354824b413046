"""A PyTorch state_dict is read without running anything in it."""

import collections
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models import weights

pytestmark = pytest.mark.slow


def saved(path: Path, what: Any) -> Path:
    import torch

    torch.save(what, path)
    return path


def test_weights_are_read_by_name_and_nested_ones_with_dots(tmp_path: Path) -> None:
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Conv2d(2, 5, 3))
    found = weights(saved(tmp_path / "m.pt", net.state_dict()))
    assert found.format == "state_dict"
    assert np.array_equal(found.layer("0.weight"), net[0].weight.detach().double().numpy())
    assert [found.layout(n) for n in ("0.weight", "1.weight", "0.bias")] == ["oi", "oihw", ""]
    nested = weights(saved(tmp_path / "n.pt", {"epoch": 3, "model": net.state_dict()}))
    assert sorted(nested.tensors) == [f"model.{n}" for n in sorted(net.state_dict())]


def test_a_whole_model_is_a_program_and_refused(tmp_path: Path) -> None:
    import torch

    with pytest.raises(Refused, match="holds more than weights, and a pickle can run anything"):
        weights(saved(tmp_path / "m.pt", torch.nn.Linear(2, 2)))


def test_a_trap_does_not_spring(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path / 'sprung'}",)

    file = saved(tmp_path / "m.pt", collections.OrderedDict(a=Trap()))
    with pytest.raises(
        Refused, match="a pickle can run anything, so it is not opened; save it anew"
    ):
        weights(file)
    assert not (tmp_path / "sprung").exists()


def test_a_few_values_do_not_unfold_to_terabytes(tmp_path: Path) -> None:
    import torch

    file = saved(tmp_path / "m.pt", {"w": torch.zeros(1).expand(10**6, 10**6)})
    with pytest.raises(Refused, match=r"w claims the shape \[1000000, 1000000\] on a few stored"):
        weights(file)


def test_sparse_weights_and_lists_are_refused(tmp_path: Path) -> None:
    import torch

    with pytest.raises(Refused, match="w is sparse or quantised; save it dense, as float"):
        weights(saved(tmp_path / "a.pt", {"w": torch.eye(3).to_sparse()}))
    with pytest.raises(Refused, match="holds a list, not named weights"):
        weights(saved(tmp_path / "b.pt", [torch.eye(3)]))


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    import torch

    file = saved(tmp_path / "m.pt", {"w": torch.eye(30)})
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(tmp_path / "n.pt", "w") as other:
        for one in archive.infolist():
            if "/data/" not in one.filename:
                other.writestr(one.filename, archive.read(one))
    with pytest.raises(Refused, match=r"n\.pt: is not a whole state_dict \(.*\); save it anew"):
        weights(tmp_path / "n.pt")
