"""What a view raises when it cannot read a thing."""


class Unreadable(Exception):
    """A file cannot be read as what it claims to be; the finding becomes UNKNOWN and says so."""

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        says = f"{path}{f':{line}' if line else ''}: {reason}"
        super().__init__(says.encode("utf-8", "backslashreplace").decode())
        self.path, self.reason, self.line = path, reason, line
