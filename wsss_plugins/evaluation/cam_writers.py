"""Writers of CAM files and pseudo masks, as metrics of the test loop."""
from pathlib import Path

from ..registry import METRICS
from ..structures import ClassMaps, write_mask
from .folder_writer import FolderWriter, require_prediction


@METRICS.register_module()
class CAMWriter(FolderWriter):
    """Write ``pred_cam`` as CAM files (:meth:`ClassMaps.save`).

    Args:
        out_dir (str, optional): Folder for the files. Defaults to ``files``
            in the work dir.
        dtype (str): Of the maps in the file. Defaults to ``'float16'``.
        stamp (dict, optional): See :func:`claim_folder`.
    """
    suffix = '.npz'

    def __init__(self,
                 out_dir: str | None = None,
                 dtype: str = 'float16',
                 stamp: dict | None = None) -> None:
        super().__init__(out_dir, dict(stamp or {}, dtype=dtype))
        self.dtype = dtype

    def write(self, sample: dict, path: Path) -> None:
        """Write one CAM file.

        Raises:
            UserError: If the model predicts no CAMs.
        """
        require_prediction(sample, 'pred_cam', self)
        maps = ClassMaps(sample['pred_cam_label'].cpu().numpy(),
                         sample['pred_cam']['data'].float().cpu().numpy(),
                         sample['ori_shape'][:2])
        maps.save(path, self.dtype)


@METRICS.register_module()
class PseudoMaskWriter(FolderWriter):
    """Write ``pred_sem_seg`` as palette PNG masks.

    Args:
        out_dir (str, optional): Folder for the masks. Defaults to ``files``
            in the work dir.
        stamp (dict, optional): See :func:`claim_folder`.
    """
    suffix = '.png'

    def write(self, sample: dict, path: Path) -> None:
        """Write one mask.

        Raises:
            UserError: If the model predicts no masks.
        """
        require_prediction(sample, 'pred_sem_seg', self)
        mask = sample['pred_sem_seg']['data'][0].cpu().numpy()
        write_mask(path, mask, self.dataset_meta['palette'])
