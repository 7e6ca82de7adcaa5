"""Base class of metrics that sum counts over images."""
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import all_gather_object, is_main_process
from mmengine.evaluator import BaseMetric

from ..structures import UserError


class CountingMetric(BaseMetric):
    """A metric whose state is a sum, independent of the number of images.

    Stock metrics keep a result for each image and drop the copies with which
    samplers pad the ranks. A sum cannot drop them, so copies are refused: the
    test sampler must not pad (``round_up=False``). Then one process and
    several give the same integers.

    Args:
        prefix (str): Of metric names.
    """

    def __init__(self, prefix: str) -> None:
        super().__init__(collect_device='cpu', prefix=prefix)
        self.state: Any = None
        self.names: list[str] = []

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count a batch."""
        if self.state is None:
            self.state = self.initial_state()
        for sample in data_samples:
            self.names.append(Path(sample['img_path']).stem)
            self.count(sample)

    @abstractmethod
    def initial_state(self) -> Any:
        """State before the first image; ``dataset_meta`` is known."""

    @abstractmethod
    def count(self, sample: dict) -> None:
        """Add one data sample to ``self.state``."""

    @abstractmethod
    def compute(self, states: list[Any]) -> dict[str, float]:
        """Metrics from the states of all ranks that saw an image."""

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Not used; see :meth:`compute`."""
        raise NotImplementedError

    def evaluate(self, size: int) -> dict[str, float]:
        """Gather the ranks' sums; every rank gets the metrics.

        Raises:
            UserError: If an image was counted twice, or none was.
        """
        parts = all_gather_object((self.state, self.names))
        self.state, self.names = None, []
        names = [name for _, part in parts for name in part]
        if not names:
            raise UserError(f'{type(self).__name__}: no images to evaluate')
        if len(set(names)) < len(names):
            raise UserError(
                f'{type(self).__name__}: {len(names) - len(set(names))} '
                'images were counted twice; set round_up=False in the test '
                'sampler')
        states = [state for state, _ in parts if state is not None]
        metrics = self.compute(states) if is_main_process() else {}
        metrics = all_gather_object(metrics)[0]
        return {f'{self.prefix}/{k}': v for k, v in metrics.items()}
