"""Golden facts of SC-CAM: schedule, network, data set."""
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope
from torch import Tensor, nn

from ..datasets import VOC12ImageLevelDataset
from ..ops.cluster.sub_labels import class_major_order
from ..registry import MODELS
from .checks import Check, compare, equal
from .configs import config_path

_CONFIG = 'sccam/sccam_resnet38_1xb16-81k_voc12-224.py'
_EPOCHS = 61
_ROUND_EPOCHS = (31, 41, 51)
_VOC_IMAGES = 10582


class _Layers(BaseModule):
    """A model with the names that the config groups parameters by."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Conv2d(1, 1, 1)
        self.decode_head = nn.Module()
        self.decode_head.parent = nn.Module()
        self.decode_head.parent.conv_seg = nn.Conv2d(1, 1, 1, bias=False)
        self.decode_head.conv_sub = nn.Conv2d(1, 1, 1, bias=False)


def _group(wrapper: OptimWrapper, parameter: nn.Parameter) -> dict:
    return next(group for group in wrapper.param_groups
                if any(p is parameter for p in group['params']))


def check_poly_lr(path: Path) -> Iterator[Check]:
    """``poly_lr*.npz``: rates, momentum and decay of the config."""
    data = np.load(path, allow_pickle=False)
    cfg = Config.fromfile(config_path(_CONFIG))
    horizon = int(data['max_step'])
    if horizon == cfg.epoch * _EPOCHS:
        yield equal('end of the schedule', cfg.param_scheduler[0].end,
                    horizon + 1)
    cfg.param_scheduler[0].end = horizon + 1
    model = _Layers()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    with DefaultScope.overwrite_default_scope('mmengine'):
        scheduler = PARAM_SCHEDULERS.build(
            cfg.param_scheduler[0], default_args=dict(optimizer=wrapper))
    head = model.decode_head
    groups = [_group(wrapper, p) for p in (
        model.backbone.weight, model.backbone.bias,
        head.parent.conv_seg.weight, head.conv_sub.weight)]
    # The last of the reference's groups, biases of the head, has none.
    golden = [data['group_lr_mult'][i] for i in (0, 1, 2, 2)]
    yield compare('group_lr_mult',
                  [g['lr'] / groups[0]['lr'] for g in groups], golden)
    for key in ('momentum', 'weight_decay'):
        yield compare(key, [g[key] for g in groups],
                      [data[key][i] for i in (0, 1, 2, 2)])
    wanted, rates = set(data['epoch_first_step'].tolist()), {}
    for step in range(horizon):
        last = groups[0]['lr']
        if step in wanted:
            rates[step] = last
        scheduler.step()
    yield compare('lr_base_at_epoch',
                  [rates[s] for s in data['epoch_first_step'].tolist()],
                  data['lr_base_at_epoch'], 1e-6, 1e-12)
    yield compare('lr_last', last, data['lr_last'], 1e-5, 1e-14)


def _network(num_sub: int) -> nn.Module:
    """The config's network without weights."""
    cfg = Config.fromfile(config_path(_CONFIG))
    cfg.model.backbone.init_cfg = None
    cfg.model.decode_head.num_sub = num_sub
    with torch.device('meta'), DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model)
    return model.train()


def _reference_name(name: str) -> str:
    return {
        'decode_head.parent.conv_seg.weight': 'fc8_20.weight',
        'decode_head.conv_sub.weight': 'fc8_200.weight',
        'decode_head.parent.dropout': 'dropout7'
    }.get(name, name.removeprefix('backbone.'))


def check_model_facts(path: Path) -> Iterator[Check]:
    """``model_facts*.json``: names, shapes, groups and initial weights."""
    facts = json.loads(path.read_text())
    shapes, groups = facts['shapes_K3'], facts['groups']
    num_fg = shapes['fc8_20.weight'][0]
    model = _network(shapes['fc8_200.weight'][0] // num_fg)
    state = {
        _reference_name(name): list(value.shape)
        for name, value in model.state_dict().items()
        if not name.startswith('decode_head.labels.')
    }
    yield equal('shapes', state, shapes)
    parameters = {
        _reference_name(n): p for n, p in model.named_parameters()}
    yield equal('n_params', sum(p.numel() for p in parameters.values()),
                groups['n_params'])
    yield equal('n_trainable',
                sum(p.numel() for p in parameters.values()
                    if p.requires_grad), groups['n_trainable'])
    head = {n: p for n, p in parameters.items() if n.startswith('fc8')}
    convs = {n: p for n, p in parameters.items() if p.ndim == 4
             and n not in head}
    yield equal('group2', sorted(head), sorted(groups['group2']))
    yield equal('counts', [len(convs), 0, len(head), 0], groups['counts'])
    yield equal('numel', [_numel(convs), 0, _numel(head), 0],
                groups['numel'])
    trained = [sum(p.requires_grad for p in part.values())
               for part in (convs, head)]
    yield equal('trainable_after_train', [trained[0], 0, trained[1], 0],
                groups['trainable_after_train'])
    yield equal('bn_eval',
                not any(m.training for m in model.modules()
                        if isinstance(m, nn.BatchNorm2d)), groups['bn_eval'])
    dropouts = {_reference_name(n): m.p for n, m in model.named_modules()
                if isinstance(m, nn.Dropout2d)}
    yield equal('dropouts', dropouts, groups['dropouts'])
    yield from _check_head(groups, num_fg)


def _numel(parameters: dict[str, Tensor]) -> int:
    return sum(p.numel() for p in parameters.values())


def _check_head(groups: dict, num_fg: int) -> Iterator[Check]:
    """Shapes and initial weights of the head at its usual size."""
    shapes = groups['head_shapes_K10']
    wide = shapes['fc8_200.weight']
    cfg = Config.fromfile(config_path(_CONFIG)).model.decode_head
    cfg.num_sub = wide[0] // num_fg
    cfg.parent.update(in_channels=wide[1], num_classes=num_fg + 1)
    with DefaultScope.overwrite_default_scope('mmseg'):
        head = MODELS.build(cfg)
    head.init_weights()
    for name, key, weight in (
            ('fc8_20.weight', 'parent', head.parent.conv_seg.weight),
            ('fc8_200.weight', 'sub', head.conv_sub.weight)):
        yield equal(f'{name} at its usual size', list(weight.shape),
                    shapes[name])
        bound = groups[f'xavier_bound_{key}']
        # The greatest of so many uniform numbers is close to the bound.
        yield compare(f'xavier_bound_{key}', weight.abs().max().item(),
                      bound, 1e-3)


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
    """Some table of tags with given sums of columns and rows, bool (N, C).

    Images with many tags first, each takes the classes that have most left.
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
