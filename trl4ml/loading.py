"""Everything that is declared, loaded and checked: the project, its checklists, the probes named."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from trl4ml import __version__, resources
from trl4ml import probes as room
from trl4ml.core.checklist import Checklist, Item
from trl4ml.core.project import Project
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.load import disk
from trl4ml.probes import Probe

CONFIG = disk.CONFIG


class Loaded(NamedTuple):
    """A project with its checklists, checked against each other and against the probes."""

    project: Project
    checklists: tuple[Checklist, ...]
    digests: tuple[str, ...]
    """SHA-256 of trl4ml.yaml and of each checklist, as files."""
    nouns: dict[str, str]
    """What was read, as JSON by the digest of its text, to read it faster the next time."""


def find(path: str | Path | None) -> Path:
    """The project's folder. Raises WrongInput when there is no trl4ml.yaml."""
    start = Path(path or ".")
    if not start.is_dir():
        raise WrongInput(f"{start}: not a folder; give the folder that holds {CONFIG}")
    upwards = [start] if path else [start.absolute(), *start.absolute().parents]
    for folder in upwards:
        if (folder / CONFIG).is_file():
            return folder
    raise WrongInput(f"{start / CONFIG}: there is no such file; make one with: trl4ml init")


def load_all(root: Path, remembered: Mapping[str, str]) -> Loaded:
    """Everything that is declared, checked. Raises WrongInput with every complaint.

    What was checked before and is still the same, to the byte, is not parsed again.
    """
    text = disk.read(root / CONFIG, CONFIG)
    nouns = {key(text): remembered.get(key(text)) or _project(text)}
    project = Project.model_validate_json(nouns[key(text)])
    texts = dict(_checklist(root, name, text, at) for at, name in enumerate(project.checklists))
    for shown, one in texts.items():
        nouns[key(one)] = remembered.get(key(one)) or _parsed(one, shown)
    checklists = {
        shown: Checklist.model_validate_json(nouns[key(one)]) for shown, one in texts.items()
    }
    if nouns != remembered:
        _check(text, project, checklists, texts)
    digests = tuple(sha256(one.encode()).hexdigest() for one in (text, *texts.values()))
    return Loaded(project, tuple(checklists.values()), digests, nouns)


def key(text: str) -> str:
    return sha256(f"{__version__}\n{text}".encode()).hexdigest()


def _project(text: str) -> str:
    from trl4ml.load import files

    return files.project(text).model_dump_json()


def _parsed(text: str, shown: str) -> str:
    from trl4ml.load import files

    return files.checklist(text, shown).model_dump_json()


def _check(
    text: str, project: Project, checklists: Mapping[str, Checklist], texts: Mapping[str, str]
) -> None:
    from trl4ml.load import files

    wanted = {probe for one in checklists.values() for item in one.items for probe in item.probes}
    known = {id for id in wanted if room.own(id)}
    if known != wanted:
        known = set(all_probes())
    files.check_checklists(list(checklists.items()), known, texts)
    files.check_project(text, project, list(checklists.values()))
    kinds = {id: probe.options for id in project.probes if (probe := _probe(id))}
    files.check_options(text, project.probes, kinds, room.own_ids())


def _checklist(root: Path, name: str, config: str, at: int) -> tuple[str, str]:
    """The file a checklist's name stands for, as complaints show it, and its text."""
    if name in checklist_names():
        shown = f"checklists/{name}.yaml"
        return shown, disk.read(resources.folder("checklists") / f"{name}.yaml", shown)
    path = (root / name).resolve()
    inside = path.is_relative_to(root.resolve())
    if name.endswith((".yaml", ".yml")) and inside:
        return name, disk.read(path, name)
    from trl4ml.load.files import config_complaint

    hint = did_you_mean(checklist_names(), name)
    says = f"no checklist is called '{name}'{hint}" if inside else f"{name} leaves the project"
    raise config_complaint(config, ("checklists", at), says)


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
