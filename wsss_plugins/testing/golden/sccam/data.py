"""SC-CAM's bookkeeping of images and labels."""
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor

from wsss_plugins.datasets import VOC12ImageLevelDataset
from wsss_plugins.ops.cluster.sub_labels import class_major_order
from wsss_plugins.testing.checks import Check, checks, equal
from wsss_plugins.testing.configs import config_path

_CONFIG = 'sccam/sccam_resnet38_1xb16-81k_voc12-224.py'
_ROUND_EPOCHS = (31, 41, 51)
_VOC_IMAGES = 10582


@checks('data_facts*.json')
def check_data_facts(path: Path) -> Iterator[Check]:
    """``data_facts*.json``: bookkeeping at the data set's real size.

    A made-up data set with the counts of the file goes through the package's
    numbering; the schedule of the config is that of the real one.
    """
    facts = json.loads(path.read_text())
    cfg = Config.fromfile(config_path(_CONFIG))
    epoch = facts['train_aug']['images'] // cfg.train_dataloader.batch_size
    ends = np.cumsum(_ROUND_EPOCHS) * epoch
    if facts['train_aug']['images'] == _VOC_IMAGES:
        yield equal('rounds of the config', list(cfg.begins),
                    [0, *ends[:-1].tolist()])
        yield equal('iterations of the config', cfg.max_iters, int(ends[-1]))
    names = VOC12ImageLevelDataset.METAINFO['classes'][1:]
    for split, fact in facts.items():
        if not isinstance(fact, dict):
            continue
        if set(fact['per_class']) == set(names):
            yield equal(f'{split}: classes in order',
                        list(fact['per_class']), list(names))
        present = _realized(list(fact['per_class'].values()),
                            fact['labels_per_image_hist'])
        yield equal(f'{split}: images of each class',
                    present.sum(dim=0).tolist(),
                    list(fact['per_class'].values()))
        labels = Counter(present.sum(dim=1).tolist())
        yield equal(f'{split}: labels of an image',
                    {str(k): v for k, v in sorted(labels.items())},
                    fact['labels_per_image_hist'])
        yield equal(f'{split}: rows of label files',
                    len(class_major_order(present)), fact['images'])
        yield equal(f'{split}: pairs', int(present.sum()), fact['labels'])


def _realized(per_class: list[int], per_image: dict[str, int]) -> Tensor:
    """Some image-level labels with given sums, of columns and rows.

    Images with many labels first, each takes the classes that have most
    left.

    Returns:
        Tensor: bool (N, C).
    """
    left = np.array(per_class)
    sizes = sorted((int(k) for k, v in per_image.items() for _ in range(v)),
                   reverse=True)
    present = torch.zeros((len(sizes), len(left)), dtype=torch.bool)
    for row, size in enumerate(sizes):
        chosen = np.argsort(-left, kind='stable')[:size]
        left[chosen] -= 1
        present[row, chosen] = True
    return present
