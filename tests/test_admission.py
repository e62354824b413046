"""The admission example: its script lets the reviewed model through, and no other."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.test_provenance_command import project as project
from trl4ml.load.files import document

HERE = Path(__file__).parent.parent / "examples" / "admission"


def admitted(project: Path, source: Path) -> subprocess.CompletedProcess[str]:
    """Runs gate.sh as the init container does, with `cp -r` for the fetcher."""
    fetch = project.parent / "fetch"
    fetch.write_text('#!/bin/sh\ncp -r "$1" "$2"\n')
    fetch.chmod(0o755)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [HERE / "gate.sh", source, project.parent / "mnt"],
        env={**os.environ, "PATH": path, "FETCH": str(fetch), "PROJECT": str(project)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_reviewed_model_is_let_through(project: Path) -> None:
    done = admitted(project, project.parent / "served" / "model")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_model_with_one_file_more_keeps_the_pod_from_starting(project: Path) -> None:
    served = project.parent / "served" / "model"
    (served / "modeling_new.py").write_text("import os")
    done = admitted(project, served)
    assert done.returncode == 1
    assert "modeling_new.py is not among the reviewed files (9 bytes)" in done.stdout


def test_what_cannot_be_fetched_is_not_asked_about(project: Path) -> None:
    done = admitted(project, project.parent / "gone")
    assert done.returncode != 0
    assert done.stdout == ""


def manifests(name: str) -> list[Any]:
    parts = (HERE / name).read_text("utf-8").split("\n---\n")
    return [document(part, name).data for part in parts]


@pytest.mark.parametrize("name", ["kserve.yaml", "kubernetes.yaml"])
def test_the_model_is_fetched_by_the_image_that_asks(name: str) -> None:
    first, *_ = manifests(name)
    if name == "kserve.yaml":
        container = first["spec"]["container"]
    else:
        pod = first["spec"]["template"]["spec"]
        [container] = pod["initContainers"]
        fetched, served = container["volumeMounts"], pod["containers"][0]["volumeMounts"]
        assert fetched[0]["name"] == served[0]["name"]
        assert "readOnly" in served[0]
    assert container["name"] == "storage-initializer"
    assert container["env"] == [{"name": "MIN_LEVEL", "value": "7"}]
    assert "command" not in container
    assert 'ENTRYPOINT ["/gate.sh"]' in (HERE / "Dockerfile").read_text("utf-8")
