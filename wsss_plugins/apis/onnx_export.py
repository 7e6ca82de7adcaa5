"""A trained segmentor as an ONNX file, checked against PyTorch."""
import inspect
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmseg.structures import SegDataSample
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from ..structures import UserError, atomic_path, write_json
from .segmentor import Segmentor

OPSET = 17
_INPUT, _OUTPUT = 'image', 'probabilities'
_SIDES = ((96, 128), (128, 96), (160, 160))
# Of float32, between two implementations of the same sums.
_TOLERANCE = 1e-3
_LEAST_EQUAL = .999
_LOADS, _PACKS = 'LoadImageFromFile', 'PackSegInputs'


@dataclass(frozen=True)
class OnnxCheck:
    """How well an ONNX file agrees with its segmentor.

    Attributes:
        images (int): Images that both were run on.
        difference (float): Greatest one of any probability.
        equal (float): Least share of pixels of one class, of an image.
    """
    images: int
    difference: float
    equal: float


class _WholeImage(nn.Module):
    """Colors in, probabilities of the same size out."""

    def __init__(self, segmentor: Segmentor, as_probs: bool) -> None:
        super().__init__()
        self.model = segmentor.model
        self.as_probs = as_probs
        weight, bias = _color_map(segmentor.model.data_preprocessor)
        self.register_buffer('weight', weight)
        self.register_buffer('bias', bias)

    def forward(self, image: Tensor) -> Tensor:
        """Probabilities (N, C, H, W) of RGB in 0..255, float (N, 3, H, W)."""
        inputs = F.conv2d(image, self.weight, self.bias)
        size = tuple(inputs.shape[2:])
        metas = [dict(img_shape=size, ori_shape=size, pad_shape=size)]
        logits = self.model.encode_decode(inputs, metas)
        if tuple(logits.shape[2:]) != size:
            logits = F.interpolate(logits, size, mode='bilinear',
                                   align_corners=self.model.align_corners)
        if logits.shape[1] == 1:
            object_ = logits.sigmoid()
            return torch.cat([1 - object_, object_], dim=1)
        return logits if self.as_probs else logits.softmax(dim=1)


def _color_map(preprocessor: nn.Module) -> tuple[Tensor, Tensor]:
    """What a preprocessor makes of RGB, as a convolution of one pixel."""
    colors = torch.cat([torch.zeros(1, 3), 255 * torch.eye(3)])
    found = []
    for color in colors.flip(1):  # pipelines hand BGR on
        image = color.view(3, 1, 1).expand(3, 32, 32).contiguous()
        data = dict(inputs=[image], data_samples=[SegDataSample(
            metainfo=dict(img_shape=(32, 32), ori_shape=(32, 32)))])
        inputs = preprocessor(data, training=False)['inputs'].cpu()
        if inputs.shape[2:] != image.shape[1:]:
            raise UserError('the segmentor pads its images, which ONNX of '
                            'any size cannot do; train it without')
        found.append(inputs[0, :, 16, 16])
    black, *unit = found
    weight = torch.stack([(one - black) / 255 for one in unit], dim=1)
    return weight.view(3, 3, 1, 1), black


def export_onnx(segmentor: Segmentor,
                target: str | os.PathLike,
                size: Sequence[int] | None = None,
                images: Sequence[np.ndarray] = ()) -> OnnxCheck:
    """Write an ONNX file of a segmentor, and check it.

    Input ``image`` is RGB in 0..255, float32 (N, 3, H, W): colors are scaled
    inside. Output ``probabilities`` is float32 (N, C, H, W); the class is the
    largest one. Names and colors of classes lie beside it, as ``.json``, with
    ``max_side``, which larger images are to be scaled down to, and ``side``,
    which the longer side of any image is to be scaled to, or null.

    Args:
        segmentor (Segmentor): What to write; on the CPU.
        target (str | PathLike): ``NAME.onnx``.
        size (Sequence[int], optional): Height and width, if they are to be
            fixed. Defaults to any.
        images (Sequence[np.ndarray]): RGB, uint8 (H, W, 3), three or more to
            check it on. Defaults to noise.

    Returns:
        OnnxCheck: How well it agrees.

    Raises:
        UserError: If a package is missing, the segmentor's parts have no
            ONNX, or the file disagrees.
    """
    target = Path(target)
    if target.suffix != '.onnx':
        raise UserError(f'{target}: name a .onnx file')
    _need_packages()
    mode = (segmentor.model.test_cfg or {}).get('mode', 'whole')
    if mode != 'whole':
        raise UserError(f'the segmentor is tested in windows ({mode}), which '
                        'one ONNX graph cannot do; only mode=whole can be '
                        'exported')
    side = _tested_side(segmentor.cfg.test_pipeline)
    samples = _samples(images, size)
    module = _WholeImage(segmentor, _gives_probs(segmentor)).eval()
    with atomic_path(target) as temporary:
        _write(module, temporary, _tensor(samples[0]), size)
        check = _compare(segmentor, temporary, samples)
        if check.difference > _TOLERANCE or check.equal < _LEAST_EQUAL:
            raise UserError(
                f'{target}: ONNX Runtime and PyTorch disagree (probabilities '
                f'by up to {check.difference:.2g}, {check.equal:.2%} of the '
                'pixels are equal), so it was not written')
    write_json(target.with_suffix('.json'), dict(
        classes=list(segmentor.classes), palette=segmentor.palette,
        max_side=side or segmentor.max_side, side=side), indent=1,
        ensure_ascii=False)
    return check


def _need_packages() -> None:
    try:
        import onnx  # noqa: F401 (torch writes with it)
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise UserError('format onnx needs onnx and onnxruntime; run "pip '
                        f'install onnx onnxruntime" ({error})') from None


def _tested_side(steps: Sequence[dict]) -> int | None:
    """Longer side that a test pipeline scales images to, if it does."""
    between = [step for step in steps if step['type'] not in (_LOADS, _PACKS)]
    sides = [_side_of(step) for step in between]
    if len(between) > 1 or None in sides:
        raise UserError(
            f'the test pipeline of the segmentor has {between[0]["type"]}, '
            'which ONNX has not; only images at their own size, or scaled to '
            'one longer side, can be exported')
    return sides[0] if sides else None


def _side_of(step: dict) -> int | None:
    scale = step.get('scale') or ()
    square = step['type'] == 'Resize' and step.get('keep_ratio') and len(
        set(scale)) == 1
    return int(scale[0]) if square else None


def _samples(images: Sequence[np.ndarray],
             size: Sequence[int] | None) -> list[np.ndarray]:
    """Images to write and check with, of the size if it is fixed."""
    if not len(images):
        rng = np.random.default_rng(0)
        images = [rng.integers(0, 256, (*side, 3), dtype=np.uint8)
                  for side in _SIDES]
    if size is None:
        return list(images)
    return [np.asarray(Image.fromarray(one).resize(tuple(size)[::-1]))
            for one in images]


def _tensor(image: np.ndarray) -> Tensor:
    """RGB as the ONNX file takes it, float (1, 3, H, W)."""
    return torch.from_numpy(
        np.ascontiguousarray(image.transpose(2, 0, 1)))[None].float()


@torch.no_grad()
def _gives_probs(segmentor: Segmentor) -> bool:
    """Whether the head gives probabilities rather than logits."""
    model = segmentor.model
    inputs = torch.linspace(-1, 1, 3 * 64 * 64).view(1, 3, 64, 64)
    size = 64, 64
    logits = model.encode_decode(inputs.to(next(model.parameters()).device), [
        dict(img_shape=size, ori_shape=size, pad_shape=size)])
    sums = logits.sum(dim=1)
    return bool(logits.shape[1] > 1 and logits.min() >= 0
                and ((sums - 1).abs() < 1e-3).all())


def _write(module: nn.Module, path: Path, sample: Tensor,
           size: Sequence[int] | None) -> None:
    axes = {0: 'n', 2: 'height', 3: 'width'}
    dynamic = None if size else {_INPUT: axes, _OUTPUT: dict(axes)}
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            torch.onnx.export(
                module, (sample, ), str(path), input_names=[_INPUT],
                output_names=[_OUTPUT], dynamic_axes=dynamic,
                opset_version=OPSET, **_by_tracing())
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as error:
        reason = ' '.join(str(error).split())[:200]
        raise UserError(f'the segmentor cannot be written as ONNX ({reason}); '
                        'use another backbone or head') from None


def _by_tracing() -> dict[str, bool]:
    """Options of the exporter that needs no onnxscript.

    Early torch, such as 2.1, has no other one to choose.
    """
    known = inspect.signature(torch.onnx.export).parameters
    return dict(dynamo=False) if 'dynamo' in known else {}


def _compare(segmentor: Segmentor, path: Path,
             samples: Sequence[np.ndarray]) -> OnnxCheck:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(path), providers=['CPUExecutionProvider'])
    differences, equal = [], []
    for sample in samples:
        ours = segmentor.probabilities(sample, as_is=True)
        theirs = session.run([_OUTPUT], {
            _INPUT: _tensor(sample).numpy()})[0][0]
        differences.append(float(np.abs(ours - theirs).max()))
        # Where two classes are as likely, either is right.
        chosen = np.take_along_axis(ours, theirs.argmax(0)[None], 0)[0]
        equal.append(float((ours.max(0) - chosen <= _TOLERANCE).mean()))
    return OnnxCheck(len(samples), max(differences), min(equal))
