"""Loading and making of localization cues."""
import numpy as np
import torch
import torch.nn.functional as F
from mmcv.transforms import BaseTransform

from ...ops.cam.cues import (
    BG_RANKS,
    assemble_cues,
    background_mask,
    foreground_masks,
)
from ...registry import TRANSFORMS
from ...structures import (
    ClassMaps,
    Cues,
    GradientMap,
    UserError,
    check_background,
    foreground_indices,
)

_BG_SOURCES = ('gradient', 'saliency', 'cam')
_FLIP_AXES = dict(horizontal=(-1, ), vertical=(-2, ), diagonal=(-2, -1))


def _class_count(results: dict, num_classes: int | None) -> int:
    """Dataset classes, from the argument or from the data set."""
    if num_classes is not None:
        return num_classes
    if 'num_foreground' not in results:
        raise UserError(f'{results.get("img_path")}: the number of classes is '
                        'unknown; set label_file of the data set, or '
                        'num_classes of the transform')
    return results['num_foreground'] + 1


def _flip_of(results: dict) -> str | None:
    """Direction in which the image was mirrored so far."""
    return results.get('flip_direction') if results.get('flip') else None


@TRANSFORMS.register_module()
class LoadCues(BaseTransform):
    """Load the localization cues of the image.

    Cues lie on a grid over the whole image, not on its pixels, so the
    transforms that move maps of its size cannot move them. The image may be
    resized, to any aspect ratio, but not cropped. It may be mirrored before:
    the cues are then mirrored as well. After this transform it may not, and
    ``PackWSSSInputs`` checks that it was not. For overlapping cues, which are
    in ``.npz`` files, set ``map_suffix=dict(cue_path='.npz')`` of the data
    set.

    Required Keys:

    - cue_path
    - num_foreground (unless ``num_classes`` is set)
    - flip, flip_direction (optional)

    Added Keys:

    - ``key`` (uint8 (C, h, w), zeros and ones, C dataset classes)
    - cue_flip (the direction in which they were mirrored, or None)

    Args:
        size (tuple[int, int], optional): Height and width that the grid must
            have: those of the scores that are trained with it.
        num_classes (int, optional): Dataset classes, background included.
            Defaults to those of the image-level labels, and one.
        key (str): ``'gt_cues'`` to train with, ``'pred_cues'`` to evaluate.
    """

    def __init__(self,
                 size: tuple[int, int] | None = None,
                 num_classes: int | None = None,
                 key: str = 'gt_cues') -> None:
        self.size = None if size is None else tuple(size)
        self.num_classes = num_classes
        self.key = key

    def transform(self, results: dict) -> dict:
        """Load the cues, check their size and mirror them."""
        if 'cue_path' not in results:
            raise UserError(f'no cue_path for {results.get("img_path")}; set '
                            'data_prefix.cue_path of the dataset')
        cues = Cues.load(results['cue_path'],
                         _class_count(results, self.num_classes))
        if self.size not in (None, cues.size):
            raise UserError(
                f'{results["cue_path"]}: a grid of {cues.size}, but '
                f'{self.size} is wanted; make the cues at that size, or set '
                'size of LoadCues and the input size of the network')
        direction = _flip_of(results)
        masks = cues.masks.astype(np.uint8)
        if direction is not None:
            masks = np.flip(masks, _FLIP_AXES[direction]).copy()
        results[self.key] = masks
        results['cue_flip'] = direction
        return results


def check_cue_flip(results: dict) -> None:
    """Check that the image was not mirrored after its cues were loaded.

    Raises:
        UserError: If it was.
    """
    if 'cue_flip' in results and results['cue_flip'] != _flip_of(results):
        raise UserError(f'{results.get("img_path")}: mirrored after its cues '
                        'were loaded; list LoadCues after RandomFlip')


@TRANSFORMS.register_module()
class LoadGradientMap(BaseTransform):
    """Load the gradient saliency of the image.

    Required Keys:

    - gradient_path
    - ori_shape

    Added Keys:

    - gradient_map (:class:`wsss_plugins.structures.GradientMap`)
    """

    def transform(self, results: dict) -> dict:
        """Load the map and check its image size."""
        if 'gradient_path' not in results:
            raise UserError(f'no gradient_path for {results.get("img_path")}; '
                            'set data_prefix.gradient_path of the dataset and '
                            "map_suffix=dict(gradient_path='.npz')")
        values = GradientMap.load(results['gradient_path'])
        if values.size != tuple(results['ori_shape'][:2]):
            raise UserError(
                f'{results["gradient_path"]}: made from an image of size '
                f'{values.size}, but {results["img_path"]} is '
                f'{tuple(results["ori_shape"][:2])}; run the saliency stage '
                'again')
        results['gradient_map'] = values
        return results


@TRANSFORMS.register_module()
class MakeCues(BaseTransform):
    """Make localization cues, as SEC does.

    Foreground: where the map of a class is above ``fg_threshold`` of its
    maximum. Background: from one of three sources. Then conflicts are
    resolved (:func:`wsss_plugins.ops.cam.cues.assemble_cues`).

    Required Keys:

    - class_maps
    - num_foreground (unless ``num_classes`` is set)
    - gradient_map, if ``bg_source='gradient'``
    - gt_saliency, if ``bg_source='saliency'``

    Added Keys:

    - pred_cues (uint8 (C, h, w), zeros and ones, C dataset classes)

    Args:
        fg_threshold (float): Share of the maximum. Defaults to 0.2.
        bg_share (float): ``'gradient'`` takes the pixels whose gradient
            saliency is below this quantile. Defaults to 0.1.
        size (tuple[int, int], optional): Height and width of the cues. Maps
            of another size are interpolated linearly first. By default the
            cues are of the size of the CAMs, as the paper's.
        bg_rank, resolve: As in ``assemble_cues``.
        bg_source (str): ``'gradient'``: saliency of gradients, the paper's.
            ``'saliency'``: an 8-bit map of a saliency detector, where it is
            below ``bg_threshold`` (the source of DSRG's cues). ``'cam'``:
            where all CAMs are below ``bg_threshold`` of their maxima.
        bg_threshold (float, optional): In (0, 1); for ``'saliency'`` and
            ``'cam'`` only.
        align_corners (bool): Of the interpolation. Defaults to False.
        num_classes (int, optional): As in :class:`LoadCues`.
        background (int): Dataset class index of the background.

    Raises:
        UserError: If an option is unknown, or does not go with another.
    """

    def __init__(self,
                 fg_threshold: float = .2,
                 bg_share: float = .1,
                 size: tuple[int, int] | None = None,
                 bg_rank: str = 'last',
                 resolve: bool = True,
                 bg_source: str = 'gradient',
                 bg_threshold: float | None = None,
                 align_corners: bool = False,
                 num_classes: int | None = None,
                 background: int = 0) -> None:
        for name, value, known in (('bg_rank', bg_rank, BG_RANKS),
                                   ('bg_source', bg_source, _BG_SOURCES)):
            if value not in known:
                raise UserError(f'MakeCues: {name}={value!r}; choose one of '
                                f'{", ".join(known)}')
        for name, value in (('fg_threshold', fg_threshold),
                            ('bg_share', bg_share)):
            if not 0 <= value < 1:
                raise UserError(f'MakeCues: {name}={value}; choose it in '
                                '[0, 1)')
        if (bg_source == 'gradient') != (bg_threshold is None):
            raise UserError(
                f'MakeCues: bg_threshold={bg_threshold} with '
                f"bg_source={bg_source!r}; 'gradient' takes bg_share, the "
                'others take bg_threshold')
        if bg_threshold is not None and not 0 < bg_threshold < 1:
            raise UserError(f'MakeCues: bg_threshold={bg_threshold}; choose '
                            'it in (0, 1)')
        self.fg_threshold = fg_threshold
        self.bg_share = bg_share
        self.size = None if size is None else tuple(size)
        self.bg_rank = bg_rank
        self.resolve = resolve
        self.bg_source = bg_source
        self.bg_threshold = bg_threshold
        self.align_corners = align_corners
        self.num_classes = num_classes
        self.background = background

    def transform(self, results: dict) -> dict:
        """Make the cues of one image."""
        check_background(self, results.get('background'))
        maps: ClassMaps = results['class_maps']
        classes = _class_count(results, self.num_classes)
        chosen = np.isin(maps.labels,
                         foreground_indices(classes, self.background))
        size = self.size or maps.maps.shape[1:]
        scores = self._resized(maps.maps[chosen], size)
        masks = assemble_cues(
            foreground_masks(scores, self.fg_threshold),
            self._background(results, scores, size), self.bg_rank,
            self.resolve)
        cues = Cues.of_labels(masks.numpy(), maps.labels[chosen], classes,
                              self.background)
        results['pred_cues'] = cues.masks.astype(np.uint8)
        return results

    def _background(self, results: dict, scores: torch.Tensor,
                    size: tuple[int, int]) -> torch.Tensor:
        """Background mask, bool (h, w)."""
        if self.bg_source == 'gradient':
            return background_mask(self._gradients(results, size),
                                   self.bg_share)
        if self.bg_source == 'saliency':
            if 'gt_saliency' not in results:
                raise UserError(f'no saliency map for {results["img_path"]}; '
                                'list LoadDenseMap before MakeCues')
            values = torch.from_numpy(results['gt_saliency'] / np.float32(255))
            # The mean of a location: one pixel of a large map says little.
            return F.interpolate(
                values[None, None], size, mode='area')[0, 0] < (
                    self.bg_threshold)
        claimed = foreground_masks(scores, self.bg_threshold).any(dim=0)
        # Without any class nothing is known, not even where none is.
        return ~claimed if claimed.any() else claimed

    def _gradients(self, results: dict,
                   size: tuple[int, int]) -> torch.Tensor:
        """Gradient saliency on the grid of the cues, float32 (h, w)."""
        if 'gradient_map' not in results:
            raise UserError(f'no gradient saliency for {results["img_path"]}; '
                            'list LoadGradientMap before MakeCues')
        values = results['gradient_map'].values
        if self.size is None and values.shape != tuple(size):
            raise UserError(
                f'{results["img_path"]}: gradient saliency on a grid of '
                f'{values.shape}, CAMs on {tuple(size)}; take a layer '
                'of the same stride, or set size of MakeCues')
        return self._resized(values[None], size)[0]

    def _resized(self, maps: np.ndarray,
                 size: tuple[int, int]) -> torch.Tensor:
        """Maps, float32 (K, h, w)."""
        values = torch.from_numpy(
            np.ascontiguousarray(maps, dtype=np.float32))
        if tuple(values.shape[1:]) == tuple(size) or not len(values):
            return values.reshape(-1, *size)
        return F.interpolate(
            values[None], tuple(size), mode='bilinear',
            align_corners=self.align_corners)[0]
