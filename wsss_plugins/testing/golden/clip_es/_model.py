"""The config's network with a file's weights, in the reference's ways."""
from functools import cache
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from wsss_plugins.models.converters.clip import CLIPWeights, convert_clip
from wsss_plugins.registry import MODELS
from wsss_plugins.testing.arrays import load_arrays, load_tensors
from wsss_plugins.testing.configs import config_path


def kind_of(path: Path) -> str:
    """What a picture's file begins with: a data set."""
    return path.stem.partition('_')[0]


def config_of(kind: str) -> Config:
    """The config for a kind of files."""
    name = 'coco14' if 'coco' in kind else 'voc12'
    return Config.fromfile(
        config_path(f'clip_es/clip-es_vit-b16_{name}.py'))


def companion(path: Path, what: str) -> Path:
    """The model or texts of a picture's kind, in the same folder."""
    return path.with_name(f'{what}_{kind_of(path)}.npz')


@cache
def weights_of(path: Path) -> CLIPWeights:
    """Both towers of a model file."""
    return convert_clip(load_tensors(path), str(path))


def network(picture: Path) -> nn.Module:
    """The network for a picture, with the words of its kind."""
    weights = weights_of(companion(picture, 'model'))
    texts = load_arrays(companion(picture, 'text'))
    features = torch.from_numpy(texts['fg_text_features'])
    cfg = config_of(kind_of(picture))
    cfg.model.backbone.update(weights.vision_sizes)
    cfg.model.decode_head.update(
        num_classes=len(features) + 1, embed_dims=features.shape[1])
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(dict(cfg.model, parity=True))
    model.backbone.load_state_dict(weights.vision)
    model.decode_head.text_features = features
    model.decode_head.background_features = torch.from_numpy(
        texts['bg_text_features'])
    model.decode_head.logit_scale = weights.text['logit_scale']
    return model.eval()
