"""What is loaded is checked, and said."""
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import PretrainedInit
from mmengine.runner import BaseLoop, CheckpointLoader, Runner
from torch import Tensor, nn

from ...models.converters.check import check_checkpoint, check_start
from ...models.converters.checkpoint_files import (
    MissingCheckpoint,
    read_checkpoint,
    weights_of,
)
from ...registry import HOOKS
from ...structures import UserError
from ..restart import bare_model


@HOOKS.register_module()
class WeightsHook(Hook):
    """Check every load of weights, and say how much of the model it fills.

    OpenMMLab loads what fits and warns of the rest, so that a wrong file
    trains from scratch, or tests random weights. Here a test and a resumed
    training must fill the whole model; ``load_from`` and ``Pretrained`` of
    ``init_cfg`` must fill some of it, and the log says how much. Values that
    are not finite are refused everywhere. Files of ``init_cfg`` are read
    without running code from them. A config may tell in ``weight_files`` how
    a file is made, by its path; the error about a missing file repeats it.

    Raises:
        UserError: Naming the file, and what is wrong with it.
    """
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._pretrained: list[tuple[str, nn.Module, dict]] = []
        self._loaded: tuple[str, dict[str, Tensor]] | None = None

    def before_run(self, runner: Runner) -> None:
        """Read the files of ``init_cfg`` before mmengine does."""
        if isinstance(runner._train_loop, BaseLoop):
            hints = runner.cfg.get('weight_files') or {}
            self._pretrained = list(_pretrained(bare_model(runner), hints))

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Check what the runner has read."""
        path = str(runner._load_from or 'checkpoint')
        self._loaded = path, weights_of(checkpoint, path, ('state_dict', ))
        self._pretrained = []  # overwritten by what is loaded now
        if runner._resume and not isinstance(checkpoint.get('meta'), dict):
            raise UserError(f'{path}: holds weights only, no place in a '
                            'training; start from it with load_from')

    def before_train(self, runner: Runner) -> None:
        """See what arrived of the files of ``init_cfg``, or what was loaded.

        Backbones rename weights as they load them, so values are compared.
        """
        for path, module, state in self._pretrained:
            print_log(_arrived(path, module, state), 'current')
        self._pretrained = []
        self._check(runner, whole=runner._resume)

    def before_val(self, runner: Runner) -> None:
        """See whether the model was filled."""
        self._check(runner, whole=True)

    def before_test(self, runner: Runner) -> None:
        """See whether the model was filled."""
        self._check(runner, whole=True)

    def _check(self, runner: Runner, whole: bool) -> None:
        """Compare after loading: some buffers take the size of the file's."""
        if self._loaded is None:
            return
        path, state = self._loaded
        self._loaded = None
        line = check_start(bare_model(runner), state, path)
        if whole:
            check_checkpoint(bare_model(runner), state, path)
        runner.logger.info(line)


def _pretrained(model: nn.Module, hints: dict[str, str]
                ) -> Iterator[tuple[str, nn.Module, dict[str, Tensor]]]:
    """Local files of ``init_cfg``, the modules that read them, the weights.

    Args:
        model (nn.Module): The model.
        hints (dict[str, str]): How files of weights are made, by their path.
    """
    modules = defaultdict(list)
    for module in model.modules():
        entries = getattr(module, 'init_cfg', None) or []
        for entry in [entries] if isinstance(entries, dict) else entries:
            if entry.get('type') in ('Pretrained', PretrainedInit):
                modules[str(entry.get('checkpoint'))].append(module)
    for path, users in modules.items():
        if '://' in path:
            continue  # fetched and read by mmengine
        name = type(users[0]).__name__
        state = weights_of(_read(path, name, hints.get(path)), path)
        for module in users:
            yield path, module, state


def _read(path: str, user: str, hint: str | None) -> dict:
    """A file, or what a name stands for with mmengine's loaders.

    Raises:
        UserError: If there is no such file; with how it is made.
    """
    if Path(path).expanduser().is_file():
        return read_checkpoint(path)
    try:
        return CheckpointLoader.load_checkpoint(path, 'cpu')
    except (FileNotFoundError, MissingCheckpoint):
        made = hint or ('docs/data.md says under Weights how files of initial '
                        'weights are made')
        raise UserError(
            f'{path}: initial weights of {user} not found; {made}; or set '
            'init_cfg=None there to train from scratch') from None


def _arrived(path: str, module: nn.Module, state: dict[str, Tensor]) -> str:
    """Tell how many weights of a module have values of a file.

    Raises:
        UserError: If there is none.
    """
    by_shape = defaultdict(list)
    for value in state.values():
        by_shape[value.shape].append(value)
    # Weights of one value, as of a new batch norm, tell nothing.
    wanted = {name: value.detach().cpu()
              for name, value in module.state_dict().items()
              if value.is_floating_point() and value.numel() > 1
              and value.min() != value.max()}
    count = sum(
        any(torch.equal(value, other.to(value.dtype))
            for other in by_shape[value.shape])
        for value in wanted.values())
    name = type(module).__name__
    if wanted and not count:
        raise UserError(
            f'{path}: none of its {len(state)} weights '
            f'({", ".join(list(state)[:3])}, ...) fits {name}, which would be '
            'trained from scratch; give weights of this architecture, or '
            'init_cfg=None')
    return (f'{Path(path).name}: {count} of {len(wanted)} weights of {name} '
            'come from it')
