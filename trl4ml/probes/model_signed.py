"""A manifest says which bytes were reviewed; only a signature says who vouches for them.

Checks OpenSSF Model Signing bundles (1.0, by a key or a certificate) against the keys and roots of
the project's trust file, never against what the bundle itself brings: signature, statement, names,
and every file: changed, missing and unsigned ones. A Sigstore signer, a certificate that is not
valid today and an old format are unknown. A signature says nothing of what the files do.
Links, and names that cannot be printed, are seen by `trl4ml provenance verify` alone.
"""

from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Calendar, Files
from trl4ml.provenance.bundle import LIMIT
from trl4ml.provenance.checking import Checked, check
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.names import counted
from trl4ml.provenance.trust import Trust, read
from trl4ml.provenance.viewed import Viewed

asks = "The model is signed by somebody whom the project trusts."
version = 1

SHOWN = 3
COUNTS = (
    *("signed", "changed", "missing", "unsigned", "ignored"),
    *("signed_bytes", "unsigned_bytes", "ignored_bytes"),
)


class Options(Noun):
    signatures: dict[InnerPath, InnerPath] = {}
    """The model's folder or file → its bundle. What another component claims is left out."""
    trust: InnerPath | None = None
    """JSON that pins keys, as in {"trust": "trl4ml-model-trust/1", "keys": [{"name": …, "pem": …}]}, or
    under certificates a name, the root in PEM and the signer's subject."""


def run(files: Files, calendar: Calendar, options: Options) -> Finding:
    if not options.signatures or not options.trust:
        return unknown("no signature of a model is declared; sign it with model-signing, and set "
                       "signatures and trust under probes: model-signed in trl4ml.yaml")  # fmt: skip
    found: dict[str, Checked] = {}
    try:
        trusted = read(files.bytes(options.trust), options.trust)
        for path, bundle in sorted(options.signatures.items()):
            model = Viewed(files, path)
            if not files.present(bundle):
                if model.entries():
                    return no(f"{path} has no signature at {bundle}", [path])
                continue
            found[path] = _checked(files, model, bundle, trusted, calendar)
    except Refused as why:
        return unknown(str(why))
    if not found:
        return unknown("neither the models nor the signatures declared are this component's")
    return _said(options, found)


def _checked(
    files: Files, model: Viewed, bundle: str, trusted: Trust, calendar: Calendar
) -> Checked:
    return check(
        model, files.bytes(bundle, LIMIT + 1), trusted, where=bundle,
        exclude=model.inside(bundle),
        current=lambda start, end: calendar.reached(start.date())
        and not calendar.reached(end.date()),
    )  # fmt: skip


def _said(options: Options, found: dict[str, Checked]) -> Finding:
    every = found.values()
    measures: dict[str, Measure | Scalar] = {
        name: sum(getattr(one, name) for one in every) for name in COUNTS
    }
    measures |= {
        "models": len(found),
        "verified": sum(one.status == "verified" for one in every),
        "method": ", ".join(sorted({one.method for one in every})),
        "signer": ", ".join(sorted({one.signer for one in every if one.signer}))
        or undefined("no signer could be shown"),
        "legacy": any(one.legacy for one in every),
        "valid_until": min((one.valid_until for one in every if one.valid_until), default="")
        or undefined("a key has no end; only a certificate has"),
    }
    places = [options.signatures[path] for path in found]
    if all(one.status == "verified" for one in every):
        says = f"{counted(sum(one.signed for one in every), 'file')} as {measures['signer']} signed"
        return yes(says, places, **measures)
    told = [f"{path}: {f.says}" for path, one in found.items() for f in sorted(one.findings)]
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    failed = any(one.status == "failed" for one in every)
    return (no if failed else unknown)("; ".join(told[:SHOWN]) + more, places, **measures)
