"""Who may import whom: reads the imports of every module and names the offender."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "trl4ml"
STANDARD = set(sys.stdlib_module_names)
TOP = {
    "run",
    "amending",
    "anchoring",
    "answering",
    "carding",
    "describing",
    "transcribing",
    "deploying",
    "vouching",
    "given",
    "questioning",
    "walking",
    "waiving",
    "linting",
    "loading",
    "asking",
    "bundling",
    "enclosing",
    "catalogue",
    "comparing",
    "declared",
    "doctoring",
    "drafting",
    "explaining",
    "schema",
    "slicing",
    "pytest_plugin",
    "reference",
    "portfolio",
    "siting",
    "examples",
    "reporting",
    "presenting",
    "revisions",
    "testing",
    "switching",
    "tracking",
    "metering",
    "estimating",
    "measuring",
    "scoring_carbon",
    "certifying",
    "telling",
    "watermarking",
    "keying",
    "serving",
    "inviting",
    "fields",
    "choosing",
    "rendering",
}

MAY: dict[str, set[str]] = {
    "core": {"core", "pydantic", "pydantic_core", "rfc8785"} | STANDARD,
    "load": {"load", "core", "errors", "yaml", "pydantic", "pydantic_core"} | STANDARD,
    "readers": {"readers", "core"} | STANDARD,
    "store": {"store", "core", "errors", "pydantic"} | STANDARD,
    "manifests": STANDARD,
    "source": STANDARD,
    "pickles": STANDARD,
    "deployment": STANDARD,
    "cards": STANDARD,
    "commands": STANDARD,
    "artefacts": {"artefacts", "core", "zstandard"} | STANDARD,
    "slices": {"slices", "numpy", "narwhals", "duckdb", "pandas", "polars", "pyarrow", "pyspark", "py4j", "fairlearn", "scipy"} | STANDARD,
    "energy": {"energy", "numpy", "psutil", "pynvml", "httpx", "rfc8785"} | STANDARD,
    "consumption": {"consumption", "core", "energy", "artefacts"} | STANDARD,
    "provenance": {"provenance", "cryptography", "rfc8785"} | STANDARD,
    "ledger": {"ledger", "core", "cryptography", "pydantic"} | STANDARD,
    "results": {"results", "core", "artefacts"} | STANDARD,
    "predictions": {"predictions", "core", "slices", "artefacts", "pydantic"} | STANDARD,
    "watermark": {"watermark", "numpy", "scipy", "onnx", "onnxruntime", "h5py", "httpx", "rfc8785", "torch"} | STANDARD,
    "probes": {"watermark", "core", "errors", "provenance", "energy", "consumption", "slices", "predictions", "results", "artefacts", "commands", "cards", "manifests", "source", "pickles", "deployment"} | STANDARD,
    "render": {"render", "core", "jinja2", "markupsafe"} | STANDARD,
    "scout": {"scout", "core", "errors", "readers", "probes", "loading", "asking", "resources",
              "render.plain", "jinja2"} | STANDARD,
    "reviews": {"reviews", "core", "errors", "ledger", "load", "loading", "amending", "readers", "run", "telling", "pydantic", "yaml", "render.plain", "render.words"} | STANDARD,
    "server": {"server", "core", "errors", "ledger", "readers", "reviews", "siting", "resources", "starlette", "uvicorn", "sqlalchemy", "pydantic", "jinja2"} | STANDARD,
    "cli": {"cli", "core", "errors", "run", "reviews", "serving", "inviting", "anchoring", "bundling", "loading", "answering", "carding", "describing", "transcribing", "deploying", "vouching", "given", "questioning", "waiving", "walking", "scout", "catalogue", "comparing", "doctoring", "drafting", "explaining", "linting", "schema", "slicing", "switching", "tracking", "metering", "estimating", "measuring", "scoring_carbon", "certifying", "watermarking", "keying", "reporting", "siting",

            "typer",
            "render.plain", "render.words", "render.walk"} | STANDARD,
}  # fmt: skip
OPEN = {"__version__", "dense"}
"""What every room may import: of the standard library only."""
NEVER: dict[str, set[str]] = {
    "core": {"os", "pathlib", "time", "random", "socket", "subprocess", "shutil", "tempfile", "io"},
    "probes": {"os", "pathlib", "time", "random", "socket", "subprocess", "urllib", "http",
               "shutil", "tempfile", "pickle", "importlib"},
    "render": {"os", "time", "random", "socket", "subprocess"},
}  # fmt: skip


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and room (or outside package) of each import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: import by full name"
            module = node.module or ""
            names = [f"{module}.{a.name}" for a in node.names] if module == "trl4ml" else [module]
            yield from ((node.lineno, name) for name in names)


def room(name: str) -> str:
    first, *rest = name.split(".")
    if first != "trl4ml":
        return first
    open_to_all = rest[:2] in (["render", "plain"], ["render", "words"], ["render", "walk"])
    return ".".join(rest[:2]) if open_to_all else (rest or ["trl4ml"])[0]


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    parts = path.relative_to(PACKAGE).parts
    own = parts[0]
    if len(parts) == 1 or own not in MAY:
        assert len(parts) == 1, f"{path}: a room that the plan does not know"
        return
    for line, name in imported(path):
        one = room(name)
        if parts == ("probes", "__init__.py") and one in ("importlib", "pathlib", "__version__"):
            continue
        allowed = one in MAY[own] | OPEN or one.split(".")[0] == own
        assert allowed, f"{own}/{path.name}:{line}: {own} may not import {name}"
        assert one not in NEVER.get(own, ()), (
            f"{own}/{path.name}:{line}: {own} never imports {name}"
        )


def test_what_every_room_may_import_imports_none_itself() -> None:
    names = {name.split(".")[0] for _, name in imported(PACKAGE / "dense.py")}
    assert names <= STANDARD


def test_a_probe_imports_no_other_probe() -> None:
    for path in (PACKAGE / "probes").glob("*.py"):
        for line, name in imported(path):
            assert not name.startswith("trl4ml.probes"), f"{path.name}:{line}: imports {name}"


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    names = {
        ".".join(("trl4ml", *p.relative_to(PACKAGE).with_suffix("").parts)): p for p in MODULES
    }
    arrows = {
        name: {module for _, module in imported(path) if module in names and module != name}
        for name, path in names.items()
    }
    while leaves := [name for name, to in arrows.items() if not to & arrows.keys()]:
        for leaf in leaves:
            del arrows[leaf]
    assert not arrows, f"a circle among {sorted(arrows)}"


def test_the_plan_names_the_modules_above_the_rooms() -> None:
    above = {p.stem for p in PACKAGE.glob("*.py")} - {
        "__init__",
        "__main__",
        "errors",
        "resources",
        "dense",
    }
    assert above <= TOP, f"modules above the rooms that this test does not know: {above - TOP}"
