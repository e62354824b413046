"""Where `checklists/` and `templates/` lie: inside an installed wheel, else beside the package."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder of that name, `checklists` or `templates`."""
    inside = PACKAGE / "_data" / name
    return inside if inside.is_dir() else PACKAGE.parent / name
