import numpy as np
import pytest
from PIL import Image

from wsss_plugins.structures import (
    ClassMaps,
    ClassSpace,
    ImageLabels,
    UserError,
    atomic_path,
    checked_size,
    foreground_indices,
    num_foreground,
    read_mask,
    voc_palette,
    write_mask,
)


class TestClasses:

    def test_background_anywhere(self):
        space = ClassSpace(('cat', 'background', 'dog'))
        assert space.background == 1
        assert space.foreground.tolist() == [0, 2]
        assert space.foreground_names == ('cat', 'dog')
        assert space.label_indices(['dog', 'cat', 'dog']).tolist() == [0, 1]

    def test_from_foreground_puts_background_first(self):
        assert ClassSpace.from_foreground(['a', 'b']).names == ('background',
                                                                'a', 'b')

    @pytest.mark.parametrize('names', [('cat', 'dog'),
                                       ('background', 'cat', 'cat')])
    def test_refuses(self, names):
        with pytest.raises(UserError):
            ClassSpace(names)

    def test_unknown_tag_is_named(self):
        with pytest.raises(UserError, match="'bird'.*cat"):
            ClassSpace(('background', 'cat')).label_indices(['bird'])

    def test_counts(self):
        assert num_foreground(21) == 20
        assert foreground_indices(4, background=2) == [0, 1, 3]
        with pytest.raises(UserError, match='num_classes=1'):
            num_foreground(1)
        with pytest.raises(UserError, match='background=9'):
            foreground_indices(4, background=9)


class TestImageLabels:

    def test_round_trip_sorts_tags_by_class(self, tmp_path):
        labels = ImageLabels(('cat', 'dog'), {'b': ['dog', 'cat', 'dog']})
        assert labels.images['b'] == ('cat', 'dog')
        labels.save(tmp_path / 'labels.json')
        assert ImageLabels.load(tmp_path / 'labels.json') == labels
        assert labels.counts() == {'cat': 1, 'dog': 1}

    @pytest.mark.parametrize('text, message', [
        ('{"classes": ["cat"], "images": {"x": ["bird"]}}', "'x'.*'bird'"),
        ('{"classes": ["cat", "cat"], "images": {}}', 'unique'),
        ('{"classes": ["background"], "images": {}}', 'background'),
        ('{"classes": ["cat"]}', 'expected'),
        ('{"classes": ["cat"], "images": {"x": "cat"}}', 'expected'),
        ('[1, 2', 'not a whole file of image-level'),
    ])
    def test_bad_files(self, tmp_path, text, message):
        path = tmp_path / 'labels.json'
        path.write_text(text)
        with pytest.raises(UserError, match=message) as error:
            ImageLabels.load(path)
        assert str(path) in str(error.value)
        assert '\n' not in str(error.value)

    def test_missing(self, tmp_path):
        with pytest.raises(UserError, match='not found'):
            ImageLabels.load(tmp_path / 'none.json')


class TestClassMaps:

    def test_round_trip(self, tmp_path):
        maps = np.random.default_rng(0).random((2, 5, 7), dtype=np.float32)
        ClassMaps([3, 1], maps, (40, 50)).save(tmp_path / 'x.npz')
        loaded = ClassMaps.load(tmp_path / 'x.npz')
        assert loaded.labels.tolist() == [3, 1]
        assert loaded.size == (40, 50)
        assert loaded.maps.dtype == np.float32
        np.testing.assert_allclose(loaded.maps, maps, atol=5e-4)
        with np.load(tmp_path / 'x.npz') as file:
            assert file['labels'].dtype == np.int16
            assert file['cam'].dtype == np.float16

    def test_no_class_is_fine(self, tmp_path):
        ClassMaps([], np.zeros((0, 5, 7)), (40, 50)).save(tmp_path / 'x.npz')
        assert ClassMaps.load(tmp_path / 'x.npz').maps.shape == (0, 5, 7)

    @pytest.mark.parametrize('labels, maps, size', [
        ([1], np.zeros((2, 3, 3)), (3, 3)),
        ([1, 1], np.zeros((2, 3, 3)), (3, 3)),
        ([1], np.zeros((1, 0, 3)), (3, 3)),
        ([1], np.full((1, 3, 3), np.nan), (3, 3)),
    ])
    def test_refuses(self, labels, maps, size):
        with pytest.raises(ValueError):
            ClassMaps(labels, maps, size)

    def test_truncated_at_any_length(self, tmp_path):
        path = tmp_path / 'x.npz'
        ClassMaps([1], np.ones((1, 5, 7)), (40, 50)).save(path)
        whole = path.read_bytes()
        for length in range(0, len(whole), 37):
            path.write_bytes(whole[:length])
            with pytest.raises(UserError, match='CAM file'):
                ClassMaps.load(path)

    def test_pickles_are_not_loaded(self, tmp_path):
        path = tmp_path / 'x.npz'
        np.savez(path, labels=np.array([{}], dtype=object), cam=1, size=1)
        with pytest.raises(UserError):
            ClassMaps.load(path)


class TestMasks:

    def test_round_trip_keeps_indices_and_colors(self, tmp_path):
        mask = np.array([[0, 1], [2, 255]])
        write_mask(tmp_path / 'm.png', mask, voc_palette(3))
        assert (read_mask(tmp_path / 'm.png', 3) == mask).all()
        colors = np.array(Image.open(tmp_path / 'm.png').convert('RGB'))
        assert colors[0, 1].tolist() == [128, 0, 0]

    def test_palette_is_vocs(self):
        assert voc_palette(21)[20] == [0, 64, 128]
        assert voc_palette(16)[15] == [192, 128, 128]

    def test_refuses(self, tmp_path):
        write_mask(tmp_path / 'm.png', np.array([[7]]), voc_palette(8))
        with pytest.raises(UserError, match='index 7'):
            read_mask(tmp_path / 'm.png', 3)
        Image.new('RGB', (2, 2)).save(tmp_path / 'rgb.png')
        with pytest.raises(UserError, match='mode RGB'):
            read_mask(tmp_path / 'rgb.png')
        with pytest.raises(UserError, match='not found'):
            read_mask(tmp_path / 'none.png')
        (tmp_path / 'cut.png').write_bytes(
            (tmp_path / 'm.png').read_bytes()[:60])
        with pytest.raises(UserError, match='mask is not a whole image'):
            read_mask(tmp_path / 'cut.png')
        with pytest.raises(ValueError, match='256'):
            write_mask(tmp_path / 'x.png', np.array([[256]]), [])


class TestFiles:

    def test_failed_write_leaves_the_old_file(self, tmp_path):
        path = tmp_path / 'x.txt'
        path.write_text('old')
        with pytest.raises(RuntimeError), atomic_path(path) as temporary:
            temporary.write_text('half')
            raise RuntimeError
        assert path.read_text() == 'old'
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize('suffix', ['.jpg', '.png'])
    def test_truncated_image(self, tmp_path, suffix):
        rng = np.random.default_rng(0)
        image = rng.integers(0, 255, (30, 20, 3), dtype=np.uint8)
        path = tmp_path / f'x{suffix}'
        Image.fromarray(image).save(path)
        assert checked_size(path) == (30, 20)
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(UserError, match=f'x{suffix}.*whole'):
            checked_size(path)

    def test_trailing_bytes_are_fine(self, tmp_path):
        path = tmp_path / 'x.jpg'
        Image.new('RGB', (8, 6)).save(path)
        path.write_bytes(path.read_bytes() + b'\0' * 500)
        assert checked_size(path) == (6, 8)
