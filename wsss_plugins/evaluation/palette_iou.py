"""mmseg's IoU metric, writing masks in colors."""
from collections.abc import Sequence
from pathlib import Path

from mmseg.evaluation import IoUMetric

from ..registry import METRICS
from ..structures import write_mask


@METRICS.register_module()
class PaletteIoUMetric(IoUMetric):
    """``IoUMetric`` that writes palette PNGs to its ``output_dir``.

    The stock metric writes gray PNGs of indices, which look nearly black.
    Arguments and results are those of :class:`mmseg.evaluation.IoUMetric`.
    """

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count a batch, and write its masks if there is a folder."""
        folder, self.output_dir = self.output_dir, None
        try:
            super().process(data_batch, data_samples)
        finally:
            self.output_dir = folder
        if folder is None:
            return
        for sample in data_samples:
            mask = sample['pred_sem_seg']['data'].squeeze().cpu().numpy()
            name = Path(sample['img_path']).stem
            write_mask(
                Path(folder) / f'{name}.png', mask,
                self.dataset_meta['palette'])
