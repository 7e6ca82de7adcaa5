"""What is written for a user's images, and what is written again."""
import json
import os
import shutil
from collections import Counter

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from wsss_plugins.datasets import ImageLevelDataset
from wsss_plugins.own_images.classes import near_duplicates
from wsss_plugins.own_images.classes_file import read_classes
from wsss_plugins.own_images.prepare import prepare
from wsss_plugins.own_images.split import split_images
from wsss_plugins.structures import (
    UserError,
    photo_palette,
    read_image,
    write_mask,
)
from wsss_plugins.structures.image_files import checked_size
from wsss_plugins.testing.photo_folder import write_photos
from wsss_plugins.workspace.layout import Workspace

TAGS = {f'{tag}/{k}.png': tag for tag in ('sheep', 'bus', 'cat')
        for k in range(5)}


@pytest.fixture
def own(tmp_path):
    """A folder of photos with a table, and a way to prepare them."""
    class Own:
        photos = write_photos(tmp_path / 'photos', TAGS)
        table = tmp_path / 'tags.csv'
        place = Workspace(tmp_path / 'out')
        rows = dict(TAGS)

        def run(self, **options):
            self.table.write_text('image,tags\n' + ''.join(
                f'{n},{t}\n' for n, t in self.rows.items()))
            return prepare(self.photos, self.table, self.place, workers=1,
                           **options)

        def listed(self, split):
            return self.place.split_list(split).read_text().split()

        def times(self):
            return {p.stem: p.stat().st_mtime_ns
                    for p in self.place.images.iterdir()}

    return Own()


def test_what_is_written(own):
    own.rows['cat/0.png'] = ''
    Image.new('RGB', (300, 90)).save(own.photos / 'bus/0.png')
    done = own.run(max_side=100)
    assert sorted(own.times()) == own.listed('all') == sorted(done.entries)
    assert not set(own.listed('train')) & set(own.listed('val'))
    entry = done.entries['bus__0']
    assert (entry.source, entry.size) == ('bus/0.png', (90, 300))
    assert entry.work_size == (30, 100) == checked_size(
        own.place.images / 'bus__0.jpg')
    written = json.loads(own.place.entries.read_text())['images']['bus__0']
    assert written['size'] == [90, 300] and len(written['digest']) == 64
    wanted = read_image(own.photos / 'cat/3.png').astype(int)
    copy = read_image(own.place.images / 'cat__3.jpg')
    assert np.abs(copy - wanted).mean() < 5
    assert done.labels.images['cat__0'] == ()
    facts = Config.fromfile(own.place.facts)
    assert facts.classes == done.classes == ('background', 'bus', 'cat',
                                             'sheep')
    assert facts.palette == done.palette


def test_the_facts_make_a_data_set(own):
    """Images without labels are samples as the others."""
    own.rows.update({'cat/0.png': '', 'cat/1.png': ''})
    own.run()
    facts = Config.fromfile(own.place.facts)
    data = ImageLevelDataset(
        data_root=facts.data_root, label_file=facts.label_file,
        ann_file='ImageSets/Segmentation/all.txt',
        data_prefix=dict(img_path=facts.train_images),
        metainfo=dict(classes=facts.classes, palette=facts.palette),
        allow_unlabeled=facts.allow_unlabeled)
    assert len(data) == 15
    assert Counter(len(data.get_data_info(i)['gt_label'])
                   for i in range(15)) == {0: 2, 1: 13}


def test_only_what_changed_is_written_again(own):
    first = own.run()
    times = own.times()
    assert first.changed == sorted(first.entries) and not first.removed
    again = own.run()
    assert again.changed == [] and own.times() == times
    # Labels alone.
    own.rows['bus/1.png'] = 'bus;cat'
    assert own.run().changed == ['bus__1'] and own.times() == times
    # A file that is touched only; another one that is new in content.
    os.utime(own.photos / 'bus/2.png', ns=(1, 1))
    Image.new('RGB', (50, 50)).save(own.photos / 'bus/3.png')
    assert own.run().changed == ['bus__3']
    assert {n for n, t in own.times().items() if times[n] != t} == {'bus__3'}
    # A copy that somebody spoiled.
    (own.place.images / 'cat__1.jpg').write_bytes(b'')
    assert own.run().changed == ['cat__1']
    assert len(own.run(max_side=32).changed) == 15


def test_a_photo_that_is_as_stages_want_it_is_copied_as_it_is(own):
    large = Image.fromarray(read_image(own.photos / 'cat/0.png')).resize(
        (200, 100))
    large.save(own.photos / 'a.jpg', quality=70)
    large.convert('CMYK').save(own.photos / 'b.jpg')
    own.rows.update({'a.jpg': 'cat', 'b.jpg': 'cat'})
    own.run(max_side=200)
    copies = {n: (own.place.images / f'{n}.jpg').read_bytes() for n in 'ab'}
    assert copies['a'] == (own.photos / 'a.jpg').read_bytes()
    assert copies['b'] != (own.photos / 'b.jpg').read_bytes()
    with Image.open(own.place.images / 'b.jpg') as image:
        assert image.mode == 'RGB'
    own.run(max_side=100)
    assert checked_size(own.place.images / 'a.jpg') == (50, 100)


def test_images_come_go_and_move(own):
    own.run()
    split = {n: n in own.listed('val') for n in own.listed('all')}
    (own.place.saliency).mkdir()
    for name in ('bus__4', 'cat__1'):
        (own.place.saliency / f'{name}.png').touch()
    (own.photos / 'bus/4.png').unlink()
    del own.rows['bus/4.png']
    (own.photos / 'moved to').mkdir()
    shutil.move(own.photos / 'cat/1.png', own.photos / 'moved to/1.png')
    own.rows['moved to/1.png'] = own.rows.pop('cat/1.png')
    write_photos(own.photos, {'new.png': 'cat', 'new.bmp': 'cat'})
    own.rows.update({'new.png': 'cat', 'new.bmp': 'cat'})
    done = own.run()
    assert done.changed == ['new', 'new_2'] and done.removed == ['bus__4']
    assert done.entries['cat__1'].source == 'moved to/1.png'
    assert 'bus__4' not in own.times() and 'bus__4' not in own.listed('all')
    assert [p.stem for p in own.place.saliency.iterdir()] == ['cat__1']
    kept = {n: n in own.listed('val') for n in own.listed('all')}
    assert {n: kept[n] for n in split if n in kept} == {
        n: held for n, held in split.items() if n in kept}
    # A name never gets a second meaning.
    write_photos(own.photos, {'bus/4.bmp': 'bus', 'cat/1.png': 'sheep'})
    own.rows.update({'bus/4.bmp': 'bus', 'cat/1.png': 'cat'})
    assert own.run().changed == ['bus__4_2', 'cat__1_2']


def test_equal_files_are_told_and_stay_together(own, capsys):
    for k in range(8):
        shutil.copy(own.photos / 'bus/0.png', own.photos / f'same{k}.png')
        own.rows[f'same{k}.png'] = 'cat' if k == 5 else 'bus'
    own.run(val_share=.4)
    told = capsys.readouterr().err
    assert 'same7.png: same file as bus/0.png' in told
    assert 'same5.png: same file as bus/0.png, but with other labels' in told
    held = set(own.listed('val')) & {'bus__0', *(f'same{k}' for k in range(8))}
    assert len(held) in (0, 9)


def test_corrections_win(own):
    own.run()
    done = own.run(overrides={'bus__0': ['cat', 'bus'], 'cat__0': [],
                              'gone': ['cat'], 'cat__2': ['tram']})
    assert done.labels.images['bus__0'] == ('bus', 'cat')
    assert done.labels.images['cat__0'] == ()
    assert done.classes == ('background', 'bus', 'cat', 'sheep', 'tram')
    assert done.changed == ['bus__0', 'cat__0', 'cat__2']
    assert any('gone is corrected' in each.what for each in done.problems)


def test_classes_keep_their_index_in_corrected_masks(own):
    done = own.run()
    write_mask(own.place.corrections / 'masks/bus__0.png',
               np.full((40, 48), 3), done.palette)
    own.rows = {n: t.replace('bus', 'ape') for n, t in own.rows.items()}
    assert own.run().classes == ('background', 'bus', 'cat', 'sheep', 'ape')
    path = own.table.with_suffix('.txt')
    path.write_text('ape\nbus\ncat\nsheep\n')
    with pytest.raises(UserError):
        own.run(classes_file=path)
    assert 'order of classes' in own.place.problems.read_text()


def test_a_photo_that_breaks_when_decoded(own, capsys):
    """Its head and its end are whole: nothing but copies is written."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = own.photos / 'late.jpg'
    Image.fromarray(pixels).save(path, progressive=True)
    data = path.read_bytes()
    path.write_bytes(data[:300] + b'\xff\xd9')
    own.rows['late.jpg'] = 'cat'
    with pytest.raises(UserError, match='1 problem of images'):
        own.run()
    assert 'late.jpg' in capsys.readouterr().err
    assert not own.place.labels.exists()


def test_out_is_never_taken_for_images(own):
    own.run()
    own.photos = own.place.images
    with pytest.raises(UserError, match='keeps its own'):
        own.run()
    assert len(own.times()) == 15


@pytest.mark.parametrize('options', [
    dict(max_side=3), dict(val_share=1.), dict(unlabeled='no')])
def test_options_out_of_range(own, options):
    with pytest.raises(UserError, match=next(iter(options))):
        own.run(**options)


# Splits, classes and colors


def test_split_holds_out_a_share_of_each_class():
    labels = {f'{c}{i}': (c, ) for c, n in (('a', 100), ('b', 30), ('c', 3))
              for i in range(n)} | {f'none{i}': () for i in range(20)}
    split = split_images(labels, .1)
    assert Counter(n.rstrip('0123456789') for n, s in split.items()
                   if s == 'val') == dict(a=10, b=3, none=2)
    assert split != split_images(labels, .1, seed=1)
    assert split == split_images(dict(reversed(labels.items())), .1)
    more = split_images({**labels, 'a100': ('a', ), 'b30': ('b', )}, .1)
    assert sum(more[name] != split[name] for name in split) <= 2


def test_split_of_few_images():
    assert sorted(split_images({'x': ('a', ), 'y': ('a', )}, .1).values()) == [
        'train', 'val']
    assert split_images({'x': ('a', )}, .1) == {'x': 'train'}
    fixed = split_images({'x': ('a', ), 'y': ('a', ), 'z': ('a', )}, .1,
                         fixed={'z': 'val'})
    assert fixed == dict(x='train', y='train', z='val')


def test_near_duplicates():
    names = ['cow', 'Cow', 'cows', 'bus', 'gas', 'fire-dog', 'Fire dog',
             'buses', 'berry', 'berries', 'as']
    assert near_duplicates(names) == [
        ['cow', 'Cow', 'cows'], ['bus', 'buses'], ['fire-dog', 'Fire dog'],
        ['berry', 'berries']]


@pytest.mark.parametrize('one, many', [
    ('leaf', 'leaves'), ('knife', 'Knives'), ('mouse', 'mice'),
    ('person', 'people'), ('fire man', 'fire men'), ('child', 'children'),
    ('fungus', 'fungi'), ('larva', 'larvae'), ('bacterium', 'bacteria'),
    ('axis', 'axes'), ('tooth', 'teeth'), ('goose', 'geese')])
def test_irregular_plurals(one, many):
    assert near_duplicates([many, 'bird', one]) == [[one, many]]


def test_words_that_only_look_like_plurals():
    names = ['car', 'cart', 'bus', 'bush', 'pea', 'person', 'personal',
             'human', 'men', 'grass', 'oat', 'coat', 'roof', 'rose']
    assert near_duplicates(names) == []


def test_a_damaged_list_of_images_is_named(own):
    """Taken for a first run, it would give moved images other names."""
    own.run()
    whole = own.place.entries.read_text()
    for text in (whole[:-40], '[]', '{"version": 9}', whole.replace(
            '"work_size"', '"worksize"')):
        own.place.entries.write_text(text)
        with pytest.raises(UserError, match='images.json: not a whole list '
                                            'of images .*delete it'):
            own.run()
        assert own.place.entries.read_text() == text
    own.place.entries.unlink()
    assert len(own.run().changed) == 15


@pytest.mark.parametrize('text', [
    'bus: Coach, tram car\nno:\n', 'bus: [Coach, tram car]\nno: []\n',
    '- bus: Coach, tram car\n- no\n', 'background\nbus: Coach,tram car\nno\n',
    '{"bus": ["Coach", "tram car"], "no": null}',
    '# mine\nbus: Coach, tram car # both\nno'])
def test_file_of_classes(tmp_path, text):
    (tmp_path / 'c').write_text(text)
    names = read_classes(tmp_path / 'c')
    assert names.names == ('bus', 'no')
    assert [names.find(n) for n in ('BUS', 'coach', 'Tram_car', 'No', 'van')
            ] == ['bus', 'bus', 'bus', 'no', None]


@pytest.mark.parametrize('text, message', [
    ('', 'names no classes'), ('bus: a\nbus: b\n', "'bus' comes twice"),
    ('{"bus": {"a": 1}}', 'is no class'), ('a: x\nb: x\n', "'x' comes twice"),
    ('{"bus": ', 'not a whole file of classes')])
def test_broken_file_of_classes(tmp_path, text, message):
    (tmp_path / 'c.yml').write_text(text)
    with pytest.raises(UserError, match=f'c.yml: .*{message}'):
        read_classes(tmp_path / 'c.yml')


def test_colors_stand_out():
    colors = np.array(photo_palette(255))
    assert colors[0].tolist() == [0, 0, 0] and len(set(map(
        tuple, colors.tolist()))) == 255
    assert photo_palette(5) == colors[:5].tolist()
    shown = colors[1:]
    spread = shown.max(1) - shown.min(1)
    assert spread.min() > 100 and shown.max(1).min() > 150
    assert np.abs(np.diff(shown[:12], axis=0)).sum(1).min() > 200
    pairs = np.abs(shown[:24, None] - shown[None, :24]).sum(-1)
    assert pairs[~np.eye(24, dtype=bool)].min() > 40
