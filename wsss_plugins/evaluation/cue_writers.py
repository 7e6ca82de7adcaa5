"""Writers of localization cues and of what they are made from."""
from pathlib import Path

from ..registry import METRICS
from ..structures import Cues, GradientMap, UserError
from ..structures.cues import EXCLUSIVE_SUFFIX, OVERLAPPING_SUFFIX
from .folder_writer import FolderWriter


@METRICS.register_module()
class CueWriter(FolderWriter):
    """Write ``pred_cues`` as cue files (:class:`Cues`).

    Args:
        out_dir (str, optional): Folder for the files. Defaults to ``files``
            in the work dir.
        overlapping (bool): Whether a pixel may be a cue of several classes:
            ``NAME.npz`` for all images, and not ``NAME.png``. Defaults to
            False.
        stamp (dict, optional): See :func:`claim_folder`.
    """

    def __init__(self,
                 out_dir: str | None = None,
                 overlapping: bool = False,
                 stamp: dict | None = None) -> None:
        super().__init__(out_dir, dict(stamp or {}, overlapping=overlapping))
        self.suffix = OVERLAPPING_SUFFIX if overlapping else EXCLUSIVE_SUFFIX

    def write(self, sample: dict, path: Path) -> None:
        """Write one cue file."""
        cues = Cues(sample['pred_cues']['data'].cpu().numpy())
        if self.suffix == EXCLUSIVE_SUFFIX and not cues.exclusive:
            raise UserError(f'{path}: a pixel is a cue of two classes; set '
                            'overlapping=True of CueWriter, or resolve=True '
                            'of MakeCues')
        cues.save(path, self.dataset_meta['palette'])


@METRICS.register_module()
class GradientMapWriter(FolderWriter):
    """Write ``pred_gradient`` as saliency files (:class:`GradientMap`).

    Args:
        out_dir (str, optional): Folder for the files ``NAME.npz``. Defaults
            to ``files`` in the work dir.
        stamp (dict, optional): See :func:`claim_folder`.
    """
    suffix = '.npz'

    def write(self, sample: dict, path: Path) -> None:
        """Write one saliency file."""
        values = sample['pred_gradient']['data'][0].float().cpu().numpy()
        GradientMap(values, sample['ori_shape'][:2]).save(path)
