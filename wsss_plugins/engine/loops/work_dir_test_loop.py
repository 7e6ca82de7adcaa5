"""A test loop whose metrics know where the run writes."""
from mmengine.runner import TestLoop

from ...registry import LOOPS


@LOOPS.register_module()
class WorkDirTestLoop(TestLoop):
    """mmengine's test loop, which also tells its metrics the work dir.

    Metrics get it as ``work_dir``, as they get ``dataset_meta``; writers put
    their files there unless their ``out_dir`` says otherwise.

    Args:
        runner, dataloader, evaluator, fp16: As in
            :class:`mmengine.runner.TestLoop`.
    """

    def __init__(self, runner, dataloader, evaluator,
                 fp16: bool = False) -> None:
        super().__init__(runner, dataloader, evaluator, fp16)
        for metric in self.evaluator.metrics:
            metric.work_dir = runner.work_dir
