"""Checkpoints that survive a kill at any moment."""
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook as MMEngineCheckpointHook
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, Runner

from ...registry import HOOKS
from ..accumulation import gather_gradients, restore_gradients
from ..exact_batches import batches_done
from ..newest_checkpoint import POINTER, newest_checkpoint
from ..whole_files import WHOLE_FILES, WholeFilesBackend, write_whole

_LEAVING = 'leaving_ckpts'
_GRADIENTS = 'accumulated_gradients'


@HOOKS.register_module()
class CheckpointHook(MMEngineCheckpointHook):
    """mmengine's hook, with nothing lost to a kill.

    A checkpoint is written beside its place, brought to the disk and renamed;
    then ``last_checkpoint`` likewise; then older ones go. mmengine deletes
    the old one first. A run with ``resume=True`` goes on from the newest
    checkpoint that loads whole and names those that it passes over; if there
    is none it begins anew and says so. A validation that the kill cut off is
    done first, so that best scores and its metrics are there.

    Files on remote storage are left to mmengine.

    Args:
        As of :class:`mmengine.hooks.CheckpointHook`.
    """

    _last_step: int | None = None
    _gradients: list | None = None

    def before_run(self, runner: Runner) -> None:
        """Choose what to resume from."""
        if (runner._resume and runner._load_from is None
                and isinstance(runner._train_loop, BaseLoop)):
            self._choose(runner)

    def before_train(self, runner: Runner) -> None:
        """Take our way of writing; finish what a kill cut off."""
        with _without_deprecations(runner.logger):
            super().before_train(runner)
        if isinstance(self.file_backend, LocalBackend):
            self.file_backend = WholeFilesBackend()
            if self.file_client_args is None:
                self.backend_args = dict(backend=WHOLE_FILES)
        self._remove(runner.message_hub.runtime_info.get(_LEAVING, []))
        if self._gradients:
            restore_gradients(runner, self._gradients)
            self._gradients = None
        _validate_if_cut_off(runner)

    def before_save_checkpoint(self, runner: Runner,
                               checkpoint: dict) -> None:
        """Add gradients of an accumulation that is under way."""
        if self._gradients:
            checkpoint[_GRADIENTS] = self._gradients

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Take them out again, if the training goes on."""
        if runner._resume:
            self._gradients = checkpoint.get(_GRADIENTS)

    def save_now(self, runner: Runner, iterations: int) -> str:
        """Save between two iterations, out of turn.

        Args:
            runner (Runner): In training.
            iterations (int): How many are done.

        Returns:
            str: Path of the checkpoint.
        """
        if not self.by_epoch:
            if self._last_step != iterations:
                self._save_checkpoint_with_step(
                    runner, iterations,
                    dict(epoch=runner.epoch, iter=iterations))
            return self.last_ckpt
        # Within an epoch: goes when that epoch's own checkpoint is there.
        name = f'epoch_{runner.epoch}_iter_{iterations}.pth'
        self._leave(runner, [name])
        self._write(runner, name,
                    dict(epoch=runner.epoch, iter=iterations))
        return self.file_backend.join_path(self.out_dir, name)

    def _choose(self, runner: Runner) -> None:
        found = [None]
        if is_main_process():
            folders = [Path(runner.work_dir)]
            if self.out_dir is not None:
                folders.append(Path(self.out_dir, folders[0].name))
            path = newest_checkpoint(folders, runner.logger.warning)
            found = [None if path is None else str(path)]
        broadcast_object_list(found)
        runner._load_from = found[0]
        if found[0] is None:
            runner._resume = False
            runner.logger.warning(
                f'{runner.work_dir}: no whole checkpoint to go on from; '
                'training begins anew')
        else:
            runner.logger.info(f'going on from {found[0]}')

    def _save_checkpoint_with_step(self, runner: Runner, step: int,
                                   meta: dict[str, Any]) -> None:
        leaving = list(runner.message_hub.runtime_info.get(_LEAVING, []))
        if self.max_keep_ckpts > 0 and list(self.keep_ckpt_ids)[-1:] != [step]:
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                leaving.append(
                    self.filename_tmpl.format(self.keep_ckpt_ids.popleft()))
            self.keep_ckpt_ids.append(step)
            runner.message_hub.update_info('keep_ckpt_ids',
                                           list(self.keep_ckpt_ids))
        name = self.filename_tmpl.format(step)
        leaving = [other for other in leaving if other != name]
        self._leave(runner, leaving)
        self._write(runner, name, meta)
        self._last_step = step
        self._remove(leaving)
        self._leave(runner, [])

    def _write(self, runner: Runner, name: str, meta: dict[str, Any]) -> None:
        """A checkpoint, then the pointer to it."""
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        self._gradients = gather_gradients(runner)
        runner.save_checkpoint(
            self.out_dir,
            name,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args)
        self._gradients = None
        if is_main_process():
            write_whole(Path(runner.work_dir, POINTER),
                        self.last_ckpt.encode())

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        if not isinstance(self.file_backend, WholeFilesBackend):
            super()._save_best_checkpoint(runner, metrics)
            return
        with self.file_backend.holding_back() as late:
            super()._save_best_checkpoint(runner, metrics)
        best = getattr(self, 'best_ckpt_path_dict', {}).values()
        best = {*best, getattr(self, 'best_ckpt_path', None)}
        for path in late:
            if path not in best and self.file_backend.isfile(path):
                self.file_backend.remove(path)

    @staticmethod
    def _leave(runner: Runner, names: list[str]) -> None:
        """Remember, in checkpoints too, which files are to go."""
        runner.message_hub.update_info(_LEAVING, names)

    def _remove(self, names: list[str]) -> None:
        if not is_main_process():
            return
        for name in names:
            path = self.file_backend.join_path(self.out_dir, name)
            if self.file_backend.isfile(path):
                self.file_backend.remove(path)
            elif self.file_backend.isdir(path):
                # What deepspeed saves is a folder.
                self.file_backend.rmtree(path)


@contextmanager
def _without_deprecations(logger: logging.Logger) -> Iterator[None]:
    """Keep back what mmengine's hook says of mmengine's own file client."""
    def wanted(record: logging.LogRecord) -> bool:
        return 'deprecated in future' not in record.getMessage()

    logger.addFilter(wanted)
    try:
        yield
    finally:
        logger.removeFilter(wanted)


def _validate_if_cut_off(runner: Runner) -> None:
    """Validate where the checkpoint was written before a validation."""
    loop, done = runner.train_loop, runner.iter
    if isinstance(loop, EpochBasedTrainLoop):
        done = 0 if batches_done(runner) else runner.epoch
    if (runner.val_loop is not None and done > 0
            and done >= loop.val_begin
            and (done % loop.val_interval == 0 or _is_over(loop, done))):
        runner.val_loop.run()


def _is_over(loop: BaseLoop, done: int) -> bool:
    end = (loop.max_epochs if isinstance(loop, EpochBasedTrainLoop)
           else loop.max_iters)
    return done >= end
