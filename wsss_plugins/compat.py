"""Every difference between the OpenMMLab families, in one place.

Two families of distributions provide the import names ``mmcv``, ``mmengine``,
``mmseg`` and ``mmdet``: the original one and the maintained ``onedl-*`` one.
The package is written against what both have; the rest is here.
"""
import logging
import multiprocessing
import os
import sys

from mmengine.config import Config, utils as config_utils

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
    """
    config_utils.MODULE2PACKAGE['mmseg'] = 'mmseg'
    config_utils.MODULE2PACKAGE[_SCOPE] = _SCOPE
    find = Config._get_cfg_path

    def find_base(base: str, filename: str) -> tuple[str, str | None]:
        path, scope = find(base, filename)
        return path, None if scope == _SCOPE else scope

    Config._get_cfg_path = staticmethod(find_base)


def restrict_checkpoints() -> None:
    """Let every checkpoint of this process load as weights only.

    mmengine falls back to unrestricted unpickling when a checkpoint holds
    more than weights; torch's own switch forbids that for all callers. What
    mmengine itself puts into checkpoints, for resuming, is plain data but for
    the types named here.
    """
    import numpy as np
    import torch
    from mmengine.logging import HistoryBuffer

    os.environ['TORCH_FORCE_WEIGHTS_ONLY_LOAD'] = '1'
    if not hasattr(torch.serialization, 'add_safe_globals'):
        return  # torch below 2.4 allows plain containers and tensors only
    rebuild = np.zeros(1).__reduce__()[0]
    dtypes = {type(np.dtype(code)) for code in 'fdeilqBbh?'}
    torch.serialization.add_safe_globals(
        [HistoryBuffer, np.ndarray, np.dtype, np.core.multiarray.scalar
         if not hasattr(np, '_core') else np._core.multiarray.scalar,
         rebuild, *dtypes])


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
    for worker in multiprocessing.active_children():
        worker.terminate()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
