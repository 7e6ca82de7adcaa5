"""Base class of metrics that write one file for each image."""
import os
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from mmengine.evaluator import BaseMetric

from ..structures import UserError
from .output_folder import OutputFolder
from .stamp import claim_folder


class FolderWriter(OutputFolder, BaseMetric):
    """Write one file for each image of the test loop, ``NAME + suffix``.

    Every rank writes its own images. A subclass sets ``suffix`` and
    implements :meth:`write`.

    Args:
        out_dir (str, optional): Folder for the files. Defaults to ``files``
            in the work dir of the run.
        stamp (dict, optional): What the files depend on; ``tools/test.py``
            sets it from the config and the checkpoint. A folder that was
            made with another stamp is refused.

    Attributes:
        suffix (str): Of the files.
    """
    suffix: str

    def __init__(self,
                 out_dir: str | None = None,
                 stamp: dict | None = None) -> None:
        OutputFolder.__init__(self, out_dir)
        BaseMetric.__init__(self, collect_device='cpu', prefix='files')
        # The one count needs no prefix; without one mmengine warns.
        self.prefix = None
        self.stamp = dict(stamp or {}, writer=type(self).__name__)
        self._claimed = False

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Write the files of a batch."""
        if not self._claimed:
            # Each rank by itself: a rank without images would never reach a
            # barrier.
            claim_folder(self.out_dir, self.stamp)
            self._claimed = True
        for sample in data_samples:
            name = Path(sample['img_path']).stem
            self.write(sample, self.out_dir / (name + self.suffix))
            self.results.append(name)

    @abstractmethod
    def write(self, sample: dict, path: Path) -> None:
        """Write the file of one data sample."""

    def compute_metrics(self, results: list[str]) -> dict[str, float]:
        """Count the files, those of a run that was cut off included."""
        files = [name for name in os.listdir(self.out_dir)
                 if name.endswith(self.suffix) and name[0] != '.']
        return dict(written=len(files))


def require_prediction(sample: dict, key: str, writer: object) -> None:
    """Refuse a data sample without what a writer writes.

    Raises:
        UserError: Naming the writer and what the sample holds.
    """
    if key in sample:
        return
    held = [k for k in sample if k.startswith('pred_')]
    raise UserError(
        f'{sample["img_path"]}: {type(writer).__name__} writes {key}, but the '
        f'model predicts {", ".join(held) or "nothing"}; use another writer '
        'in test_evaluator, or a model that predicts it')
