"""Text of one entry a line, as `allowed_signers` and `revoked` are; every complaint at once."""

from collections.abc import Iterator

from trl4ml.ledger.errors import Refused

LARGEST, LONGEST = 1_000_000, 8_000
"""Characters of a file, and of one line."""


class Complaints:
    """What is wrong in one file, by line; nothing of the file is used while there is any."""

    def __init__(self, shown: str) -> None:
        self.shown, self.found = shown, list[str]()

    def add(self, line: int, says: object) -> None:
        self.found.append(f"{self.shown}:{line}: {says}")

    def end(self) -> None:
        """Raises Refused with every complaint, one a line."""
        if self.found:
            raise Refused("\n".join(self.found))


def entries(text: str, complaints: Complaints) -> Iterator[tuple[int, str]]:
    """Number and content of each line that is neither blank nor a comment.

    A line ends where OpenSSH ends it, at a newline alone: Python's other ends of lines, and all that
    is not plain ASCII, are complaints.
    """
    if len(text) > LARGEST:
        raise Refused(f"{complaints.shown} is larger than {LARGEST:,} bytes; take lines out")
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.removesuffix("\r")
        if any(letter != "\t" and not " " <= letter <= "~" for letter in line):
            complaints.add(number, "a letter that is not plain ASCII; write the line without it")
        elif len(line) > LONGEST:
            complaints.add(number, f"longer than {LONGEST:,} letters; no key is")
        elif (content := line.strip(" \t")) and not content.startswith("#"):
            yield number, content
