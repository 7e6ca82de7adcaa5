"""Images are found, checked and read upright, by everyone alike."""
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from wsss_plugins.datasets.transforms.upright_image import LoadUprightImage
from wsss_plugins.structures import (
    ImageFolder,
    ImageHeader,
    UserError,
    checked_size,
    read_image,
    read_mask,
)
from wsss_plugins.structures.gray_map import GrayValues, read_gray
from wsss_plugins.structures.image_files import checked_sides, split_suffix

PIXELS = np.random.default_rng(3).integers(0, 256, (22, 34, 3), np.uint8)


def photo(path, turn, form='PNG', **save):
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(PIXELS).save(path, form, exif=exif.tobytes(), **save)
    return path


@pytest.mark.parametrize('turn', range(10))
def test_upright_is_what_pillow_and_opencv_call_so(tmp_path, turn):
    path = photo(tmp_path / 'a.png', turn)
    with Image.open(path) as image:
        truth = np.asarray(ImageOps.exif_transpose(image))
    header = ImageHeader.read(path)
    assert (read_image(path) == truth).all()
    assert header.size == checked_size(path) == truth.shape[:2]
    assert header.stored_size == PIXELS.shape[:2]
    assert (cv2.imread(str(path))[..., ::-1] == truth).all()
    loaded = LoadUprightImage()(dict(img_path=str(path)))
    assert (loaded['img'][..., ::-1] == truth).all()
    assert loaded['ori_shape'] == truth.shape[:2]


@pytest.mark.parametrize('turn', [3, 5, 6, 8])
def test_loader_turns_formats_that_opencv_does_not(tmp_path, turn):
    path = photo(tmp_path / 'a.webp', turn, 'WEBP', lossless=True)
    loaded = LoadUprightImage()(dict(img_path=str(path)))['img']
    assert (loaded[..., ::-1] == read_image(path)).all()


def test_loader_keeps_the_size_of_the_annotations(tmp_path):
    path = photo(tmp_path / 'a.png', 6)
    load = LoadUprightImage()
    upright = load(dict(img_path=str(path), height=34, width=22))
    assert upright['img'].shape == (34, 22, 3)
    stored = load(dict(img_path=str(path), height=22, width=34))
    assert (stored['img'][..., ::-1] == PIXELS).all()
    with pytest.raises(UserError, match='22x34 pixels, but .* say 9x9'):
        load(dict(img_path=str(path), height=9, width=9))


def test_a_tag_of_xmp_turns_nothing(tmp_path):
    """OpenCV ignores it, so we do."""
    xmp = (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
           b'tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>')
    Image.fromarray(PIXELS).save(tmp_path / 'a.jpg', xmp=xmp)
    assert checked_size(tmp_path / 'a.jpg') == PIXELS.shape[:2]
    assert cv2.imread(str(tmp_path / 'a.jpg')).shape == PIXELS.shape


def test_depth_and_transparency(tmp_path):
    ramp = np.linspace(0, 65535, 22 * 34).reshape(22, 34).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / 'deep.png')
    assert (read_image(tmp_path / 'deep.png')[..., 1] == ramp // 257).all()
    clear = np.dstack([PIXELS, np.full((22, 34), 0, np.uint8)])
    Image.fromarray(clear).save(tmp_path / 'clear.png')
    assert (read_image(tmp_path / 'clear.png') == 255).all()


def png(width, height, rows=None):
    """A black image of one bit a pixel, as small as its head wants."""
    def chunk(kind, body):
        return (struct.pack('>I', len(body)) + kind + body
                + struct.pack('>I', zlib.crc32(kind + body)))
    head = struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes((1 + (width + 7) // 8) * (rows or height)))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head)
            + chunk(b'IDAT', data) + chunk(b'IEND', b''))


def whole():
    import io
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, 'PNG')
    return buffer.getvalue()


BROKEN = {
    'bomb': png(20000, 12000, 1), 'empty': b'', 'page': b'<!doctype html>',
    'cut': whole()[:-40], 'flipped bit': whole()[:900] + b'\xff\0\xff'
    + whole()[903:], 'sgi': b'\x01\xda\x01\x01\x00\x03' + b'\xfe' * 600,
    'tiff': b'II*\0' + b'\xff' * 64, 'dds': b'DDS |\0\0\0' + b'\xff' * 130,
}


@pytest.mark.parametrize('name', BROKEN)
@pytest.mark.parametrize('read', [checked_size, read_image, read_mask,
                                  read_gray])
def test_broken_files_are_named(tmp_path, name, read):
    path = tmp_path / 'x.png'
    path.write_bytes(BROKEN[name])
    with pytest.raises(UserError, match=r'x\.png: ') as error:
        read(path)
    assert '\n' not in str(error.value)


def test_what_is_no_file(tmp_path):
    with pytest.raises(UserError, match='image not found'):
        checked_size(tmp_path / 'gone.jpg')
    with pytest.raises(UserError, match='directory'):
        checked_size(tmp_path)
    with pytest.raises(UserError):
        checked_size(tmp_path / 'a\0b.jpg')


def test_masks_have_no_orientation(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.fromarray(PIXELS[..., 0]).save(tmp_path / 'm.png',
                                         exif=exif.tobytes())
    with pytest.raises(UserError, match='without EXIF'):
        read_mask(tmp_path / 'm.png')


@pytest.mark.parametrize('name, file', [
    ('b', 'b.PnG'), ('b.png', 'b.PnG'), ('b.PnG', 'b.PnG'), ('c.1', 'c.1.jpg'),
    ('c.1.JPEG', None), ('sub/d', 'sub/d.JPEG'), ('sub\\d', 'sub/d.JPEG'),
    ('e', None), ('x' * 3000, None), ('a', 'a.jpg'), ('a.png', 'a.png'),
    ('.hidden', None)])
def test_names_find_their_file(tmp_path, name, file):
    (tmp_path / 'sub').mkdir()
    for there in ('a.png', 'a.jpg', 'b.PnG', 'c.1.jpg', 'sub/d.JPEG',
                  'e.txt', '.hidden.JPG'):
        (tmp_path / there).touch()
    found = ImageFolder(tmp_path).find(name)
    assert found == (file and str(tmp_path / file))
    assert ImageFolder(tmp_path).stems() == ['a', 'b', 'c.1']


def test_other_dots_belong_to_names():
    assert split_suffix('a.2024.05') == ('a.2024.05', '')
    assert split_suffix('a.b.JPeG') == ('a.b', '.JPeG')
    assert split_suffix('.jpg') == ('.jpg', '')


@pytest.mark.parametrize('size', [
    [np.nan, 4], [3], [3, 4, 5], [-1, 4], [0, 4], [2**33, 2**33], 'ab',
    [4., 4.], [2**20, 2**20]])
def test_sizes_of_no_image(size):
    with pytest.raises(ValueError):
        checked_sides(size)


def test_gray_maps_of_other_depths(tmp_path):
    deep = Image.fromarray(np.full((4, 5), 40000, np.uint16))
    deep.save(tmp_path / 'a.png')
    Image.fromarray(np.full((4, 5), .4, np.float32)).save(tmp_path / 'b.tif')
    for name in ('a.png', 'b.tif'):
        with pytest.raises(UserError, match=rf'{name}: .*0\.\.255'):
            read_gray(tmp_path / name)
    bits = np.eye(4, 5) > 0
    Image.fromarray(bits).save(tmp_path / 'c.png')
    assert (read_gray(tmp_path / 'c.png') == bits * 255).all()


def test_a_set_of_gray_maps():
    values = GrayValues()
    values.add(np.full((3, 3), 2, np.uint8))
    assert 'at most 2 ' in values.flaw('saliency')
    values.add(np.full((3, 3), 90, np.uint8))
    assert values.flaw('saliency') is None
