"""People with real keys at their desks, and a shop of which they review the report."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import git
from trl4ml import cli
from trl4ml.testing import lay_out

OWN = """checklist: own
version: "1"
title: Ours
about: What we ask.
items:
  - {id: licensed, level: 0, ask: Is it?, why: So., wants: license_file, if_not: {remedy: Do it., effort: hours}}
  - {id: said, level: 0, gate: false, ask: Is it?, why: So., wants: answer, if_not: {remedy: Do it., effort: hours}}
"""
SHOP = {
    "trl4ml.yaml": "name: shop\nowners: ['Ada <ada@example.org>']\nchecklists: [checklists/own.yaml]\n"
                   "components:\n- {name: shop, claims: 0}\n",
    "checklists/own.yaml": OWN,
    "LICENSE": "Apache License\nVersion 2.0, January 2004\n",
    ".gitignore": ".trl4ml/store/\n",
}  # fmt: skip
CAROL = "carol@example.org"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Ran]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The command line in this process: `ask("verify", cwd=shop)`."""

    def run(*arguments: str | Path, cwd: Path, **env: str) -> Ran:
        with monkeypatch.context() as patch:
            patch.chdir(cwd)
            for name, value in env.items():
                patch.setenv(name, value)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                cli.start([str(one) for one in arguments])
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def new_key(folder: Path, name: str, kind: str = "ed25519", *more: str, phrase: str = "") -> Path:
    """A private key made by ssh-keygen; its public half lies beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    command = ["ssh-keygen", "-q", "-t", kind, *more, "-N", phrase, "-C", name, "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@contextmanager
def agent(*keys: Path) -> Iterator[dict[str, str]]:
    """The environment of an ssh-agent of its own that holds the keys; ended afterwards."""
    started = subprocess.run(["ssh-agent", "-s"], check=True, capture_output=True, text=True).stdout
    env = dict(part.split("=", 1) for part in started.replace("\n", "").split(";") if "=" in part)
    try:
        for key in keys:
            subprocess.run(
                ["ssh-add", "-q", str(key)], check=True, capture_output=True, env={**os.environ, **env}
            )  # fmt: skip
        yield env
    finally:
        subprocess.run(
            ["ssh-agent", "-k"], check=True, capture_output=True, env={**os.environ, **env}
        )


def merged(shop: Path, what: str = "more") -> None:
    """Everything committed on the branch that is the base."""
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", what)


def shop_of(folder: Path, files: dict[str, str] | None = None) -> Path:
    """The shop, committed on `main` by Ada, who owns it."""
    shop = folder / "shop"
    lay_out(shop, files or SHOP, git=True)
    git(shop, "branch", "-M", "main")
    return shop
