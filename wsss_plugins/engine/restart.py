"""Restarts within a run: weights, optimizer and schedules."""
import copy
from pathlib import Path

import torch
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapperDict
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.runner import Runner
from torch import nn

from ..models.converters.checkpoint_files import read_checkpoint, weights_of
from ..structures import UserError
from .newest_checkpoint import candidates


def bare_model(runner: Runner) -> nn.Module:
    """The runner's model without its wrapper for several ranks."""
    model = runner.model
    return model.module if is_model_wrapper(model) else model


class StartingState:
    """Optimizer and schedules as they were before the first iteration.

    Create it before the runner loads a checkpoint, so that a resumed run has
    the same.

    Args:
        runner (Runner): Its optimizer and schedulers must be built.
    """

    def __init__(self, runner: Runner) -> None:
        self.optimizer = copy.deepcopy(runner.optim_wrapper.state_dict())
        self.schedulers = [
            copy.deepcopy(s.state_dict()) for s in _schedulers(runner)
        ]

    def restore(self, runner: Runner) -> None:
        """Reset momenta, learning rates and the progress of schedules."""
        runner.optim_wrapper.load_state_dict(copy.deepcopy(self.optimizer))
        for scheduler, state in zip(_schedulers(runner), self.schedulers):
            scheduler.load_state_dict(copy.deepcopy(state))


def _schedulers(runner: Runner) -> list:
    """Schedulers in one list; the runner may have a dict of lists."""
    schedulers = runner.param_schedulers or []
    if isinstance(schedulers, dict):
        return [s for part in schedulers.values() for s in part]
    return list(schedulers)


def renew_network(runner: Runner, kept: tuple[str, ...],
                  seed: int) -> None:
    """Reset the model to the weights that a new run would start from.

    The model is built again from its config, with its ``init_cfg`` (such as
    ImageNet weights), and the new state is copied into the model in training.

    Args:
        runner (Runner): Built from a config.
        kept (tuple[str]): Prefixes of entries that are not reset.
        seed (int): Of the random numbers for new layers; the same on every
            rank.

    Raises:
        UserError: If the runner has no config of its model.
    """
    config = runner.cfg.get('model')
    if not isinstance(config, dict):
        raise UserError('the network cannot restart: the runner was given a '
                        'module; give it the config of the model')
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        fresh = MMENGINE_MODELS.build(copy.deepcopy(config))
        fresh.init_weights()
    model = bare_model(runner)
    state = {
        name: value
        for name, value in fresh.state_dict().items()
        if not name.startswith(kept)
    }
    state.update({
        name: value
        for name, value in model.state_dict().items()
        if name.startswith(kept)
    })
    model.load_state_dict(state)


def redraw_layer(runner: Runner, layer: nn.Module, seed: int) -> None:
    """Initialize a layer by Xavier's uniform rule and reset its optimizer.

    Args:
        runner (Runner): Whose optimizer trains the layer.
        layer (nn.Module): A convolution without bias.
        seed (int): The same on every rank.
    """
    fresh = torch.empty_like(layer.weight, device='cpu')
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        nn.init.xavier_uniform_(fresh)
    with torch.no_grad():
        layer.weight.copy_(fresh)
    wrapper, parts = runner.optim_wrapper, [runner.optim_wrapper]
    if isinstance(wrapper, OptimWrapperDict):
        parts = list(wrapper.values())
    for part in parts:
        part.optimizer.state.pop(layer.weight, None)


def checkpoint_of(source: str, option: str = 'source') -> Path:
    """Find a checkpoint, or the last one in the work dir of a training.

    Args:
        source (str): The file or the work dir.
        option (str): Name of the option that holds it, for the message.

    Raises:
        UserError: If there is none.
    """
    path = Path(source)
    if path.is_dir():
        path = next(candidates([path]), path / 'last_checkpoint')
    if not path.is_file():
        raise UserError(f'{path}: checkpoint not found; set {option} to a '
                        'checkpoint or to the work dir of a training')
    return path


def load_backbone(model: nn.Module, source: str,
                  option: str = 'source') -> nn.Module:
    """Copy a segmentor, with backbone and neck of a checkpoint.

    Args:
        model (nn.Module): The segmentor.
        source (str): A checkpoint, or the work dir of a training, whose last
            checkpoint is taken.
        option (str): Name of the option that holds it, for the message.

    Raises:
        UserError: If there is none, or it lacks weights of the backbone.
    """
    path = checkpoint_of(source, option)
    state = weights_of(read_checkpoint(path), path)
    if not any(name.startswith('backbone.') for name in state):
        state = {f'backbone.{name}': value for name, value in state.items()}
    copied = copy.deepcopy(model)
    wanted = {
        name: value
        for name, value in copied.state_dict().items()
        if name.startswith(('backbone.', 'neck.'))
    }
    for name, value in wanted.items():
        if name not in state or state[name].shape != value.shape:
            raise UserError(f'{path}: no weights {name} of shape '
                            f'{tuple(value.shape)}; give a checkpoint of the '
                            'same backbone')
    copied.load_state_dict({name: state[name] for name in wanted},
                           strict=False)
    return copied
