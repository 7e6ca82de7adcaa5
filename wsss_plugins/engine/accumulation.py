"""Gradients of an accumulation that is under way."""
import torch
from mmengine.dist import all_gather_object, get_rank
from mmengine.optim import OptimWrapperDict
from mmengine.runner import Runner
from torch import Tensor

from .restart import bare_model


def is_accumulating(runner: Runner) -> bool:
    """Whether gradients wait for further iterations before a step is made."""
    wrapper = runner.optim_wrapper
    parts = [wrapper]
    if isinstance(wrapper, OptimWrapperDict):
        parts = list(wrapper.values())
    # Wrappers of other frameworks accumulate in their own ways.
    return any(getattr(part, '_accumulative_counts', 1) > 1
               and not part.should_update() for part in parts)


def gather_gradients(runner: Runner) -> list[dict[str, Tensor]] | None:
    """What every rank has accumulated; to be called by all of them.

    Returns:
        list[dict[str, Tensor]] | None: Gradients by name of the weight, on
        the CPU, a dict for each rank; None if there is no accumulation.
    """
    if not is_accumulating(runner):
        return None
    return all_gather_object({
        name: weight.grad.cpu()
        for name, weight in bare_model(runner).named_parameters()
        if weight.grad is not None
    })


def restore_gradients(runner: Runner,
                      gathered: list[dict[str, Tensor]]) -> None:
    """Put back what :func:`gather_gradients` gave.

    Args:
        runner (Runner): Resumed; with as many ranks, or the sum is another.
        gathered (list[dict[str, Tensor]]): A dict for each rank.
    """
    if get_rank() >= len(gathered):
        return
    mine = gathered[get_rank()]
    with torch.no_grad():
        for name, weight in bare_model(runner).named_parameters():
            if name in mine:
                weight.grad = mine[name].to(weight.device, weight.dtype)
