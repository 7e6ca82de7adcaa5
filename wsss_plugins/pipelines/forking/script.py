"""A script, run in this process as a new interpreter would run it."""
import builtins
import io
import os
import sys
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from types import ModuleType, TracebackType


def run_script(words: Sequence[object]) -> None:
    """Run a Python script as ``__main__``.

    What it raises is raised here; a traceback of it begins in the script.

    Args:
        words (Sequence): The script and its arguments.
    """
    sys.argv = [str(word) for word in words]
    path = os.path.abspath(sys.argv[0])
    if not getattr(sys.flags, 'safe_path', False):
        sys.path.insert(0, script_folder(path))
    main = sys.modules['__main__'] = _main_module(path)
    try:
        with io.open_code(path) as file:
            code = compile(file.read(), path, 'exec', dont_inherit=True)
        exec(code, vars(main))
    except BaseException:
        _leave_out_callers(path)
        raise


def script_folder(path: str | os.PathLike) -> str:
    """Where a script finds modules of its own: beside it, links followed."""
    return os.path.dirname(os.path.realpath(path))


def _main_module(path: str) -> ModuleType:
    main = ModuleType('__main__')
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    vars(main).update(
        __builtins__=builtins, __cached__=None, __file__=path,
        __loader__=SourceFileLoader('__main__', path))
    return main


def _leave_out_callers(path: str) -> None:
    """Let tracebacks begin in the script."""
    tell = sys.excepthook

    def tell_own(kind: type[BaseException], error: BaseException,
                 trace: TracebackType | None) -> None:
        while trace and trace.tb_frame.f_code.co_filename != path:
            trace = trace.tb_next
        tell(kind, error.with_traceback(trace), trace)

    sys.excepthook = tell_own
