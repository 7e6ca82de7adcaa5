"""The report, its parts and images, on a fabricated work dir."""
import base64
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.pipelines.state import PipelineState
from wsss_plugins.reports.charts import Curve, line_chart, nice_ticks
from wsss_plugins.reports.drawing.images import image_grid, with_chips
from wsss_plugins.reports.drawing.overlays import (
    heat_colors,
    outline,
    overlay_map,
    overlay_mask,
    read_palette_mask,
)
from wsss_plugins.reports.report import pipeline_summary, write_report
from wsss_plugins.reports.sections.metrics import MetricsSection
from wsss_plugins.reports.sections.samples import SampleSection, spread
from wsss_plugins.reports.sections.training import read_losses
from wsss_plugins.reports.tables import number, percent, table
from wsss_plugins.structures import (
    ClassMaps,
    voc_palette,
    write_json,
    write_mask,
)

PIPELINE = '''
title = 'A <b>bold</b> & "quoted" title'
data_root = 'voc'
work_dir = 'work'
stages = [
    dict(name='fit', kind='train', config='net.py'),
    dict(name='cam', kind='test', config='net.py', checkpoint='{fit}'),
    dict(name='other', kind='test', config='net.py'),
    dict(name='late', kind='test', config='net.py'),
]
report = dict(
    labels='{data_root}/image_labels.json',
    metrics=[dict(row='mIoU, %', column='CAM', stage='cam',
                  metric='cam/miou', percent=True),
             dict(row='mIoU, %', column='Other', stage='other',
                  metric='cam/miou', percent=True),
             dict(row='speed', column='CAM', stage='cam', metric='nope'),
             dict(title='One: number', stage='cam', metric='cam/miou')],
    samples=[dict(
        title='Train <samples>',
        names='{data_root}/train.txt',
        num=3,
        columns=[
            dict(title='image', kind='image',
                 path='{data_root}/JPEGImages/{name}.jpg'),
            dict(title='saliency', kind='gray',
                 path='{data_root}/saliency/{name}.png'),
            dict(title='CAM', kind='cam', path='{cam}/files/{name}.npz'),
            dict(title='ground truth', kind='mask',
                 path='{data_root}/SegmentationClass/{name}.png')])])
'''


class Page(HTMLParser):
    """Tags in balance, headings, texts and sources of a page."""
    VOID = {'meta', 'img', 'br', 'line', 'polyline', 'circle'}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.sources = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [v for k, v in attrs if k in ('src', 'href')]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def pipeline(voc_tree, tmp_path, monkeypatch):
    """Two evaluated stages, a training that was resumed, one not done."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'tools').mkdir()
    (tmp_path / 'tools/train.py').write_text('')
    (tmp_path / 'net.py').write_text('randomness = dict(seed=4321)\n')
    (tmp_path / 'pipeline.py').write_text(PIPELINE)
    pipeline = Pipeline('pipeline.py')
    state = PipelineState(pipeline)
    for stage in pipeline.stages[:3]:
        stage.folder.mkdir(parents=True)
        state.finish(stage, f'python run {stage.name} "<x>"', 75)
    for shift, name in enumerate(('cam', 'other')):
        evaluated(pipeline.work_dir / name, .5 + .1 * shift)
    cams = pipeline.work_dir / 'cam/files'
    for i in range(4):
        with Image.open(voc_tree / f'JPEGImages/pic_{i}.jpg') as image:
            size = image.size[::-1]
        ClassMaps([1, 2], np.random.default_rng(i).random((2, 5, 7)),
                  size).save(cams / f'pic_{i}.npz')
    write_scalars(pipeline.work_dir / 'fit/20260101_1', [
        dict(loss=3., lr=.1, step=1), dict(loss=2., loss_b=1., step=2),
        dict(loss=9., step=3)], '{"loss": 1')
    write_scalars(pipeline.work_dir / 'fit/20260101_2', [
        dict(loss=1.5, step=3), dict(loss=float('nan'), step=4),
        {'mIoU': 3., 'step': 4}])
    return pipeline


def evaluated(folder, miou):
    per_class = {
        name: dict(iou=value, precision=.7, recall=None)
        for name, value in (('background', miou + .2), ('cat', miou - .2),
                            ('<dog>', None))}
    write_json(folder / 'metrics.json', {'cam/miou': miou, 'x': float('nan')})
    write_json(folder / 'sweep.json', dict(
        kind='sweep', thresholds=[.1, .2, .3], miou=[.1, miou, .2],
        precision=[.2, .3, .4], recall=[.4, .3, .2],
        best=dict(threshold=.2, miou=miou, per_class=per_class)))
    write_json(folder / 'sub/masks.json', dict(
        kind='masks', miou=miou, per_class=per_class, confusion_ratio=[
            {'of': 'water', 'as': 'boat', 'ratio': .345, 'iou': None}]))
    (folder / 'log.json').write_text('{"a": 1}\n{"b": 2}\n')


def write_scalars(folder, entries, rest=''):
    path = folder / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, entries)) + '\n' + rest)


def read(pipeline):
    text = write_report(pipeline).read_text()
    return text, Page(text)


def test_coverage_chart(pipeline):
    """Recall to the right, precision upwards, a point for each threshold."""
    text, _ = read(pipeline)
    chart = text[text.index('<h3>Precision by coverage'):]
    points = re.search(r'polyline class="curve" points="([^"]+)"', chart)[1]
    xs, ys = zip(*(map(float, p.split(',')) for p in points.split()))
    # Recall 40, 30, 20; precision 20, 30, 40: left and up (y points down).
    assert xs[0] > xs[1] > xs[2] and ys[0] > ys[1] > ys[2]
    assert xs[0] - xs[1] == pytest.approx(xs[1] - xs[2], abs=.2)
    assert 'precision, % against recall, %' in chart


def test_sections_and_texts(pipeline):
    text, page = read(pipeline)
    found = re.findall(r'<h2[^>]*>([^<]+)</h2>', text)
    assert found == ['Results', 'Confusion ratios', 'Samples',
                     'Background threshold', 'Classes', 'Training',
                     'Commands', 'Provenance']
    words = ' '.join(page.texts)
    for expected in ('3 of 4 stages done', '3 min 45 s in all',
                     'Not done yet: late.', 'water taken for boat', '0.345',
                     'python run fit "<x>"', '4321', 'not run yet',
                     'Stage cam has no metric nope; it has cam/miou, x.',
                     'background threshold', '<dog>', 'wsss_plugins'):
        assert expected in words, expected
    state = PipelineState(pipeline)
    assert state.fingerprint(pipeline.stages[0]) in words


def test_escapes(pipeline):
    text, page = read(pipeline)
    assert 'A <b>bold</b> & "quoted" title' in page.texts
    assert 'b' not in page.tags[:page.tags.index('h2')]
    assert 'Train <samples>' in page.texts
    assert '<samples>' not in text and '<dog>' not in text


def test_needs_nothing_from_outside(pipeline):
    text, page = read(pipeline)
    assert not {'script', 'link', 'iframe'} & set(page.tags)
    assert 'http' not in text and 'url(' not in text
    assert all(s.startswith(('#', 'data:image/jpeg;base64,'))
               for s in page.sources)
    images = [s for s in page.sources if s.startswith('data:')]
    assert len(images) == 3 * 5  # two CAMs of each image
    for source in images:
        data = base64.b64decode(source.split(',')[1])
        assert max(Image.open(io.BytesIO(data)).size) == 256


def test_headline_table(pipeline):
    text, _ = read(pipeline)
    row = re.search(r'<th scope="row">mIoU, %</th>.*?</tr>', text)[0]
    cells = re.findall(r'class="num">([\d.]+)<.*?width:([\d.]+)%', row)
    assert cells == [('50.0', '83.3'), ('60.0', '100.0')]
    # One value has nothing to be compared with.
    row = re.search(r'<th scope="row">speed</th>.*?</tr>', text)[0]
    assert 'bar' not in row
    heads = re.findall(r'<table class="results"><thead>(.*?)</thead>', text)
    assert [re.findall(r'>(\w+)</th>', head) for head in heads] == [
        ['CAM', 'Other'], ['value']]
    assert ('<th scope="row">One: number</th><td class="num">0.500<'
            in text)  # a title is taken as it is


def test_class_table(pipeline):
    text, _ = read(pipeline)
    start = text.index('<h3>IoU, %</h3>')
    body = text[start:text.index('</table>', start)]
    rows = {
        name: re.findall(r'<td[^>]*>([^<]*)</td>', cells)
        for name, cells in re.findall(
            r'<th scope="row">(.*?)</th>(.*?)</tr>', body)}
    # Sweep and masks of both stages; a class without pixels has no share.
    assert rows == {
        'background': ['70.0', '70.0', '80.0', '80.0'],
        'cat': ['30.0', '30.0', '40.0', '40.0'],
        '&lt;dog&gt;': ['–'] * 4, 'mean': ['50.0', '50.0', '60.0', '60.0']}
    assert '>Recall, %<' not in text[start:]  # never defined here


def test_missing_images_are_counted(pipeline, voc_tree):
    (voc_tree / 'JPEGImages/pic_0.jpg').unlink()
    (voc_tree / 'saliency/pic_0.png').write_bytes(b'no png')
    (pipeline.work_dir / 'cam/files/pic_1.npz').unlink()
    (voc_tree / 'SegmentationClass/pic_2.png').write_bytes(b'\x89PNG')
    text, page = read(pipeline)
    words = ' '.join(page.texts)
    assert '4 of 12 images are missing' in words
    gone = re.findall(r'<p class="gone">(\w+)</p>', text)
    assert sorted(gone) == ['damaged', 'damaged', 'missing', 'missing']
    assert f'{pipeline.work_dir}/cam/files/pic_1.npz' in words
    (voc_tree / 'train.txt').unlink()
    assert '1 of 1 images are missing' in ' '.join(read(pipeline)[1].texts)


def test_class_names(pipeline, voc_tree):
    assert {'cat', 'dog'} <= set(read(pipeline)[1].texts)
    (voc_tree / 'image_labels.json').unlink()
    words = ' '.join(read(pipeline)[1].texts)
    assert 'image_labels.json is missing' in words and 'class 1' in words
    pipeline.cfg.classes = ['background', 'lynx', 'wolf']
    assert {'lynx', 'wolf'} <= set(read(pipeline)[1].texts)


def test_report_before_anything_ran(pipeline):
    pipeline.work_dir = pipeline.work_dir / 'empty'
    for stage in pipeline.stages:
        stage.folder = pipeline.work_dir / stage.name
    words = ' '.join(read(pipeline)[1].texts)
    assert '0 of 4 stages done' in words


@pytest.mark.parametrize('name, text', [
    ('cam/metrics.json', '{'),
    ('cam/metrics.json', '[1]'),
    ('cam/done.json', '{"run'),
    ('cam/done.json', '{"seconds": "x", "command": 7, "facts": []}'),
    ('fit/20260101_2/vis_data/scalars.json', '[1]\n{"step": []}\n\xff'),
    ('cam/sweep.json', '{"kind": "sweep", "thresholds": [[]], "miou": {}}'),
    ('cam/sub/masks.json', '{"kind": "masks", "per_class": {"a": {}},'
     '"confusion_ratio": [3]}'),
])
def test_damaged_files_cost_their_place(pipeline, caplog, name, text):
    """A page of hours of work is written whatever one file holds."""
    path = pipeline.work_dir / name
    assert path.is_file()
    path.write_text(text)
    words = ' '.join(read(pipeline)[1].texts)
    assert 'Train <samples>' in words
    pipeline_summary(pipeline, path, 1.)


def test_a_section_that_fails_costs_its_place(pipeline, caplog, monkeypatch):
    def fail(self, page):
        raise KeyError('iou')

    monkeypatch.setattr(SampleSection, 'html', fail)
    words = ' '.join(read(pipeline)[1].texts)
    assert 'Samples cannot be shown' in words and 'mIoU, %' in words
    assert 'Samples cannot be shown' in caplog.text


def test_losses_of_resumed_training(pipeline):
    assert read_losses(pipeline.work_dir / 'fit') == {
        'loss': {1: 3., 2: 2., 3: 1.5}, 'loss_b': {2: 1.}}


def test_summary(pipeline):
    summary = pipeline_summary(pipeline, write_report(pipeline), 1.26)
    assert json.loads(json.dumps(summary, allow_nan=False)) == dict(
        pipeline='A <b>bold</b> & "quoted" title',
        work_dir=str(pipeline.work_dir),
        report=str(pipeline.work_dir / 'report.html'),
        stages=dict(cam={'cam/miou': .5, 'x': None},
                    other={'cam/miou': .6, 'x': None}),
        stage_seconds=dict(fit=75, cam=75, other=75),
        seconds=1.3)


@pytest.mark.parametrize('low, high, ticks', [
    (0, 1, [0, .2, .4, .6, .8, 1]), (.01, .6, [0, .2, .4, .6]),
    (0, 23, [0, 5, 10, 15, 20, 25]), (-3, 4, [-4, -2, 0, 2, 4]),
    (0, 0, [0, .2]), (7, 7, [6, 8]), (10, 400, [0, 100, 200, 300, 400])])
def test_nice_ticks(low, high, ticks):
    found = nice_ticks(low, high)
    assert found == ticks
    assert found[0] <= low and high <= found[-1]


def test_line_chart_places_points():
    chart = line_chart('T', [Curve('a & b', [0, 5, 10], [0, 1, 2], (5, 1))],
                       'x <', 'y')
    points = re.search(r'polyline class="curve" points="([^"]+)"', chart)[1]
    (x0, y0), (x1, y1), (x2, y2) = (
        map(float, p.split(',')) for p in points.split())
    assert x1 - x0 == pytest.approx(x2 - x1, abs=.11) and x0 < x1
    assert y0 - y1 == pytest.approx(y1 - y2, abs=.11) and y0 > y1
    circle = re.search(r'cx="([\d.]+)" cy="([\d.]+)"', chart).groups()
    assert tuple(map(float, circle)) == (x1, y1)
    assert 'a &amp; b' in chart and 'x &lt;' in chart
    assert line_chart('T', [], 'x', 'y') == ''
    flat = line_chart('T', [Curve('one point', [3], [0.])], 'x', 'y')
    assert 'nan' not in flat and 'inf' not in flat


@pytest.mark.parametrize('value, text', [
    (None, '–'), (float('nan'), '–'), (3, '3'), (1234567, '1,234,567'),
    (.12345, '0.123'), (1., '1.000'), (41.52, '41.5'), (12345.6, '12,346')])
def test_number(value, text):
    assert number(value) == text


def test_percent():
    assert percent(.12345) == 12.3 and percent(None) is None
    assert number(percent(.065)) == '6.5' and number(percent(1.)) == '100.0'


def test_table_escapes():
    text = table(['<h>', 'n'], [['<r>', None], ['b', 2.]])
    assert '<h>' not in text and '<r>' not in text
    assert text.count('class="num"') == 3  # head and both cells


def test_spread():
    assert spread('abcdefghij', 4) == ['a', 'c', 'f', 'h']
    assert spread('ab', 9) == ['a', 'b'] and spread([], 3) == []


def test_heat_is_ordered_by_lightness():
    linear = (heat_colors() / 255.)**2.2
    luminance = linear @ (.2126, .7152, .0722)
    assert (np.diff(luminance) >= -1e-3).all()
    assert luminance[0] < .02 and luminance[-1] > .85


def test_overlay_map():
    image = np.full((4, 6, 3), 100, dtype=np.uint8)
    low = overlay_map(image, np.zeros((2, 3)))
    high = overlay_map(image, np.ones((2, 3)))
    assert low.shape == high.shape == image.shape
    np.testing.assert_array_equal(
        low[0, 0], np.round(.3 * heat_colors()[0] + .7 * 100))
    np.testing.assert_array_equal(
        high[0, 0], np.round(.8 * heat_colors()[255] + .2 * 100))
    np.testing.assert_array_equal(high, overlay_map(image, np.full((1, 1),
                                                                   3.)))


def test_overlay_mask():
    image = np.full((6, 6, 3), 200, dtype=np.uint8)
    mask = np.zeros((6, 6), dtype=np.uint8)
    mask[1:5, 1:5] = 1
    mask[5, 5] = 255
    palette = np.array(voc_palette(256), dtype=np.uint8)
    drawn = overlay_mask(image, mask, palette)
    np.testing.assert_array_equal(
        drawn[2, 2], np.round(.6 * palette[1] + .4 * 200))
    assert (drawn[0, 2] == 255).all()  # the outline
    assert (drawn[0, 0] == .75 * 200 + .25 * 128).all()
    assert tuple(drawn[5, 5]) == (226, 226, 222)
    assert overlay_mask(image, mask[:3, :3], palette).shape == image.shape


def test_outline():
    mask = np.array([[0, 0, 1], [0, 0, 1]])
    np.testing.assert_array_equal(
        outline(mask), [[False, True, False], [False, True, False]])


def test_palette_of_the_file(tmp_path):
    mask = np.array([[0, 1], [2, 255]], dtype=np.uint8)
    colors = [(0, 0, 0), (9, 8, 7), (1, 2, 3)]
    write_mask(tmp_path / 'a.png', mask, colors)
    found, palette = read_palette_mask(tmp_path / 'a.png')
    np.testing.assert_array_equal(found, mask)
    assert palette[:3].tolist() == [list(c) for c in colors]
    Image.fromarray(mask).save(tmp_path / 'gray.png')
    assert read_palette_mask(tmp_path / 'gray.png')[1][7].tolist() == [7] * 3


def test_image_grid():
    small = np.zeros((10, 20, 3), dtype=np.uint8)
    labeled = with_chips(small, [('a very long label', (200, 0, 0))])
    assert labeled.shape == (32, 20, 3)
    np.testing.assert_array_equal(labeled[22:], small)
    grid = image_grid([[small, small], [small]], gap=2)
    assert grid.shape == (26, 46, 3)
    assert (grid[2:12, 2:22] == 0).all() and (grid[14:24, 24:] == 255).all()


def test_vis_cam(voc_tree, tmp_path, repo_root):
    for i in range(2):
        ClassMaps([1, 2], np.random.default_rng(i).random((2, 5, 7)),
                  (40, 56)).save(tmp_path / f'cams/pic_{i}.npz')
    command = [
        sys.executable, repo_root / 'tools/vis_cam.py',
        voc_tree / 'JPEGImages', tmp_path / 'cams', tmp_path / 'grids',
        '--masks', voc_tree / 'SegmentationClass', '--classes',
        voc_tree / 'image_labels.json', '--side', '64']
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = sorted(p.name for p in (tmp_path / 'grids').iterdir())
    assert names == ['pic_0.png', 'pic_1.png']
    with Image.open(tmp_path / 'grids/pic_0.png') as grid:
        assert grid.width == 4 * 70 + 6  # image, two classes, mask
    bad = subprocess.run([*command, '--names', 'gone'], capture_output=True,
                         text=True)
    assert bad.returncode == 2
    assert 'no image gone; fix' in bad.stderr


def test_counts_of_files_are_no_results():
    """Where a pipeline names no metrics, all are shown but these."""
    def shown(**metrics):
        results = [SimpleNamespace(name='masks', metrics=metrics)]
        return MetricsSection().html(SimpleNamespace(results=results))

    assert shown(written=700) == ''
    assert 'mask/miou' in shown(**{'mask/miou': 48.8, 'written': 700})
    assert 'written' not in shown(**{'mask/miou': 48.8, 'written': 700})
