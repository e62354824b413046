"""Which names are harmless to import, and which run commands or code."""

import re
from collections.abc import Iterable, Iterator

ALLOWED = re.compile(
    r"""collections\.(?:OrderedDict|defaultdict|Counter|deque)
    | (?:builtins|__builtin__)\.(?:set|frozenset|list|dict|tuple|bytes|bytearray|str|unicode|int|long
        |float|complex|bool|object|slice|range|xrange)
    | datetime\.(?:date|time|datetime|timedelta|timezone) | decimal\.Decimal | uuid\.UUID
    | _codecs\.encode | (?:copyreg|copy_reg)\._reconstructor
    | numpy\.(?:ndarray|dtype|matrix) | numpy\.dtypes\.\w+
    | numpy\.(?:bool_?|u?int\d+|float\d+|complex\d+|str_|bytes_)
    | numpy\.(?:core|_core)\.(?:multiarray\.(?:_reconstruct|scalar)|numeric\._frombuffer)
    | torch\.(?:\w+\.)?\w*(?:Storage|Tensor) | torch\._utils\._rebuild_\w+
    | torch\._tensor\._rebuild_from_type_v2 | torch\.nn\.parameter\.(?:Parameter|Buffer)
    | torch\.(?:Size|device|dtype|bool|u?int\d+|b?float\d+|half|double|complex\d+|qu?int\d+)
    | torch\.(?:serialization\._get_layout|torch_version\.TorchVersion|jit\._pickle\.\w+)
    | __torch__\.[\w.]+""",
    re.VERBOSE,
)
MODULES = (
    "os|posix|nt|posixpath|ntpath|subprocess|commands|sys|socket|shutil|runpy|webbrowser|pty|importlib"
    "|imp|pip|pkgutil|zipimport|ctypes|cffi|code|codeop|pdb|bdb|cProfile|profile|timeit|trace|marshal"
    "|pickle|_pickle|multiprocessing|asyncio|signal|platform|http|urllib2?|httplib|requests|aiohttp"
    "|ftplib|smtplib|telnetlib|xmlrpc|venv|ensurepip|idlelib|distutils|setuptools|doctest|inspect"
    "|linecache|site"
)
DANGEROUS = re.compile(
    rf"""(?:{MODULES})\..*
    | (?:builtins|__builtin__)\.(?:eval|exec|execfile|compile|open|file|input|getattr|setattr|delattr
        |__import__|breakpoint|apply|map|globals|locals|vars)(?:\..*)?
    | types\.(?:CodeType|FunctionType) | operator\.(?:attrgetter|methodcaller)
    | torch\.(?:hub\..*|load|storage\._load_from_bytes) | numpy\.(?:load|f2py\..*|testing\..*)""",
    re.VERBOSE,
)
LATER = re.compile(
    rb"(?:c|\x8c[\s\S])(%b)(?:\n|\x94?\x8c[\s\S])([A-Za-z_]{1,40})" % MODULES.encode()
)


def strange(names: Iterable[str]) -> list[str]:
    """Those that are more than plain containers and what rebuilds tensors and arrays, sorted."""
    return sorted(name for name in names if not ALLOWED.fullmatch(name))


def dangerous(names: Iterable[str]) -> list[str]:
    """Those that run commands or code, sorted."""
    return sorted(name for name in names if DANGEROUS.fullmatch(name))


def dangerous_in(data: bytes) -> Iterator[str]:
    """The dangerous names in bytes that cannot be followed opcode by opcode."""
    for module, name in LATER.findall(data):
        yield from dangerous([f"{module.decode()}.{name.decode()}"])
