"""Writers of what inference stages make, as metrics of the test loop."""
from collections.abc import Sequence
from pathlib import Path

from mmengine.evaluator import BaseMetric

from ..registry import METRICS
from ..structures import ClassMaps, UserError, write_mask
from .stamp import claim_folder


class _FolderWriter(BaseMetric):
    """Write one file for each image; every rank writes its own.

    Args:
        out_dir (str): Folder for the files ``NAME + suffix``.
        stamp (dict, optional): What the files depend on. A folder that was
            made with another stamp is refused.
    """
    suffix: str

    def __init__(self, out_dir: str, stamp: dict | None = None) -> None:
        super().__init__(collect_device='cpu')
        self.out_dir = Path(out_dir)
        self.stamp = dict(stamp or {}, writer=type(self).__name__)
        self._claimed = False

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Write the files of a batch."""
        if not self._claimed:
            # Each rank by itself: one without images would not come to a
            # barrier.
            claim_folder(self.out_dir, self.stamp)
            self._claimed = True
        for sample in data_samples:
            name = Path(sample['img_path']).stem
            self.write(sample, self.out_dir / (name + self.suffix))
            self.results.append(name)

    def write(self, sample: dict, path: Path) -> None:
        """Write the file of one data sample."""
        raise NotImplementedError

    def compute_metrics(self, results: list[str]) -> dict[str, float]:
        """Count the files."""
        return dict(written=len(set(results)))


@METRICS.register_module()
class CAMWriter(_FolderWriter):
    """Write ``pred_cam`` as CAM files (:meth:`ClassMaps.save`).

    Args:
        out_dir (str): Folder for the files.
        dtype (str): Of the maps in the file. Defaults to ``'float16'``.
        stamp (dict, optional): See :func:`claim_folder`.
    """
    suffix = '.npz'

    def __init__(self,
                 out_dir: str,
                 dtype: str = 'float16',
                 stamp: dict | None = None) -> None:
        super().__init__(out_dir, dict(stamp or {}, dtype=dtype))
        self.dtype = dtype

    def write(self, sample: dict, path: Path) -> None:
        """Write one CAM file."""
        maps = ClassMaps(sample['pred_cam_label'].cpu().numpy(),
                         sample['pred_cam']['data'].float().cpu().numpy(),
                         sample['ori_shape'][:2])
        maps.save(path, self.dtype)


@METRICS.register_module()
class PseudoMaskWriter(_FolderWriter):
    """Write ``pred_sem_seg`` as palette PNG masks.

    Args:
        out_dir (str): Folder for the masks.
        stamp (dict, optional): See :func:`claim_folder`.
    """
    suffix = '.png'

    def __init__(self, out_dir: str = '', stamp: dict | None = None) -> None:
        if not out_dir:
            raise UserError('PseudoMaskWriter: set out_dir, the folder for '
                            'the masks')
        super().__init__(out_dir, stamp)

    def write(self, sample: dict, path: Path) -> None:
        """Write one mask."""
        mask = sample['pred_sem_seg']['data'][0].cpu().numpy()
        write_mask(path, mask, self.dataset_meta['palette'])
