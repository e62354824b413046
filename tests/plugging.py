"""Installed probes without an installer: a module and the .dist-info that names it."""

from pathlib import Path

ANY = '''"""Why.

How.
"""

from trl4ml.core.evidence import Finding, yes
from trl4ml.core.views import Files

asks = "There is anything at all."
version = 1


def run(files: Files) -> Finding:
    return yes("there is", files=len(files.all()))
'''


def plug_in(site: Path, id: str, module: str, code: str | None = ANY, by: str = "trl4ml-x") -> Path:
    """Lay the distribution out in `site`, which then goes on PYTHONPATH."""
    info = site / f"{by.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {by}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[trl4ml.probes]\n{id} = {module}\n")
    if code is not None:
        (site / f"{module}.py").write_text(code)
    return site
