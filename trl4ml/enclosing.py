"""What a bundle of evidence encloses of the project: what was declared, answered and signed."""

from pathlib import Path, PurePosixPath

from trl4ml.errors import WrongInput
from trl4ml.load import disk
from trl4ml.loading import CONFIG, find, load_all
from trl4ml.run import Audit, memory

TRUST = tuple(f".trl4ml/trust/{one}" for one in ("policy.yaml", "allowed_signers", "revoked"))
RECORDS = ("answers", "switchbacks")


def declared(done: Audit) -> dict[str, bytes]:
    """The files by their name in the bundle. Raises WrongInput when one cannot be read."""
    root = done.root
    named = [*_named(root), *_recorded(root), *(_trusted(root) if done.reviews else ())]
    found = {name: disk.read_inside(root, name).encode() for name in named}
    if done.reviews:
        found |= {one.path: one.content for one in done.reviews.ground.entries if not one.problem}
    if odd := [name for name in found if not name.isprintable()]:
        raise WrongInput(f"{odd[0]!r}: sha256sum could not check such a name; rename the file")
    return {f"declared/{plain(name)}": content for name, content in found.items()}


def _named(root: Path) -> list[str]:
    """The configuration, and the files that it names."""
    project = load_all(find(root), memory(root)).project
    own = [name for name in project.checklists if name.endswith((".yaml", ".yml"))]
    own += [name for name in project.registers.values() if isinstance(name, str)]
    own += [project.policy.baseline] if project.policy.baseline else []
    return [CONFIG, *own]


def _recorded(root: Path) -> list[str]:
    """The records of what people decided."""
    paths = (path for kind in RECORDS for path in (root / ".trl4ml" / kind).glob("*/*.json"))
    return sorted(path.relative_to(root).as_posix() for path in paths)


def _trusted(root: Path) -> list[str]:
    """Whose signatures count, as the project has it."""
    return [name for name in TRUST if (root / name).is_file()]


def plain(name: str) -> str:
    """The name without a step that leads out or nowhere."""
    return "/".join(part for part in PurePosixPath(name).parts if part not in ("..", ".", "/"))
