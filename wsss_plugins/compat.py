"""Every difference between the OpenMMLab families, in one place.

Two families of distributions provide the import names ``mmcv``, ``mmengine``,
``mmseg`` and ``mmdet``: the original one and the maintained ``onedl-*`` one.
The package is written against what both have; the rest is here.
"""
import logging
import multiprocessing
import os
import sys
import warnings
from typing import Any

from mmengine import logging as mmengine_logging
from mmengine.config import Config, config, utils as config_utils

_SCOPE = 'wsss_plugins'


def register_scopes() -> None:
    """Let configs inherit from ``mmseg::`` and ``wsss_plugins::`` files.

    mmengine maps the scope ``mmseg`` to a distribution name that the onedl
    family does not install, and refuses scopes that it does not know
    (mmengine issue 1410). Distribution look-up falls back to the import name,
    so naming that works with both families.

    mmengine also lets types of an inherited file be looked up in the scope of
    its package. Files of this package mean their ``default_scope``, and write
    ``wsss_plugins.`` where they mean this package.

    The original mmengine looks for an editable installation beside its
    metadata, where it is not.
    """
    config_utils.MODULE2PACKAGE['mmseg'] = 'mmseg'
    config_utils.MODULE2PACKAGE[_SCOPE] = _SCOPE
    find, find_package = Config._get_cfg_path, config.get_installed_path

    def find_folder(package: str) -> str:
        own = package == _SCOPE
        return os.path.dirname(__file__) if own else find_package(package)

    config.get_installed_path = find_folder

    def find_base(base: str, filename: str) -> tuple[str, str | None]:
        path, scope = find(base, filename)
        return path, None if scope == _SCOPE else scope

    Config._get_cfg_path = staticmethod(find_base)


def quiet_imports() -> None:
    """Leave out what OpenMMLab says at every import of parts nobody asked for.

    The maintained family prints, as a debug message without a logger, that
    its own data sets are not there, and warns of a faster evaluation of COCO
    that is not installed.
    """
    warnings.filterwarnings('ignore', 'faster_coco_eval is not installed')
    say = mmengine_logging.print_log

    def print_log(msg: Any, logger: Any = None,
                  level: int = logging.INFO) -> None:
        about_parts = logger is None and level == logging.DEBUG
        if not (about_parts and str(msg).startswith('Could not import')):
            say(msg, logger, level)

    mmengine_logging.print_log = print_log


def restrict_checkpoints() -> None:
    """Let every checkpoint of this process load as weights only.

    mmengine falls back to unrestricted unpickling when a checkpoint holds
    more than weights. Files are read by our own reader instead, which knows
    what mmengine itself saves for resuming; for what is fetched from the
    network, torch's own switch forbids the fallback.
    """
    from mmengine.runner import CheckpointLoader

    from .models.converters.checkpoint_files import read_checkpoint

    def load_from_file(filename: str, map_location: Any = None) -> Any:
        return read_checkpoint(filename, map_location)

    os.environ['TORCH_FORCE_WEIGHTS_ONLY_LOAD'] = '1'
    CheckpointLoader.register_scheme('', load_from_file, force=True)


def loop_discards_batches() -> bool:
    """Whether a resumed loop loads and discards the batches it has seen.

    The original mmengine calls ``next`` of its iterator for each iteration
    that was done; the maintained one calls ``skip_iter`` once.
    """
    from mmengine.runner import loops

    return not hasattr(loops._InfiniteDataloaderIterator, 'skip_iter')


def start_cpu_ranks(launcher: str) -> None:
    """Join the process group of a launcher on machines without a GPU.

    mmengine picks a CUDA device when it starts the ranks; if the group is
    there already it leaves that alone.
    """
    import torch
    from torch import distributed

    if launcher == 'pytorch' and not torch.cuda.is_available():
        distributed.init_process_group('gloo')


def stop_ranks() -> None:
    """End this rank, if it is one, when all ranks have done their work.

    Threads of the process group that outlive the interpreter can abort a rank
    after all is written, and its launcher would report a failure; so a rank
    leaves without the interpreter's own shutdown.
    """
    from torch import distributed

    if not (distributed.is_available() and distributed.is_initialized()):
        return
    distributed.barrier()
    leave_rank(0)


def leave_rank(status: int) -> None:
    """End this process at once if it is one of several ranks.

    Args:
        status (int): Exit status.
    """
    from torch import distributed

    if not (distributed.is_available() and distributed.is_initialized()):
        return
    for worker in multiprocessing.active_children():
        worker.terminate()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
