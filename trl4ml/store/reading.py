"""Files of a store: plain ones, bounded, and never a link."""

import os
import stat
from errno import EFBIG, EINVAL


def read_file(path: str | os.PathLike[str], largest: int) -> bytes:
    """The content of a plain file that is no link. Raises OSError, also for one that is larger."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(EINVAL, "not a regular file")
        if found.st_size > largest:
            raise OSError(EFBIG, f"larger than {largest // 1_000_000} MB")
        with open(handle, "rb", closefd=False) as file:
            return file.read(found.st_size)
    finally:
        os.close(handle)
