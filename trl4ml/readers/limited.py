"""Run as a script in a new process: sets limits upon itself, then becomes the command.

python -I -S limited.py MOST_BYTES COMMAND [ARGUMENT …]
"""

import os
import resource
import signal
import sys
from contextlib import suppress

NOT_STARTED = 127


def main(most: int, command: list[str]) -> None:
    """A limit that the system does not know, or that is stricter already, stays as it is."""
    for one in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(one, signal.SIG_DFL)
    for what, wanted in (
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, most), (resource.RLIMIT_AS, most),
    ):  # fmt: skip
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (wanted, wanted))
    try:
        os.execvp(command[0], command)  # noqa: S606  the declared command, with no shell
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
