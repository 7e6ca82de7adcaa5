"""A training that is asked to end saves first."""
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType

from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..accumulation import is_accumulating
from .checkpoint_hook import CheckpointHook

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class TrainingStopped(KeyboardInterrupt):
    """A training was asked to end, and did.

    Attributes:
        number (int): Of the signal.
        checkpoint (str | None): What was saved for it.
    """

    def __init__(self, number: int, checkpoint: str | None = None) -> None:
        super().__init__(number)
        self.number = number
        self.checkpoint = checkpoint


class StopRequest:
    """Listens to SIGTERM (a scheduler's) and SIGINT (Ctrl-C).

    Outside of training, and when asked twice, the process ends at once;
    within training, after the iteration.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.training = False
        self._process = os.getpid()

    def listen(self) -> None:
        """Replace the handlers of this process; in its main thread only."""
        for number in _SIGNALS:
            signal.signal(number, self._heard)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:  # a data worker, forked from it
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        again, self.number = self.number is not None, number
        if again or not self.training:
            raise TrainingStopped(number)


class StopHook(Hook):
    """End a training between two iterations when it was asked to.

    The first rank saves; the others go on until it has left, as each of its
    iterations needs them. A signal often goes to the whole group of
    processes, data workers included; these wait for their parent to end them.

    Args:
        request (StopRequest): Who is asked.
    """
    priority = 'LOWEST'

    def __init__(self, request: StopRequest) -> None:
        self.request = request

    def before_train(self, runner: Runner) -> None:
        """From here on, wait for the end of an iteration."""
        loader = runner.train_dataloader
        loader.worker_init_fn = partial(obey_parent_only,
                                        inner=loader.worker_init_fn)
        self.request.training = True

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: dict | None = None,
                         outputs: dict | None = None) -> None:
        """Save and end, if asked."""
        if self.request.number is None or not is_main_process():
            return
        if get_world_size() > 1 and is_accumulating(runner):
            return  # gradients of the other ranks are not at hand
        self.request.training = False
        done, path = runner.iter + 1, None
        for hook in runner._hooks:
            if isinstance(hook, CheckpointHook):
                path = hook.save_now(runner, done)
        raise TrainingStopped(self.request.number, path)

    def before_val_epoch(self, runner: Runner) -> None:
        """A validation ends at once; weights may be swapped in it."""
        self.request.training = False
        if self.request.number is not None:
            raise TrainingStopped(self.request.number)

    def after_val_epoch(self,
                        runner: Runner,
                        metrics: dict | None = None) -> None:
        """Training goes on."""
        self.request.training = True

    def after_train(self, runner: Runner) -> None:
        """What follows may end at once."""
        self.request.training = False


def obey_parent_only(worker: int,
                     inner: Callable[[int], None] | None = None) -> None:
    """Let a data worker end for its parent, and for nobody else.

    Args:
        worker (int): Its number.
        inner (Callable, optional): Called with it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, 'sigwaitinfo'):  # tells who sent a signal
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        threading.Thread(target=_wait_for_parent, daemon=True).start()
    if inner is not None:
        inner(worker)


def _wait_for_parent() -> None:
    parent = os.getppid()
    while signal.sigwaitinfo([signal.SIGTERM]).si_pid != parent:
        pass
    os._exit(0)
