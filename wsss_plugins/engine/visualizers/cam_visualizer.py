"""A visualizer that draws CAMs, and the objects of generators."""
from pathlib import Path

import cv2
import mmcv
import numpy as np
from mmengine.dist import master_only
from mmengine.structures import BaseDataElement
from mmseg.structures import SegDataSample
from mmseg.visualization import SegLocalVisualizer

from ...ops.points.paste_masks import paste_probability
from ...registry import VISUALIZERS


@VISUALIZERS.register_module()
class CAMLocalVisualizer(SegLocalVisualizer):
    """mmseg's ``SegLocalVisualizer`` that also draws ``pred_cam``.

    With mmseg's ``SegVisualizationHook`` in the config, the CAMs of an image
    are drawn in validation and test, a heat map over the image for each
    class, as a second image ``NAME_cam``. Samples without CAMs are drawn as
    by mmseg. With mmdet's ``DetVisualizationHook``, the image of each object
    of a generator is drawn with its ``pred_prob`` and its box.

    Args:
        name (str): Of the instance, as every visualizer of mmengine has.
        max_cams (int): Maximum number of heat maps of an image, those with
            the greatest sums. Defaults to 4.
        cam_alpha (float): Weight of the heat map over the image, in [0, 1].
            Defaults to 0.5.
        **kwargs: Of ``SegLocalVisualizer``.
    """

    def __init__(self,
                 name: str = 'visualizer',
                 max_cams: int = 4,
                 cam_alpha: float = .5,
                 **kwargs) -> None:
        super().__init__(name, **kwargs)
        self.max_cams = max_cams
        self.cam_alpha = cam_alpha

    @master_only
    def add_datasample(self,
                       name: str,
                       image: np.ndarray,
                       data_sample: SegDataSample | None = None,
                       draw_gt: bool = True,
                       draw_pred: bool = True,
                       show: bool = False,
                       wait_time: float = 0,
                       out_file: str | None = None,
                       step: int = 0,
                       **kwargs) -> None:
        """Draw a data sample, see ``SegLocalVisualizer``."""
        sample = SegDataSample() if data_sample is None else data_sample
        where = dict(show=show, wait_time=wait_time, step=step)
        kinds = ['gt'] * draw_gt + ['pred'] * draw_pred
        if any(f'{kind}_{what}' in sample for kind in kinds
               for what in ('sem_seg', 'depth_map')):
            super().add_datasample(
                name, image, sample, draw_gt, draw_pred, out_file=out_file,
                **where, **kwargs)
        else:  # mmseg 1.2.2 fails, later ones put the image alone
            is_object = draw_pred and 'pred_prob' in sample
            self._put(name, self.draw_object(image, sample) if is_object
                      else image, out_file, **where)
        if draw_pred and len(sample.get('pred_cam_label', ())):
            if out_file is not None:
                path = Path(out_file)
                out_file = str(path.with_stem(f'{path.stem}_cam'))
            self._put(f'{name}_cam', self.draw_cams(image, sample), out_file,
                      **where)

    def _put(self, name: str, image: np.ndarray, out_file: str | None,
             show: bool, wait_time: float, step: int) -> None:
        """Show an image and hand it to the backends, or write it."""
        if show:
            self.show(image, win_name=name, wait_time=wait_time)
        if out_file is None:
            self.add_image(name, image, step)
        else:
            mmcv.imwrite(mmcv.rgb2bgr(image), out_file)

    def draw_cams(self, image: np.ndarray,
                  data_sample: SegDataSample) -> np.ndarray:
        """Heat maps side by side.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3).
            data_sample (SegDataSample): With ``pred_cam``, of at least one
                class, and ``pred_cam_label``.

        Returns:
            np.ndarray: RGB, uint8 (H, M * W, 3).
        """
        maps = data_sample.pred_cam.data.detach().cpu().float()
        order = maps.sum(dim=(1, 2)).argsort(descending=True)
        panels = []
        for place in order[:self.max_cams].tolist():
            panel = self.draw_featmap(
                maps[place][None], image, channel_reduction='squeeze_mean',
                resize_shape=image.shape[:2], alpha=self.cam_alpha)
            panels.append(
                self._titled(panel, int(data_sample.pred_cam_label[place])))
        return np.concatenate(panels, axis=1)

    def draw_object(self, image: np.ndarray,
                    data_sample: BaseDataElement) -> np.ndarray:
        """Probability of an object as a heat map, and its box.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3).
            data_sample (BaseDataElement): Of a mask generator: ``pred_prob``,
                ``ext_box`` and ``box``, see ``PackObjects``.

        Returns:
            np.ndarray: RGB, uint8 (H, W, 3).
        """
        prob = paste_probability(data_sample.pred_prob.detach().cpu().float(),
                                 data_sample.ext_box, image.shape[:2])
        drawn = np.ascontiguousarray(self.draw_featmap(
            prob[None], image, channel_reduction='squeeze_mean',
            alpha=self.cam_alpha))
        x0, y0, x1, y1 = (round(float(edge)) for edge in data_sample.box)
        return cv2.rectangle(drawn, (x0, y0), (x1 - 1, y1 - 1),
                             (255, 255, 255), 1)

    def _titled(self, panel: np.ndarray, label: int) -> np.ndarray:
        """A panel with the name of its class."""
        names = (self.dataset_meta or {}).get('classes') or ()
        name = names[label] if label < len(names) else f'class {label}'
        panel = np.ascontiguousarray(panel)
        for color, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(panel, name, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, .5,
                        color, width, cv2.LINE_AA)
        return panel
