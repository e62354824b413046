"""Functions and their parameters."""

import ast

from trl4ml.source.trees import statements

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> list[Function]:
    """At any depth, methods too."""
    return [node for node in statements(tree) if isinstance(node, Function)]


def parameters(function: Function) -> list[ast.arg]:
    """All that have a name, without `*args` and `**kwargs`."""
    args = function.args
    return [*args.posonlyargs, *args.args, *args.kwonlyargs]


def is_annotated(function: Function) -> bool:
    """Whether anything of it is."""
    every = (*parameters(function), function.args.vararg, function.args.kwarg)
    return bool(function.returns or any(one and one.annotation for one in every))


def decorating_calls(function: Function) -> list[ast.Call]:
    """The decorators that are given arguments."""
    return [one for one in function.decorator_list if isinstance(one, ast.Call)]
