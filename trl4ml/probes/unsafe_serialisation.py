"""A pickle runs whatever it names when it is loaded, so a swapped model file is a way in.

Reads the opcodes of pickle, joblib, dill, torch and numpy object files, also inside zip archives and
gzip, bzip2, xz or zlib streams, and lists what loading would import; nothing is ever loaded. A file
is unsafe when that is more than plain containers and what rebuilds tensors and arrays, or when it is
a Keras model with a Lambda layer. It is dangerous when it names what runs commands or code. Past
the first raw array of a joblib file only the names of dangerous modules are looked for. Folders of
tests and of vendored code are left out.
"""

import bz2
import io
import lzma
import pickletools
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from trl4ml.core.evidence import Finding, Measure, Place, no, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Files, Unreadable

asks = "The project stores models in files that can run code when they are loaded."
version = 1

ALWAYS = (
    "**/*.{pkl,pickle,pck,pckl,pk,joblib,jbl,dill,cloudpickle}{,.gz,.bz2,.xz,.lzma,.z,.zip}",
    "**/*.{pt,pth,npy,npz}",
)
PERHAPS = "**/*.{bin,ckpt,model,sav,p,h5,hdf5,keras}"
SAFE = "**/*.{onnx,safetensors,skops,gguf,tflite,pmml}"
ASIDE = "**/{tests,test,node_modules,vendor,vendored,third_party,site-packages}/**/*"
HEAD = 4_000_000
LARGEST = 200_000_000
MOST_UNPACKED = 50_000_000
MOST_OPCODES = 1_000_000
MOST_NAMED = 10

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
SNIFF = re.compile(rb"\x80[\x00-\x05]|\(?[ci][\w.]+\n[\w.]+\n|[\](})]q\x00|\([dlt]p\d+\n")
OBJECTS = re.compile(rb"""['"][|<>=]?O\d*['"]""")
LAMBDA = re.compile(rb'"class_name":\s*"Lambda"')
POINTER = b"version https://git-lfs"
INSIDE = (".pkl", ".pickle", ".joblib", ".npy", "config.json")
HEADER = 65_536
ANY = re.compile(r".*", re.DOTALL)
SHOWN = re.compile(r"[\w.]{1,120}")
UNTOLD = "a name that cannot be told"
LAYER = "keras.layers.Lambda"
WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
TORCH_MAGIC, TORCH_PICKLES = 0x1950A86A20F9469CFC6C, 5
NOTED = {"GLOBAL", "INST", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4", "LONG1"}
STRINGS = {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE",
           "BINUNICODE8"}  # fmt: skip
PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
GETS = {"GET", "BINGET", "LONG_BINGET"}
SETS = {"SETITEM", "SETITEMS"}
NEUTRAL = {"PROTO", "FRAME"}


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of model files that git ignores, such as `models/*.pkl`; `**` does not work here."""


class Broken(Exception):
    """The file cannot be read to its end, for the reason given."""


class RawArray(Exception):
    """The bytes of an array follow in the midst of the opcodes, as joblib writes them."""


@dataclass
class Look:
    """What loading one file would import, and why it could not be read to its end."""

    path: str
    imports: set[str] = field(default_factory=set)
    problem: str = ""

    def add(self, name: str, only: re.Pattern[str] = ANY) -> None:
        if name and only.fullmatch(name):
            self.imports.add(name if SHOWN.fullmatch(name) else UNTOLD)

    @property
    def strange(self) -> list[str]:
        return sorted(name for name in self.imports if not ALLOWED.fullmatch(name))

    @property
    def dangerous(self) -> list[str]:
        return [name for name in self.strange if DANGEROUS.fullmatch(name)]


def run(files: Files, options: Options) -> Finding:
    aside = set(files.matching(ASIDE))
    try:
        named = files.present(*options.paths) if options.paths else ()
    except ValueError as error:
        return unknown(f"the option `paths` is wrong: {error}")
    always = {*files.matching(*ALWAYS), *named}
    paths = sorted({*files.matching(PERHAPS), *always} - (aside - set(named)))
    looks = [look for path in paths if (look := _look(files, path, path in always))]
    unsafe = [look for look in looks if look.strange]
    dangerous = [look for look in unsafe if look.dangerous]
    unread = [look for look in looks if look.problem]
    names = sorted({name for look in unsafe for name in look.strange})
    measures: dict[str, Measure] = {
        "files": Measure(value=len(looks)),
        "unsafe": Measure(value=len(unsafe), n=len(looks)),
        "dangerous": Measure(value=len(dangerous), n=len(looks)),
        "imports": Measure(value=", ".join(names[:MOST_NAMED]) or "none"),
        "safe_formats": Measure(value=len(set(files.matching(SAFE)) - aside)),
        "unreadable": Measure(value=len(unread), n=len(looks)),
    }
    if unsafe:
        worst = (dangerous or unsafe)[0]
        name = (worst.dangerous or worst.strange)[0]
        says = f"loading {worst.path} would import {name}"
        return yes(says, [Place(path=look.path) for look in dangerous or unsafe], **measures)
    if unread:
        says = f"what {unread[0].path} would import cannot be told: {unread[0].problem}"
        return unknown(says, [look.path for look in unread], **measures)
    says = f"none of {len(looks)} model and array files" if looks else "no pickle or model file"
    return no(f"{says} can run code when loaded", (), **measures)


def _look(files: Files, path: str, always: bool) -> Look | None:
    """A look into the file; None when it is of another format than its name may stand for."""
    look = Look(path)
    try:
        return look if _read(look, files, always) else None
    except (Broken, Unreadable) as error:
        look.problem = getattr(error, "reason", str(error))
    except zipfile.BadZipFile:
        look.problem = "it is a broken archive"
    except (ValueError, LookupError, ArithmeticError, EOFError, OSError, RuntimeError, MemoryError,
            zlib.error, lzma.LZMAError, struct.error):  # fmt: skip
        look.problem = "it ends early, or is packed or made in a way that is not known here"
    return look


def _read(look: Look, files: Files, always: bool) -> bool:
    """Read the file as what it begins like; False when it is nothing of concern."""
    head = files.bytes(look.path, HEAD)
    if head.startswith(POINTER):
        raise Broken("Git LFS has left a pointer; fetch it with: git lfs pull")
    if head.startswith(b"PK\x03\x04"):
        with files.open(look.path) as file:
            _archive(look, file)
    elif head.startswith(b"\x89HDF"):
        look.add(LAYER if LAMBDA.search(head) else "")
        return b"model_config" in head
    elif unpack := _unpacker(head):
        data = unpack(_whole(files, look.path))
        if not (always or SNIFF.match(data)):
            return False
        _pickles(look, io.BytesIO(data))
    elif head.startswith(b"\x93NUMPY"):
        if start := _objects(head):
            _pickles(look, io.BytesIO(_whole(files, look.path)[start:]))
    elif always or SNIFF.match(head):
        _stream(look, files, head)
    else:
        return False
    return True


def _stream(look: Look, files: Files, head: bytes) -> None:
    if files.size(look.path) <= LARGEST:
        with files.open(look.path) as file:
            _pickles(look, file)
    else:
        with suppress(ValueError):
            _pickles(look, io.BytesIO(head))
        raise Broken(f"it is larger than {LARGEST:,} bytes")


def _whole(files: Files, path: str) -> bytes:
    if files.size(path) > LARGEST:
        raise Broken(f"it is larger than {LARGEST:,} bytes")
    return files.bytes(path, LARGEST)


def _unpacker(head: bytes) -> Callable[[bytes], bytes] | None:
    """What unpacks a stream that begins so, to at most MOST_UNPACKED bytes."""
    if head.startswith((b"\x1f\x8b", b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")):
        return lambda data: zlib.decompressobj(47).decompress(data, MOST_UNPACKED)
    if head.startswith(b"BZh"):
        return lambda data: bz2.BZ2Decompressor().decompress(data, MOST_UNPACKED)
    if head.startswith((b"\xfd7zXZ\0", b"]\0\0")):
        unpacker = lzma.LZMADecompressor(memlimit=LARGEST)
        return lambda data: unpacker.decompress(data, MOST_UNPACKED)
    return None


def _archive(look: Look, file: BinaryIO) -> None:
    """A zip archive: of torch, numpy or Keras."""
    left = MOST_UNPACKED
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if not info.filename.lower().endswith(INSIDE):
                continue
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Broken("it is packed in a way whose size cannot be bounded")
            with archive.open(info) as member:
                data = member.read(HEADER)
                start = 0
                if data.startswith(b"\x93NUMPY") and not (start := _objects(data)):
                    continue
                data += member.read(left)
            left -= len(data)
            if left <= 0:
                raise Broken(f"it unpacks to more than {MOST_UNPACKED:,} bytes")
            if info.filename.endswith(".json"):
                look.add(LAYER if LAMBDA.search(data) else "")
            else:
                _pickles(look, io.BytesIO(data[start:]))


def _objects(head: bytes) -> int:
    """Where the pickle begins in a numpy file of objects; 0 when it holds plain numbers."""
    size = 2 if head[6:7] == b"\x01" else 4
    start = 8 + size + int.from_bytes(head[8 : 8 + size], "little")
    return start if OBJECTS.search(head[8 + size : start]) else 0


def _pickles(look: Look, stream: BinaryIO) -> None:
    """Every pickle in the stream; behind the fifth of an old torch file lie raw numbers."""
    left, count, most = MOST_OPCODES, 0, MOST_OPCODES
    while count < most and (count == 0 or stream.read(1)):
        stream.seek(-1 if count else 0, io.SEEK_CUR)
        machine = Machine(look, left)
        try:
            machine.run(stream)
        except RawArray:
            for module, name in LATER.findall(stream.read()):
                look.add(f"{module.decode()}.{name.decode()}", DANGEROUS)
            return
        left, count = machine.left, count + 1
        most = TORCH_PICKLES if machine.old_torch else most


class Machine:
    """Follows the opcodes of one pickle as far as needed to tell what it would import.

    A STACK_GLOBAL takes its two names from the stack. They are told where the last two things put
    there, directly or from the memo, are strings; any other way to make a name is strange enough.
    """

    def __init__(self, look: Look, left: int) -> None:
        self.left = left
        self.old_torch = False
        self._look = look

    def run(self, stream: BinaryIO) -> None:
        memo: dict[Any, str | None] = {}
        below: str | None = None
        top: str | None = None
        before = ""
        for opcode, arg, _ in pickletools.genops(stream):
            name = opcode.name
            if name == "MEMOIZE":
                memo[len(memo)] = top
            elif name in STRINGS:
                below, top = top, arg
            elif name in GETS:
                below, top = top, memo.get(arg)
            elif name in PUTS:
                memo[arg] = top
            elif name not in NEUTRAL:
                if name in NOTED:
                    self._note(name, arg, below, top)
                elif name == "BUILD" and before in SETS and WRAPPER in self._look.imports:
                    raise RawArray
                below = top = None
            before = name
            self.left -= 1
            if self.left < 0:
                raise Broken(f"it has more than {MOST_OPCODES:,} opcodes")

    def _note(self, name: str, arg: Any, below: str | None, top: str | None) -> None:
        if name == "LONG1":
            self.old_torch = self.old_torch or arg == TORCH_MAGIC
        elif name == "STACK_GLOBAL":
            told = below is not None and top is not None
            self._look.add(f"{below}.{top}" if told else UNTOLD)
        elif name in ("GLOBAL", "INST"):
            self._look.add(arg.replace(" ", ".", 1))
        else:
            self._look.add("copyreg.extension")
