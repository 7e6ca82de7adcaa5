"""The words of a checkpoint are those of the data set."""
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...registry import HOOKS
from ...structures import ClassSpace, UserError
from ..restart import bare_model


@HOOKS.register_module()
class ClassWordsHook(Hook):
    """Refuse words that are not those of the data set's classes.

    Features of words have an order, which their shapes do not tell.

    Raises:
        UserError: Naming the first class that differs.
    """
    # After what was loaded is known to fit.
    priority = 'LOW'

    def before_test(self, runner: Runner) -> None:
        """Compare the class names."""
        model = bare_model(runner)
        known = model.decode_head.class_names
        classes = runner.test_dataloader.dataset.metainfo['classes']
        names = list(ClassSpace(classes).foreground_names)
        for ours, theirs in zip(names, known):
            if ours != theirs:
                raise UserError(
                    f'the checkpoint has words for {theirs!r} where the data '
                    f'set has {ours!r}; make it for these classes with '
                    'tools/model_converters/clip.py')
