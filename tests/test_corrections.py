"""Corrections are whole, kept apart by revisions, and mean what they did."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.structures import ImageLabels, UserError, read_mask
from wsss_plugins.workspace.corrections import Corrections, StaleError

CLASSES = ['background', 'cat', 'dog']
PALETTE = [[0, 0, 0], [250, 20, 30], [10, 90, 240]]


@pytest.fixture
def made(tmp_path):
    return Corrections(tmp_path / 'corrections', CLASSES, PALETTE)


def mask_of(value, size=(6, 9)):
    mask = np.zeros(size, np.uint8)
    mask[1:4, 2:5] = value
    return mask


def test_nothing_yet(made):
    assert made.read() == {}
    assert made.mask('a') is None
    assert not made.file.parent.exists()


def test_changes_come_back_and_are_taken_back(made):
    made.set_labels('a', ['cat'])
    made.set_status('a', 'accepted')
    entry = made.set_mask('a', mask_of(2))
    assert entry == made.read()['a']
    assert entry['labels'] == ['cat'] and entry['status'] == 'accepted'
    assert entry['mask'] is True and entry['revision'] == 3
    assert (made.mask('a') == mask_of(2)).all()
    assert made.masked() == ['a']
    for name, clear in (('labels', made.set_labels),
                        ('status', made.set_status), ('mask', made.set_mask)):
        assert name not in clear('a', None)
    assert made.mask('a') is None
    assert not made.mask_path('a').exists()


def test_labels_may_become_none_at_all(made):
    made.set_labels('a', [])
    assert made.read()['a']['labels'] == []


def test_mask_is_a_palette_png_in_the_classes_colors(made):
    made.set_mask('a', mask_of(2))
    with Image.open(made.mask_path('a')) as image:
        assert image.mode == 'P'
        assert image.convert('RGB').getpixel((3, 2)) == (10, 90, 240)


def test_stale_change_is_refused_and_changes_nothing(made):
    first = made.change('a', 0, labels=['cat'])
    with pytest.raises(StaleError) as caught:
        made.change('a', 0, labels=['dog'], mask=mask_of(1))
    assert caught.value.entry == first == made.read()['a']
    assert not made.mask_path('a').exists()
    assert made.change('a', first['revision'], labels=['dog'])['labels'] == [
        'dog']


def test_revisions_never_come_again(made):
    seen = [made.set_status('a', s)['revision']
            for s in ('accepted', None, 'rejected', None)]
    assert seen == sorted(set(seen))


def test_folder_may_move(made, tmp_path):
    made.set_mask('a', mask_of(1))
    shutil.move(made.folder, tmp_path / 'elsewhere')
    moved = Corrections(tmp_path / 'elsewhere', CLASSES)
    assert (moved.mask('a') == mask_of(1)).all()
    assert str(tmp_path) not in moved.file.read_text()


def test_masks_keep_their_meaning_when_classes_change_order(made):
    made.set_mask('a', mask_of(2))
    later = Corrections(made.folder, ['background', 'ape', 'cat', 'dog'])
    assert (later.mask('a') == mask_of(3)).all()
    later.set_mask('b', mask_of(1))
    assert later.load()['classes'] == [*CLASSES, 'ape']
    assert (read_mask(later.mask_path('b')) == mask_of(3)).all()
    assert (later.mask('b') == mask_of(1)).all()
    # A class that is gone is ignored, not taken for another.
    fewer = Corrections(made.folder, ['background', 'dog'])
    assert (fewer.mask('a') == mask_of(1)).all()
    assert (fewer.mask('b') == mask_of(255)).all()


def test_overlay(made):
    made.set_labels('a', ['zebra', 'dog'])
    made.set_labels('gone', ['ant'])
    made.set_labels('b', [])
    made.set_status('c', 'accepted')
    labels = made.overlay(ImageLabels(
        ('cat', 'dog'), dict.fromkeys('abc', ('cat', ))))
    assert labels.classes == ('cat', 'dog', 'zebra')
    assert labels.images == dict(a=('dog', 'zebra'), b=(), c=('cat', ))


@pytest.mark.parametrize('name', ['../x', 'a/b', 'a\\b', '', 'a\0b'])
def test_names_stay_in_the_folder(made, name):
    with pytest.raises(UserError):
        made.set_mask(name, mask_of(1))
    assert not made.file.parent.exists()


@pytest.mark.parametrize('change', [
    dict(status='fine'), dict(labels='cat'), dict(labels=['cat', 'cat']),
    dict(labels=['background']), dict(labels=['']), dict(labels=[3])])
def test_wrong_values_are_refused(made, change):
    with pytest.raises(UserError):
        made.change('a', **change)
    assert made.read() == {}


@pytest.mark.parametrize('text', [
    '{', '[]', '{"version": 2, "images": {}}', '{"version": 1}',
    '{"version": 1, "images": {"a": 3}}',
    '{"version": 1, "images": {"a": {"status": "x"}}}',
    '{"version": 1, "images": {"a": {"labels": "cat"}}}'])
def test_damaged_file_is_named_and_left_alone(made, text):
    made.file.parent.mkdir()
    made.file.write_text(text)
    with pytest.raises(UserError, match='corrections.json'):
        made.set_status('a', 'accepted')
    assert made.file.read_text() == text


def test_threads_lose_nothing(made):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: made.set_status(f'n{i}', 'accepted'),
                      range(40)))
    assert len(made.read()) == 40
    assert made.load()['revision'] == 40


WRITER = '''
import sys
import numpy as np
from wsss_plugins.workspace.corrections import Corrections
made = Corrections(sys.argv[1], ['background', 'cat', 'dog'])
for i in range(int(sys.argv[3])):
    value = 1 + i % 2
    made.change(f'{sys.argv[2]}{i % 5}', labels=['cat', 'dog'][:value],
                mask=np.full((300, 400), value, np.uint8))
    print(i, flush=True)
'''


def start_writer(folder, prefix, count):
    return subprocess.Popen(
        [sys.executable, '-c', WRITER, str(folder), prefix, str(count)],
        stdout=subprocess.PIPE, text=True, env=dict(os.environ))


def test_two_processes_lose_nothing(made):
    writers = [start_writer(made.folder, p, 10) for p in 'ab']
    assert [w.wait(60) for w in writers] == [0, 0]
    for writer in writers:
        writer.stdout.close()
    assert sorted(made.read()) == [f'{p}{i}' for p in 'ab' for i in range(5)]
    assert made.load()['revision'] == 20


def test_killed_writer_leaves_whole_files(made):
    for pause in (.0, .004, .011):
        writer = start_writer(made.folder, 'k', 10**6)
        writer.stdout.readline()
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
        writer.wait(30)
        writer.stdout.close()
        entries = json.loads(made.file.read_text())['images']
        assert entries == made.read()
        for name in made.masked():
            mask = made.mask(name)
            assert mask.shape == (300, 400) and len(np.unique(mask)) == 1
    # Nobody is locked out by the dead.
    assert made.set_status('k0', 'accepted')['status'] == 'accepted'
