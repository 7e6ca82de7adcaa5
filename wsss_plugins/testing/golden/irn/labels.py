"""IRNet's training labels from CAMs."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wsss_plugins.datasets.transforms import MakeIRLabel
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare


@checks('cam_to_ir_label*.npz')
def check_ir_label(path: Path) -> Iterator[Check]:
    """``cam_to_ir_label.npz``: CAMs to the label through CRFs."""
    data = load_arrays(path)
    make, maps = MakeIRLabel(), data['cam_high_res']
    names = np.append(0, data['keys0'] + 1)
    names = np.append(names, np.full(256 - len(names), 255))
    masks = make.masks(maps)
    refined = make.crf(data['img'], make.scores(maps)).argmax(axis=1)
    for number, kind in enumerate(('fg', 'bg')):
        yield compare(f'pre_crf_{kind}', masks[number],
                      data[f'pre_crf_{kind}'], 0, 0)
        yield compare(f'{kind}_conf', names[refined[number]],
                      data[f'{kind}_conf'], 0, 0)
    yield compare('ir_label', names[make.local_labels(data['img'], maps)],
                  data['ir_label'], 0, 0)
