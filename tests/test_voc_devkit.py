"""The look at a VOC folder tells what is missing, and writes true lists."""
import shutil
from pathlib import Path

import pytest

from wsss_plugins.structures import ImageLabels
from wsss_plugins.testing.tools import run_tool

TOOL = (Path(__file__).resolve().parents[1] / 'tools' / 'dataset_converters'
        / 'voc_devkit.py')


@pytest.fixture
def voc(tmp_path):
    """Six pictures: two in each list, and two more."""
    root = tmp_path / 'VOC2012'
    lists = root / 'ImageSets' / 'Segmentation'
    for folder in (lists, root / 'JPEGImages', root / 'SegmentationClass'):
        folder.mkdir(parents=True)
    for name in 'abcdef':
        (root / 'JPEGImages' / f'{name}.jpg').touch()
    for name in 'abcd':
        (root / 'SegmentationClass' / f'{name}.png').touch()
    (lists / 'train.txt').write_text('a\nb\n')
    (lists / 'val.txt').write_text('c\nd\n')
    return root


def train_aug(root):
    path = root / 'ImageSets' / 'Segmentation' / 'train_aug.txt'
    return path.read_text().split() if path.is_file() else None


def lines_of(capsys):
    """Report lines by part."""
    out = capsys.readouterr().out.splitlines()
    return {line.split()[1].rstrip(':'): line for line in out
            if line[:1] in 'oM'}


def test_reports_what_is_missing(voc, capsys):
    assert run_tool(TOOL, voc) == 1
    lines = lines_of(capsys)
    assert lines['JPEGImages'].endswith('JPEGImages: 6')
    assert lines['SegmentationClass'].startswith('ok')
    aug = lines['ImageSets/Segmentation/train_aug.txt']
    assert aug.startswith('MISSING') and '--aug-lists' in aug
    labels = lines['image_labels.json']
    assert labels.startswith('MISSING') and 'voc-xml' in labels
    assert lines['saliency'].startswith('optional')
    assert train_aug(voc) is None


def test_train_aug_holds_only_pictures_that_exist(voc, tmp_path, capsys):
    (tmp_path / '1.txt').write_text('e\nc\ngone\n')
    (tmp_path / '2.txt').write_text('/JPEGImages/f.jpg /Aug/f.png\n')
    lists = ('--aug-lists', tmp_path / '1.txt', tmp_path / '2.txt')
    assert run_tool(TOOL, voc, *lists) == 1
    assert train_aug(voc) == ['a', 'b', 'e', 'f']  # c is in val
    out = capsys.readouterr().out
    assert '4 names written; 1 without an image: gone' in out
    ImageLabels(('x', ), {n: ['x'] for n in 'abef'}).save(
        voc / 'image_labels.json')
    assert run_tool(TOOL, voc) == 0
    assert lines_of(capsys)['image_labels.json'].endswith(': 4')


def test_a_picture_or_mask_is_gone(voc, capsys):
    (voc / 'JPEGImages' / 'd.jpg').unlink()
    (voc / 'SegmentationClass' / 'a.png').unlink()
    assert run_tool(TOOL, voc) == 1
    lines = lines_of(capsys)
    assert '1 of 2 missing (d); unpack' in lines[
        'ImageSets/Segmentation/val.txt']
    assert '1 of 4 missing (a); unpack' in lines['SegmentationClass']


def test_links(voc, tmp_path, capsys):
    masks, link = tmp_path / 'masks', tmp_path / 'data' / 'VOC2012'
    masks.mkdir()
    for _ in range(2):  # again is no mistake
        run_tool(TOOL, voc, '--aug-masks', masks, '--link', link)
        assert link.resolve() == voc.resolve()
        assert (link / 'SegmentationClassAug').resolve() == masks.resolve()
    assert 'links to' in capsys.readouterr().out


@pytest.mark.parametrize('args, message', [
    (['--aug-lists', 'nowhere.txt'], 'nowhere.txt: list of images not found'),
    (['--aug-lists', 'empty.txt'], 'empty.txt: no image names'),
    (['--aug-masks', 'nowhere'], 'nowhere: folder not found'),
    (['--link', 'empty.txt'], 'empty.txt: something else is there')])
def test_mistakes(voc, tmp_path, monkeypatch, capsys, args, message):
    monkeypatch.chdir(tmp_path)
    Path('empty.txt').touch()
    assert run_tool(TOOL, voc, *args) == 2
    error = capsys.readouterr().err
    assert message in error and error.startswith('error: ')
    assert error.count('\n') == 1 and train_aug(voc) is None


def test_no_folder_and_no_pictures(voc, tmp_path, capsys):
    assert run_tool(TOOL, tmp_path / 'nowhere') == 2
    assert 'nowhere: folder not found' in capsys.readouterr().err
    shutil.rmtree(voc / 'JPEGImages')
    (tmp_path / 'l.txt').write_text('e\n')
    assert run_tool(TOOL, voc, '--aug-lists', tmp_path / 'l.txt') == 2
    assert 'none of 3 listed images' in capsys.readouterr().err
