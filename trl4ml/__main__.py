"""`trl4ml` and `python -m trl4ml`; the version is answered before anything heavy is imported."""

import gc
import os
import sys

NATIVE = {"duckdb", "numpy", "onnx"}
"""Libraries that complain at the end of objects that were not collected."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from trl4ml import __version__

        sys.stdout.write(f"trl4ml {__version__}\n")
        return
    gc.set_threshold(100_000)  # a short run makes little garbage; looking for it takes time
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # else it looks for them, and they may judge
    try:
        from trl4ml.cli import start

        start(sys.argv[1:])
    except KeyboardInterrupt:  # while it still starts; a command ends by itself
        sys.stderr.write("trl4ml: interrupted\n")
        sys.exit(130)
    finally:
        if not NATIVE & sys.modules.keys():
            gc.freeze()  # all of it ends with the process; to look for garbage first takes 20 ms


if __name__ == "__main__":
    main()
