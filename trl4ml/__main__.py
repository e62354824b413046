"""`trl4ml` and `python -m trl4ml`; the version is answered before anything heavy is imported."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from trl4ml import __version__

        sys.stdout.write(f"trl4ml {__version__}\n")
        return
    from trl4ml.cli import start

    start(sys.argv[1:])


if __name__ == "__main__":
    main()
