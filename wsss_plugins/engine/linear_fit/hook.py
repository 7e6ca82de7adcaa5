"""A training that begins at the convex fit."""
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...registry import HOOKS
from .fit import LinearHeadFit


@HOOKS.register_module()
class LinearStartHook(LinearHeadFit, Hook):
    """Starts the classifier of a CAM head at its optimum.

    Before the first iteration the head gets the weights that are best for
    the backbone as it is (:class:`LinearHeadFit`), so that fine-tuning does
    not spoil the backbone with the gradients of an untrained head. For any
    :class:`wsss_plugins.CAMHead`; further maps, such as the background of
    :class:`wsss_plugins.EPSHead`, start at 0. A resumed run is left alone.

    Arguments are those of :class:`LinearHeadFit`.
    """
    # Before hooks that copy the network, such as EMAHook.
    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Fit, if the training is new."""
        if runner.iter == 0:
            self.fit_head(runner, runner.train_dataloader.dataset)
