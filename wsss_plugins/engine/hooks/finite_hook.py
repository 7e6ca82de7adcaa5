"""Losses, weights and predictions that are no numbers end a run."""
import math
from collections.abc import Mapping

from mmengine.hooks import Hook
from mmengine.optim import AmpOptimWrapper
from mmengine.runner import Runner
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from ...models.utils.finite_outputs import watch_outputs
from ...registry import HOOKS
from ...structures import UserError

# Mixed precision skips a step that overflows, and lowers its scale.
_SKIPPED_AT_MOST = 20
_SHOWN = 5


@HOOKS.register_module()
class FiniteHook(Hook):
    """End a run whose loss, weights or predictions are not finite.

    Otherwise a training that diverged goes on and saves NaN, and masks are
    made of it. With mixed precision some steps in a row may overflow.

    Raises:
        UserError: Naming the iteration and its losses, or the image and what
            the model predicted for it.
    """
    # Before a checkpoint is saved.
    priority = 'ABOVE_NORMAL'

    def __init__(self) -> None:
        self._in_a_row = 0
        self._handles: list[RemovableHandle] = []

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: dict | None = None,
                         outputs: Mapping | None = None) -> None:
        """Look at the loss, which is read for the log anyway."""
        if not outputs or not _is_wrong(outputs.get('loss', 0.)):
            self._in_a_row = 0
            return
        self._in_a_row += 1
        if (isinstance(runner.optim_wrapper, AmpOptimWrapper)
                and self._in_a_row <= _SKIPPED_AT_MOST):
            return
        wrong = [f'{key} {float(value):g}' for key, value in outputs.items()
                 if _is_wrong(value)]
        raise _diverged(runner, f'the loss is not finite ({_some(wrong)})')

    def before_save_checkpoint(self, runner: Runner,
                               checkpoint: dict) -> None:
        """Keep the last sound checkpoint rather than write another."""
        wrong = [name for name, value in checkpoint['state_dict'].items()
                 if value.is_floating_point() and not value.isfinite().all()]
        if wrong:
            raise _diverged(runner, f'weights are not finite ({_some(wrong)})')

    def before_val(self, runner: Runner) -> None:
        """Watch predictions."""
        self._watch(runner)

    def after_val(self, runner: Runner) -> None:
        """Stop watching."""
        self._unwatch()

    def before_test(self, runner: Runner) -> None:
        """Watch predictions."""
        self._watch(runner)

    def after_test(self, runner: Runner) -> None:
        """Stop watching."""
        self._unwatch()

    def _watch(self, runner: Runner) -> None:
        self._unwatch()
        self._handles = watch_outputs(runner.model)

    def _unwatch(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []


def _diverged(runner: Runner, what: str) -> UserError:
    return UserError(
        f'iteration {runner.iter + 1}: {what}; the training has diverged, '
        'lower the learning rate (optim_wrapper.optimizer.lr) or check the '
        'inputs. Nothing of it is saved; --resume goes on from the last '
        'checkpoint')


def _some(names: list[str]) -> str:
    return ', '.join(names[:_SHOWN]) + ', ...' * (len(names) > _SHOWN)


def _is_wrong(value: object) -> bool:
    """Whether a value of a log is a number that is not finite."""
    if isinstance(value, Tensor):
        value = value.detach()
    try:
        return not math.isfinite(value)
    except (TypeError, ValueError):
        return False  # not a number: text, or a list
