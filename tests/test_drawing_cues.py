"""Columns of cues and gradient saliency, alone and in a report."""
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from PIL import Image

from wsss_plugins.evaluation import CueMetric
from wsss_plugins.pipelines.checks import check_report
from wsss_plugins.pipelines.stages.cues import cue_report
from wsss_plugins.registry import REPORT_RESULTS
from wsss_plugins.reports.columns.base import Sample
from wsss_plugins.reports.columns.cues import CueColumn, overlay_cues
from wsss_plugins.reports.columns.gradient import GradientColumn
from wsss_plugins.reports.drawing.overlays import heat_colors
from wsss_plugins.reports.sections.cues import CueSection
from wsss_plugins.reports.sections.samples import SampleGrid, SampleGroup
from wsss_plugins.structures import Cues, GradientMap, UserError, voc_palette

CLASSES = ('background', 'cat', 'dog')
PALETTE = np.array(voc_palette(256), dtype=np.uint8)


def draw(kind, path, image=None, classes=CLASSES):
    panel, = kind('t', str(path)).panels(Sample('a', classes, image=image))
    return panel.image, panel.chips


def test_where_no_cue_is_the_image_shows():
    image = np.zeros((4, 4, 3), np.uint8)
    image[..., 0] = 240
    labels = np.array([[0, 255], [1, 255]], np.uint8)
    drawn = overlay_cues(image, labels, PALETTE).astype(int)
    none, background, cat = drawn[3, 3], drawn[0, 0], drawn[3, 0]
    assert none.tolist() == [138] * 3  # gray of the image, lightened
    assert background.tolist() == [72, 0, 0]  # black over the image
    assert cat.tolist() == [round(.3 * 240 + .7 * 128), 0, 0]
    assert (drawn[1, 0] == 255).all()  # an outline between two cues


@pytest.mark.parametrize('suffix', ['png', 'npz'])
def test_both_kinds_of_files(tmp_path, suffix):
    labels = np.array([[0, 1], [1, 255]], np.uint8)
    path = tmp_path / f'a.{suffix}'
    Cues.from_index_map(labels, 3).save(path, voc_palette(3))
    drawn, chips = draw(CueColumn, path)
    assert drawn.shape == (256, 256, 3)
    assert chips == [('background', (0, 0, 0)), ('cat', (128, 0, 0))]


def test_of_overlapping_cues_the_smaller_is_seen(tmp_path):
    masks = np.zeros((3, 2, 2), bool)
    masks[1] = True
    masks[2, 0, 0] = True
    Cues(masks).save(tmp_path / 'a.npz')
    image = np.full((20, 20, 3), 100, np.uint8)
    drawn, chips = draw(CueColumn, tmp_path / 'a.npz', image)
    assert drawn[5, 5].tolist() == [30, round(30 + .7 * 128), 30]
    assert drawn[15, 15].tolist() == [round(30 + .7 * 128), 30, 30]
    assert [name for name, _ in chips] == ['cat', 'dog']
    with pytest.raises(UserError, match='set its labels'):
        draw(CueColumn, tmp_path / 'a.npz', image, ())


def test_gradients_are_drawn_by_rank(tmp_path):
    values = np.array([[1e-9, 1.], [2e-9, 1e3]])
    GradientMap(values, (2, 2)).save(tmp_path / 'a.npz')
    image = np.zeros((2, 2, 3), np.uint8)
    drawn = draw(GradientColumn, tmp_path / 'a.npz', image)[0].astype(int)
    ranks = np.array([[0, 2 / 3], [1 / 3, 1]])
    heat = heat_colors()[np.round(ranks * 255).astype(int)]
    wanted = np.round(heat * (.3 + .5 * ranks)[..., None])
    assert np.abs(drawn - wanted).max() <= 1


def test_a_report_shows_both(tmp_path):
    Image.new('RGB', (8, 8), (90, 90, 90)).save(tmp_path / 'a.jpg')
    labels = np.array([[0, 1], [255, 255]], np.uint8)
    Cues.from_index_map(labels, 3).save(tmp_path / 'a.png', voc_palette(3))
    GradientMap(np.eye(2), (8, 8)).save(tmp_path / 'a.npz')
    columns = [
        dict(title=kind, kind=kind, path=f'{tmp_path}/{{name}}.{suffix}')
        for kind, suffix in (('image', 'jpg'), ('cues', 'png'),
                             ('gradient', 'npz'))
    ]
    group = dict(title='x', names=['a', 'b'], columns=columns)
    grid = SampleGrid(SampleGroup(**group))
    page = grid.html(CLASSES)
    assert page.count('<img') == 3 and page.count('missing') == 3
    assert len(grid.missing) == 3 and grid.num_cells == 6
    assert 'background</span>' in page and 'cat</span>' in page
    check_report('p.py', dict(samples=group), [])
    with pytest.raises(UserError, match='column of kind image before it'):
        check_report('p.py', dict(samples=dict(group, columns=columns[1:])),
                     [])


def test_a_report_reads_what_the_metric_writes(tmp_path):
    metric = CueMetric(out_file=str(tmp_path / 'cues.json'))
    metric.dataset_meta = dict(classes=CLASSES)
    cues = np.zeros((3, 1, 4), np.uint8)
    cues[0, 0, :2] = cues[1, 0, 2] = 1
    mask = np.array([[0, 1, 1, 255]])
    sample = SegDataSample(metainfo=dict(img_path='a.jpg', ori_shape=(1, 4)))
    sample.set_data(dict(
        pred_cues=PixelData(data=torch.from_numpy(cues)),
        gt_sem_seg=PixelData(data=torch.from_numpy(mask)[None])))
    metric.process({}, [sample.to_dict()])
    metric.evaluate(1)
    data = json.loads((tmp_path / 'cues.json').read_text())
    kind = REPORT_RESULTS.get(data['kind'])
    page = SimpleNamespace(of=lambda wanted: [('eval', kind.read(data))]
                           if issubclass(kind, wanted) else [])
    text = CueSection().html(page)
    rows = re.findall(r'<th scope="row">(\w+)</th><td class="num">(.*?)</td>'
                      r'<td class="num">(.*?)</td>', text)
    # Of two background cues one is right; of two cat pixels one has its cue.
    assert rows == [('background', '50.0', '100.0'), ('cat', '100.0', '50.0'),
                    ('dog', '–', '–'), ('mean', '75.0', '75.0')]
    assert CueSection().html(SimpleNamespace(of=lambda wanted: [])) == ''


@pytest.mark.parametrize('cams', ['fg', None])
def test_report_of_sec(cams):
    report = cue_report(['sec', 'gap'], cams)
    stages = ['eval_cues', *(f'{kind}_{name}' for kind in ('seg', 'seg_tta')
                             for name in ('sec', 'gap'))]
    check_report('p.py', report, stages)
    kinds = [c['kind'] for c in report['samples'][0]['columns']]
    assert ('gradient' in kinds) == (cams is not None)
