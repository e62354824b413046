"""What code records of experiments, and with which tracker."""

import ast
from collections.abc import Iterator

from trl4ml.source.calls import Call, calls
from trl4ml.source.names import Names
from trl4ml.source.trees import near_imports, nodes

MODULES = {
    "mlflow": "mlflow", "wandb": "wandb", "aim": "aim", "clearml": "clearml",
    "neptune": "neptune", "neptune_scale": "neptune", "comet_ml": "comet", "sacred": "sacred",
    "dvclive": "dvc", "tensorboardX": "tensorboard", "torch.utils.tensorboard": "tensorboard",
    "google.cloud.aiplatform": "vertex-ai", "azureml.core": "azureml", "swanlab": "swanlab",
    "sagemaker.experiments": "sagemaker", "trackio": "trackio",
}  # fmt: skip
LOGGERS = {
    "SummaryWriter": "tensorboard", "TensorBoard": "tensorboard", "TensorBoardLogger": "tensorboard",
    "WandbLogger": "wandb", "WandbCallback": "wandb", "WandbMetricsLogger": "wandb",
    "MLFlowLogger": "mlflow", "MLflowCallback": "mlflow", "CometLogger": "comet", "AimLogger": "aim",
    "NeptuneLogger": "neptune", "CSVLogger": "csv", "create_file_writer": "tensorboard",
    "DVCLiveLogger": "dvc", "DVCLiveCallback": "dvc",
}  # fmt: skip
STARTS = {"init", "log", "start_run", "start", "autolog", "track", "watch", "Run", "Live", "Task",
          "Experiment", "OfflineExperiment", "init_run", "get_context", "set_experiment"}  # fmt: skip
LOGGING = ("log_metric", "log_param", "log_artifact", "log_batch", "log_hyper", "log_model",
           "log_figure", "log_dict", "log_table", "log_image", "add_scalar", "report_scalar")  # fmt: skip
NAMING = ("report_to", "log_with")
IMPORTED = (
    b"mlflow,wandb,aim,clearml,comet_ml,neptune,sacred,dvclive,ensorboard,TensorBoard,aiplatform,"
    b"azureml,swanlab,trackio,sagemaker,CSVLogger,Wandb,MLFlow,MLflow,CometLogger,NeptuneLogger,"
    b"AimLogger,DVCLive"
).split(b",")
CALLED = (*(name.encode() for name in NAMING), b"TensorBoard(", b"create_file_writer")


def may_log(content: bytes) -> bool:
    """A quick look, so that only few files are parsed: words near imports, and some calls."""
    near = near_imports(content)
    return any(word in near for word in IMPORTED) or any(word in content for word in CALLED)


def trackers(tree: ast.AST) -> set[str]:
    """The trackers that the code both imports and calls to log, and those it names to others."""
    every = list(nodes(tree))
    names = Names(every)
    imported = {tool for module in names.modules if (tool := _tool(module))}
    return {tool for call in calls(every, names) for tool in _logs_to(call, imported)}


def _logs_to(call: Call, imported: set[str]) -> Iterator[str]:
    yield from _named(call)
    own = call.name[:1] in ("", ".")
    tool = _of_module(call.name)
    if call.last in LOGGERS and (call.is_method or not own):
        yield LOGGERS[call.last]
    elif tool and (call.last in STARTS or call.last.startswith("log_")):
        yield tool
    elif call.last.startswith(LOGGING):
        yield from imported


def _tool(name: str) -> str | None:
    """Of a module or class by its full name; none for one of the project itself."""
    logger = LOGGERS.get(name.rpartition(".")[2])
    return _of_module(name) or (None if name.startswith(".") else logger)


def _of_module(name: str) -> str | None:
    return next((t for module, t in MODULES.items() if f"{name}.".startswith(f"{module}.")), None)


def _named(call: Call) -> Iterator[str]:
    """Those that a call names, as in `TrainingArguments(report_to="wandb")`."""
    given = (value for word, value in call.keywords.items() if word in NAMING)
    for node in (one for value in given for one in nodes(value)):
        named = node.value if isinstance(node, ast.Constant) else None
        if isinstance(named, str) and (named in MODULES or named in MODULES.values()):
            yield MODULES.get(named, named)
