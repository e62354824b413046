"""What the name of a file tells of what it is for."""

import re
from collections.abc import Sequence
from posixpath import basename

VENDORED = re.compile(r"(?:^|/)(?:node_modules|_?vendor(?:ed)?|third[_-]?party)/", re.I)
ABOUT = r"examples?|samples?|demos?|fixtures?|testdata|golden|benchmarks?|\.[^/]*"
ASIDE = re.compile(rf"(?:^|/)(?:{ABOUT}|tests?|testing)/", re.I)
"""Folders that are about the project and not of it."""
NOT_OURS = re.compile(rf"{VENDORED.pattern}|(?:^|/)(?:{ABOUT}|tests?/data|venv)/|[*?{{}}]", re.I)
"""Where results are hardly those of this project's own tests, or no pattern can name them."""
PAGES = re.compile(r"(?:^|/)(?:docs?|site|website)/", re.I)
YML = ".{yml,yaml}"
MODELS = (
    "**/*.{onnx,safetensors,pt,pth,ckpt,pkl,pickle,joblib,h5,hdf5,keras,tflite,pb,gguf,pmml,cbm,"
    "ubj,bst,mlmodel}",
    "**/MLmodel",
)
MANIFESTS = {"pyproject.toml", "setup.py", "setup.cfg", "package.json", "Cargo.toml", "go.mod",
             "pom.xml", "build.gradle", "build.gradle.kts", "DESCRIPTION", "Project.toml",
             "dbt_project.yml", "dvc.yaml", "MLproject"}  # fmt: skip
CHORES = {"setup.py", "noxfile.py", "conftest.py", "tasks.py", "dodo.py"}
CODE = re.compile(r"\.(?:py|ipynb|r|jl|[cm]?[jt]sx?|java|kt|scala|go|rs|cs|cpp|cc|cu|c|sql)$", re.I)


def is_code(name: str) -> bool:
    return bool(CODE.search(name)) and basename(name) not in CHORES


def manifest(names: Sequence[str]) -> str:
    """What declares these files, relative to their folder, a package; empty without any code."""
    declares = next((one for one in names if one in MANIFESTS), "")
    return declares if any(map(is_code, names)) else ""
