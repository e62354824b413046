"""Without history nobody can say which code made a result, who changed it or what it was before.

Asks git whether the project's folder lies in a work tree with at least one commit, whether any of
its files are tracked, and whether the history was cut off. It counts neither commits nor files:
evidence that changed with every commit would be stale with every commit.
"""

import re

from trl4ml.core.evidence import Finding, no, unknown, yes
from trl4ml.core.views import Files, Git

asks = "The project lies in a git repository with at least one commit."
version = 1

ABSOLUTE = re.compile(r"(?: at| in file)? '?/.*")


def run(files: Files, git: Git) -> Finding:
    if problem := git.problem():
        says = ABSOLUTE.sub("", problem)
        return unknown(f"git cannot read the history ({says}); make `git status` work here")
    if not git.exists():
        if broken := files.present(".git", ".git/HEAD"):
            says = (
                f"git finds no repository behind {broken[0]}; repair it or clone the project again"
            )
            return unknown(says, broken)
        return no("the project lies in no git repository", tracked=False, shallow=False)
    if git.empty():
        says = "the git repository has no commit yet"
        return no(says, tracked=bool(git.tracked()), shallow=git.shallow())
    says = "the project lies in a git repository"
    if not git.tracked():
        says += ", which tracks none of its files"
    elif git.shallow():
        says += ", whose history is cut off"
    return yes(says, tracked=bool(git.tracked()), shallow=git.shallow())
