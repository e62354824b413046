"""Reading files of ours: small, UTF-8, and a clear word when they are not."""

import os
import stat
from pathlib import Path

from trl4ml.errors import Complaint, Complaints, WrongInput

CONFIG = "trl4ml.yaml"
LARGEST = 4_000_000


def read(path: Path, shown: str) -> str:
    """The text of a file of ours. Raises WrongInput or Complaints."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise WrongInput(f"{shown}: not a regular file")
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise WrongInput(f"{shown}: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST:
        raise WrongInput(f"{shown}: larger than {LARGEST // 1_000_000} MB; is it the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Complaints([Complaint(shown, line, 1, "not UTF-8; save the file as UTF-8")]) from None


def read_inside(root: Path, name: str) -> str:
    """The text of a file of the project. Raises WrongInput when it is none, or leaves the project."""
    try:
        path = (root / name).resolve()
        inside = path.is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # a link to itself, or no path at all
        raise WrongInput(f"{name}: cannot be found") from None
    if not inside:
        raise WrongInput(f"{name} leaves the project")
    return read(path, name)
