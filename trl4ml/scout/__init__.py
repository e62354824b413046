"""What a repository already holds: the facts from which `trl4ml init` writes a first trl4ml.yaml.

Names of files tell most of it. Of contents only manifests, CODEOWNERS and results of tests are
read, and nothing that git ignores is named but such results. Where clues speak for several kinds of
component, the kind that is asked the most is taken.
"""

from pathlib import Path

from trl4ml.asking import parse_yaml
from trl4ml.core.views import Unreadable
from trl4ml.errors import WrongInput
from trl4ml.readers.files import Part
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views
from trl4ml.scout.components import pieces
from trl4ml.scout.facts import Found
from trl4ml.scout.folders import component_folders
from trl4ml.scout.holdings import holdings
from trl4ml.scout.naming import project_name
from trl4ml.scout.owners import owners
from trl4ml.scout.paths import VENDORED
from trl4ml.scout.results import results
from trl4ml.scout.writing import written

__all__ = ["Found", "scout", "written"]

MOST_COMPONENTS = 30


def scout(folder: Path) -> Found:
    """Look at the folder. Raises WrongInput when git cannot list it."""
    tree = Tree(folder)
    views = Views(Part(tree), parse_yaml)
    try:
        names = [name for name in tree.entries if not VENDORED.search(name)]
    except Unreadable as error:
        raise WrongInput(f"{error}; repair the repository, or take a fresh clone") from None
    name = project_name(tree.root.name, views.documents)
    folders = component_folders(names)
    return Found(
        name, *owners(views.files, tree.history),
        pieces(name, names, folders[:MOST_COMPONENTS], views.files),
        len(folders[MOST_COMPONENTS:]), holdings(names), results(tree, views.files),
    )  # fmt: skip
