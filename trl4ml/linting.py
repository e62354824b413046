"""Files of ours checked as they are written: configuration, checklists, registers, records."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from trl4ml import loading, run
from trl4ml.errors import Complaint, Complaints, WrongInput
from trl4ml.load import disk
from trl4ml.store.records import Records, read_whole

YAML = (".yaml", ".yml")


def lint(paths: Iterable[Path]) -> int:
    """How many files were checked. Raises WrongInput with every complaint about all of them."""
    by_project: dict[Path, list[Path]] = {}
    said: list[str] = []
    for path in paths:
        try:
            by_project.setdefault(_project(path), []).append(path)
        except WrongInput as error:
            said.append(str(error))
    for root, own in by_project.items():
        said += _project_complaints(root, own)
    if said:
        raise WrongInput("\n".join(dict.fromkeys(said)))
    return sum(len(own) for own in by_project.values())


def _project(path: Path) -> Path:
    """The project that the file belongs to, as it is reached from here."""
    if not os.path.lexists(path):
        raise WrongInput(f"{path}: there is no such file; give one that exists")
    if path.is_dir():
        if os.path.lexists(path / loading.CONFIG):
            return path
        raise WrongInput(f"{path}: holds no {loading.CONFIG}; give files, or a project's folder")
    here = Path(os.path.relpath(path)) if not path.is_absolute() else path
    for folder in here.parents:
        if os.path.lexists(folder / loading.CONFIG):
            return folder
    for folder in Path.cwd().parents:
        if not path.is_absolute() and os.path.lexists(folder / loading.CONFIG):
            return Path(os.path.relpath(folder))
    raise WrongInput(f"{path}: no {loading.CONFIG} lies above it; make one with: trl4ml init")


def _project_complaints(root: Path, own: list[Path]) -> Iterator[str]:
    """What is wrong in the files given, and in what hangs together with them."""
    known: set[str] = set()
    alone: dict[str, str] = {}
    try:
        loading.find(root)
        loaded = loading.load_all(root, run.memory(root))
        known = {*loaded.project.checklists}
        known |= {one for one in loaded.project.registers.values() if isinstance(one, str)}
        known |= {loaded.project.policy.baseline or ""}
    except WrongInput as error:
        yield from _shown(root, error)
        alone = _named(root)
    for path in own:
        yield from _file_complaints(root, path, known, alone)
    if any(_of_reviews(root, path) for path in own):
        yield from _ledger_complaints(root)


def _named(root: Path) -> dict[str, str]:
    """What the files are that trl4ml.yaml names, as far as it can be read: the name of a register, or
    `baseline`."""
    from trl4ml.load.files import document

    try:
        data = document(disk.read(root / loading.CONFIG, loading.CONFIG), loading.CONFIG).data
    except WrongInput:
        return {}
    declared, policy = (
        data.get(key) if isinstance(data, dict) else None for key in ("registers", "policy")
    )
    named = {"baseline": policy.get("baseline")} if isinstance(policy, dict) else {}
    named |= declared if isinstance(declared, dict) else {}
    return {file: what for what, file in named.items() if isinstance(file, str)}


def _file_complaints(
    root: Path, path: Path, known: set[str], alone: Mapping[str, str]
) -> Iterator[str]:
    """What is wrong in the file; in one of `alone` too, as the project could not be read as a whole."""
    name = Path(os.path.relpath(path, root)).as_posix()
    parts = Path(name).parts
    if path.is_dir() or name == loading.CONFIG or name in known:
        return
    try:
        if _of_reviews(root, path):
            _check_reviews(root, name)
        elif parts[:1] == (".trl4ml",) and parts[1:2] != ("store",):
            Records(root).check("/".join(parts[1:]))
        elif name in alone:
            _check_form(root, name, alone[name])
        elif name.endswith(YAML) and _is_checklist(root, name):
            _check_alone(root, name)
        elif not known and name.endswith(YAML):
            from trl4ml.load.files import document

            document(disk.read_inside(root, name), name)
        else:
            yield (f"{path}: nothing that trl4ml reads; it reads {loading.CONFIG}, the checklists and "
                   "registers that it names, its baseline, and records under .trl4ml/")  # fmt: skip
    except WrongInput as error:
        yield from _shown(root, error)


def _of_reviews(root: Path, path: Path) -> bool:
    """Whether it is a note, or says whose notes count."""
    parts = Path(os.path.relpath(path, root)).parts
    return parts[:1] == (".trl4ml",) and parts[1:2] in (("reviews",), ("trust",)) and len(parts) > 2


def _check_reviews(root: Path, name: str) -> None:
    """The form of a note, not whether it counts; or of a file of the trust folder. Raises WrongInput."""
    from trl4ml.ledger.chain import FOLDER
    from trl4ml.ledger.errors import Refused
    from trl4ml.ledger.note import LARGEST, read, statement
    from trl4ml.reviews import entrusting

    if not name.startswith(f"{FOLDER}/"):
        entrusting.check_trust(root, name)
        return
    try:
        statement(read(read_whole(str(root / name), LARGEST)))
    except Refused as refused:
        raise WrongInput(f"{name}: {refused}") from None


def _ledger_complaints(root: Path) -> Iterator[str]:
    """What is wrong with the ledger against the base branch; nothing where that has no trust yet, or
    where there is no ledger yet and no base branch, as in a repository that was never pushed.
    """
    from trl4ml.ledger.chain import FOLDER
    from trl4ml.reviews import reviewing, signing, verifying

    try:
        found = reviewing.of(root, stored_only=True)
    except WrongInput as error:
        if os.path.lexists(root / FOLDER):
            yield from _shown(root, error)
        return
    if found.trust and not signing.usable(found):
        yield found.problem
    yield from verifying.complaints(found)


def _is_checklist(root: Path, name: str) -> bool:
    from trl4ml.load.files import document

    data = document(disk.read_inside(root, name), name).data
    return isinstance(data, Mapping) and "checklist" in data


def _check_alone(root: Path, name: str) -> None:
    """A checklist that no project names. Raises Complaints."""
    from trl4ml.load import files

    text = disk.read_inside(root, name)
    own = files.checklist(text, name)
    parts = {item.component for item in own.items if item.component}
    files.check_checklists([(name, own)], loading.all_probes(), {name: text}, parts, ())


def _check_form(root: Path, name: str, what: str) -> None:
    """A register or baseline by itself: not whether there is what it speaks of. Raises Complaints."""
    from trl4ml.core.registers import REGISTERS
    from trl4ml.load import files
    from trl4ml.load.registers import Register

    text = disk.read_inside(root, name)
    if what == "baseline":
        files.baseline(text, name)
    elif what in REGISTERS:
        Register(what, name, text, ()).noun(REGISTERS[what])


def _shown(root: Path, error: WrongInput) -> list[str]:
    """The sentences, with paths as they lead from here."""
    if not isinstance(error, Complaints):
        return [str(error)]
    return [str(Complaint((root / c.file).as_posix(), *c[1:])) for c in error.complaints]
