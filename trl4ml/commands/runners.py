"""What runs tests."""

import re

RUNNER = re.compile(
    r"\b(?:pytest(?![\w.=<>~\[-])|py\.test|unittest|doctest|nosetests|nose2|stestr|jest|vitest"
    r"|mocha|karma|rspec|phpunit|bats|ctest|testthat|rcmdcheck|nextest|Pkg\.test|julia-runtest"
    r"|R CMD check|check-r-package|devtools::(?:test|check)|(?:playwright|hatch|dbt) test"
    r"|cypress run|(?:setup|manage)\.py test|(?:npm|pnpm|yarn|bun)(?: run)? test"
    r"|(?:cargo|go|dotnet|swift|mix|sbt|bazel|pants|stack|cabal|deno) test"
    r"|(?:mvnw?|gradlew?)\b.{0,99} (?:test|verify|check)|python[\d.]* (?:-\w+ )*\S{0,99}tests?\w{0,99}\.py)\b"
)


def runs_tests(commands: str) -> bool:
    """Whether one of the commands, one a line, is a test runner that is known here."""
    return bool(RUNNER.search(commands))
