"""`trl4ml gate --model`: is the artefact that is about to be deployed the one that was reviewed?"""

import os
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from trl4ml import run
from trl4ml.core.evidence import Outcome
from trl4ml.errors import WrongInput
from trl4ml.loading import CONFIG, find, load_all
from trl4ml.vouching import (
    Compared,
    Wanted,
    against_manifest,
    against_signature,
    content,
    guarded,
)

LARGEST = 256_000_000
PROBE, SIGNED = "model-manifest-current", "model-signed"


class Declared(NamedTuple):
    """The model as the project knows it: its path there, its manifest, its signature if it has one."""

    path: str
    manifest: str
    signature: str | None
    trust: str | None


def reviewed(
    path: Path | None, model: str, component: str | None, tell: Any, base: str | None = None,
    trust: str | None = None,
) -> Compared:  # fmt: skip
    """Whether the model is, file for file, the reviewed one. Raises WrongInput.

    The manifest counts when current stored evidence says that the audited model is as it says;
    where the project declares a signature too, the artefact must bear it out as well.
    """
    root = find(path)
    declared = _declared(load_all(root, {}).project.probes, model)
    says = _evidence(root, component, base, trust)
    if says:
        lines = [f"NOT THE REVIEWED MODEL  {model}", f"  {says}"]
        return Compared(lines, {"says": says}, False)
    wanted = Wanted(signature=_at(root, declared.signature), trust=_at(root, declared.trust))
    place = guarded(lambda: _beside(model, declared))
    found = [
        guarded(lambda: against_manifest(model, str(_at(root, declared.manifest)), place, tell))
    ]
    if declared.signature and declared.trust:
        found.append(guarded(lambda: against_signature(model, wanted, place, tell)))
    elif declared.signature:
        says = f"{CONFIG} declares a signature and no trust file under probes: {SIGNED}"
        found.append(Compared([f"  {says}"], {"says": says}, False))
    found += _copies(root, declared, place)
    holds = all(one.holds for one in found)
    verdict = "THE REVIEWED MODEL" if holds else "NOT THE REVIEWED MODEL"
    lines = [f"{verdict}  {model} against {declared.path} of {CONFIG}"]
    lines += [line for one in found for line in one.lines]
    data = {key: value for one in found for key, value in one.data.items()}
    return Compared(lines, {"declared": declared.path, **data}, holds)


def _at(root: Path, inner: str | None) -> str | None:
    return str(root / inner) if inner else None


def _declared(probes: Any, model: str) -> Declared:
    """The declared model that is meant: the only one, or the one of the same last name."""
    manifests = dict(probes.get(PROBE, {}).get("manifests") or {})
    if not manifests:
        raise WrongInput(f"--model: {CONFIG} declares no manifest, so nothing says which model was "
                         f"reviewed; set manifests under probes: {PROBE}")  # fmt: skip
    name = Path(model).absolute().name
    alike = [one for one in manifests if PurePosixPath(one).name == name]
    chosen = list(manifests) if len(manifests) == 1 else alike
    if len(chosen) != 1:
        known = ", ".join(sorted(manifests))
        raise WrongInput(f"--model {model}: {CONFIG} declares {known}; which one is meant shows its "
                         "name, so give the folder or file the name of one of them")  # fmt: skip
    signed = probes.get(SIGNED, {})
    signature = (signed.get("signatures") or {}).get(chosen[0])
    return Declared(chosen[0], manifests[chosen[0]], signature, signed.get("trust"))


def _evidence(root: Path, component: str | None, base: str | None, trust: str | None) -> str:
    """Why the stored evidence does not show the manifest to be the reviewed one; else empty."""
    try:
        done = run.audit(
            root, component=component, only=[PROBE], stored_only=True, base=base, trust=trust
        )
    except WrongInput as error:
        if "no item or probe in force" not in str(error):
            raise
        raise WrongInput(f"--model: no checklist in force asks for {PROBE}; add engineering to checklists "
                         f"in {CONFIG}") from None  # fmt: skip
    found = [one for one in done.report.evidence.values() if one.probe == PROBE]
    worst = next((one for one in found if one.outcome is not Outcome.YES), None)
    return f"{PROBE}: {worst.message}" if worst else ""


def _copies(root: Path, declared: Declared, place: list[str]) -> list[Compared]:
    """The artefact's own manifest and signature, which are left out of both: are they the project's?"""
    found = []
    for here, one in zip(place, _inside(declared), strict=True):
        if not os.path.lexists(here):
            continue
        same = guarded(partial(_same, here, str(root / one)))
        if not same:
            says = f"{here} is not the {one} of the project"
            found.append(Compared([f"  {says}"], {"says": says}, False))
    return found


def _same(one: str, other: str) -> bool:
    return Path(one).is_file() and content(one, LARGEST) == content(other, LARGEST)


def _inside(declared: Declared) -> list[str]:
    """Manifest and signature, as far as they lie inside the declared model."""
    both = [one for one in (declared.manifest, declared.signature) if one]
    return [one for one in both if one.startswith(f"{declared.path}/")]


def _beside(model: str, declared: Declared) -> list[str]:
    """Where manifest and signature lie in the artefact, when they lie inside the declared model."""
    return [str(Path(model) / one.removeprefix(f"{declared.path}/")) for one in _inside(declared)]
