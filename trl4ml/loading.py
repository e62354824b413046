"""Everything that is declared, loaded and checked: the project, its checklists, the probes named."""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from trl4ml import __version__, resources
from trl4ml import probes as room
from trl4ml.core.checklist import CHECKED_BEFORE, Checklist, Item
from trl4ml.core.pieces import few
from trl4ml.core.project import Project
from trl4ml.declared import Declared, declared, followed, follows
from trl4ml.dense import Dense
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.load import disk
from trl4ml.probes import Probe

if TYPE_CHECKING:
    from trl4ml.core.baseline import Baseline

CONFIG = disk.CONFIG
SPARE = 8_000_000
"""Bytes that what is remembered may take beside nine times its size, as the YAML that it was made of."""
Wrong = tuple[tuple[int | str, ...], str]
NounT = TypeVar("NounT", Project, Checklist, "Baseline")


class Loaded(NamedTuple):
    """A project with its checklists, checked against each other and against the probes."""

    project: Project
    checklists: tuple[Checklist, ...]
    """Those it names, and the one that follows from its registers."""
    registers: dict[str, Declared]
    told: dict[str, Any]
    """The registers as plain data."""
    digests: tuple[str, ...]
    """SHA-256 of trl4ml.yaml and of each checklist, as files."""
    nouns: dict[str, str]
    """What was read, as JSON by the digest of its text, to read it faster the next time."""


def find(path: str | Path | None) -> Path:
    """The project's folder. Raises WrongInput when there is no trl4ml.yaml."""
    start = Path(path or ".")
    try:
        if not start.is_dir():
            raise WrongInput(f"{start}: not a folder; give the folder that holds {CONFIG}")
        here = start.absolute()
        found = next((f for f in (here, *here.parents) if os.path.lexists(f / CONFIG)), None)
    except (OSError, ValueError) as error:
        says = f"cannot be looked into ({getattr(error, 'strerror', None) or error})"
        raise WrongInput(f"{str(start)[:200]}: {says}; give another folder") from None
    if found is None:
        raise WrongInput(f"{start / CONFIG}: there is no such file; make one with: trl4ml init")
    if not (found / CONFIG).resolve().is_relative_to(found.resolve()):
        raise WrongInput(f"{found / CONFIG}: is a link that leaves the project; put the file there")
    return found


def load_all(root: Path, remembered: Mapping[str, str]) -> Loaded:
    """Everything that is declared, checked. Raises WrongInput with every complaint.

    What was checked before and is still the same, to the byte, is not parsed again.
    """
    text = disk.read(root / CONFIG, CONFIG)
    project, kept = _noun(Project, text, CONFIG, remembered)
    nouns = {key(text): kept}
    texts = _checklist_texts(root, project.checklists, text)
    checklists: dict[str, Checklist] = {}
    for shown, one in texts.items():
        checklists[shown], nouns[key(one)] = _noun(Checklist, one, shown, remembered)
    _check_paths(root, text, project)
    exempt = _baseline(root, text, project, remembered)
    if exempt:
        nouns[key(exempt.text)] = exempt.kept
    registers = declared(root, project, text)
    told = key("\n".join(("registers", text, *(r.digest for r in registers.values()))))
    same = nouns.items() <= remembered.items()
    follow = _remembered(told, remembered) if same else None
    if follow is None:
        _check(text, project, checklists, texts)
        nouns[told] = follows(registers, text, project, lambda: list(all_probes()))
        follow = followed(nouns[told])
        _check_policy(text, project, [*checklists.values(), follow[0]], exempt)
    else:
        nouns[told] = remembered[told]
    owed, data = follow
    digests = [sha256(one.encode()).hexdigest() for one in (text, *texts.values())]
    if owed:
        digests.append(sha256(nouns[told].encode()).hexdigest())
    if exempt:
        project = exempt.noun.added_to(project)
    in_force = (*checklists.values(), *([owed] if owed else ()))
    return Loaded(project, in_force, registers, data, tuple(digests), nouns)


def _remembered(
    told: str, remembered: Mapping[str, str]
) -> tuple[Checklist | None, dict[str, Any]] | None:
    """What followed from the registers the last time; None where that is not surely known."""
    kept = remembered.get(told)
    if kept is None or not few(kept, spare=SPARE):
        return None
    try:
        return followed(kept)
    except (ValueError, TypeError, RecursionError):
        return None


class _Exempt(NamedTuple):
    """A baseline, its text, and it as JSON."""

    noun: "Baseline"
    text: str
    kept: str


def _baseline(
    root: Path, config: str, project: Project, remembered: Mapping[str, str]
) -> _Exempt | None:
    """The baseline that the policy names, if it names one. Raises WrongInput."""
    if not (name := project.policy.baseline):
        return None
    from trl4ml.core.baseline import Baseline

    try:
        text = disk.read_inside(root, name)
    except WrongInput as error:
        _complain(config, [(("policy", "baseline"), str(error))])
        raise
    noun, kept = _noun(Baseline, text, name, remembered)
    return _Exempt(noun, text, kept)


def key(text: str) -> str:
    return sha256(f"{__version__}\n{text}".encode()).hexdigest()


def _noun(
    kind: type[NounT], text: str, shown: str, remembered: Mapping[str, str]
) -> tuple[NounT, str]:
    """What the text declares, and that as JSON: from memory where it was read before."""
    try:
        kept = remembered[key(text)]
        if not few(kept, spare=SPARE):
            raise Dense
        return kind.model_validate_json(kept, context=CHECKED_BEFORE), kept
    except (KeyError, ValueError):
        from trl4ml.load import files

        if kind is Project:
            read: Any = files.project(text)
        elif kind is Checklist:
            read = files.checklist(text, shown)
        else:
            read = files.baseline(text, shown)
        return read, read.model_dump_json()


def _check(
    text: str, project: Project, checklists: Mapping[str, Checklist], texts: Mapping[str, str]
) -> None:  # fmt: skip
    from trl4ml.load import files

    wanted = {probe for one in checklists.values() for item in one.items for probe in item.probes}
    known = {id for id in wanted if room.own(id)}
    if known != wanted:
        known = set(all_probes())
    parts = [one.name for one in project.components]
    files.check_checklists(list(checklists.items()), known, texts, parts, checklist_names())
    kinds = {id: probe.options for id in project.probes if (probe := _probe(id))}
    files.check_options(text, project.probes, kinds, room.own_ids())


def _check_policy(
    text: str, project: Project, found: Sequence[Checklist | None], exempt: _Exempt | None
) -> None:
    from trl4ml.load import files

    in_force = [one for one in found if one]
    files.check_project(text, project, in_force)
    if exempt:
        files.check_baseline(exempt.text, exempt.noun, project, in_force)


def _check_paths(root: Path, text: str, project: Project) -> None:
    """A component's paths must exist: a misspelt one would quietly claim nothing."""
    wrong: list[Wrong] = []
    for at, one in enumerate(project.components):
        for number, path in enumerate(one.paths):
            if not os.path.lexists(root / path):
                beside = (root / path).parent
                names = os.listdir(beside) if beside.is_dir() else []
                says = f"there is no '{path}'{did_you_mean(names, Path(path).name, len(wrong))}"
                wrong.append((("components", at, "paths", number), says))
    _complain(text, wrong)


def _complain(config: str, wrong: Sequence[Wrong]) -> None:
    if wrong:
        from trl4ml.load.files import config_complaints

        raise config_complaints(config, wrong)


def _checklist_texts(root: Path, names: Sequence[str], config: str) -> dict[str, str]:
    """The text of each checklist by the name of its file. Raises Complaints, all at once."""
    texts: dict[str, str] = {}
    wrong: list[Wrong] = []
    for at, name in enumerate(names):
        try:
            shown, text = _checklist_text(root, name)
            texts[shown] = text
        except WrongInput as error:
            wrong.append((("checklists", at), str(error)))
    _complain(config, wrong)
    return texts


def _checklist_text(root: Path, name: str) -> tuple[str, str]:
    """The file that the name stands for, as complaints show it, and its text. Raises WrongInput."""
    if name in checklist_names():
        shown = f"checklists/{name}.yaml"
        return shown, disk.read(resources.folder("checklists") / f"{name}.yaml", shown)
    if not name.endswith((".yaml", ".yml")):
        hint = did_you_mean(checklist_names(), name)
        raise WrongInput(f"no checklist is called '{name}'{hint}")
    return name, disk.read_inside(root, name)


@cache
def checklist_names() -> tuple[str, ...]:
    """The checklists that come with trl4ml."""
    return tuple(sorted(path.stem for path in resources.folder("checklists").glob("*.yaml")))


def bundled(name: str) -> Checklist:
    """A checklist that comes with trl4ml. Raises Complaints."""
    from trl4ml.load import files

    shown = f"checklists/{name}.yaml"
    text = disk.read(resources.folder("checklists") / f"{name}.yaml", shown)
    return files.checklist(text, shown)


def all_probes() -> dict[str, Probe]:
    """Every probe there is, ours and those of installed packages, by id."""
    try:
        plugged_in = room.plugged_in()
    except ValueError as error:
        raise WrongInput(str(error)) from None
    own = {id: probe for id in room.own_ids() if (probe := room.own(id))}
    return dict(sorted({**own, **plugged_in}.items()))


def _probe(id: str) -> Probe | None:
    return room.own(id) or all_probes().get(id)


def find_probes(items: Sequence[Item]) -> list[Probe]:
    """The probes that the items ask, each once."""
    ids = dict.fromkeys(id for item in items for id in item.probes)
    return [probe for id in ids if (probe := _probe(id))]
