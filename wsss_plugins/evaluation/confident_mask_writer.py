"""Masks of a segmentor, without what it is not sure of."""
from pathlib import Path

from ..ops.cam.confidence import unsure_pixels
from ..registry import METRICS
from ..structures import IGNORE_INDEX, UserError, write_mask
from .cam_writers import PseudoMaskWriter
from .folder_writer import require_prediction


@METRICS.register_module()
class ConfidentMaskWriter(PseudoMaskWriter):
    """Write masks of any segmentor of mmseg, 255 where it is unsure.

    Args:
        confidence (float): Least probability of the class, in [0, 1].
            Defaults to 0.95.
        out_dir (str, optional): Folder for the masks. Defaults to ``files``
            in the work dir.
        stamp (dict, optional): See :func:`claim_folder`.

    Raises:
        UserError: If the confidence is out of range.
    """

    def __init__(self,
                 confidence: float = .95,
                 out_dir: str | None = None,
                 stamp: dict | None = None) -> None:
        if not 0 <= confidence <= 1:
            raise UserError(f'ConfidentMaskWriter: confidence={confidence} '
                            'is not in 0..1')
        super().__init__(out_dir, dict(stamp or {}, confidence=confidence))
        self.confidence = confidence

    def write(self, sample: dict, path: Path) -> None:
        """Write one mask.

        Raises:
            UserError: If the model predicts no class scores.
        """
        require_prediction(sample, 'pred_sem_seg', self)
        require_prediction(sample, 'seg_logits', self)
        mask = sample['pred_sem_seg']['data'][0].cpu().numpy()
        scores = sample['seg_logits']['data'].float()
        if len(scores) < 2:
            raise UserError(f'{sample["img_path"]}: scores of one class are '
                            'no probabilities; use two classes')
        probs = scores.softmax(dim=0).cpu().numpy()
        mask[unsure_pixels(probs, mask.shape, self.confidence)] = IGNORE_INDEX
        write_mask(path, mask, self.dataset_meta['palette'])
