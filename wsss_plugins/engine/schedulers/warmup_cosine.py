"""Linear warm-up and half a cosine, as in Mask Auto-Labeler."""
import math

from mmengine.optim import _ParamScheduler
from mmengine.optim.scheduler.lr_scheduler import LRSchedulerMixin

from ...registry import PARAM_SCHEDULERS


def warmup_half_cosine(step: float, warmup: float, end: float,
                       least: float) -> float:
    """Factor of the learning rate.

    Args:
        step (float): Steps done.
        warmup (float): Steps of the linear rise from 0 to 1.
        end (float): Steps in all, more than ``warmup``.
        least (float): Factor of the learning rate at the end.

    Returns:
        float: In [0, 1].
    """
    if step < warmup:
        return step / warmup
    share = min(1., (step - warmup) / (end - warmup))
    return least + (1 - least) * (1 + math.cos(math.pi * share)) / 2


@PARAM_SCHEDULERS.register_module()
class WarmupHalfCosineLR(LRSchedulerMixin, _ParamScheduler):
    """Schedule of MAL, https://arxiv.org/abs/2301.03992, exactly.

    mmengine's ``LinearLR`` neither starts at 0 nor lasts a whole epoch: it
    ends one step earlier. See :func:`warmup_half_cosine`. The reference sets
    the rate after each step, so its very first step uses the full rate; here
    it uses 0.

    Args:
        optimizer: Given by the runner.
        warmup (float): Steps, or epochs, of the rise.
        end (int): Steps, or epochs, in all.
        eta_min_ratio (float): Least factor. Defaults to 0.2.
        begin (int): Must be 0: the whole training.
        by_epoch (bool): Whether steps are epochs; with
            ``convert_to_iter_based=True`` both numbers are epochs and the
            rate moves with each iteration. Defaults to True.
        last_step, verbose: As in mmengine.

    Raises:
        ValueError: If ``begin`` is not 0 or ``warmup`` not within the
            training.
    """

    def __init__(self,
                 optimizer,
                 warmup: float,
                 end: int,
                 eta_min_ratio: float = .2,
                 begin: int = 0,
                 by_epoch: bool = True,
                 last_step: int = -1,
                 verbose: bool = False) -> None:
        if begin != 0 or not 0 <= warmup < end:
            raise ValueError(f'begin={begin} must be 0 and warmup={warmup} '
                             f'less than end={end}')
        self.warmup = warmup
        self.eta_min_ratio = eta_min_ratio
        super().__init__(
            optimizer,
            begin=begin,
            end=end,
            last_step=last_step,
            by_epoch=by_epoch,
            verbose=verbose)

    @classmethod
    def build_iter_from_epoch(cls,
                              optimizer,
                              warmup: float,
                              end: int,
                              epoch_length: int,
                              by_epoch: bool = True,
                              **options) -> 'WarmupHalfCosineLR':
        """From a config whose numbers are epochs, stepping by iteration."""
        return cls(
            optimizer,
            warmup=warmup * epoch_length,
            end=end * epoch_length,
            by_epoch=False,
            **options)

    def _get_value(self) -> list[float]:
        factor = warmup_half_cosine(self.last_step, self.warmup, self.end,
                                    self.eta_min_ratio)
        return [factor * base for base in self.base_values]
