"""A user's photos: found, checked, copied upright in color; told if not."""
import os

import cv2
import numpy as np
import pytest
from PIL import Image

from wsss_plugins.own_images.copies import look_at
from wsss_plugins.own_images.matching import PhotoIndex
from wsss_plugins.own_images.names import mask_files, safe_names
from wsss_plugins.own_images.photos import look_at_photos, scan_photos
from wsss_plugins.structures import UserError, read_image, read_reduced

PIXELS = np.clip(np.random.default_rng(5).integers(-9, 10, (48, 64, 3))
                 + (200, 110, 40), 0, 255).astype(np.uint8)
PIXELS[:24, :32] //= 4


def near(found, wanted, distance=12):
    """Whether images agree up to noise."""
    small = [np.asarray(Image.fromarray(x).reduce(8), float)
             for x in (found, wanted)]
    return np.abs(small[0] - small[1]).max() < distance


def gray():
    return np.asarray(Image.fromarray(PIXELS).convert('L'))


@pytest.mark.parametrize('bits', [8, 10, 12, 14, 16])
@pytest.mark.parametrize('suffix', ['png', 'tif'])
def test_gray_of_many_bits(tmp_path, bits, suffix):
    """A sensor fills as many bits as it has, of sixteen."""
    deep = gray().astype(np.uint32) * ((1 << bits) - 1) // 255
    deep[-1, -1] = (1 << bits) - 1  # a light
    Image.fromarray(deep.astype(np.uint16)).save(tmp_path / f'a.{suffix}')
    found = read_image(tmp_path / f'a.{suffix}')
    assert near(found, np.repeat(gray()[..., None], 3, 2))


@pytest.mark.parametrize('bits', [8, 10, 12, 14, 16])
@pytest.mark.parametrize('suffix', ['png', 'tif'])
def test_color_of_many_bits(tmp_path, bits, suffix):
    deep = PIXELS[..., ::-1].astype(np.uint32) * ((1 << bits) - 1) // 255
    deep[-1, -1] = (1 << bits) - 1
    cv2.imwrite(str(tmp_path / f'a.{suffix}'), deep.astype(np.uint16))
    assert near(read_image(tmp_path / f'a.{suffix}'), PIXELS)
    small, _ = read_reduced(tmp_path / f'a.{suffix}', 32)
    assert abs(small.mean() - PIXELS.mean()) < 5


def test_gray_of_more_bits_is_told(tmp_path):
    Image.fromarray(np.full((9, 9), 70000, np.int32)).save(tmp_path / 'a.tif')
    with pytest.raises(UserError, match='more than 16 bits'):
        read_image(tmp_path / 'a.tif')
    Image.fromarray(np.full((9, 9), .5, np.float32)).save(tmp_path / 'b.tif')
    with pytest.raises(UserError, match='fractions'):
        read_image(tmp_path / 'b.tif')
    assert look_at(tmp_path / 'b.tif').fix == (
        'save it with 8 or 16 bits a channel')


@pytest.mark.parametrize('mode', ['L', 'LA', 'RGBA', 'P', 'CMYK', 'YCbCr'])
def test_modes(tmp_path, mode):
    image = Image.fromarray(PIXELS)
    suffix = 'jpg' if mode in ('CMYK', 'YCbCr') else 'png'
    image.convert(mode).save(tmp_path / f'a.{suffix}')
    found = read_image(tmp_path / f'a.{suffix}')
    wanted = np.repeat(gray()[..., None], 3, 2) if 'L' in mode else PIXELS
    assert near(found, wanted, 25)


@pytest.mark.parametrize('turn', range(1, 9))
def test_reduced_images_are_upright(tmp_path, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    large = Image.fromarray(PIXELS).resize((1024, 768), Image.Resampling.BOX)
    large.save(tmp_path / 'a.jpg', exif=exif.tobytes(), quality=95)
    whole = read_image(tmp_path / 'a.jpg')
    small, size = read_reduced(tmp_path / 'a.jpg', 200)
    assert size == whole.shape[:2] and sorted(small.shape[:2]) == [150, 200]
    wanted = Image.fromarray(whole).resize(small.shape[1::-1])
    assert np.abs(small.astype(int) - np.asarray(wanted)).mean() < 4
    assert read_reduced(tmp_path / 'a.jpg', 2000)[0].shape == whole.shape


def test_a_turned_tiff_is_reduced_upright(tmp_path):
    """Pillow turns this format by itself, when it decodes."""
    Image.fromarray(PIXELS).save(tmp_path / 'a.tif', tiffinfo={274: 6})
    whole = read_image(tmp_path / 'a.tif')
    small, size = read_reduced(tmp_path / 'a.tif', 32)
    assert whole.shape[:2] == size == (64, 48)
    assert small.shape[:2] == (32, 24) and small[2, -3].sum() < 150


def test_frames_and_small_images_are_told(tmp_path):
    image = Image.fromarray(PIXELS)
    image.save(tmp_path / 'a.gif', save_all=True,
               append_images=[image.rotate(180)])
    assert look_at(tmp_path / 'a.gif').note.startswith('2 images are in it')
    image.resize((64, 9)).save(tmp_path / 'b.png')
    assert look_at(tmp_path / 'b.png').note.startswith('64 x 9 pixels')


@pytest.fixture
def tree(tmp_path):
    """Photos between other files."""
    root = tmp_path / 'photos'
    (root / 'deep/er').mkdir(parents=True)
    image = Image.fromarray(PIXELS)
    for name in ('a.JPG', 'deep/a.jpeg', 'deep/er/b.TIFF', 'c.webp'):
        image.save(root / name)
    image.save(root / 'photo.jfif', 'JPEG')
    image.save(root / 'no suffix', 'PNG')
    for name in ('.a.jpg', 'Thumbs.db', 'x.csv', '__MACOSX/a.jpg',
                 '.cache/a.jpg', 'out/data/a.jpg'):
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_bytes(b'x')
    (root / 'empty.png').touch()
    (root / 'page.jpg').write_text('<!doctype html>')
    (root / 'raw.NEF').write_bytes(b'II*\0' + bytes(99))
    (root / 'lost.jpg').symlink_to(root / 'nowhere.jpg')
    (root / 'loop').symlink_to(root)
    (tmp_path / 'more').mkdir()
    image.save(tmp_path / 'more/d.png')
    (root / 'linked').symlink_to(tmp_path / 'more')
    os.mkfifo(root / 'pipe.jpg')
    return root


def test_photos_among_other_files(tree):
    found = scan_photos(tree, [tree / 'out'])
    sizes = look_at_photos(found, {}, 1)
    names = ['a.JPG', 'c.webp', 'deep/a.jpeg', 'deep/er/b.TIFF',
             'linked/d.png', 'no suffix', 'photo.jfif']
    assert [photo.source for photo in found.photos] == names
    assert sizes == dict.fromkeys(names, (48, 64))
    assert sorted(found.broken) == ['empty.png', 'lost.jpg', 'page.jpg',
                                    'pipe.jpg', 'raw.NEF']
    assert found.broken['raw.NEF'].fix == 'convert it to JPEG or PNG'


def test_many_photos_in_other_processes(tmp_path):
    for number in range(70):
        Image.new('RGB', (40, 33 + number)).save(tmp_path / f'{number}.png')
    (tmp_path / 'x.png').write_bytes(b'x')
    found = scan_photos(tmp_path)
    sizes = look_at_photos(found, {}, 2)
    assert sizes == {f'{n}.png': (33 + n, 40) for n in range(70)}
    assert list(found.broken) == ['x.png']


def test_names_are_safe_and_stay():
    sources = ['a/b.jpg', 'a__b.jpg', 'A__B.png', 'x y#.png',
               '\u82f9\u679c.jpg', 'c.jpg.png', 'c.2024.jpg',
               f'{"n" * 250}.jpg']
    names = safe_names(sources, {})
    assert list(names.values())[:7] == [
        'a__b', 'a__b_2', 'A__B_3', 'x_y_', '\u82f9\u679c', 'c_jpg', 'c.2024']
    assert len(names[sources[-1]]) < 200
    again = safe_names(['a_b.jpg', *reversed(sources)], names)
    assert {s: again[s] for s in sources} == names
    assert safe_names(['new/a.jpg'], {'old.jpg': 'new__a'}) == {
        'new/a.jpg': 'new__a_2'}


def test_no_two_masks_have_one_file():
    assert mask_files(['a/b.1.JPG', 'c.png', 'C.bmp', 'd', 'e.avif',
                       'c.png.jpg']) == {
        'a/b.1.JPG': 'a/b.1.png', 'c.png': 'c.png.png', 'C.bmp': 'C.bmp.png',
        'd': 'd.png', 'e.avif': 'e.png', 'c.png.jpg': 'c.png.jpg.png'}


@pytest.mark.parametrize('name, found', [
    ('one.jpg', ['a/one.jpg', 'b/one.jpg']), ('a/one', ['a/one.jpg']),
    ('/set/a/one.jpg', ['a/one.jpg']), ('ONE.jpg', ['a/one.jpg', 'b/one.jpg']),
    ('c/one.jpg', []), ('two', ['two.png']), ('x/two.png', []),
    ('set/two.png', ['two.png']), ('one.png', [])])
def test_which_photo_a_name_means(name, found):
    index = PhotoIndex('/my/set', ['a/one.jpg', 'b/one.jpg', 'two.png'])
    index.learn_folders([name, 'other.png'])
    assert index.find([name]) == found
    assert index.find(['nothing', name, 'two.png']) == (
        found if len(found) == 1 else ['two.png'])
