"""`Tables` for one probe: the place of a data file that was first opened safely and counts as read."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from trl4ml.core.unreadable import Unreadable

if TYPE_CHECKING:
    from trl4ml.core.views import Files


class TablesView:
    """Over the files of the same probe; `place` gives the path of a file of the tree on the disk."""

    def __init__(self, files: "Files", place: Callable[[str], bytes]) -> None:
        self._files = files
        self._place = place

    def local(self, path: str) -> str:
        with self._files.open(path):
            where = self._place(path)
        try:
            return where.decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable(path, "its name is not UTF-8; rename it") from None
