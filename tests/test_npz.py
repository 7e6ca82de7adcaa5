"""Archives of arrays: damaged, hostile and absurd ones are named."""
import io
import pickle
import struct
import zipfile

import numpy as np
import pytest

from wsss_plugins.structures import (
    ClassMaps,
    Cues,
    GradientMap,
    SubCategories,
    UserError,
)
from wsss_plugins.structures.npz import load_arrays, save_arrays


def write(path, compress=zipfile.ZIP_DEFLATED, **arrays):
    """An archive of arrays, or of bytes in place of one."""
    with zipfile.ZipFile(path, 'w', compress) as file:
        for name, value in arrays.items():
            if not isinstance(value, bytes):
                buffer = io.BytesIO()
                np.save(buffer, value)
                value = buffer.getvalue()
            file.writestr(f'{name}.npy', value)
    return path


def head(shape, code='<f8'):
    text = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}}}"
    return (b'\x93NUMPY\1\0' + struct.pack('<H', len(text) + 1)
            + text.encode() + b'\n')


def read(path):
    with load_arrays(path, ['x'], 'test file', 'make it again') as arrays:
        return arrays['x']


@pytest.mark.parametrize('dtype', ['f2', 'f8', 'i2', 'u1', 'U3', '?'])
def test_arrays_come_back(tmp_path, dtype):
    array = np.arange(12).reshape(3, 4).astype(dtype)
    save_arrays(tmp_path / 'a.npz', x=array, y=array.T)
    found = read(tmp_path / 'a.npz')
    assert found.dtype == array.dtype and (found == array).all()
    found[0] = found[1]  # of its own memory


def damaged(path, places):
    data = bytearray(path.read_bytes())
    for place in places:
        data[place] ^= 0x3c
    path.write_bytes(data)


BROKEN = {
    'no array': lambda p: write(p, y=np.zeros(3)),
    'npy': lambda p: p.write_bytes(head('(3,)') + bytes(24)),
    'text': lambda p: p.write_text('x = 1'),
    'petabyte': lambda p: write(p, x=head(f'({2**50},)')),
    'shape that overflows': lambda p: write(p, x=head(f'({2**40}, {2**40})')),
    'less than it says': lambda p: write(p, x=head('(8,)') + bytes(63)),
    'more than it says': lambda p: write(p, x=head('(8,)') + bytes(65)),
    'nested': lambda p: write(p, x=head('[' * 9000)),
    'objects': lambda p: write(p, x=np.array([[], None], object)),
    'pickle': lambda p: write(p, x=head('()', '|O') + pickle.dumps(print)),
    'record': lambda p: write(p, x=np.zeros(2, 'i4,f4')),
    'deflate': lambda p: damaged(
        write(p, x=np.random.default_rng(0).random(99)), range(300, 320)),
    'checksum': lambda p: damaged(
        write(p, zipfile.ZIP_STORED, x=np.zeros(99)), [500]),
}


@pytest.mark.parametrize('name', BROKEN)
def test_broken_archives(tmp_path, name):
    path = tmp_path / 'a.npz'
    BROKEN[name](path)
    with pytest.raises(UserError, match=r'a\.npz: not a whole test file'):
        read(path)


def test_an_unpacked_size_has_a_limit(tmp_path, monkeypatch):
    path = write(tmp_path / 'a.npz', x=np.zeros(10**5))
    assert path.stat().st_size < 10**4
    monkeypatch.setattr('wsss_plugins.structures.npz.MAX_BYTES', 10**5)
    with pytest.raises(UserError, match='more than 100000'):
        read(path)


@pytest.mark.parametrize('load', [
    ClassMaps.load, GradientMap.load, SubCategories.load,
    lambda path: Cues.load(path, 3)])
def test_all_kinds_read_by_it(tmp_path, load):
    with pytest.raises(UserError, match=r'a\.npz: .* not found; '):
        load(tmp_path / 'a.npz')
    write(tmp_path / 'a.npz', z=np.zeros(3))
    with pytest.raises(UserError, match=r'a\.npz: .*it has no array'):
        load(tmp_path / 'a.npz')


@pytest.mark.parametrize('change, message', [
    (dict(labels=np.array([-2])), 'label -2 is no class'),
    (dict(labels=np.array([3])), 'label 3 is no class; there are 3'),
    (dict(labels=np.array(['b'])), 'labels is <U1'),
    (dict(labels=np.array([1.])), 'labels is float64'),
    (dict(labels=np.array([[1]])), r'labels is int64 of shape \(1, 1\)'),
    (dict(cam=np.full((1, 4, 4), 3.)), 'scores of 3..3 are not in 0..1'),
    (dict(cam=np.full((1, 4, 4), -1.)), 'scores of -1..-1'),
    (dict(cam=np.full((1, 4, 4), np.inf)), 'not finite'),
    (dict(cam=np.zeros((1, 4, 4), complex)), 'cam is complex128'),
    (dict(size=np.array([np.inf, 9])), 'not height and width'),
    (dict(size=np.array([0, 9])), '0x9 is of no image'),
    (dict(size=np.array([2**31, 2**31])), 'is of no image'),
    (dict(size=np.array(9)), 'not height and width'),
])
def test_cam_files(tmp_path, change, message):
    sound = dict(labels=np.array([2]), cam=np.full((1, 4, 4), .5),
                 size=np.array([8, 9]))
    path = write(tmp_path / 'a.npz', **sound)
    assert ClassMaps.load(path, 3).size == (8, 9)
    write(path, **dict(sound, **change))
    with pytest.raises(UserError, match=rf'a\.npz: .*{message}'):
        ClassMaps.load(path, 3)


@pytest.mark.parametrize('shape', [
    np.array(3), np.array([3., 4., 4.]), np.array([3, -4, 4]),
    np.array([2**40, 2**40, 2]), np.array([3, 4]), np.array(['3', '4', '4'])])
def test_cue_files(tmp_path, shape):
    path = write(tmp_path / 'a.npz', cues=np.zeros(6, np.uint8),
                 shape=np.array([3, 4, 4]))
    assert Cues.load(path, 3).size == (4, 4)
    write(path, cues=np.zeros(6, np.uint8), shape=shape)
    with pytest.raises(UserError, match=r'a\.npz: '):
        Cues.load(path, 3)
