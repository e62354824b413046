"""What the path of a card says about it."""

import re

FOREIGN = re.compile(
    r"(^|/)(node_modules|vendor|third_party|site-packages|tests?|templates?)/|template|guide",
    re.IGNORECASE,
)


def foreign(path: str) -> bool:
    """Whether it is a template, a guide, for tests, or another project's."""
    return bool(FOREIGN.search(path))
