"""The command line: one file per command, imported when that command is called."""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import typer

from trl4ml.cli.ending import ended

COMMANDS = (
    "init", "audit", "walk", "answer", "gate", "lint", "waive", "baseline", "explain", "list", "diff", "doctor", "new", "schema",
    "slices", "switchback", "card", "track", "energy", "provenance", "watermark", "evidence", "report", "site",
    "sign", "verify", "reviewers", "request-review", "ledger", "serve",
)  # fmt: skip
ABOUT = "Is this machine-learning system ready, and who says so?"


def start(arguments: list[str]) -> None:
    """Run one command line; raises SystemExit with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    named = arguments[0] if arguments and arguments[0] in COMMANDS else None
    app([named] if named else list(COMMANDS))(arguments, prog_name="trl4ml")


def app(names: list[str]) -> typer.Typer:
    """The application with only these commands: what is not called is not imported."""
    whole = typer.Typer(
        help=ABOUT, rich_markup_mode=None, no_args_is_help=True, add_completion=False,
        pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip

    @whole.callback()
    def _(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
        if version:
            from trl4ml import __version__

            typer.echo(f"trl4ml {__version__}")
            raise typer.Exit

    for name in names:
        module = _module(name)
        if group := subcommands(name):
            inner = typer.Typer(help=module.ABOUT, no_args_is_help=True, rich_markup_mode=None)
            for own, command in group.items():
                inner.command(own)(ended(command))
            whole.add_typer(inner, name=name)
        else:
            settings = getattr(module, "SETTINGS", None)
            whole.command(name, context_settings=settings)(ended(module.command))
    return whole


def _module(name: str) -> ModuleType:
    return import_module(f"trl4ml.cli.{name.replace('-', '_')}_command")


def subcommands(name: str) -> dict[str, Callable[..., int]]:
    """What a command such as `energy` is divided into, by name; most are not divided."""
    module = _module(name)
    found: dict[str, Callable[..., int]] = getattr(module, "SUBCOMMANDS", {})
    return found
