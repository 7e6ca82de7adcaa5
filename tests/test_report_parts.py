"""Columns, sections and results from outside the package."""
import json
import re
import sys

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.pipelines.checks import check_report
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.registry import (
    REPORT_COLUMNS,
    REPORT_RESULTS,
    REPORT_SECTIONS,
)
from wsss_plugins.reports.report import write_report
from wsss_plugins.structures import UserError

PARTS = '''
"""One column, one section and one result of somebody's own."""
from dataclasses import dataclass

from wsss_plugins.registry import (
    REPORT_COLUMNS,
    REPORT_RESULTS,
    REPORT_SECTIONS,
)
from wsss_plugins.reports.columns.base import Column, Panel
from wsss_plugins.reports.results.base import Result, entry, number
from wsss_plugins.reports.sections.base import Section
from wsss_plugins.reports.tables import table
from wsss_plugins.structures import UserError


@REPORT_COLUMNS.register_module('dimmed')
class DimmedColumn(Column):
    """The image, darker."""
    shares_colors = True

    def __init__(self, title: str, path: str, share: float = .5) -> None:
        super().__init__(title, path)
        self.share = share

    def panels(self, sample):
        if not self.file(sample).is_file():
            raise UserError(f'{self.file(sample)}: not found')
        image = (self.share * sample.image).astype('uint8')
        return [Panel(image, chips=[('dark <side>', (1, 2, 3))])]

    def legend(self):
        return '<span>dimmed</span>'


@REPORT_RESULTS.register_module('speed')
@dataclass
class SpeedResult(Result):
    """Images per second."""
    rate: float

    @classmethod
    def read(cls, data):
        return cls(number(entry(data, 'rate', (int, float)), 'rate'))


@REPORT_SECTIONS.register_module('speed')
class SpeedSection(Section):
    """Images per second of each stage."""
    title = 'Speed & more'
    order = 15

    def check(self, where, stages):
        if not isinstance(self.entry, dict) or set(self.entry) != {'unit'}:
            raise UserError(f'{where} = {self.entry!r}: write dict(unit=...)')

    def html(self, page):
        rows = [[stage, result.rate] for stage, result in
                page.of(SpeedResult)]
        unit = (self.entry or {}).get('unit', 'images/s')
        return table(['stage', unit], rows) if rows else ''
'''
PIPELINE = '''
title = 'Mine'
data_root = 'voc'
work_dir = 'work'
custom_imports = IMPORTS
stages = [dict(name='a', kind='test', config='net.py'),
          dict(name='b', kind='test', config='net.py')]
report = dict(
    metrics=[dict(title='IoU', stage='a', metric='iou')],
    speed=dict(unit='images/s of {data_root}'),
    samples=[dict(names=['x', 'y'], columns=[
        dict(title='image', kind='image', path='{data_root}/{name}.png'),
        dict(title='dim', kind='dimmed', path='{a}/{name}.txt', share=.25),
    ])])
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A pipeline with parts of its own beside it, and results of stages."""
    kept = [(r, dict(r.module_dict)) for r in (
        REPORT_COLUMNS, REPORT_RESULTS, REPORT_SECTIONS)]
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/my_report_parts.py').write_text(PARTS)
    (tmp_path / 'net.py').write_text('')
    write(tmp_path)
    (tmp_path / 'voc').mkdir()
    for name, shade in (('x', 200), ('y', 100)):
        Image.new('RGB', (40, 20), (shade, ) * 3).save(
            tmp_path / f'voc/{name}.png')
    (tmp_path / 'work/a').mkdir(parents=True)
    (tmp_path / 'work/a/x.txt').write_text('')
    result(tmp_path, 'a', '{"kind": "speed", "rate": 12.5}')
    yield tmp_path
    for registry, names in kept:
        registry.module_dict.clear()
        registry.module_dict.update(names)
    sys.modules.pop('my_report_parts', None)


def write(folder, old='', new='', imports="['my_report_parts']"):
    assert old in PIPELINE
    text = PIPELINE.replace(old, new, 1) if old else PIPELINE
    (folder / 'mine/p.py').write_text(text.replace('IMPORTS', imports))


def result(folder, stage, text, name='speed.json'):
    path = folder / 'work' / stage / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def page():
    return write_report(Pipeline('mine/p.py')).read_text()


def titles(text):
    return re.findall(r'<h2[^>]*>([^<]+)</h2>', text)


def test_parts_of_ones_own_are_on_the_page(project):
    (project / 'work/a/metrics.json').write_text('{"iou": 0.5}')
    text = page()
    # Between the results (10) and the samples (30), as it says.
    assert titles(text)[:3] == ['Results', 'Speed &amp; more', 'Samples']
    assert 'href="#speed-&amp;-more"' in text
    row = re.search(r'<th scope="row">a</th><td class="num">([\d.]+)', text)
    assert row[1] == '12.5'
    assert f'images/s of {project}/voc' in text  # placeholders are filled in
    legend = re.search(r'<p class="legend">(.*?)</p>', text)[1]
    assert 'rgb(1,2,3)' in legend and '<span>dimmed</span>' in legend
    assert 'dark &lt;side&gt;' in text
    # Image x is there, darker; y of the column is missing, and told.
    assert '1 of 4 images are missing' in text
    assert f'{project}/work/a/y.txt: not found' in text
    assert text.count('<p class="gone">missing</p>') == 1
    images = dict(re.findall(r'base64,([^"]+)" alt="([^"]+)"', text))
    assert sorted(images.values()) == ['x: dim', 'x: image', 'y: image']
    assert np.allclose(gray(images, 'x: dim'), 50, atol=2)
    assert np.allclose(gray(images, 'x: image'), 200, atol=2)


def gray(images, alt):
    import base64
    import io
    data, = (data for data, name in images.items() if name == alt)
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        return np.asarray(image)


def test_examples_of_the_page_on_reports(repo_root, project):
    text = (repo_root / 'docs/reports.md').read_text()
    entry, imports, column = re.findall(r'```python\n(.*?)```', text, re.S)
    values = {}
    exec(entry, values)
    check_report('reports.md', values['report'], ['eval_cam', 'eval_eps'])
    (project / 'mine/my_parts.py').write_text(column)
    exec(imports, values)
    used = re.search(r"`(dict\(title='dim'.*?\))`", text)[1]
    REPORT_COLUMNS.module_dict.pop('dimmed', None)
    write(project, "dict(title='dim', kind='dimmed', path='{a}/{name}.txt', "
          'share=.25)', used, str(values['custom_imports']))
    without = (project / 'mine/p.py').read_text().replace(
        "    speed=dict(unit='images/s of {data_root}'),\n", '')
    (project / 'mine/p.py').write_text(without)
    shown = page()
    sys.modules.pop('my_parts')
    images = dict(re.findall(r'base64,([^"]+)" alt="([^"]+)"', shown))
    assert np.allclose(gray(images, 'y: dim, darker'), 25, atol=2)


def test_a_section_without_results_has_no_heading(project):
    (project / 'work/a/speed.json').unlink()
    assert 'Speed &amp; more' not in titles(page())


def test_a_section_is_left_out(project):
    write(project, "speed=dict(unit='images/s of {data_root}')",
          'speed=False, provenance=False')
    assert {'Speed &amp; more', 'Provenance'}.isdisjoint(titles(page()))


@pytest.mark.parametrize('data, message', [
    ('{"kind": "speed"}', 'rate is missing or of a wrong type'),
    ('{"kind": "speed", "rate": "x"}', 'rate is missing or of a wrong type'),
    ('{"kind": "pace"}', "results of kind 'pace' are not shown; registered "
     'are '),
    ('', 'no whole JSON file'),
])
def test_results_that_are_not_shown_are_named(project, data, message):
    result(project, 'b', data)
    text = page().replace('&#x27;', "'")
    assert '1 result files are not shown' in text
    assert f'{project}/work/b/speed.json: {message}' in text
    assert 'Speed &amp; more' in titles(text)  # the sound one is


def test_json_of_other_programs_is_passed_over(project):
    result(project, 'b', '{"a": 1}\n{"b": 2}\n', 'log.json')
    result(project, 'b', json.dumps([1, 2]), 'list.json')
    result(project, 'b', json.dumps(dict(kind=3)), 'other.json')
    assert 'are not shown' not in page()


@pytest.mark.parametrize('old, new, message', [
    ("kind='dimmed'", "kind='dimed'", r"report, samples: column 'dim': "
     r"'dimed' is no report column; choose one of cam, cues, detections, "
     r'dimmed, .*custom_imports'),
    ("kind='dimmed'", "kind=3", '3 is no report column'),
    ("kind='dimmed', ", '', 'None is no report column'),
    ('share=.25', 'part=.25', 'unknown key part; known are title, path, '
     'share'),
    ('share=.25', "share='x'", "share = 'x' is missing or of a wrong type"),
    ("path='{a}/{name}.txt', ", '', 'path = None is missing'),
    ('speed=dict', 'sped=dict', "report: 'sped' is no report section; choose "
     'one of .*metrics, .*samples, speed, '),
    ('speed=dict(unit=', 'speed=dict(util=', r'report, speed = .*write dict'),
    ('speed=dict(unit=', 'training=dict(unit=', 'this section takes no '
     'options; write False'),
    ("title='IoU', ", '', "'iou' of stage 'a' has no place; write row and "
     'column, or title'),
    ("title='IoU'", "row='IoU'", 'write row and column, or title'),
    ("stage='a', ", "stage='c', ", "no stage 'c'; there are a, b"),
    ("metrics=[dict(title='IoU', stage='a', metric='iou')]", 'metrics=3',
     'report, metrics = 3; write a list'),
    ("metric='iou'", "metric='iou', percent='no'", "percent = 'no' is"),
    ("dict(title='image', kind='image', path='{data_root}/{name}.png')",
     '3', 'a column is 3; write a dict'),
    ("        dict(title='image', kind='image', path='{data_root}/{name}"
     ".png'),\n", '', 'drawn over the image; put a column of kind image'),
    ("names=['x', 'y']", 'names=5', 'names = 5 is missing or of a wrong'),
])
def test_mistakes_are_told_in_one_line(project, old, new, message):
    write(project, old, new)
    with pytest.raises(UserError, match=message) as caught:
        Pipeline('mine/p.py')
    assert str(caught.value).startswith('mine/p.py: report')
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('imports', [
    "'my_report_parts'", "dict(imports=['my_report_parts'])",
    "dict(imports=['my_report_parts', 'nowhere'],"
    ' allow_failed_imports=True)'])
def test_forms_of_custom_imports(project, imports):
    write(project, imports=imports)
    assert 'Speed &amp; more' in titles(page())


@pytest.mark.parametrize('imports, message', [
    ("['nowhere']", r'custom_imports: nowhere cannot be imported '
     r'\(ModuleNotFoundError'),
    ("dict(imports=['nowhere'])", 'nowhere cannot be imported'),
    ('[3]', r'custom_imports = \[3\]; write a list of names'),
    ('dict(import_=3)', 'custom_imports = None; write a list'),
])
def test_imports_that_fail(project, imports, message):
    write(project, imports=imports)
    before = list(sys.path)
    with pytest.raises(UserError, match=message) as caught:
        Pipeline('mine/p.py')
    assert str(caught.value).startswith('mine/p.py: custom_imports')
    assert sys.path == before
