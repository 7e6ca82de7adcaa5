"""Large photos reach the networks of own images at the size of training."""
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmseg.registry import TRANSFORMS

from wsss_plugins.apis.read_config import read_config
from wsss_plugins.structures import ClassMaps

CONFIGS = Path(__file__).parents[1] / 'configs/own_images'
PHOTO = (768, 1024)
MOST = 512


def with_network():
    """Configs that run a network on images; words of CLIP tell their own."""
    found = {}
    for path in sorted(CONFIGS.glob('*.py')):
        if path.name.startswith('pipeline_') or path.name == 'words_cam.py':
            continue
        cfg = read_config(path)
        if cfg.get('model', {}).get('backbone'):
            found[path.stem] = cfg
    return found


NETWORKS = with_network()


def packed(value):
    """All inputs that a pipeline gives, one or several views."""
    inputs = value['inputs']
    return inputs if isinstance(inputs, (list, tuple)) else [inputs]


@pytest.fixture(scope='module')
def photo(tmp_path_factory):
    folder = tmp_path_factory.mktemp('photo')
    rng = np.random.default_rng(0)
    cv2.imwrite(str(folder / 'a.jpg'),
                rng.integers(0, 256, (*PHOTO, 3), dtype=np.uint8))
    ClassMaps(np.array([1]), rng.random((1, 24, 32), dtype=np.float32),
              PHOTO).save(folder / 'a.npz')
    return dict(
        img_path=str(folder / 'a.jpg'), cam_path=str(folder / 'a.npz'),
        seg_map_path=None, seg_fields=[], reduce_zero_label=False,
        gt_label=np.array([0]), num_foreground=2, sample_idx=0,
        sample_name='a')


def test_there_are_networks():
    assert {'cam', 'eps', 'irn', 'psa', 'sccam', 'segmentor',
            'wsgcn'} <= set(NETWORKS)


@pytest.mark.parametrize('name', sorted(NETWORKS))
def test_no_network_sees_a_photo_larger_than_in_training(name, photo):
    cfg = NETWORKS[name]
    # Networks that are tested in several views are tested so here.
    steps = cfg.get('tta_pipeline') or cfg.test_dataloader.dataset.pipeline
    with DefaultScope.overwrite_default_scope('mmseg'):
        results = dict(photo)
        for step in steps:
            results = TRANSFORMS.build(step)(results)
    sides = [max(one.shape[-2:]) for one in packed(results)]
    assert max(sides) <= MOST, sides


def test_segmentor_learns_and_predicts_at_the_same_sizes():
    cfg = NETWORKS['segmentor']
    resize = cfg.train_pipeline[2]
    least, most = (resize['scale'][0] * f for f in resize['ratio_range'])
    tested = [cfg.test_dataloader.dataset.pipeline[1]['scale'][0],
              *(step['scale'][0] for step in
                cfg.tta_pipeline[1]['transforms'][0])]
    assert least <= min(tested) and max(tested) <= 1.05 * most
