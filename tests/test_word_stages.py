"""Pipelines of words, proposals and BoxInst run, on one rank and on two."""
import random

import numpy as np
import pytest

from wsss_plugins.structures import ClassMaps, ImageLabels, read_mask
from wsss_plugins.testing.kills.campaign import Campaign
from wsss_plugins.testing.kills.ranks import compare_stages
from wsss_plugins.testing.kills.short_pipeline import tiny_pipelines
from wsss_plugins.testing.tools import run_tool


def test_two_ranks_write_the_bytes_of_one(tmp_path):
    campaign = Campaign(tiny_pipelines()['clip_es'], tmp_path,
                        random.Random(0), 'masks_clip')
    assert campaign.run_undisturbed()
    found = dict(compare_stages(campaign))
    assert list(found) == ['cam_clip', 'eval_clip', 'masks_clip']
    assert not any(found.values()), found
    labels = ImageLabels.load(tmp_path / 'data/image_labels.json')
    files = sorted((tmp_path / 'whole/cam_clip/files').glob('*.npz'))
    assert len(files) == 8
    for path in files:
        maps = ClassMaps.load(path)
        names = [labels.classes[i - 1] for i in maps.labels]
        assert sorted(names) == sorted(labels.images[path.stem])
        mask = read_mask(tmp_path / 'whole/masks_clip/files'
                         / f'{path.stem}.png')
        assert set(np.unique(mask)) <= {0, 255, *maps.labels}


def test_boxinst_learns_from_boxes(tmp_path):
    pytest.importorskip('mmcv._ext', reason='detectors need mmcv.ops')
    campaign = Campaign(tiny_pipelines()['boxinst'], tmp_path,
                        random.Random(0), 'det_boxinst')
    assert campaign.run_undisturbed()
    assert (tmp_path / 'whole/det_boxinst/found.segm.json').is_file()


@pytest.mark.parametrize('args, text', [
    (['none.pt'], 'error: none.pt: weights of CLIP not found; give '),
    (['random:0', '--words', 'nowhere'], 'nowhere: list of words not found'),
    (['open_clip:ViT-B-16/none'], 'error: '),
    (['transformers:/no/such/folder'], 'error: ')])
def test_mistakes_take_one_line(tmp_path, capsys, args, text):
    ImageLabels(('cat', 'dog'), {'a': ('cat', )}).save(tmp_path / 'l.json')
    source, *rest = args
    status = run_tool('tools/model_converters/clip.py', source,
                      tmp_path / 'l.json', tmp_path / 'out.pth', *rest)
    err = [line for line in capsys.readouterr().err.splitlines()
           if line.startswith('error')]
    assert status == 2 and len(err) == 1 and text in err[0]
    assert not (tmp_path / 'out.pth').exists()
