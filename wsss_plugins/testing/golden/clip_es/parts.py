"""Parts of CLIP-ES by themselves: boxes, positions, picture, texts, model."""
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from wsss_plugins.datasets.transforms import ResizeToPatches
from wsss_plugins.models.data_preprocessors import WSSSDataPreProcessor
from wsss_plugins.models.utils.text_features import tokens_of, word_features
from wsss_plugins.ops.attention.positions import resized_positions
from wsss_plugins.ops.cam.boxes import box_mask, component_boxes
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare, equal

from ._model import config_of, weights_of
from .pictures import boxes_agree


@checks('boxes*.npz')
def check_boxes(path: Path) -> Iterator[Check]:
    """``boxes.npz``: boxes of components and their masks."""
    data = load_arrays(path)
    for name in data['names'].tolist():
        cam = data[f'{name}/map']
        edge = np.array(cam.shape[::-1]) - 1
        for key in sorted(data):
            if not key.startswith(f'{name}/mask_'):
                continue
            threshold = float(key.rpartition('_')[2])
            yield compare(key, box_mask(cam, threshold, exclusive_edge=True),
                          data[key], 0, 0)
            boxes = component_boxes(cam, threshold)
            yield boxes_agree(f'{name}/boxes_{threshold}', boxes,
                              data[key.replace('/mask_', '/boxes_')], edge)


@checks('pos_embed*.npz')
def check_positions(path: Path) -> Iterator[Check]:
    """``pos_embed.npz``: positions on other grids, in half precision."""
    data = load_arrays(path)
    for key in sorted(data):
        found = re.fullmatch(r'(pos_g\d+)_(\d+)x(\d+)', key)
        if found:
            resized = resized_positions(
                torch.from_numpy(data[f'{found[1]}_in']),
                (int(found[2]), int(found[3])), half=True)
            yield compare(key, resized, data[key], 1e-3, 1e-7)


@checks('preprocess*.npz')
def check_preprocess(path: Path) -> Iterator[Check]:
    """``preprocess.npz``: resized to patches and normalized."""
    data = load_arrays(path)
    options = dict(config_of('voc').model.data_preprocessor)
    options.pop('type')
    preprocessor = WSSSDataPreProcessor(**options)
    for key in sorted(data):
        if not key.endswith('/in'):
            continue
        image = data[key]
        if image.ndim == 2:
            image = np.repeat(image[..., None], 3, axis=2)
        image = ResizeToPatches()(dict(img=image[..., ::-1]))['img']
        inputs = torch.from_numpy(image.transpose(2, 0, 1).copy())
        found = preprocessor(dict(inputs=[inputs]))['inputs'][0]
        name = key.removesuffix('/in')
        yield compare(name, found, data[f'{name}/out'], 0, 1e-5)


@checks('text_*.npz')
def check_texts(path: Path) -> Iterator[Check]:
    """``text_KIND.npz``: tokens and features of the words."""
    data = load_arrays(path)
    kind = path.stem.removeprefix('text_')
    weights = weights_of(path.with_name(f'model_{kind}.npz'))
    encoder = weights.text_encoder()
    for part in ('fg', 'bg'):
        prompts = data[f'prompts_{part}'].tolist()
        golden = data[f'tokens_{part}']
        yield compare(f'tokens_{part}',
                      tokens_of(prompts, golden.shape[1]), golden, 0, 0)
        yield compare(f'{part}_text_features',
                      word_features(encoder, [prompts]),
                      data[f'{part}_text_features'], 0, 1e-5)


@checks('model_*.npz')
def check_model(path: Path) -> Iterator[Check]:
    """``model_KIND.npz``: every weight is in one of our towers, as it was."""
    data = load_arrays(path)
    weights = weights_of(path)
    ours = {**weights.vision, **{f't.{k}': v for k, v in weights.text.items()}}
    sums = sorted(float(v.double().abs().sum()) for v in ours.values())
    golden = sorted(float(np.abs(v.astype(np.float64)).sum())
                    for v in data.values())
    yield equal('number of weights', len(ours), len(data))
    yield compare('sums of weights', sums, golden, 1e-9, 0)
