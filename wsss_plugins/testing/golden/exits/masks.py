"""MAL's pseudo masks."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wsss_plugins.evaluation.object_masks import object_mask
from wsss_plugins.structures import encode_mask
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal

from ._generator import GivenNetwork, given_generator, object_samples

_EXACT = dict(rtol=0, atol=0)


@checks('mal_pseudo_label*.npz')
def check_pseudo_label(path: Path) -> Iterator[Check]:
    """``mal_pseudo_label.npz``: logits to masks in the image and codes."""
    data = load_tensors(path)
    codes = np.load(path, allow_pickle=False)
    boxes, logits = data['boxmask'][:, 0], data['logits'][:, 0]
    size = int(data['height']), int(data['width'])
    count = len(boxes)
    images = boxes.new_zeros(count, 3, *boxes.shape[1:])
    images[..., 0] = 1
    network = GivenNetwork(logits, data['logits_on_flipped'][:, 0])
    for kind in ('plain', 'flip'):
        samples = object_samples(
            boxes, ori_shape=[size] * count,
            ext_box=[tuple(ext) for ext in data['ext'].tolist()])
        generator = given_generator(network, flip_test=kind == 'flip')
        generator.predict(dict(teacher=images), samples)
        masks = [object_mask(sample, float(data['mask_thres']))
                 for sample in (s.to_dict() for s in samples)]
        yield compare(f'mask_{kind}', np.stack(masks), data[f'mask_{kind}'],
                      **_EXACT)
        found = [encode_mask(mask)['counts'] for mask in masks]
        yield equal(f'rle_{kind}', found, codes[f'rle_{kind}'].tolist())
