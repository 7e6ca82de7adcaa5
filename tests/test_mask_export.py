"""Masks of a workspace, out to other tools and back as corrections."""
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.apis.mask_export import export_masks, import_masks
from wsss_plugins.apis.workspace_masks import ImageNames, WorkspaceMasks
from wsss_plugins.exports import all_formats
from wsss_plugins.structures import UserError, read_mask, write_mask
from wsss_plugins.testing.tools import run_tool
from wsss_plugins.workspace.corrections import Corrections
from wsss_plugins.workspace.layout import Workspace

ROOT = Path(__file__).resolve().parents[1]
FORMATS = sorted(all_formats())
CLASSES = ['background', 'cat', 'dog']
PALETTE = [[0, 0, 0], [220, 20, 60], [0, 120, 255]]
# Source, its safe name, size and work size.
IMAGES = [('a.jpg', 'a', (40, 60), (40, 60)),
          ('sub/a.jpg', 'sub__a', (80, 120), (40, 60)),
          ('sub/b c.png', 'sub__b_c', (33, 47), (22, 31)),
          ('twin.jpg', 'twin', (20, 20), (20, 20)),
          ('twin.png', 'twin_2', (20, 20), (20, 20))]


def mask_of(number, size):
    mask = np.zeros(size, np.uint8)
    mask[3:15, 4:16] = 1 + number % 2
    mask[6:9, 8:12] = 0
    mask[12:, 14:] = 2 - number % 2
    return mask


@pytest.fixture
def space(tmp_path):
    space, photos = Workspace(tmp_path / 'out'), tmp_path / 'photos'
    entries = {}
    for number, (source, name, size, work) in enumerate(IMAGES):
        (photos / source).parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', size[::-1]).save(photos / source)
        entries[name] = dict(source=source, size=size, work_size=work,
                             digest='', split='val' if number == 1 else
                             'train')
        mask = mask_of(number, work)
        write_mask(space.mask_dir / f'{name}.png', mask, PALETTE)
        large = np.array(Image.fromarray(mask).resize(size[::-1], 0))
        write_mask((space.masks / source).with_suffix('.png'), large, PALETTE)
    space.data.mkdir()
    space.entries.write_text(json.dumps(dict(images=entries)))
    space.save(dict(images=str(photos), labels='', options={},
                    classes=CLASSES, palette=PALETTE, command=[]))
    return space


def test_corrections_win_and_sizes_fit(space):
    fixed = np.full((40, 60), 2, np.uint8)
    fixed[:5] = 1
    Corrections(space.corrections, CLASSES).set_mask('sub__a', fixed)
    masks = WorkspaceMasks(space)
    assert (masks.read('sub__a') == fixed.repeat(2, 0).repeat(2, 1)).all()
    assert (masks.read('a') == mask_of(0, (40, 60))).all()
    # Two images of one stem share a file below masks/, so it is not asked.
    assert (masks.read('twin') == mask_of(3, (20, 20))).all()
    assert (masks.read('twin_2') == mask_of(4, (20, 20))).all()
    assert masks.read('sub__b_c').shape == (33, 47)


def test_what_is_left_out_is_told(space, capsys, tmp_path):
    Corrections(space.corrections, CLASSES).set_status('a', 'rejected')
    for folder in (space.masks / 'sub/b c.png',
                   space.mask_dir / 'sub__b_c.png'):
        folder.unlink()
    assert run_tool(ROOT / 'tools/export.py', space.root, tmp_path / 'y.zip',
                    '--format', 'yolo') == 0
    text = capsys.readouterr().out
    assert '3 masks as yolo, 0 of them corrected' in text
    assert '1 images are rejected' in text and '1 images have no m' in text
    assert 'note: 3 holes are filled' in text
    with pytest.raises(UserError, match='no masks to export .*not accepted'):
        export_masks(space, tmp_path / 'b', 'coco', which='accepted')


@pytest.mark.parametrize('kind', FORMATS)
def test_nothing_changed_comes_back_as_nothing(kind, space, tmp_path):
    export_masks(space, tmp_path / 'x.zip', kind, images=True)
    found = import_masks(space, tmp_path / 'x.zip', kind)
    assert found.same == 5
    assert not found.changed and not space.corrections.exists()


@pytest.mark.parametrize('kind', FORMATS)
def test_what_was_changed_becomes_a_correction(kind, space, tmp_path):
    other = Workspace(tmp_path / 'other')
    shutil.copytree(space.root, other.root)
    drawn = np.zeros((40, 60), np.uint8)
    drawn[2:30, 2:50] = 1
    drawn[10:20, 10:20] = 2
    Corrections(other.corrections, CLASSES).set_mask('sub__a', drawn)
    empty = np.zeros((40, 60), np.uint8)
    Corrections(other.corrections, CLASSES).set_mask('a', empty)
    export_masks(other, tmp_path / 'x', kind)
    found = import_masks(space, tmp_path / 'x', kind)
    assert sorted(found.changed) == ['a', 'sub__a']
    mine = Corrections(space.corrections, CLASSES)
    assert (mine.mask('sub__a') == drawn).all()
    assert (mine.mask('a') == 0).all()


def test_import_by_command(space, tmp_path, capsys):
    folder = tmp_path / 'pngs'
    write_mask(folder / 'photos/sub/a.png', np.ones((80, 120), np.uint8),
               PALETTE)
    write_mask(folder / 'none.png', np.ones((80, 120), np.uint8), PALETTE)
    write_mask(folder / 'b c.png', np.ones((5, 5), np.uint8), PALETTE)
    assert run_tool(ROOT / 'tools/import_masks.py', space.root, folder,
                    '--format', 'voc') == 0
    text = capsys.readouterr().out
    assert '1 masks are corrections now, 0 were not' in text
    assert 'none: not one of the images' in text
    assert 'b c: the mask is 5x5, the image 47x33' in text
    saved = read_mask(space.corrections / 'masks/sub__a.png')
    assert saved.shape == (40, 60) and (saved == 1).all()


@pytest.mark.parametrize('words, text', [
    (('--format', 'bmp'), "format 'bmp' is unknown; choose one of coco"),
    (('--format', 'coco', '--option', 'a=b'), 'has no option a; it has seg'),
    (('--format', 'coco', '--option', 'a'), 'write KEY=VALUE'),
    (('--format', 'coco', '--option', 'segmentation=x'), 'choose rle or'),
    (('--format', 'onnx'), 'no segmentor in it'),
])
def test_bad_exports(words, text, space, tmp_path, capsys):
    assert run_tool(ROOT / 'tools/export.py', space.root, tmp_path / 'x',
                    *words) == 2
    assert text in capsys.readouterr().err
    assert not (tmp_path / 'x').exists()


def test_bad_workspaces_and_files(space, tmp_path):
    with pytest.raises(UserError, match='no workspace'):
        export_masks(Workspace(tmp_path / 'photos'), tmp_path / 'x', 'coco')
    (tmp_path / 'photos/a.jpg').unlink()
    with pytest.raises(UserError, match=r'a.jpg: image not found \(1 are'):
        export_masks(space, tmp_path / 'x', 'coco', images=True)
    with pytest.raises(UserError, match='not found; fix the path'):
        import_masks(space, tmp_path / 'none.json', 'coco')
    (tmp_path / 'bad.zip').write_bytes(b'PK')
    with pytest.raises(UserError, match='bad.zip: not a whole zip file'):
        import_masks(space, tmp_path / 'bad.zip', 'coco')
    (tmp_path / 'bad.json').write_text('{"images": [')
    for kind in ('coco', 'labelme', 'label-studio'):
        with pytest.raises(UserError, match='bad.json'):
            import_masks(space, tmp_path / 'bad.json', kind)
    (tmp_path / 'bad.xml').write_text('<annotations><image')
    with pytest.raises(UserError, match='not a whole CVAT file'):
        import_masks(space, tmp_path / 'bad.xml', 'cvat')
    assert not space.corrections.exists()


def test_names_that_tools_give(space):
    names = ImageNames(WorkspaceMasks(space).places)
    for path, found in (('a.jpg', 'a'), ('sub/a', 'sub__a'),
                        ('/data/photos/sub/a.jpg', 'sub__a'),
                        ('sub\\a.jpg', 'sub__a'), ('b c.png', 'sub__b_c'),
                        ('sub__b_c.jpg', 'sub__b_c'), ('twin.png', 'twin_2'),
                        ('twin.jpg', 'twin')):
        assert names.find(path).name == found, path
    assert names.find('d.jpg') is None
