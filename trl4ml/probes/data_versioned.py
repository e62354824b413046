"""A result can be repeated, and a fault traced, only when the very same data can be had again.

Reads the *.dvc files and dvc.lock of DVC, pointers of Git LFS and git-annex, lakeFS and Pachyderm
configuration, the logs of Delta, Iceberg and Hudi tables, and what git tracks. A data file that
none of them covers is unversioned, also one that git ignores in a folder named data or datasets.
What a store such as lakeFS or Delta versions by itself is counted apart: no digest lies here.
"""

import re
from collections.abc import Iterator
from itertools import accumulate
from posixpath import basename, dirname, join, normpath
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar
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
CONFIG = (
    "*.{yaml,yml,json,toml,ini,cfg}",
    "{conf,config,configs,pipeline,pipelines,pachyderm,lakefs}/**/*.{yaml,yml,json,toml,ini,cfg}",
)
ABOUT_DATA = {"schema", "metadata", "croissant", "datapackage", "package", "dataset_info",
              "dataset_infos", "requirements", "license", "readme"}  # fmt: skip
ELSEWHERE = {"node_modules", "vendor", "third_party", "site-packages", ".dvc", "test", "tests",
             "doc", "docs", "fixtures", "mlruns", "wandb", "runs", "logs", "lightning_logs",
             "result", "results", "report", "reports", "output", "outputs", "htmlcov"}  # fmt: skip
IN_DATA = re.compile(r"(?:^|/)(?:data|datasets?)/", re.IGNORECASE)
DIGEST = re.compile(r"[0-9a-f]{32}(\.dir)?", re.IGNORECASE)
LFS = (b"version https://git-lfs.github.com/spec/", re.compile(rb"^oid sha256:[0-9a-f]{64}$", re.M))
ANNEX = (b"/annex/objects/", re.compile(rb"-s\d+.*--[0-9A-Za-z]{16,}"))
SHARED = re.compile(
    rb"^[ \t]*(?:lfs)?url[ \t]*=[ \t]*['\"]?(?!file:)[a-z][a-z0-9+.-]*://", re.M | re.I
)
LAKEFS = re.compile(rb"^[^#\n]{0,300}?(lakefs://[\w.-]+/[\w.-]+)", re.M)
PACHYDERM = (
    re.compile(rb"^[ \t{]*\"?pipeline\"?\s*:", re.M),
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
    outs = list(dvc_outs(files, documents))
    where = {out.path: out.file for out in outs}
    pointers = {out.path: "dvc" for out in outs if out.pinned}
    stores = dict(in_stores(files, documents))
    tracked = git.tracked()
    sent = tuple(lfs_patterns(files))
    by_lfs = {*files.matching(*sent)} if sent else set()
    in_git, loose = [], {out.path for out in outs if not out.pinned and out.path not in tracked}
    for path in seen:
        if covers(pointers, path) or covers(stores, path):
            continue
        kind, pinned = pointer_in(files, path)
        if pinned or (path in by_lfs and path in tracked and not kind):
            pointers[path] = kind or "git-lfs"
        elif path in tracked and not kind:
            in_git.append(path)
        else:
            loose.add(path)
    if loose and git.problem():
        raise Unreadable(".git", git.problem())
    total = len(pointers) + len(stores) + len(in_git) + len(loose)
    if not total:
        return unknown(
            "no data files or pointers found; commit small data, put large data under DVC or Git "
            "LFS, or name where it lies: probes: data-versioned: paths"
        )
    tools = sorted({*pointers.values(), *stores.values(), *(["git"] if in_git else [])})
    measures: dict[str, Measure | Scalar] = {
        "files": total,
        "pointers": len(pointers),
        "stores": len(stores),
        "in_git": len(in_git),
        "unversioned": len(loose),
        "tools": ", ".join(tools) or undefined("nothing is versioned"),
        "remote": shared(files, tools),
    }
    if loose:
        first = ", ".join(sorted(loose)[:3]) + (", …" if len(loose) > 3 else "")
        outside = "" if git.exists() else " (the project is not in git)"
        says = f"not versioned are {len(loose)} of {total} data files: {first}{outside}"
        return no(says, sorted({where.get(path, path) for path in loose}), **measures)
    places = sorted({where.get(path, path) for path in (*pointers, *in_git)})
    return yes(f"all data is versioned ({total} files by {', '.join(tools)})", places, **measures)


def data_files(files: Files, options: Options) -> list[str]:
    """What looks like data, on the disk; in data folders also what git ignores."""
    deep = tuple(f"{FOLDERS}/{'*/' * depth}{IN_FOLDER}" for depth in range(3))
    names = {
        *files.matching(f"**/*.{{{TABLES}}}{PACKED}", f"**/{FOLDERS}/**/{IN_FOLDER}"),
        *files.present(*deep, f"*/{FOLDERS}/{IN_FOLDER}"),
    }
    given = [path.strip("/") for path in options.paths]
    if odd := [path for path in given if not path or {"..", "**"} & {*path.split("/")}]:
        raise Unreadable(odd[0] or "/", "probes: data-versioned: paths are inside the project")
    named = {
        *(files.matching(*(f"{path}/**/*" for path in given)) if given else ()),
        *files.present(*(f"{path}{end}" for path in given for end in ("", "/*", "/*/*"))),
    }
    anew = {path.strip("/"): "" for path in options.derived}
    return sorted(n for n in {*named, *filter(is_data, names)} if not covers(anew, n))


def is_data(name: str) -> bool:
    """Neither elsewhere nor, like `data/schema.json`, about data."""
    return not elsewhere(name) and basename(name).split(".")[0].lower() not in ABOUT_DATA


def elsewhere(name: str) -> bool:
    """Whether it lies among tests, documents, results or foreign code; `data/test` does not."""
    return bool(ELSEWHERE & {*IN_DATA.split(name.lower(), 1)[0].split("/")})


def covers(known: dict[str, str], path: str) -> bool:
    """Whether the path, or a folder that it lies in, is known."""
    return any(part in known for part in accumulate(path.split("/"), "{}/{}".format))


class Out(NamedTuple):
    path: str
    pinned: bool
    file: str


def dvc_outs(files: Files, documents: Documents) -> Iterator[Out]:
    """Every output that DVC records, and whether its digest is there. Raises Unreadable."""
    for name in files.matching("**/*.dvc", "**/dvc.lock"):
        if elsewhere(name):
            continue
        top = (documents.yaml(name) or [None])[0]
        if not isinstance(top, dict):
            raise Unreadable(name, "it is no file of DVC; write it again with dvc add or dvc repro")
        added = name.endswith(".dvc")
        if added and not top.get("outs"):
            raise Unreadable(name, "it names no outs; write it again with dvc add")
        stages = top.get("stages") if "schema" in top else top
        for stage in [top] if added else entries(name, stages):
            base = join(dirname(name), str(stage.get("wdir") or "."))
            imported = added and any(pinned(dep) for dep in entries(name, stage.get("deps")))
            for out in entries(name, stage.get("outs")):
                if not isinstance(out.get("path"), str):
                    raise Unreadable(name, "an out has no path; write it again with DVC")
                yield Out(normpath(join(base, out["path"])), pinned(out) or imported, name)


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
    if files.size(path) > 200:
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
        if (table := TABLE_LOG.fullmatch(name)) and not elsewhere(name):
            yield table[1], "delta" if table[2] else "hudi" if table[3] else "iceberg"
    for name in files.matching("**/.lakefs_ref.yaml"):
        top = (documents.yaml(name) or [None])[0]
        if isinstance(top, dict) and top.get("at_head"):
            yield dirname(name), "lakefs"
    for name in files.matching(*CONFIG)[:500]:
        text = files.bytes(name, 200_000)
        if b"lakefs://" in text:
            yield from ((uri.decode(), "lakefs") for uri in LAKEFS.findall(text))
        if b"pfs" in text and all(sign.search(text) for sign in PACHYDERM):
            yield name, "pachyderm"


def shared(files: Files, tools: list[str]) -> Measure | bool:
    """Whether others can fetch the data from the store that the project configures."""
    names = files.matching(".dvc/config", "*/.dvc/config", ".lfsconfig")
    if {"lakefs", "pachyderm"} & {*tools} or any(SHARED.search(files.bytes(n)) for n in names):
        return True
    if "dvc" in tools:
        return False
    return undefined("whether the git repository itself is shared is not looked at")
