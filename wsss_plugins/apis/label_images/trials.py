"""What stages do with an image or a batch, done once to be timed."""
import time
from collections.abc import Callable

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import TRANSFORMS
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.structures import SegDataSample
from torch import nn

from ...engine.linear_fit.classifier import cam_head_of
from ...models.heads.cam_head import CAMHead
from ...structures import ClassMaps
from ..devices import checked_device
from ..stage_parts import crop_side

# Side of the CAMs of the image that is tried.
_MAP = 32
# Work of so many seconds is not done twice to know how long it takes.
_LONG = 5.
_CROP = 256
# Sides that any backbone takes.
_MULTIPLE = 32
# What begins the names of transforms that read files, or pack what was read.
_ON_FILES = ('Load', 'Pack')


def timed(work: Callable[[], object]) -> float:
    """Seconds of a second run: the first one makes buffers."""
    first = seconds_of(work)
    return first if first > _LONG else seconds_of(work)


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds of a run, to its end on the device."""
    began = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - began


def look(network: nn.Module, height: int, width: int) -> None:
    """Maps of an image of about so many pixels."""
    height, width = (_MULTIPLE * max(1, round(side / _MULTIPLE))
                     for side in (height, width))
    inputs = torch.zeros(1, 3, height, width, device=checked_device())
    network.eval()
    with torch.no_grad():
        if not is_plain(network):
            network.extract_feat(inputs)
            return
        network.encode_decode(inputs, [dict(
            ori_shape=(height, width), img_shape=(height, width))])


def is_plain(network: nn.Module) -> bool:
    """Whether it makes maps of an image alone, with no random walk."""
    return (type(network) is EncoderDecoder
            or isinstance(cam_head_of(network), CAMHead))


def as_loaded(image: np.ndarray, steps: list[dict]) -> list[np.ndarray]:
    """Views of an image as a network gets them.

    Args:
        image (np.ndarray): uint8 (H, W, 3).
        steps (list[dict]): A test pipeline, or one of test-time augmentation;
            what reads files or packs is left out.
    """
    size = image.shape[:2]
    results = Compose([TRANSFORMS.build(step) for step in _on_images(steps)])(
        dict(img=image, img_shape=size, ori_shape=size, seg_fields=[],
             seg_map_path=None, reduce_zero_label=False))
    views = results['img']
    return views if isinstance(views, list) else [views]


def _on_images(steps: list[dict]) -> list[dict]:
    kept = []
    for step in steps:
        if 'transforms' in step:
            branches = [_on_images(branch) for branch in step['transforms']]
            kept.append(dict(step, transforms=[b for b in branches if b]))
        elif not step['type'].rpartition('.')[2].startswith(_ON_FILES):
            kept.append(step)
    return kept


def walk(network: nn.Module, image: np.ndarray) -> None:
    """CAMs of an image by an affinity network."""
    maps = _class_maps(image)
    sample = SegDataSample(
        pred_cam=PixelData(data=torch.from_numpy(maps.maps)),
        metainfo=dict(img_shape=maps.size, ori_shape=maps.size))
    sample.set_data(dict(pred_cam_label=torch.from_numpy(maps.labels)))
    network.eval()
    network.predict(torch.zeros(1, 3, *maps.size, device=checked_device()),
                    [sample])


def make_mask(steps: list[dict], image: np.ndarray) -> None:
    """A mask of the CAMs of an image."""
    Compose([TRANSFORMS.build(step) for step in steps])(
        dict(img=image, class_maps=_class_maps(image)))


def _class_maps(image: np.ndarray) -> ClassMaps:
    """A CAM of one class, a slope over the image."""
    slope = np.linspace(0, 1, _MAP, dtype=np.float32)
    return ClassMaps(np.array([1]), (slope[:, None] * slope)[None],
                     image.shape[:2])


def segmentor_step(segmentor: nn.Module, config: Config) -> None:
    """A step of a segmentor, all of whose pixels are of class 0."""
    segmentor.train()
    size = tuple(config.model['data_preprocessor']['size'])
    batch = config.train_dataloader['batch_size']
    device = checked_device()
    truth = PixelData(data=torch.zeros(1, *size, dtype=torch.long,
                                       device=device))
    samples = [SegDataSample(gt_sem_seg=truth,
                             metainfo=dict(img_shape=size))] * batch
    losses = segmentor.loss(
        torch.zeros(batch, 3, *size, device=device), samples)
    sum(value for key, value in losses.items() if 'loss' in key).backward()


def pairs_step(network: nn.Module, config: Config) -> None:
    """A step of an affinity network, all of whose pixels are background."""
    crops = _crops(config)
    stride = next(step['stride'] for step in
                  config.train_dataloader.dataset.pipeline
                  if step['type'].endswith('MakeAffinityGrid'))
    height, width = (-(-side // stride) for side in crops.shape[2:])
    labels = PixelData(data=torch.full(
        (1, height, width), network.decode_head.background,
        dtype=torch.uint8))
    network.train()
    losses = network.loss(
        crops, [SegDataSample(gt_affinity=labels)] * len(crops))
    sum(losses.values()).backward()


def forward(network: nn.Module, config: Config) -> None:
    """A batch of crops, without gradients."""
    network.eval()
    with torch.no_grad():
        network.extract_feat(_crops(config))


def _crops(config: Config) -> torch.Tensor:
    """An empty batch of a training."""
    side = crop_side(config) or _CROP
    return torch.zeros(config.train_dataloader['batch_size'], 3, side, side,
                       device=checked_device())
