"""One file per question. A probe is a module:

    the docstring   its first paragraph says why the question matters, the second how it is answered
    asks            the fact that it states, in one sentence
    version         raised whenever the same project could now give other evidence
    Options         optional: a Noun of what a project may set under `probes:` in trl4ml.yaml
    run             takes the views it needs by name (and `options`), gives a Finding

Its id is its file's name with hyphens. Packages add probes by an entry point in `trl4ml.probes`.
"""

import hashlib
import importlib
import importlib.util
import re
import sys
from functools import cached_property, lru_cache
from importlib.metadata import EntryPoint, entry_points
from inspect import getdoc, signature
from pathlib import Path
from types import ModuleType

from trl4ml import __version__
from trl4ml.core.noun import Noun

GROUP = "trl4ml.probes"
HERE = Path(__file__).parent
LONGEST = 80
"""Characters of an id."""
VERSION = re.compile(r"^version\s*(?::\s*int\s*)?=\s*(\d+)", re.MULTILINE)


class Probe:
    """One probe; its module is imported only when something of it is needed."""

    def __init__(self, id: str, module_name: str, source: Path, distribution: str) -> None:
        self.id = id
        self.module_name = module_name
        self.source = source
        self.distribution = distribution

    @cached_property
    def code(self) -> str:
        return self.source.read_text(encoding="utf-8")

    @cached_property
    def code_digest(self) -> str:
        return hashlib.sha256(self.code.encode()).hexdigest()

    @property
    def version(self) -> int:
        found = VERSION.search(self.code)
        return int(found[1]) if found else 1

    @property
    def asks_which(self) -> bool:
        """Whether its answer depends on the component it is asked about, beyond files and registers."""
        return "registers" in self.code

    @cached_property
    def module(self) -> ModuleType:
        return importlib.import_module(self.module_name)

    @property
    def asks(self) -> str:
        return str(self.module.asks)

    @property
    def why_and_how(self) -> str:
        return getdoc(self.module) or ""

    @property
    def options(self) -> type[Noun] | None:
        return getattr(self.module, "Options", None)

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the views that it asks for."""
        return tuple(name for name in signature(self.module.run).parameters if name != "options")


def own_ids() -> tuple[str, ...]:
    """The ids of the probes in this folder."""
    return tuple(sorted(p.stem.replace("_", "-") for p in HERE.glob("*.py") if p.stem[0] != "_"))


def own(id: str) -> Probe | None:
    source = HERE / f"{id.replace('-', '_')}.py"
    if id.startswith("_") or len(id) > LONGEST or not source.is_file():
        return None
    return Probe(id, f"trl4ml.probes.{source.stem}", source, f"trl4ml {__version__}")


def plugged_in() -> dict[str, Probe]:
    """The probes that installed packages add. Raises ValueError when two have one id."""
    found: dict[str, Probe] = {}
    for point in _points(tuple(sys.path)):
        probe = _from_entry_point(point)
        other = own(probe.id) or found.get(probe.id)
        if other:
            raise ValueError(
                f"two probes are called '{probe.id}': from {other.distribution} and from "
                f"{probe.distribution}; uninstall one of them"
            )
        found[probe.id] = probe
    return found


@lru_cache(maxsize=4)
def _points(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """What the packages on that path of Python declare: it takes milliseconds to read them all."""
    return tuple(entry_points(group=GROUP))


def _from_entry_point(point: EntryPoint) -> Probe:
    supplier = f"{point.dist.name} {point.dist.version}" if point.dist else "unknown"
    try:
        spec = importlib.util.find_spec(point.value)
    except Exception:  # finding it runs the package around it, which is anybody's code
        spec = None
    if spec is None or not spec.origin:
        raise ValueError(
            f"the probe '{point.name}' of {supplier} names the module {point.value}, "
            "which cannot be found; reinstall or uninstall that package"
        )
    return Probe(point.name, point.value, Path(spec.origin), supplier)
