"""SEC's public cues: conversion, restart, and what is refused."""
import gzip
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from wsss_plugins.datasets.converters.sec_cues import (
    convert_sec_cues,
    read_input_list,
)
from wsss_plugins.structures import Cues, ImageLabels, UserError

CLASSES = ('cat', 'dog', 'cow')


def public_cues():
    """Two images on a grid of 3x4, laid out as the public file."""
    return {
        '0_labels': np.array([1, 3]),
        '0_cues': np.array([[0, 0, 1, 3], [0, 0, 1, 2], [0, 1, 2, 3]]),
        '7_labels': np.array([2]),
        '7_cues': np.array([[2, 2], [0, 2], [3, 0]]),
    }


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'list.txt').write_text('b pic.jpg 7\na.jpg 0\n')
    return tmp_path


def convert(folder, data=None, protocol=2, **options):
    path = folder / 'cues.pickle'
    content = pickle.dumps(public_cues() if data is None else data, protocol)
    path.write_bytes(content)
    return convert_sec_cues(
        path, folder / 'list.txt', folder / 'out',
        **dict(dict(classes=CLASSES, size=(3, 4)), **options))


@pytest.mark.parametrize('protocol', [0, 2, 4])
def test_files_tags_and_counts(folder, protocol):
    labels, statistics = convert(folder, protocol=protocol)
    assert labels.images == {'a': ('cat', 'cow'), 'b pic': ('dog', )}
    cues = Cues.load(folder / 'out/a.png', 4)
    assert cues.index_map().tolist() == [
        [0, 0, 255, 255], [255, 255, 1, 255], [255, 255, 255, 3]]
    assert (cues.rows() == public_cues()['0_cues']).all()
    assert sorted(p.name for p in (folder / 'out').iterdir()) == [
        'a.png', 'b pic.png']
    assert statistics.by_class.tolist() == [2, 1, 2, 1]
    assert statistics.lines() == [
        'images: 2', 'background grid locations of an image: 1.0',
        'foreground share of all cues: 0.667',
        'labeled share of all grid locations: 0.250']


def test_a_second_run_writes_what_is_missing_or_damaged(folder):
    convert(folder)
    kept = (folder / 'out/a.png').stat().st_mtime_ns
    (folder / 'out/b pic.png').write_bytes(b'\x89PNG cut off')
    convert(folder)
    assert (folder / 'out/a.png').stat().st_mtime_ns == kept
    assert Cues.load(folder / 'out/b pic.png', 4).masks.sum() == 2
    data = public_cues()
    data['0_cues'][1, 0] = 2
    convert(folder, data)
    assert Cues.load(folder / 'out/a.png', 4).masks[0, 2, 0]


def test_overlapping_cues_go_to_npz(folder):
    data = public_cues()
    data['0_cues'] = np.array([[0, 1], [2, 2], [1, 1]])
    _, statistics = convert(folder, data)
    assert sorted(p.name for p in (folder / 'out').iterdir()) == [
        'a.npz', 'b pic.npz']
    cues = Cues.load(folder / 'out/a.png', 4)
    assert cues.masks[[0, 1], 2, 1].all() and cues.masks.sum() == 2
    assert statistics.cues == 4 and statistics.labeled == 3


def change(**entries):
    data = public_cues()
    for key, value in entries.items():
        data[key[1:]] = value
        if value is None:
            del data[key[1:]]
    return data


@pytest.mark.parametrize('data, text', [
    ([1, 2], r'holds the list \[1, 2\], not a dict'),
    ({}, 'holds the object {}'),
    (change(_7_cues=None), 'no cues of 1 listed images: b pic'),
    (change(_7_labels=None), "7_labels of 'b pic' is missing"),
    (change(_7_labels=[2]), "7_labels of 'b pic' is a list"),
    (change(_7_labels=np.array([2.])), r'float64 \(1,\), not integers'),
    (change(_7_labels=np.array([], int)), 'not unique classes in 1..3'),
    (change(_7_labels=np.array([0, 2])), r'\[0, 2\], not unique classes'),
    (change(_7_labels=np.array([4])), r'\[4\], not unique classes in 1..3'),
    (change(_7_labels=np.array([2, 2])), r'\[2, 2\], not unique'),
    (change(_0_cues='x'), "0_cues of 'a' is a str"),
    (change(_0_cues=np.zeros((3, 2))), '0_cues.*not integers'),
    (change(_0_cues=np.zeros((2, 2), int)), r'0_cues.*\(2, 2\)'),
    (change(_0_cues=np.array([[1], [3], [0]])), 'row 3 .* 0..2.*--size'),
    (change(_0_cues=np.array([[1], [0], [-1]])), 'column -1 .* 0..3'),
    (change(_0_cues=np.array([[9], [0], [0]])), 'class 9 .* 0..3.*--classes'),
    (change(_0_cues=np.array([[2], [0], [0]])), 'class 2 is not among its'),
])
def test_wrong_content(folder, data, text):
    with pytest.raises(UserError, match=text) as error:
        convert(folder, data)
    assert 'cues.pickle: ' in str(error.value)
    assert '\n' not in str(error.value)
    # Everything is checked before the first file is written.
    assert not (folder / 'out').exists()


@pytest.mark.parametrize('lines, text', [
    ('a.jpg\n', "line 1 is 'a.jpg', not 'NAME.jpg N'"),
    ('a.jpg 0\na.jpg one\n', 'line 2'),
    ('a.jpg -1\n', 'line 1'),
    ('../a.jpg 0\n', 'without folders'),
    ('a.jpg 0\na.png 7\n', "line 2 names 'a' again"),
    ('a.jpg 7\nb.jpg 7\n', '2 images with 1 numbers'),
    ('\n', '0 images'),
])
def test_wrong_lists(folder, lines, text):
    (folder / 'list.txt').write_text(lines)
    with pytest.raises(UserError, match='list.txt: .*') as error:
        convert(folder)
    assert text in str(error.value)


def test_missing_files(folder):
    with pytest.raises(UserError, match='none.txt: list of images not found'):
        read_input_list(folder / 'none.txt')
    with pytest.raises(UserError, match='none.pickle: cannot be read'):
        convert_sec_cues(folder / 'none.pickle', folder / 'list.txt',
                         folder / 'out')


class Payload:
    """Would make a folder if it were run."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path, )


class Loader:
    """Asks numpy for objects inside an array."""

    def __reduce__(self):
        return np.load, ('cues.npy', )


@pytest.mark.parametrize('protocol', [0, 1, 2, 5])
@pytest.mark.parametrize('place', ['top', 'entry', 'array', 'key'])
def test_code_is_not_run(folder, protocol, place):
    payload = Payload(folder / 'owned')
    data = public_cues()
    if place == 'top':
        data = payload
    elif place == 'entry':
        data['0_cues'] = payload
    elif place == 'array':
        data['0_cues'] = np.array([payload], dtype=object)
    else:
        data[('x', payload.path)] = payload
    with pytest.raises(UserError, match='cues.pickle: not plain data'):
        convert(folder, data, protocol)
    assert not (folder / 'owned').exists()
    assert not (folder / 'out').exists()


def test_other_refusals(folder):
    with pytest.raises(UserError, match='not plain data'):
        convert(folder, dict(public_cues(), x=Loader()))
    (folder / 'cut.pickle').write_bytes(pickle.dumps(public_cues(), 2)[:-40])
    with pytest.raises(UserError, match='cut.pickle: not plain data'):
        convert_sec_cues(folder / 'cut.pickle', folder / 'list.txt',
                         folder / 'out')


def run_tool(repo_root, *words):
    return subprocess.run(
        [sys.executable, 'tools/dataset_converters/sec_cues.py',
         *map(str, words)], cwd=repo_root, capture_output=True, text=True)


def test_the_command(folder, repo_root):
    with gzip.open(folder / 'cues.pickle.gz', 'wb') as file:
        file.write(pickle.dumps(public_cues(), 2))
    words = [folder / 'cues.pickle.gz', folder / 'list.txt', folder / 'out',
             folder / 'labels.json', '--classes', *CLASSES, '--size', 3, 4]
    done = run_tool(repo_root, *words)
    assert done.returncode == 0, done.stderr
    assert 'labeled share of all grid locations: 0.250' in done.stdout
    assert ImageLabels.load(folder / 'labels.json').images['a'] == (
        'cat', 'cow')
    done = run_tool(repo_root, *words[:-1], 2)
    assert done.returncode == 2 and 'Traceback' not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith('error: ')
    assert '--size' in run_tool(repo_root, '--help').stdout


def test_the_public_file(shared, tmp_path):
    """Statistics of the published cues, of the pictures that are at hand."""
    source = shared / 'data/voc12mini/sec_cues'
    labels, statistics = convert_sec_cues(
        source / 'localization_cues.pickle.gz', source / 'input_list.txt',
        tmp_path / 'out')
    assert statistics.images == len(labels.images) == 700
    assert statistics.pixels == 700 * 41 * 41
    # The whole file: 165.0 of at most 168 cells, shares .54 and .240.
    assert abs(statistics.background / 700 - 165) < 1
    assert statistics.labeled == statistics.cues
    assert .5 < 1 - statistics.background / statistics.cues < .6
    assert .22 < statistics.labeled / statistics.pixels < .25
    files = sorted((tmp_path / 'out').glob('*.png'))
    assert len(files) == 700
    assert max(p.stat().st_size for p in files) < 2000
