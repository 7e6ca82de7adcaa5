"""Pickles of others are read, and run nothing."""
import builtins
import gzip
import io
import os
import pickle
import random
import struct

import numpy as np
import pytest

from wsss_plugins.structures import (
    ImageLabels,
    UserError,
    load_npy,
    load_pickle,
    pickle_machine,
    safe_pickle,
)

PROTOCOLS = range(6)
VALUES = dict(
    numbers=[0, -1, 255, 65536, -2**31, 2**70, 1.5, float('inf'), True, False,
             None, 1 + 2j],
    text=['', 'cat', 'caf\xe9 \u2028 \U0001f431', "it's\n"],
    bytes=[b'', b'\x00\xff', bytearray(b'ab'), bytearray()],
    containers={'a': [1, (2, ), (), (1, 2, 3, 4)], ('k', 1): {}, 3: {1, 2},
                'f': frozenset({'x'})},
    integers=np.arange(-6, 6, dtype=np.int16).reshape(3, 4),
    fortran=np.asfortranarray(np.arange(6.).reshape(2, 3)),
    big_endian=np.arange(5, dtype='>i4'),
    empty=np.zeros((0, 3), np.float32),
    no_dimensions=np.array(2.5),
    booleans=np.array([True, False]),
    words=np.array(['cat', 'h\xe9']),
    raw=np.array([b'ab', b'c']),
    halves=np.array([1.5, -2], np.float16),
    complex=np.array([1 + 2j], np.complex64),
    scalars=[np.float32(.5), np.int64(3), np.bool_(True), np.str_('a')],
    dtype=np.dtype('f8'),
    swapped_words=np.array(['cat']).astype('>U3'))


def write(path, data):
    path.write_bytes(data)
    return path


def same(a, b):
    """Equal in value and in every type; the first of native byte order."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return (a.dtype == b.dtype.newbyteorder('=') and a.shape == b.shape
                and all(same(x, y) for x, y in zip(a.flat, b.flat)))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize('protocol', PROTOCOLS)
@pytest.mark.parametrize('name', VALUES)
def test_reads_what_pickle_writes(tmp_path, name, protocol):
    data = pickle.dumps(VALUES[name], protocol)
    value = load_pickle(write(tmp_path / 'a.pkl', data))
    assert same(value, pickle.loads(data))
    zipped = write(tmp_path / 'a.pkl.gz', gzip.compress(data))
    assert same(load_pickle(zipped), value)


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_arrays_of_objects(tmp_path, protocol):
    array = np.empty((2, 2), dtype=object)
    array[0, 0], array[0, 1] = [1, 2], np.arange(3)
    array[1, 0], array[1, 1] = {'a': np.float32(1)}, 'x'
    path = write(tmp_path / 'a.pkl', pickle.dumps(array, protocol))
    assert same(load_pickle(path), array)


def test_shared_parts_stay_shared(tmp_path):
    part = [np.arange(2)]
    value = load_pickle(
        write(tmp_path / 'a.pkl', pickle.dumps([part, part, part[0]])))
    assert value[0] is value[1] and value[0][0] is value[2]
    value[2][0] = 9  # an array of its own memory
    assert value[0][0].tolist() == [9, 1]


# What Python 2 and numpy 1 write for {'\xe9': np.array([1, -2], '<i2')}.
PYTHON2 = {
    2: b"\x80\x02}q\x01U\x01\xe9cnumpy.core.multiarray\n_reconstruct\ncnumpy\n"
       b"ndarray\nK\x00\x85U\x01b\x87Rq\x03(K\x01K\x02\x85cnumpy\ndtype\n"
       b"U\x02i2K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff"
       b"\xffK\x00tb\x89U\x04\x01\x00\xfe\xfftbs.",
    0: b"(dp1\nS'\\xe9'\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\n"
       b"ndarray\np3\n(I0\ntS'b'\ntRp4\n(I1\n(I2\ntcnumpy\ndtype\n(S'i2'\nI0\n"
       b"I1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'\\x01\\x00\\xfe\\xff'\n"
       b"tbs."}


@pytest.mark.parametrize('protocol', PYTHON2)
def test_python_2(tmp_path, protocol):
    path = write(tmp_path / 'a.pkl', PYTHON2[protocol])
    expected = np.array([1, -2], np.int16)
    assert same(load_pickle(path), {'\xe9': expected})
    assert same(load_pickle(path, encoding='bytes'), {b'\xe9': expected})
    with pytest.raises(UserError, match="encoding='utf-8'; choose"):
        load_pickle(path, encoding='utf-8')


@pytest.mark.parametrize(
    'name', ['integers', 'fortran', 'empty', 'words', 'big_endian'])
def test_plain_npy(tmp_path, name):
    np.save(tmp_path / 'a.npy', VALUES[name])
    assert same(load_npy(tmp_path / 'a.npy'), VALUES[name])


def test_npy_with_objects(tmp_path):
    path = tmp_path / 'a.npy'
    value = {'2007_000032': np.array([1, 0], np.float32)}
    np.save(path, value)
    assert same(load_npy(path), value)
    array = np.empty(2, dtype=object)
    array[:] = [value, 'x']
    np.save(path, array)
    assert same(load_npy(path), array)


class Call:
    """Pickles as a call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize('protocol', PROTOCOLS)
@pytest.mark.parametrize('wrap', ['bare', 'dict', 'key', 'array', 'npy'])
@pytest.mark.parametrize('function, name', [
    (os.system, 'system'), (builtins.eval, 'eval'), (builtins.exec, 'exec'),
    (builtins.getattr, 'getattr'), (np.load, 'load'),
    (np.fromfile, 'fromfile'), (os.mkdir, 'mkdir')])
def test_no_call_is_made(tmp_path, monkeypatch, function, name, wrap,
                         protocol):
    monkeypatch.chdir(tmp_path)
    array = np.empty((), dtype=object)
    array[()] = call = Call(function, 'mkdir made')
    value = dict(bare=call, dict={'a': [call]}, array=array,
                 key={(1, call): 2}, npy=array)[wrap]
    data = pickle.dumps(value, protocol)
    path = tmp_path / 'a'
    if wrap == 'npy':
        file = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            file, np.lib.format.header_data_from_array_1_0(array))
        data = file.getvalue() + data
    with pytest.raises(UserError, match=rf'a: .*asks for .*\.{name}\b') as e:
        (load_npy if wrap == 'npy' else load_pickle)(write(path, data))
    assert '\n' not in str(e.value)
    assert os.listdir(tmp_path) == ['a']


def array_state(shape, dtype='u1', data=b'\x00'):
    return pickle.dumps((1, shape, np.dtype(dtype), False, data), 2)[2:-1]


ARRAY = b'cnumpy.core.multiarray\n_reconstruct\n'
NDARRAY = ARRAY + b'cnumpy\nndarray\nK\x00\x85U\x01b\x87R'
NAME = b'cnumpy.core.multiarray\nscalar\n'
HOSTILE = {
    'f2py': (b"cnumpy.f2py.diagnose\nrun\n)R.", 'numpy.f2py.diagnose.run'),
    'instance': (b"(S'mkdir made'\nios\nsystem\n.", "'os.system'"),
    'attribute': (b'\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.',
                  'numpy.ndarray.tofile'),
    'module in name': (b'cnumpy.core\nmultiarray._reconstruct\n'
                       b'cposix\nsystem\n\x86R.', 'posix.system'),
    'object': (b'\x80\x02cos\nsystem\nU\x01a\x85\x81.', 'os.system'),
    'new': (b'\x80\x02cnumpy\nndarray\nK\x05\x85\x81.', "opcode b'.x81'"),
    'extension': (b'\x80\x02\x82\x01.', 'opcode'),
    'persistent': (b'Pabc\n.', 'opcode'),
    'buffer': (b'\x80\x05\x97.', 'opcode'),
    'list as array': (ARRAY + b'c__builtin__\nlist\nK\x00\x85U\x01b\x87R.',
                      '__builtin__.list'),
    'matrix': (ARRAY + b'cnumpy\nmatrix\nK\x00\x85U\x01b\x87R.',
               'numpy.matrix'),
    'set as array': (ARRAY + b'c__builtin__\nset\nK\x00\x85U\x01b\x87R.',
                     'subclass'),
    'array called': (b'cnumpy\nndarray\n(K\x09\x85tR.', 'another way'),
    'array unfilled': (NDARRAY + b'.', 'without content'),
    'array filled twice': (NDARRAY + array_state((1, )) + b'b'
                           + array_state((1, )) + b'b.', 'twice'),
    'array too short': (NDARRAY + array_state((10**12, )) + b'b.', 'bytes'),
    'array inferred': (NDARRAY + array_state((-1, )) + b'b.', 'shape'),
    'array of no bytes': (NDARRAY + array_state((10**9, ), data=b'') + b'b.',
                          'bytes'),
    'text that is none': (
        NDARRAY + array_state((1, ), '<U1', b'\xff' * 4) + b'b.',
        'no text'),
    'objects from bytes': (
        NDARRAY + array_state((1, ), 'O', b'\0' * 8) + b'b.',
        'objects'),
    'bytearray of a size': (b'c__builtin__\nbytearray\nJ\0\0\0\x70\x85R.',
                            'in place of'),
    'state of a name': (NAME + b'N}U\x08__init__K\x05s\x86b.', 'state'),
    'state of a dict': (b'}}U\x01aK\x01sb.', 'state'),
    'a name as value': (NAME + b'.', 'function or class'),
    'a name in a list': (b']' + NAME + b'a.', 'function or class'),
    'arguments as value': (NAME + b'\x85.', 'function or class'),
    'list as key': (b'}]K\x01s.', 'key'),
    'list filled as dict': (b']K\x01K\x01s.', 'fills'),
    'long key': (b'}\x8b\x20\0\0\0' + b'\x7f' * 32 + b'Ns.', 'too large'),
    'empty stack': (b'.', 'empty stack'),
    'pop below a mark': (b'K\x01(.', 'empty stack'),
    'no mark': (b'K\x01t.', 'mark'),
    'no memo': (b'h\x07.', 'never kept'),
    'cut off': (b'\x80\x04]', 'cut off'),
    'huge length': (b'\x8e' + struct.pack('<Q', 2**63 - 1) + b'ab.',
                    'cut off'),
    'negative length': (b'T\xff\xff\xff\xffab.', 'cut off'),
    'unknown opcode': (b'\xff.', 'opcode'),
    'nothing': (b'', 'cut off'),
}


@pytest.mark.parametrize('name', HOSTILE)
def test_hostile_programs(tmp_path, name):
    data, message = HOSTILE[name]
    with pytest.raises(UserError, match=f'a.pkl: not plain data .*{message}'):
        load_pickle(write(tmp_path / 'a.pkl', data))
    # None of them leaves the reader changed.
    fine = [np.float32(.5), np.arange(2)]
    assert same(
        load_pickle(write(tmp_path / 'b.pkl', pickle.dumps(fine))), fine)


@pytest.mark.parametrize('value', [
    np.ma.array([1], mask=[True]),
    np.rec.array([(1, 2.)]), np.zeros(1, [('a', 'i4')]),
    np.zeros(2, np.dtype('i4', metadata={'hook': 1})),
    np.array(['2020-01-01'], 'M8[D]'), range(3), ValueError('x'), np.sum,
    dict, np.random.default_rng(0)], ids=lambda v: type(v).__name__)
def test_other_types_are_refused(tmp_path, value):
    path = write(tmp_path / 'a.pkl', pickle.dumps({'a': [value]}))
    with pytest.raises(UserError, match='not plain data'):
        load_pickle(path)


def test_small_files_stay_small(tmp_path):
    path = tmp_path / 'a.pkl'
    nested = ()
    for _ in range(200):  # printed or hashed, this would never end
        nested = (nested, nested)
    value = load_pickle(write(path, pickle.dumps(nested)))
    for _ in range(200):
        assert value[0] is value[1]
        value = value[0]
    key = b''.join(b'\x94h' + bytes([i]) + b'\x86' for i in range(100))
    with pytest.raises(UserError, match='a tuple as a key'):
        load_pickle(write(path, b'\x80\x04}K\x01' + key + b'K\x01s.'))
    # A memo index of four billion takes no memo of that length.
    assert load_pickle(write(path, b'K\x07r\xff\xff\xff\xff.')) == 7


def test_one_part_is_not_copied_for_ever(tmp_path):
    part = b'B' + struct.pack('<I', 10000) + b'\0' * 10000 + b'q\x00'
    copy = b'c__builtin__\nbytearray\nh\x00\x85Ra'
    path = write(tmp_path / 'a.pkl', part + b'0](' + b'1' + copy * 100 + b'.')
    with pytest.raises(UserError, match='again and again'):
        load_pickle(path)


def test_sizes_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(safe_pickle, '_MAX_BYTES', 1000)
    data = pickle.dumps(bytes(2000))
    for path in (write(tmp_path / 'a.pkl', data),
                 write(tmp_path / 'b.gz', gzip.compress(data))):
        with pytest.raises(UserError, match='longer than 1000 bytes'):
            load_pickle(path)
    monkeypatch.setattr(pickle_machine, '_MAX_STEPS', 3)
    with pytest.raises(UserError, match='more than 3 parts'):
        load_pickle(write(tmp_path / 'c.pkl', b'NNNN.'))
    with pytest.raises(UserError, match='b.npy: cannot be read .*No such'):
        load_npy(tmp_path / 'b.npy')


def npy(header, payload=b'', version=b'\x01\x00'):
    header = header.encode('latin1') + b'\n'
    return (b'\x93NUMPY' + version + struct.pack('<H', len(header)) + header
            + payload)


@pytest.mark.parametrize('data, message', [
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,)}"),
     '0 bytes for an array'),
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", b'1234'),
     '4 bytes for an array'),
    (npy("{'descr': __import__('os').mkdir('made')}"), ''),
    (npy("{'descr': '|V4', 'fortran_order': False, 'shape': (1,)}", b'1234'),
     'other items'),
    (npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}",
         pickle.dumps([1, 2])), 'not the array of its header'),
    (npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}",
         pickle.dumps(np.array([1, None, 2]))), 'not the array of its header'),
    (npy("{'descr': '|O', 'fortran_order': False, 'shape': ()}"), 'cut off'),
    (npy('{}', version=b'\x09\x00'), ''),
    (npy('(' * 3000), ''), (npy("{'a"), ''), (b'\x93NUMPY', ''), (b'', ''),
    (b'\x1f\x8b\x08', '')])
def test_hostile_npy(tmp_path, monkeypatch, data, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=f'a.npy: not plain data .*{message}'):
        load_npy(write(tmp_path / 'a.npy', data))
    assert os.listdir(tmp_path) == ['a.npy']


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[place] = rng.randrange(256)
        elif kind == 1:
            del data[place:place + rng.randint(1, 8)]
        elif kind == 2:
            data[place:place] = rng.randbytes(rng.randint(1, 4))
        else:
            start = rng.randrange(len(data) or 1)
            data[place:place] = data[start:start + rng.randint(1, 30)]
        data = data or bytearray(b'.')
    return bytes(data)


@pytest.mark.filterwarnings('ignore')
def test_fuzz(tmp_path, monkeypatch):
    """Whatever comes, it is read or refused in one line."""
    monkeypatch.chdir(tmp_path)
    rng = random.Random(0)
    seeds = [pickle.dumps(value, protocol) for value in VALUES.values()
             for protocol in PROTOCOLS] + list(PYTHON2.values())
    seeds += [data for data, _ in HOSTILE.values() if data]
    file = io.BytesIO()
    np.save(file, {'a': np.arange(3.)})
    arrays = [file.getvalue(), npy("{'descr': '<f4', 'fortran_order': False, "
                                   "'shape': (1,)}", b'1234')]
    refused = 0
    for number in range(1200):
        load, seed = ((load_npy, rng.choice(arrays)) if number % 4 == 0 else
                      (load_pickle, rng.choice(seeds)))
        data = (rng.randbytes(rng.randint(0, 60)) if number % 10 == 1 else
                mutate(rng, seed))
        try:
            load(write(tmp_path / 'a', data))
        except UserError as error:
            refused += 1
            assert '\n' not in str(error)
    assert 300 < refused < 1200
    assert os.listdir(tmp_path) == ['a']


def test_real_cues(shared):
    """SEC's cue file agrees with the tags of the same pictures."""
    folder = shared / 'data' / 'voc12mini'
    if not folder.is_dir():
        pytest.skip('no voc12mini beside the repository')
    cues = load_pickle(folder / 'sec_cues' / 'localization_cues.pickle.gz')
    lines = (folder / 'sec_cues' / 'input_list.txt').read_text().split('\n')
    labels = ImageLabels.load(folder / 'image_labels.json')
    assert len(cues) == 1400
    agreeing = 0
    for name, number in (line.split() for line in lines if line):
        tags, points = cues[f'{number}_labels'], cues[f'{number}_cues']
        assert tags.dtype == points.dtype == np.int64
        assert points.shape[0] == 3 and points[0].max() <= 20
        assert points[1:].min() >= 0 and points[1:].max() <= 40
        assert set(points[0]) - {0} == set(tags)
        names = {labels.classes[tag - 1] for tag in tags}
        known = set(labels.images[name.removesuffix('.jpg')])
        assert names <= known
        agreeing += names == known
    # SEC's labels come from masks; the tags also count boxes without one.
    assert agreeing > 650
