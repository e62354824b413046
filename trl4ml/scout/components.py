"""Of what kind a component is, and what it is called."""

import re
from collections.abc import Sequence
from posixpath import basename
from typing import NamedTuple

from trl4ml.core.project import ComponentKind
from trl4ml.core.views import Files, Unreadable
from trl4ml.readers.patterns import compiled
from trl4ml.scout.facts import Piece
from trl4ml.scout.naming import slug
from trl4ml.scout.paths import ASIDE, MODELS, manifest

LARGEST = 200_000
NEEDS = (
    "{pyproject.toml,setup.py,setup.cfg,package.json,Pipfile,{requirements*,requirements/*}.{txt,in}"
    ",environment*.{yml,yaml}}"
)
NEED = r"""(?:^[ \t-]*|["'])({})[ \t]*(?:["'\[<>=~!;@,#:]|$)"""
"""A package as the manifests write it, at the start of a line or of a text in quotes."""


class Clue(NamedTuple):
    kind: ComponentKind
    files: tuple[str, ...]
    needs: str
    """Packages that a manifest asks for."""


CLUES = (
    Clue(ComponentKind.MODEL,
         (*MODELS, "**/{MLproject,model{,-,_, }card.md}",
          "**/{train,training,train_*,*_train,fit,fit_*}.{py,ipynb,r,jl}"),
         "torch pytorch tensorflow keras scikit-learn sklearn xgboost lightgbm catboost jax flax "
         "transformers statsmodels lightning pytorch-lightning prophet spacy"),
    Clue(ComponentKind.SERVICE,
         ("**/{openapi,swagger}*.{yaml,yml,json}", "**/*.proto"),
         "fastapi flask django starlette uvicorn gunicorn litestar bentoml grpcio aiohttp tornado "
         "express fastify koa next react vue gradio streamlit"),
    Clue(ComponentKind.DATA,
         ("**/{dvc.yaml,dbt_project.yml}", "**/dags/*.py"),
         "apache-airflow dagster prefect luigi kedro pyspark apache-beam dbt-core "
         "great-expectations great_expectations"),
)  # fmt: skip


def pieces(
    name: str, names: Sequence[str], folders: Sequence[str], files: Files
) -> tuple[Piece, ...]:
    """A component for each folder, and one for the rest when that is a package or all there is."""
    inside = tuple(f"{folder}/" for folder in folders)
    rest = [one for one in names if not one.startswith(inside)] if folders else names
    whole = not folders or manifest([one for one in rest if not ASIDE.search(one)])
    made = [Piece(name, *_kind(rest, "", files))] if whole else []
    taken = {name} if made else set()
    for folder in folders:
        own = [one for one in names if one.startswith(f"{folder}/")]
        free = _free(folder, taken)
        taken.add(free)
        made.append(Piece(free, *_kind(own, f"{folder}/", files), folder))
    return tuple(made)


def _free(folder: str, taken: set[str]) -> str:
    """A name by the folder that no other component has."""
    last, whole = (slug(one) or "component" for one in (basename(folder), folder))
    numbered = (f"{whole}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (last, whole, *numbered) if one not in taken)


def _kind(names: Sequence[str], prefix: str, files: Files) -> tuple[ComponentKind, str]:
    """The kind by the first clue that fits, the most demanding one first, and the clue in words."""
    own = [one.removeprefix(prefix) for one in names if not ASIDE.search(one)]
    asks = compiled((NEEDS,)).match
    texts = {one: _text(files, prefix + one) for one in own if asks(one)}
    for clue in CLUES:
        fits = compiled(clue.files).match
        if named := next((one for one in own if fits(one)), None):
            return clue.kind, f"{prefix}{named} is here"
        needs = re.compile(NEED.format(clue.needs.replace(" ", "|")), re.I | re.M)
        for path, text in texts.items():
            if needed := needs.search(text):
                return clue.kind, f"{prefix}{path} names {needed[1]}"
    if declares := manifest(own):
        why = f"{prefix}{declares} is here, and no sign of a model, service or data pipeline"
        return ComponentKind.LIBRARY, why
    return ComponentKind.MODEL, "nothing tells yet, and a model is asked the most"


def _text(files: Files, path: str) -> str:
    try:
        return files.text(path, LARGEST)
    except Unreadable:
        return ""
