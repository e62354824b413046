"""Which files of interest there are, by sort."""

from collections.abc import Iterable

from trl4ml.readers.patterns import compiled
from trl4ml.scout.paths import ASIDE, MODELS, YML

TABLES = "csv,tsv,parquet,arrow,feather,orc,avro,jsonl,ndjson,npy,npz,xls,xlsx,tfrecord,arff,dvc"
IN_DATA = "json,xml,txt,zip,gz,tar,tgz,zst,db,sqlite,pkl,h5,hdf5,png,jpg,jpeg,tif,tiff,wav,mp3,mp4"
SORTS = {
    "data": (f"**/*.{{{TABLES}}}{{,.gz,.zst}}", f"**/{{data,dataset,datasets}}/**/*.{{{IN_DATA}}}",
             "**/dvc.lock"),
    "models": MODELS,
    "cards": ("**/{model,data,dataset,system}{,-,_, }card*.{md,html,rst,json,yaml,yml}",
              "**/{*datasheet*,trl_card*,*croissant*}.{md,json,yaml,yml}"),
    "CI": (f"{{.github,.gitea,.forgejo}}/workflows/*{YML}", f"{{.circleci,.buildkite}}/*{YML}",
           f"{{.gitlab-ci,*azure-pipelines*,bitbucket-pipelines,cloudbuild*,appveyor}}{YML}",
           f".{{travis,drone,cirrus,woodpecker,woodpecker/*}}{YML}", "Jenkinsfile*", ".ci/*"),
    "tests": ("**/{test_*,*_test}.py", "**/*.{test,spec}.{js,jsx,ts,tsx,mjs}", "**/*_test.go",
              "**/testthat/test*.r", "**/src/test/**/*.{java,kt,scala}", "**/tests/*.rs"),
    "notebooks": ("**/*.ipynb",),
    "lock files": ("**/{uv,poetry,pdm,Pipfile,pixi,Cargo,renv,yarn,requirements*}.lock",
                   "**/{package-lock.json,pnpm-lock.yaml,go.sum,Manifest.toml,pylock*.toml}",
                   f"**/conda-lock{YML}"),
}  # fmt: skip
OF_THE_PROJECT = ("data", "models", "cards")
"""Sorts that do not count where they lie ASIDE."""


def holdings(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The paths of each sort; each path belongs to the first that it fits."""
    holds: dict[str, list[str]] = {sort: [] for sort in SORTS}
    fits = {sort: compiled(patterns).match for sort, patterns in SORTS.items()}
    for name in names:
        sort = next((sort for sort, match in fits.items() if match(name)), None)
        if sort and not (sort in OF_THE_PROJECT and ASIDE.search(name)):
            holds[sort].append(name)
    return {sort: tuple(paths) for sort, paths in holds.items()}
