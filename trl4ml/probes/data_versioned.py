"""A result can be repeated, and a fault traced, only when the very same data can be had again.

Reads the *.dvc files and dvc.lock of DVC, pointers of Git LFS and git-annex, lakeFS and Pachyderm
configuration, the logs of Delta, Iceberg and Hudi tables, and what git tracks. A data file that
none of them covers is unversioned, also one that git ignores in a folder named data or datasets.
What a store such as lakeFS or Delta versions by itself is counted apart: no digest lies here.
"""

import re
from collections.abc import Iterator
from itertools import accumulate
from posixpath import dirname, join, normpath
from typing import Any

from trl4ml.core.evidence import Finding, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Git, Unreadable

asks = "All data in the project is versioned."
version = 1

TABLES = (
    "csv,tsv,parquet,arrow,feather,orc,avro,jsonl,ndjson,npy,npz,h5,hdf5,xls,xlsx,tfrecord,"
    "tfrecords,wav,flac,arff,libsvm,sav,dta,rdata,rds,mat,nc,zarr,dcm,nii"
)
OTHERS = (
    "json,xml,txt,data,dat,test,names,zip,tar,tgz,gz,bz2,xz,7z,pkl,pickle,pt,bin,db,sqlite,png,jpg,"
    "jpeg,bmp,tif,tiff,webp,mp3,ogg,mp4,avi,mov,geojson,shp,las,pcd,fasta,fastq,vcf,lmdb"
)
PACKED = "{,.gz,.bz2,.xz,.zst,.zip}"
FOLDERS = "{data,dataset,datasets}"
IN_FOLDER = f"*.{{{TABLES},{OTHERS}}}{PACKED}"
CONFIG = ("*", "{conf,config,configs,pipeline,pipelines,pachyderm,lakefs}/**/*")
ABOUT_DATA = {"schema", "metadata", "croissant", "datapackage", "package", "dataset_info",
              "dataset_infos", "requirements", "license", "readme"}  # fmt: skip
ELSEWHERE = {"node_modules", "vendor", "third_party", "site-packages", ".dvc", "test", "tests",
             "doc", "docs", "fixtures", "mlruns", "wandb", "runs", "logs", "lightning_logs",
             "result", "results", "report", "reports", "output", "outputs", "htmlcov"}  # fmt: skip
IN_DATA = re.compile(r"(?:^|/)(?:data|datasets?)/", re.IGNORECASE)
DIGEST = re.compile(r"[0-9a-f]{32}(\.dir)?", re.IGNORECASE)
LFS = (b"version https://git-lfs.github.com/spec/", re.compile(rb"^oid sha256:[0-9a-f]{64}$", re.M))
ANNEX = (b"/annex/objects/", re.compile(rb"-s\d+.*--[0-9A-Za-z]{16,}"))
SHARED = re.compile(rb"^\s*(?:lfs)?url\s*=\s*['\"]?(?!file:)[a-z][a-z0-9+.-]*://", re.M | re.I)
LAKEFS = re.compile(rb"^[^#\n]{0,300}?(lakefs://[\w.-]+/[\w.-]+)", re.M)
PACHYDERM = (
    re.compile(rb"^[\s{]*\"?pipeline\"?\s*:", re.M),
    re.compile(rb"[\"\s{]pfs\"?\s*:"),
)
TABLE_LOG = re.compile(
    r"(.*?)/?(?:_(delta)_log/\d{20}\.json|metadata/(?:v\d+|\d{5}-[\w-]+)\.metadata\.json|"
    r"\.(hoodie)/hoodie\.properties)"
)


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Further files and folders that hold data, such as `lake` or `inputs/raw.bin`."""
    derived: tuple[str, ...] = ()
    """Files and folders that look like data but are made anew by every run, such as `data/tmp`."""


def run(files: Files, documents: Documents, git: Git, options: Options) -> Finding:
    seen = data_files(files, options)
    outs = dict(dvc_outs(files, documents))
    pointers = {path: "dvc" for path, pinned in outs.items() if pinned}
    stores = dict(in_stores(files, documents))
    tracked = git.tracked()
    by_lfs = set(files.matching(*lfs_patterns(files)))
    loose = {path for path, pinned in outs.items() if not pinned and path not in tracked}
    for path in seen:
        if covers(pointers, path) or covers(stores, path):
            continue
        kind, pinned = pointer_in(files, path)
        if pinned or (path in by_lfs and path in tracked and not kind):
            pointers[path] = kind or "git-lfs"
        elif path not in tracked or kind:
            loose.add(path)
    in_git = [p for p in seen if p in tracked and p not in loose and not covers(pointers, p)
              and not covers(stores, p)]  # fmt: skip
    if loose and git.problem():
        raise Unreadable(".git", git.problem())
    total = len(pointers) + len(stores) + len(in_git) + len(loose)
    if not total:
        return unknown(
            "no data files or pointers found; commit small data, put large data under DVC or Git "
            "LFS, or name where it lies: probes: data-versioned: paths"
        )
    tools = sorted({*pointers.values(), *stores.values(), *(["git"] if in_git else [])})
    measures = dict(
        files=total,
        pointers=len(pointers),
        stores=len(stores),
        in_git=len(in_git),
        unversioned=len(loose),
        tools=", ".join(tools) or undefined("nothing is versioned"),
        remote=shared(files, tools),
    )
    if loose:
        first = ", ".join(sorted(loose)[:3]) + (", …" if len(loose) > 3 else "")
        outside = "" if git.exists() else " (the project is not in git)"
        says = f"{len(loose)} of {total} data files are not versioned: {first}{outside}"
        return no(says, sorted(loose), **measures)
    versioned = sorted({*pointers, *in_git})
    return yes(f"all {total} data files are versioned by {', '.join(tools)}", versioned, **measures)


def data_files(files: Files, options: Options) -> list[str]:
    """What looks like data, on the disk; in data folders also what git ignores."""
    deep = tuple(f"{FOLDERS}/{'*/' * depth}{IN_FOLDER}" for depth in range(3))
    names = {
        *files.matching(f"**/*.{{{TABLES}}}{PACKED}", f"**/{FOLDERS}/**/{IN_FOLDER}"),
        *files.present(*deep, f"*/{FOLDERS}/{IN_FOLDER}"),
    }
    given = [path.strip("/") for path in options.paths]
    if outside := [path for path in given if not path or {"..", "**"} & set(path.split("/"))]:
        raise Unreadable(outside[0] or "/", "probes: data-versioned: paths must lie in the project")
    named = {
        *files.matching(*(f"{path}{end}" for path in given for end in ("", "/**/*"))),
        *files.present(*(f"{path}{end}" for path in given for end in ("", "/*", "/*/*"))),
    }
    anew = {path.strip("/"): "" for path in options.derived}
    return sorted(n for n in {*named, *filter(is_data, names)} if not covers(anew, n))


def is_data(name: str) -> bool:
    """Not a description of data, and not among tests, documents, results or foreign code."""
    around = IN_DATA.split(name.lower(), 1)[0].split("/")
    stem = name.lower().rsplit("/", 1)[-1].split(".")[0]
    return stem not in ABOUT_DATA and not ELSEWHERE & {*around}


def covers(known: dict[str, str], path: str) -> bool:
    """Whether the path, or a folder that it lies in, is known."""
    return any(part in known for part in accumulate(path.split("/"), "{}/{}".format))


def dvc_outs(files: Files, documents: Documents) -> Iterator[tuple[str, bool]]:
    """Every output that DVC records, and whether its digest is there. Raises Unreadable."""
    for name in files.matching("**/*.dvc", "**/dvc.lock"):
        if not is_data(name):
            continue
        read = documents.yaml(name)
        top = read[0] if read else None
        if not isinstance(top, dict):
            raise Unreadable(name, "it is no file of DVC; write it again with dvc add or dvc repro")
        if name.endswith(".dvc"):
            stages = [top]
        else:
            stages = [*entries(name, top.get("stages") if "schema" in top else top)]
        for stage in stages:
            base = join(dirname(name), str(stage.get("wdir") or "."))
            fetched = any(pinned(dep) for dep in entries(name, stage.get("deps")))
            outs = stage.get("outs")
            if name.endswith(".dvc") and not outs:
                raise Unreadable(name, "it names no outs; write it again with dvc add")
            for out in entries(name, outs):
                if not isinstance(out.get("path"), str):
                    raise Unreadable(name, "an out has no path; write it again with dvc add")
                imported = fetched and name.endswith(".dvc")
                yield normpath(join(base, out["path"])), pinned(out) or imported


def entries(name: str, value: Any) -> list[dict[str, Any]]:
    """The mappings in a list, or under the keys of a mapping. Raises Unreadable for others."""
    found = [*value.values()] if isinstance(value, dict) else value or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unreadable(name, "its outs, deps or stages are not as DVC writes them")
    return found


def pinned(entry: dict[str, Any]) -> bool:
    """Whether an entry of DVC holds what identifies one content."""
    repo = entry.get("repo")
    if isinstance(repo, dict):
        return bool(repo.get("rev_lock"))
    md5 = str(entry.get("md5") or "")
    others = (entry.get(key) for key in ("etag", "checksum", "version_id", "files", "cloud"))
    return bool(DIGEST.fullmatch(md5)) or any(others)


def lfs_patterns(files: Files) -> Iterator[str]:
    """The patterns of .gitattributes that send files to Git LFS, as patterns of ours."""
    for name in files.matching("**/.gitattributes"):
        for line in files.text(name).splitlines():
            pattern, *attributes = line.split() or [""]
            if "filter=lfs" in attributes and not re.search(r"[{}\\]|^[#!]", pattern):
                inside = pattern.strip('"').replace("[[:space:]]", "?")
                below = "" if "/" in inside.strip("/") or inside.startswith("/") else "**/"
                inside = inside.strip("/") + ("/*" if inside.endswith("**") else "")
                yield join(dirname(name), below + inside)


def pointer_in(files: Files, path: str) -> tuple[str, bool]:
    """The tool whose pointer text stands in place of the data, and whether it has a digest."""
    if files.size(path) > 400:
        return "", False
    text = files.bytes(path)
    for tool, (begin, digest) in {"git-lfs": LFS, "git-annex": ANNEX}.items():
        if text.startswith(begin):
            return tool, bool(digest.search(text))
    return "", False


def in_stores(files: Files, documents: Documents) -> Iterator[tuple[str, str]]:
    """Data in stores that keep versions by themselves: where, and which store."""
    logs = ("_delta_log/*.json", "metadata/*.metadata.json", ".hoodie/hoodie.properties")
    here = tuple(f"{FOLDERS}/{'*/' * depth}{log}" for depth in (1, 2) for log in logs)
    for name in {*files.matching(*(f"**/{log}" for log in logs)), *files.present(*here)}:
        if (table := TABLE_LOG.fullmatch(name)) and is_data(name):
            yield table[1], "delta" if table[2] else "hudi" if table[3] else "iceberg"
    for name in files.matching("**/.lakefs_ref.yaml"):
        top = (documents.yaml(name) or [None])[0]
        if isinstance(top, dict) and top.get("at_head"):
            yield dirname(name), "lakefs"
    for name in files.matching(*(f"{place}.{{yaml,yml,json,toml,ini,cfg}}" for place in CONFIG)):
        text = files.bytes(name, 200_000)
        yield from ((uri.decode(), "lakefs") for uri in LAKEFS.findall(text))
        if all(sign.search(text) for sign in PACHYDERM):
            yield name, "pachyderm"


def shared(files: Files, tools: list[str]) -> Any:
    """Whether others can fetch the data from the store that the project configures."""
    names = files.matching(".dvc/config", "*/.dvc/config", ".lfsconfig")
    if {"lakefs", "pachyderm"} & {*tools} or any(SHARED.search(files.bytes(n)) for n in names):
        return True
    if "dvc" in tools:
        return False
    return undefined("whether the git repository itself is shared is not looked at")
