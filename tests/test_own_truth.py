"""Ground truth and saliency that a user gives beside the photos."""
import json

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.own_images.prepare import prepare
from wsss_plugins.structures import (
    UserError,
    photo_palette,
    read_mask,
    write_mask,
)
from wsss_plugins.testing.photo_folder import write_photos
from wsss_plugins.workspace.layout import Workspace

# Classes in alphabetical order: 1 bus, 2 cat, 3 sheep.
INDEX = dict(bus=1, cat=2, sheep=3)
TAGS = {f'{tag}/{k}.jpg': tag for tag in INDEX for k in range(4)}
SIZE = (40, 48)


class Own:
    """Photos with a table, masks and maps, and a way to prepare them."""

    def __init__(self, root):
        self.photos = write_photos(root / 'photos', TAGS, SIZE)
        self.table = root / 'tags.csv'
        self.table.write_text('image,tags\n' + ''.join(
            f'{n},{t}\n' for n, t in TAGS.items()))
        self.place = Workspace(root / 'out')
        self.truth = root / 'truth'
        self.maps = root / 'maps'

    def mask(self, name, index, size=SIZE):
        mask = np.zeros(size, np.uint8)
        mask[5:20, 5:30] = index
        write_mask(self.truth / name, mask, photo_palette(4))

    def map(self, name, size=SIZE, value=200):
        path = self.maps / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.zeros(size, np.uint8)
        pixels[5:20, 5:30] = value
        Image.fromarray(pixels).save(path)

    def run(self, **options):
        return prepare(self.photos, self.table, self.place, workers=1,
                       **options)

    def problems(self, level='error', **options):
        """Kind and what of each, as written."""
        try:
            self.run(**options)
        except UserError as flaw:
            assert str(self.place.problems) in str(flaw)
        told = json.loads(self.place.problems.read_text())
        return {each['kind']: each for each in told
                if each['level'] == level}


@pytest.fixture
def own(tmp_path):
    return Own(tmp_path)


def test_truth_at_work_size(own):
    for k in range(3):
        own.mask(f'bus/{k}.png', 1)
    own.mask('cat__2.png', 2)
    own.run(truth=own.truth, max_side=32)
    names = own.place.split_list('truth').read_text().split()
    assert names == ['bus__0', 'bus__1', 'bus__2', 'cat__2']
    mask = read_mask(own.place.truth / 'cat__2.png', 4)
    assert mask.shape == (27, 32)
    assert mask[8, 10] == 2 and mask[0, 0] == 0
    own.run()
    assert not list(own.place.truth.iterdir())
    assert not own.place.split_list('truth').exists()


def test_little_truth_is_told(own):
    for k in range(3):
        own.mask(f'bus/{k}.png', 1)
    own.mask('cat/2.png', 2)
    told = own.problems('warning', truth=own.truth)
    assert '4 masks' in told['little ground truth']['what']
    few = json.loads(own.place.problems.read_text())
    assert [e['where'] for e in few if 'classes with' in e['kind']] == [
        'cat', 'sheep']


def test_all_that_is_wrong_with_truth_at_once(own):
    own.mask('bus/0.png', 4)
    own.mask('bus/1.png', 1, (48, 40))
    own.mask('dog/1.png', 1)
    own.mask('cat/0.png', 2)
    own.mask('cat__0.png', 2)
    Image.new('RGB', SIZE[::-1]).save(own.truth / 'cat/3.png')
    own.table.write_text(own.table.read_text() + 'nowhere.jpg,bus\n')
    told = own.problems(truth=own.truth)
    assert set(told) == {
        'rows without an image', 'ground truth without a photo',
        'ground truth that comes twice', 'ground truth that cannot be used',
        'ground truth of another size than its photo'}
    every = json.loads(own.place.problems.read_text())
    index = next(e for e in every if 'index 4' in e['what'])
    assert '1 bus, 2 cat, 3 sheep' in index['fix']
    assert not own.place.data.exists()


def test_truth_that_is_not_there(own):
    assert 'folder not found' in own.problems(truth=own.truth)[
        'ground truth that cannot be read']['what']
    own.truth.mkdir()
    assert 'no image file' in own.problems(truth=own.truth)[
        'ground truth that cannot be read']['what']
    own.truth = own.photos
    assert list(own.problems(truth=own.truth)) == [
        'ground truth that cannot be read']


def test_truth_with_other_numbers(own):
    """VOC's own order would give no error in any single mask."""
    for k in range(4):
        own.mask(f'bus/{k}.png', 3)
        own.mask(f'sheep/{k}.png', 1)
    told = own.problems(truth=own.truth)
    assert '8 of 8 masks' in told['ground truth with other numbers of '
                                  'classes']['what']


def test_truth_beside_the_photos(own):
    own.truth = own.photos / 'truth'
    for name, tag in TAGS.items():
        own.mask(name.replace('.jpg', '.png'), INDEX[tag])
    done = own.run(truth=own.truth)
    assert len(done.entries) == 12 and done.problems == []


def test_saliency_at_work_size(own):
    for name in TAGS:
        own.map(name.replace('.jpg', '.png'), (20, 24))
    own.run(saliency=own.maps)
    path = own.place.saliency / 'cat__2.png'
    with Image.open(path) as image:
        pixels = np.asarray(image)
    assert pixels.shape == SIZE and pixels[20, 20] == 200
    before = path.stat().st_mtime_ns
    own.run(saliency=own.maps)
    assert path.stat().st_mtime_ns == before
    own.map('cat/2.png', (20, 24), 90)
    own.run(saliency=own.maps)
    with Image.open(path) as image:
        assert np.asarray(image).max() == 90


def test_all_that_is_wrong_with_saliency_at_once(own):
    for name in list(TAGS)[:-2]:
        own.map(name.replace('.jpg', '.png'))
    own.map('bus/1.png', (48, 40))
    own.map('dog.png')
    told = own.problems(saliency=own.maps)
    assert set(told) == {'photos without saliency',
                         'saliency without a photo',
                         'saliency of another shape than its photo'}
    assert '2 of 12' in told['photos without saliency']['what']


def test_saliency_of_fractions_of_one(own):
    for name in TAGS:
        own.map(name.replace('.jpg', '.png'), value=1)
    told = own.problems(saliency=own.maps)
    assert 'multiply' in told['saliency that shows nothing']['fix']
