"""A training that is one convex fit."""
import torch
from mmengine.runner import BaseLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

from ...registry import LOOPS
from .fit import LinearHeadFit


@LOOPS.register_module()
class LinearFitLoop(LinearHeadFit, BaseLoop):
    """Trains the linear head of a CAM network, its backbone frozen.

    In place of a training loop: features of all images at a few scales, and
    the optimum of the head on them (:class:`LinearHeadFit`). It is one
    iteration to hooks, so checkpoints, logs and ``last_checkpoint`` are as
    always, and ``tools/test.py --tta`` writes CAM files from the checkpoint.
    The optimizer of the config is not used.

    Args:
        runner (Runner): Gives itself.
        dataloader (DataLoader | dict): Of its data set; the batches do not
            matter.
        **options: Those of :class:`LinearHeadFit`.
    """

    def __init__(self, runner: Runner, dataloader: DataLoader | dict,
                 **options) -> None:
        BaseLoop.__init__(self, runner, dataloader)
        LinearHeadFit.__init__(self, **options)
        self._iter = 0

    # What hooks ask a training loop for.
    max_epochs = 1
    max_iters = 1
    epoch = 0

    @property
    def iter(self) -> int:
        """Iterations that are done: 0 or 1."""
        return self._iter

    def run(self) -> nn.Module:
        """Fit the head, unless a resumed run has done so."""
        runner = self.runner
        runner.call_hook('before_train')
        runner.call_hook('before_train_epoch')
        if self._iter < self.max_iters:
            runner.call_hook('before_train_iter', batch_idx=0)
            fit = self.fit_head(runner, self.dataloader.dataset)
            runner.call_hook(
                'after_train_iter',
                batch_idx=0,
                outputs=dict(loss=torch.tensor(fit.loss)))
            self._iter += 1
        runner.call_hook('after_train_epoch')
        runner.call_hook('after_train')
        return runner.model
