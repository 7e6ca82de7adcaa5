"""The report's section on sub-categories, on a made-up round."""
import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.pipelines.checks import check_report
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.reports.report import write_report
from wsss_plugins.reports.sections.sub_categories import (
    SubCategorySection,
    last_round,
    plane_chart,
)
from wsss_plugins.structures import SubCategories, UserError


def made_up(number=2):
    """Cats in two clusters, a single dog, no cow."""
    table = np.array([[0, -1, -1], [1, 0, -1], [0, -1, -1], [0, -1, -1]])
    distance = np.where(table >= 0, [[3.], [0.], [1.], [2.]], np.nan)
    plane = np.full((4, 3, 2), np.nan)
    plane[:, 0] = [[0, 0], [9, 3], [1, 1], [2, 2]]
    plane[1, 1] = 0
    return SubCategories(
        classes=np.array(['cat', 'dog', '<cow>']),
        names=np.array(['a', 'b', 'c', 'd&']), table=table,
        counts=np.array([2, 1, 0]), centers=np.zeros((3, 2, 5)),
        inertia=np.array([1., 0., 0.]), distance=distance, plane=plane,
        round=number, agreement=np.array([.5, np.nan, np.nan]))


@pytest.fixture
def folder(tmp_path):
    for number in (2, 10):
        made_up(number).save(tmp_path / 'subs' / f'round_{number}.npz')
    (tmp_path / 'images').mkdir()
    for shade, name in enumerate(('a', 'b', 'c')):
        array = np.full((40, 60, 3), 60 * shade, dtype=np.uint8)
        Image.fromarray(array).save(tmp_path / f'images/{name}.png')
    return tmp_path


def entry(folder, **more):
    return dict(folder=f'{folder}/subs', images=f'{folder}/images/{{name}}'
                '.png', **more)


class Page:
    """Takes warnings, as the page does."""

    def __init__(self):
        self.warnings = []

    def warn(self, summary, lines=()):
        self.warnings.append((summary, lines))


def section(*entries):
    """HTML of the section, and its warnings."""
    page = Page()
    return SubCategorySection(list(entries)).html(page), page.warnings


def grays(text):
    """Mean gray of the images in a page, by name."""
    found = re.findall(r'base64,([^"]+)" alt="([^"]+)"', text)
    shades = []
    for data, name in found:
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            assert image.width == image.height
            shades.append((name, round(np.asarray(image).mean())))
    return shades


def test_section(folder):
    text, (warning, ) = section(entry(folder, title='A & B'))
    assert 'A &amp; B, round 10' in text  # the last one, by number
    # Nearest first; the missing image is named, on the page and on top.
    assert grays(text) == [('c', 120), ('a', 0), ('b', 60), ('b', 60)]
    assert 'd&amp;' in text
    assert warning[0] == '1 files of sub-categories are missing.'
    assert 'd&.png' in warning[1][0]
    assert '>3 1<' in text.replace('</td>', '<') or '3 1' in text
    assert '&lt;cow&gt;' in text and '<cow>' not in text
    # Image b shows a cat and a dog: it alone is in the cats' second one.
    notes = re.findall(r'<small>(\d: [^<]*)</small>', text)
    assert notes == ['0: 3 images', '1: 1 images, also dog (100 %)',
                     '0: 1 images, also cat (100 %)']
    assert text.count('<svg') == 2  # cat and dog


def test_number_of_images(folder):
    text, warnings = section(entry(folder, num=1))
    assert grays(text) == [('c', 120), ('b', 60), ('b', 60)]
    assert warnings == []


def test_plane():
    chart = plane_chart(made_up(), 0)
    dots = re.findall(r'cx="([\d.]+)" cy="([\d.]+)".*?fill:(hsl.*?)"', chart)
    colors = [d[2] for d in dots]
    assert colors[0] == colors[2] == colors[3] != colors[1]
    xs = [float(d[0]) for d in dots]
    assert min(xs) == xs[0] == 14 and max(xs) == xs[1] == 286
    # A number for each cluster, at the mean of its dots.
    marks = re.findall(r'<text x="([\d.]+)".*?>(\d)</text>', chart)
    assert [m[1] for m in marks] == ['0', '1']
    assert float(marks[0][0]) == pytest.approx(
        (xs[0] + xs[2] + xs[3]) / 3, abs=.1)
    # One image: in the middle.
    assert 'cx="150.0" cy="120.0"' in plane_chart(made_up(), 1)


def test_missing_round(folder):
    gone = dict(entry(folder), folder=str(folder / 'none'))
    text, (warning, ) = section(gone)
    assert text == '' and 'SubCategoryClusteringHook' in warning[1][0]
    with pytest.raises(UserError, match='no round_R.npz'):
        last_round(folder / 'images')
    assert section() == ('', [])


@pytest.mark.parametrize('entries, message', [
    (['x'], 'not a dict'), ([dict(folder='x')], 'images = None'),
    ([dict(folder=3, images='x')], 'folder = 3'),
    ([dict(folder='x', images='y', number=3)], 'unknown key number'),
    (dict(folder='x', images='y'), 'write a list'),
    ([dict(folder='x', images='y', num='3')], 'num ='),
])
def test_entries_are_checked(entries, message):
    with pytest.raises(UserError, match=message):
        check_report('file', dict(sub_categories=entries), [])


def test_in_a_pipelines_report(folder, monkeypatch):
    (folder / 'tools').mkdir()
    (folder / 'tools/train.py').write_text('')
    (folder / 'net.py').write_text('')
    path = folder / 'pipeline.py'
    path.write_text(
        f"title = 'T'\nwork_dir = {str(folder / 'work')!r}\n"
        "stages = [dict(name='fit', kind='train', config='net.py')]\n"
        f"report = dict(sub_categories=[{entry(folder)!r}])\n")
    monkeypatch.chdir(folder)
    text = Path(write_report(Pipeline(str(path)))).read_text()
    assert '<h2 id="sub-categories">Sub-categories</h2>' in text
    assert len(grays(text)) == 4 and 'Which' in text
    path.write_text(path.read_text().replace("'images'", "'photos'"))
    with pytest.raises(UserError, match='unknown key photos'):
        Pipeline(str(path))
