"""A teacher network that averages its student."""
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from ...registry import HOOKS
from ...structures import UserError
from ..restart import bare_model


@HOOKS.register_module()
class TeacherHook(Hook):
    """Move ``model.teacher`` towards ``model.student`` after each step.

    ``teacher = (1 - momentum) * teacher + momentum * student``, for all
    parameters and, as copies, all buffers. mmdet's ``MeanTeacherHook`` does
    the same, but cannot be imported without compiled operators and always
    copies the student first.

    Args:
        momentum (float): In (0, 1]. Defaults to 0.004, MAL's.
        copy_first (bool): Whether the teacher starts from the student's
            weights. Defaults to True; with False it keeps its own initial
            weights, as in MAL's reference code.

    Raises:
        ValueError: If the momentum is out of range.
    """

    def __init__(self,
                 momentum: float = .004,
                 copy_first: bool = True) -> None:
        if not 0 < momentum <= 1:
            raise ValueError(f'momentum={momentum} must be in (0, 1]')
        self.momentum = momentum
        self.copy_first = copy_first

    def before_train(self, runner: Runner) -> None:
        """Copy the student, unless the run resumes from a checkpoint.

        Raises:
            UserError: If the model has no teacher.
        """
        model = bare_model(runner)
        if getattr(model, 'teacher', None) is None:
            raise UserError(
                f'TeacherHook: {type(model).__name__} has no teacher; set '
                'model.teacher=True, or drop the hook')
        if runner.iter == 0 and self.copy_first:
            model.teacher.load_state_dict(model.student.state_dict())

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: dict | None = None,
                         outputs: dict | None = None) -> None:
        """Move the teacher."""
        model = bare_model(runner)
        move(model.teacher, model.student, self.momentum)


@torch.no_grad()
def move(teacher: nn.Module, student: nn.Module, momentum: float) -> None:
    """Move the parameters of the teacher towards those of the student."""
    torch._foreach_lerp_(
        list(teacher.parameters()), list(student.parameters()), momentum)
    for own, other in zip(teacher.buffers(), student.buffers()):
        own.copy_(other)
