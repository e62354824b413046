"""What people put down, by the names that components have today: answers, switchbacks, registers."""

from collections.abc import Iterable
from pathlib import Path

from trl4ml.core.answer import Answer, is_address
from trl4ml.core.judging import Told
from trl4ml.core.project import Project
from trl4ml.core.switchback import Switchback
from trl4ml.core.unreadable import Unreadable
from trl4ml.errors import WrongInput
from trl4ml.loading import CONFIG, Loaded
from trl4ml.readers.tree import Tree
from trl4ml.store.records import Records


def told(root: Path, tree: Tree, loaded: Loaded) -> Told:
    """Everything that is written down by now. Raises WrongInput when a record was tampered with."""
    former = loaded.project.former_names
    answers = [
        one.model_copy(update={"component": former[one.component]})
        if one.component in former
        else one
        for one in Records(root).answers()
    ]
    sent_back = switchbacks(root, loaded.project)
    return Told(answers, sent_back, loaded.told, linked(tree, answers))


def switchbacks(root: Path, project: Project) -> tuple[Switchback, ...]:
    """The switchbacks, by the names that the components have now. Raises WrongInput for a stranger.

    Else renaming a component would undo them.
    """
    former = project.former_names
    names = {one.name for one in project.components}
    found = []
    for one in Records(root).switchbacks():
        now = former.get(one.component, one.component)
        if now not in names and now not in project.retired:
            raise WrongInput(f".trl4ml/switchbacks/{now}: {CONFIG} has no component '{now}'; if it was "
                             f"renamed, say `formerly: [{now}]` in the component that it is now; if it "
                             f"is no more, list it under `retired`")  # fmt: skip
        found.append(one.model_copy(update={"component": now}))
    return tuple(one for one in found if one.component in names)


def linked(tree: Tree, answers: Iterable[Answer]) -> dict[str, str]:
    """SHA-256 of each file that an answer links to; of what cannot be read, the reason."""
    return {a.link: digest_of(tree, a.link) for a in answers if a.link and not is_address(a.link)}


def digest_of(tree: Tree, path: str) -> str:
    """SHA-256 of a file of the project; of what cannot be read, the reason."""
    try:
        return tree.digest(path, None)
    except Unreadable as error:
        return f"unreadable: {error.reason}"
    except ValueError:  # a NUL in it
        return "unreadable: it is no path"
