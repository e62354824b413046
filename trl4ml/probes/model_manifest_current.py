"""Nobody can review a file that may be another tomorrow; a manifest says which bytes were reviewed.

Reads the manifests that `trl4ml provenance manifest MODEL --out FILE` wrote and compares names,
sizes and SHA-256 with the model's files as they lie now: changed, renamed, missing and extra ones
are counted, and the first are named. Files that git ignores are looked at too, as weights often are.
Links that lead out, and names that cannot be printed, are seen by `trl4ml provenance verify` alone.
"""

from collections import Counter

from trl4ml.core.evidence import Finding, no, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Files
from trl4ml.provenance.comparing import KINDS, Difference, compare
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.manifest import LIMIT, Manifest, make, read
from trl4ml.provenance.names import counted
from trl4ml.provenance.viewed import Viewed

asks = "The model's files are those of its manifest."
version = 1

SHOWN = 3


class Options(Noun):
    manifests: dict[InnerPath, InnerPath] = {}
    """The model's folder or file → its manifest. What another component claims is left out."""


def run(files: Files, options: Options) -> Finding:
    if not options.manifests:
        return unknown("no manifest of a model is declared; make one with: trl4ml provenance manifest "
                       "MODEL --out FILE, and name both under probes: model-manifest-current: "
                       "manifests in trl4ml.yaml")  # fmt: skip
    found: dict[str, Manifest] = {}
    differences: list[tuple[str, Difference]] = []
    try:
        for path, manifest in sorted(options.manifests.items()):
            model = Viewed(files, path)
            present = model.entries()
            if not files.present(manifest):
                if present:
                    return no(f"{path} has no manifest at {manifest}; make it with: trl4ml provenance "
                              f"manifest {path} --out {manifest}", [path])  # fmt: skip
                continue
            found[path] = read(files.bytes(manifest, LIMIT + 1), manifest)
            now = make(model, model.inside(manifest)) if present else Manifest(model.name, ())
            differences += [(path, one) for one in compare(found[path], now)]
    except Refused as why:
        return unknown(str(why))
    if not found:
        return unknown(
            "neither the models nor the manifests that are declared are this component's"
        )
    return _said(options, found, differences)


def _said(
    options: Options, found: dict[str, Manifest], differences: list[tuple[str, Difference]]
) -> Finding:
    counts = Counter(one.kind for _, one in differences)
    measures = {kind: counts[kind] for kind in KINDS} | {
        "models": len(found),
        "files": sum(len(one.files) for one in found.values()),
        "bytes": sum(one.size for one in found.values()),
    }
    places = [options.manifests[path] for path in found]
    if not differences:
        digests = ", ".join(f"{path} {one.digest[:12]}…" for path, one in found.items())
        return yes(
            f"{counted(measures['files'], 'file')} as in the manifest ({digests})",
            places,
            **measures,
        )
    told = "; ".join(f"{path}: {one}" for path, one in differences[:SHOWN])
    more = f"; and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
    return no(f"{told}{more}", places, **measures)
