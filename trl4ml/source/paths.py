"""What a path is for, by the names in it."""

import re

VENDORED = re.compile(
    r"(?:^|/)(?:node_modules|_?vendor(?:ed)?|third[_-]?party|site-packages|\.?venv)/", re.IGNORECASE
)
TEST = re.compile(
    r"(?:^|/)(?:tests?|testdata|fixtures)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.pyi?\Z",
    re.IGNORECASE,
)
DOCS = re.compile(r"(?:^|/)docs?/", re.IGNORECASE)
EXAMPLE = re.compile(r"(?:^|/)(?:examples?|templates?)/", re.IGNORECASE)
GENERATED = re.compile(r"_pb2(?:_grpc)?\.pyi?\Z", re.IGNORECASE)


def is_vendored(path: str) -> bool:
    """Whether it is a copy of somebody else's code."""
    return bool(VENDORED.search(path))


def is_test(path: str) -> bool:
    """Whether it is a Python test, or lies in a folder of tests or of what they read."""
    return bool(TEST.search(path))


def is_docs(path: str) -> bool:
    """Whether it lies in a folder of documents."""
    return bool(DOCS.search(path))


def is_example(path: str) -> bool:
    """Whether it lies in a folder of examples or templates."""
    return bool(EXAMPLE.search(path))


def is_generated(path: str) -> bool:
    """Whether protobuf's compiler wrote it."""
    return bool(GENERATED.search(path))


def is_aside(path: str) -> bool:
    """Whether it is vendored or a test."""
    return is_vendored(path) or is_test(path)
