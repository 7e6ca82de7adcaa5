import gzip
import os
import pickle
import random

import numpy as np
import pytest

from wsss_plugins.structures import UserError, load_npy, load_pickle


class Evil:

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path, )


class Subclass(np.ndarray):
    pass


PLAIN = {
    'name': [1, 2.5, 'x', b'y', None, True, (3, 4), {5}],
    'float': np.arange(6, dtype=np.float32).reshape(2, 3),
    'big_endian': np.arange(3, dtype='>i4'),
    'fortran': np.asfortranarray(np.arange(6).reshape(2, 3)),
    'text': np.array(['ab', 'c']),
    'bool': np.array([True, False]),
    'scalar': np.float64(1.5),
    'nested': np.array([{'a': np.ones(2)}, [1]], dtype=object),
    'empty': np.zeros((0, 3)),
}


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, np.ndarray):
        return (type(b) is np.ndarray and a.dtype == b.dtype
                and a.shape == b.shape
                and all(same(x, y) for x, y in zip(a.flat, b.flat)))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize('protocol', range(6))
@pytest.mark.parametrize('compress', [False, True])
def test_plain_data_comes_back(tmp_path, protocol, compress):
    data = pickle.dumps(PLAIN, protocol)
    path = tmp_path / 'x.pkl'
    path.write_bytes(gzip.compress(data) if compress else data)
    assert same(PLAIN, load_pickle(path))


def test_npy(tmp_path):
    np.save(tmp_path / 'labels.npy', {'a': np.ones(3, np.float32)})
    assert same({'a': np.ones(3, np.float32)}, load_npy(tmp_path /
                                                        'labels.npy'))
    np.save(tmp_path / 'plain.npy', np.arange(4))
    assert load_npy(tmp_path / 'plain.npy').tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize('wrap', [
    lambda evil: evil,
    lambda evil: {'a': [evil]},
    lambda evil: np.array([evil], dtype=object),
])
@pytest.mark.parametrize('protocol', [0, 2, 5])
def test_code_is_refused(tmp_path, wrap, protocol):
    target = tmp_path / 'made'
    path = tmp_path / 'x.pkl'
    path.write_bytes(pickle.dumps(wrap(Evil(str(target))), protocol))
    with pytest.raises(UserError, match='mkdir'):
        load_pickle(path)
    np.save(tmp_path / 'x.npy', np.array(wrap(Evil(str(target))),
                                         dtype=object))
    with pytest.raises(UserError, match='mkdir'):
        load_npy(tmp_path / 'x.npy')
    assert not target.exists()


@pytest.mark.parametrize('payload', [
    b'cbuiltins\neval\n(S"1"\ntR.',
    b'cnumpy.f2py\ncrackfortran\n.',
    b'cnumpy\nload\n.',
    b'c_codecs\ndecode\n.',
    b'c_codecs\nencode\n(S"x"\nS"hex"\ntR.',
    b'cnumpy\nndarray\n.',
    b'Ppersistent\n.',
])
def test_hand_made_pickles_are_refused(tmp_path, payload):
    path = tmp_path / 'x.pkl'
    path.write_bytes(payload)
    with pytest.raises(UserError):
        load_pickle(path)


def test_subclasses_and_records_are_refused(tmp_path):
    for value in (np.ones(2).view(Subclass),
                  np.zeros(2, dtype=[('a', 'i4'), ('b', 'f4')])):
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(value))
        with pytest.raises(UserError):
            load_pickle(tmp_path / 'x.pkl')


def test_missing_files(tmp_path):
    for load in (load_npy, load_pickle):
        with pytest.raises(UserError, match='cannot be read'):
            load(tmp_path / 'none')


def test_damaged_files_raise_nothing_else(tmp_path):
    rng = random.Random(0)
    path = tmp_path / 'x.pkl'
    for protocol in (0, 2, 5):
        whole = bytearray(pickle.dumps(PLAIN, protocol))
        for _ in range(300):
            damaged = bytearray(whole)
            for _ in range(rng.randrange(1, 6)):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            if rng.random() < .3:
                del damaged[rng.randrange(len(damaged)):]
            path.write_bytes(damaged)
            try:
                load_pickle(path)
            except UserError as error:
                assert '\n' not in str(error)


def test_published_cues(shared):
    cues = load_pickle(shared / 'data/voc12mini/sec_cues'
                       '/localization_cues.pickle.gz')
    name = next(key for key in cues if key.endswith('_cues'))
    assert cues[name].dtype == np.int64 and cues[name].shape[0] == 3
