"""The site of the worked examples, built once, and a real Chromium that looks at it."""

import functools
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import ROOT
from trl4ml.testing import lay_out

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples' site, made by the command itself from copies of the examples."""
    folder = tmp_path_factory.mktemp("sites")
    for name in ("diabetes", "co2"):
        skipped = shutil.ignore_patterns(".git", "store", "__pycache__")
        shutil.copytree(ROOT / "examples" / name, folder / name, ignore=skipped)
        lay_out(folder / name, {}, git=True)
    command = [
        sys.executable,
        "-m",
        "trl4ml",
        "site",
        "build",
        "diabetes",
        "co2",
        "--output",
        "site",
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "site"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site below a path of its own, as on a shared host."""
    parent = site.parent / "host"
    (parent / "deep").mkdir(parents=True)
    shutil.copytree(site, parent / "deep" / "path")
    handler = functools.partial(Quiet, directory=str(parent))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/deep/path"
    server.shutdown()
    server.server_close()
    thread.join()


def pages(site: Path) -> list[str]:
    """Every page, as it is reached from the top."""
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
