"""The room of source: what names, calls, routes and paths say, and no surprises."""

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.source.calls import calls
from trl4ml.source.functions import functions, is_annotated
from trl4ml.source.modules import files_of, reached
from trl4ml.source.names import Names, last
from trl4ml.source.notebooks import code_of
from trl4ml.source.paths import is_aside, is_docs, is_example, is_generated, is_test, is_vendored
from trl4ml.source.routes import names_in, typed_handlers, types_taken
from trl4ml.source.schemas import Form, deequ, frames, requests
from trl4ml.source.seeding import read
from trl4ml.source.tracking import may_log, trackers
from trl4ml.source.trees import nodes, parsed, statements


@pytest.mark.parametrize(
    ("code", "name", "short"),
    [
        ("import numpy as np\nnp.random.rand()", "numpy.random.rand", "rand"),
        ("import numpy.random\nnumpy.random.rand()", "numpy.random.rand", "rand"),
        ("from numpy import random as r\nr.rand()", "numpy.random.rand", "rand"),
        ("from numpy.random import rand as draw\ndraw()", "numpy.random.rand", "rand"),
        ("from . import steps\nsteps.load()", ".steps.load", "load"),
        ("from ..pkg.steps import load\nload()", "..pkg.steps.load", "load"),
        ("from random import *\nchoice()", "choice", "choice"),
        ("def f():\n    import random\n    random.random()", "random.random", "random"),
        ("mine.load()", "", "load"),
        ("[][0].load()", "", "load"),
        ("(lambda: 1)()", "", ""),
    ],
)
def test_a_call_has_its_full_name(code: str, name: str, short: str) -> None:
    every = list(nodes(parsed(code)))
    (call,) = calls(every, Names(every))
    assert (call.name, call.last) == (name, short)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("x = 1\nprint x", "a syntax error in line 2"),
        (b"# coding: nonsense\n", "a syntax error in line"),
        ("\0", "a syntax error|it is not Python"),
        ("-" * 100_000 + "1", "it is not Python|a syntax error"),
    ],
)
def test_what_is_not_python_says_why(code: str | bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parsed(code)


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("src/app/model.py", ""),
        ("src/contest/latest.py", ""),
        ("Tests/a.py", "test"),
        ("pkg/test_a.py", "test"),
        ("pkg/a_test.py", "test"),
        ("conftest.py", "test"),
        ("pkg/testing/tools.py", ""),
        ("third-party/x/a.py", "vendored"),
        (".venv/lib/site-packages/a.py", "vendored"),
        ("docs/conf.py", "docs"),
        ("examples/a.py", "example"),
        ("proto/a_pb2_grpc.py", "generated"),
        ("vendor/tests/a.py", "test vendored"),
    ],
)
def test_a_path_says_what_it_is_for(path: str, kinds: str) -> None:
    asked = {"test": is_test, "vendored": is_vendored, "docs": is_docs, "example": is_example,
             "generated": is_generated}  # fmt: skip
    assert [kind for kind, ask in asked.items() if ask(path)] == kinds.split()
    assert is_aside(path) is bool({"test", "vendored"} & {*kinds.split()})


@pytest.mark.parametrize(
    ("code", "draws", "seeds"),
    [
        ("import random\nrandom.random()", [(2, "random", False)], set()),
        ("import random\nrandom.Random(1)", [(2, "generator", True)], set()),
        ("import random\nrandom.seed(1)", [], {"random"}),
        ("import random, time\nrandom.seed(time.time())", [], set()),
        ("import tensorflow.compat.v1 as tf\ntf.set_random_seed(1)", [], {"tensorflow"}),
        ("from sklearn.svm import SVC\nSVC()", [], set()),
        ("from sklearn.svm import SVC\nSVC(probability=True)", [(2, "numpy", False)], set()),
        ("from sklearn.cluster import KMeans\nKMeans(**k)", [(2, "numpy", None)], set()),
        ("k = dict(seed=1)\nfrom umap import UMAP\nUMAP(**{'seed': 1})", [(3, "numpy", True)], set()),
        ("from numpy.random import *", [(1, "numpy", None)], set()),
        ("import pandas\ndf.sample(3)", [(2, "numpy", False)], set()),
        ("import pandas\nwell.sample(3)", [], set()),
    ],
)  # fmt: skip
def test_draws_and_seeds(code: str, draws: list[tuple[int, str, bool]], seeds: set[str]) -> None:
    found = read(parsed(code))
    assert (found.draws, found.seeds) == (draws, seeds)


def test_the_functions_that_seed_are_helpers() -> None:
    code = "import random\ndef fix(s):\n    random.seed(s)\ndef other(): pass"
    assert read(parsed(code)).helpers == {"fix": {"random"}}


@pytest.mark.parametrize(
    ("code", "tools"),
    [
        ("from mlflow import start_run as go\ngo()", {"mlflow"}),
        ("import mlflow.pyfunc\nmlflow.pyfunc.load_model()", set()),
        ("import torch.utils.tensorboard as tb\ntb.SummaryWriter()", {"tensorboard"}),
        ("from .x import SummaryWriter\nSummaryWriter()", set()),
        ("import wandb, mlflow\nlogger.log_metrics({})", {"wandb", "mlflow"}),
        ("logger.log_metrics({})", set()),
        ("Trainer(log_with=['wandb', 3, 'all'])", {"wandb"}),
    ],
)
def test_code_logs_to_trackers(code: str, tools: set[str]) -> None:
    assert trackers(parsed(code)) == tools
    assert may_log(code.encode()) or not tools


def test_an_import_may_mean_several_files_and_reaches_through_them() -> None:
    assert "src/shop/data.py" in {*files_of("src/shop/train.py", "shop.data")}
    assert {*files_of("a/b/c.py", "..d")} == {"a/d.py", "a/d/__init__.py"}
    arrows = {"a": ["b"], "b": ["c", "a"], "c": [], "d": ["a"]}
    assert reached("a", lambda path: arrows[path]) == {"a", "b", "c"}


def test_routes_and_annotations() -> None:
    tree = parsed(
        "@app.post('/a')\ndef a(x: 'list[Row]', *, y: pkg.Other) -> int: ...\n"
        "@app.get('/b')\nasync def b(q): ...\n"
        "@app.get('name')\ndef no(x: Third): ...\n"
    )
    assert sorted(typed_handlers(tree)) == [False, True]
    assert {"Row", "Other"} <= types_taken(tree)
    assert "Third" not in types_taken(tree)
    assert sorted(map(is_annotated, functions(tree))) == [False, True, True]
    assert "Row" in names_in(ast.parse("x: Optional['a.Row']"))
    assert last(ast.parse("a.b.c[1](2)", mode="eval").body) == "c"


def test_schemas_in_code() -> None:
    code = "import pandera as pa\nclass A(pa.DataFrameModel):\n  a: int = pa.Field(ge=1)\n  b: int"
    assert [*frames(parsed(code))] == [Form("pandera", [True, False])]
    assert deequ(b'import com.deequ.Check\nc.isComplete("id").isUnique("id")') == {"id"}
    files = {
        "a.py": b"class A(B):\n  parts: list[C]\nclass C(A): \n  x: int",
        "b.py": b"class B(BaseModel):\n  id: constr(max_length=3)",
        "broken.py": b"class D(BaseModel\n",
    }
    assert [(p, sorted(f)) for p, f in requests(files, {"A", "D"})] == [("a.py", [False, False, True])]  # fmt: skip


def test_the_code_of_a_notebook() -> None:
    cells = [{"cell_type": "code", "source": source} for source in (["!ls\n", "x = 1"], "%%sh\nls")]
    assert code_of(json.dumps({"cells": [*cells, {"cell_type": "markdown"}]})) == "pass\nx = 1"
    for bad in ("[]", "{", b"\xff\xfe\xfd", "[" * 100_000):
        with pytest.raises(ValueError):
            code_of(bad)


@given(st.text() | st.binary())
def test_any_text_is_parsed_or_refused(code: str | bytes) -> None:
    try:
        tree = parsed(code)
    except ValueError:
        return
    assert {*statements(tree)} <= {*nodes(tree)}
    assert {*map(type, nodes(tree))} <= {*map(type, ast.walk(tree))}
    read(tree), trackers(tree), types_taken(tree), [*frames(tree)]
