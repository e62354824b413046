"""A pickle runs whatever it names when it is loaded, so a swapped model file is a way in.

Reads the opcodes of pickle, joblib, dill, torch and numpy object files, also inside zip archives and
gzip, bzip2, xz or zlib streams, and lists what loading would import; nothing is ever loaded. A file
is unsafe when that is more than plain containers and what rebuilds tensors and arrays, or when it is
a Keras model with a Lambda layer. It is dangerous when it names what runs commands or code. Past
the first raw array of a joblib file only the names of dangerous modules are looked for. Folders of
tests and of vendored code are left out.
"""

from trl4ml.core.evidence import Finding, Measure, no, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Files, Unreadable
from trl4ml.pickles.looking import HEAD, Look, look

asks = "The project stores models in files that can run code when they are loaded."
version = 1

ALWAYS = (
    "**/*.{pkl,pickle,pck,pckl,pk,joblib,jbl,dill,cloudpickle}{,.gz,.bz2,.xz,.lzma,.z,.zip}",
    "**/*.{pt,pth,npy,npz}",
)
PERHAPS = "**/*.{bin,ckpt,model,sav,p,h5,hdf5,keras}"
SAFE = "**/*.{onnx,safetensors,skops,gguf,tflite,pmml}"
ASIDE = "**/{tests,test,node_modules,vendor,vendored,third_party,site-packages}/**/*"
MOST_NAMED = 10


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of model files that git ignores, such as `models/*.pkl`; `**` does not work here."""


def run(files: Files, options: Options) -> Finding:
    aside = set(files.matching(ASIDE))
    try:
        named = files.present(*options.paths) if options.paths else ()
    except ValueError as error:
        return unknown(f"the option `paths` is wrong: {error}")
    always = {*files.matching(*ALWAYS), *named}
    paths = sorted({*files.matching(PERHAPS), *always} - (aside - set(named)))
    looks = {path: one for path in paths if (one := looked(files, path, path in always))}
    return judged(looks, safe=len(set(files.matching(SAFE)) - aside))


def looked(files: Files, path: str, expected: bool) -> Look | None:
    try:
        head = files.bytes(path, HEAD)
        return look(head, files.size(path), lambda: files.open(path), expected)
    except Unreadable as error:
        return Look(problem=error.reason)


def judged(looks: dict[str, Look], safe: int) -> Finding:
    unsafe = {path: one.strange for path, one in looks.items() if one.strange}
    dangerous = {path: one.dangerous for path, one in looks.items() if one.dangerous}
    unread = {path: one.problem for path, one in looks.items() if one.problem}
    names = sorted({name for some in unsafe.values() for name in some})
    measures: dict[str, Measure] = {
        "files": Measure(value=len(looks)),
        "unsafe": Measure(value=len(unsafe), n=len(looks)),
        "dangerous": Measure(value=len(dangerous), n=len(looks)),
        "imports": Measure(value=", ".join(names[:MOST_NAMED]) or "none"),
        "safe_formats": Measure(value=safe),
        "unreadable": Measure(value=len(unread), n=len(looks)),
    }
    if worst := dangerous or unsafe:
        path, (name, *_) = next(iter(worst.items()))
        return yes(f"loading {path} would import {name}", worst, **measures)
    if unread:
        path, problem = next(iter(unread.items()))
        says = f"what {path} would import cannot be told: {problem}"
        return unknown(says, unread, **measures)
    says = f"none of {len(looks)} model and array files" if looks else "no pickle or model file"
    return no(f"{says} can run code when loaded", (), **measures)
