"""An XML tree that refuses to be deep."""

from typing import Any
from xml.etree.ElementTree import TreeBuilder

DEEPEST = 200


class Shallow(TreeBuilder):
    """Refuses deep nesting while it builds, since a deep tree cannot even be let go of safely."""

    depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError(f"nested deeper than {DEEPEST}")
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Any:
        self.depth -= 1
        return super().end(tag)
