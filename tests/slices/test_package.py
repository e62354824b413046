"""The library stands alone, costs nothing to import, and keeps its public names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import trl4ml.slices
from trl4ml import slices

FOLDER = Path(slices.__file__).parent


def test_importing_it_imports_no_engine() -> None:
    code = (
        "import sys, trl4ml.slices\n"
        "heavy = {'numpy', 'pandas', 'polars', 'duckdb', 'pyarrow', 'narwhals', 'scipy', 'fairlearn'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_rates_of_counts_need_neither_scipy_nor_fairlearn() -> None:
    code = (
        "import sys\n"
        "from trl4ml.slices import scan\n"
        "cube = scan({'y': [0, 1], 'g': ['a', 'b']}, ['g'], label='y')\n"
        "print(cube.by('g').n.tolist(), sorted({'scipy', 'fairlearn'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[1, 1] []\n"


def test_every_public_name_is_there_and_no_other() -> None:
    assert all(getattr(slices, name) is not None for name in slices.__all__)
    assert sorted(slices.__all__, key=str.casefold) == sorted(set(slices.__all__), key=str.casefold)
    with pytest.raises(AttributeError, match=r"module 'trl4ml.slices' has no attribute 'Nothing'"):
        _ = trl4ml.slices.Nothing


@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.py")), ids=lambda p: str(p.relative_to(FOLDER))
)
def test_a_module_is_short_and_knows_nothing_of_audits(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trl4ml"):
            assert (node.module or "").startswith("trl4ml.slices"), f"{path}:{node.lineno}"
