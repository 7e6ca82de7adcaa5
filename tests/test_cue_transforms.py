"""Loading, making, writing and measuring of cues, step by step."""
import numpy as np
import pytest
import torch
from mmcv.transforms import RandomFlip
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.datasets.transforms import (
    LoadCues,
    LoadGradientMap,
    MakeCues,
    PackWSSSInputs,
)
from wsss_plugins.evaluation import CueMetric, CueWriter, GradientMapWriter
from wsss_plugins.evaluation.cue_metric import sample_mask
from wsss_plugins.structures import (
    ClassMaps,
    Cues,
    GradientMap,
    UserError,
    voc_palette,
)

META = dict(classes=('background', 'cat', 'dog'), palette=voc_palette(3))


@pytest.fixture
def cue_file(tmp_path):
    labels = np.array([[0, 1, 255], [255, 2, 2]], dtype=np.uint8)
    Cues.from_index_map(labels, 3).save(tmp_path / 'a.png', voc_palette(3))
    return str(tmp_path / 'a.png')


def loaded(cue_file, **results):
    return dict(dict(cue_path=cue_file, num_foreground=2, img_path='a.jpg',
                     img=np.zeros((8, 9, 3), np.uint8), ori_shape=(8, 9),
                     img_shape=(8, 9)), **results)


def index_map(masks):
    return Cues(masks).index_map().tolist()


class TestLoadCues:

    def test_multi_hot(self, cue_file):
        results = LoadCues()(loaded(cue_file))
        assert results['gt_cues'].dtype == np.uint8
        assert results['gt_cues'].shape == (3, 2, 3)
        assert index_map(results['gt_cues']) == [[0, 1, 255], [255, 2, 2]]
        assert 'pred_cues' in LoadCues(key='pred_cues')(loaded(cue_file))

    @pytest.mark.parametrize('direction, wanted', [
        ('horizontal', [[255, 1, 0], [2, 2, 255]]),
        ('vertical', [[255, 2, 2], [0, 1, 255]]),
        ('diagonal', [[2, 2, 255], [255, 1, 0]]),
    ])
    def test_after_a_flip_it_is_mirrored(self, cue_file, direction, wanted):
        results = RandomFlip(1., direction)(loaded(cue_file))
        results = LoadCues()(results)
        assert index_map(results['gt_cues']) == wanted
        packed = PackWSSSInputs()(results)
        assert 'data_samples' in packed

    def test_image_and_cues_stay_together(self, cue_file):
        """A picture of its own cues, flipped, is the picture of the flipped.
        """
        cues = Cues.load(cue_file, 3)
        image = np.repeat(cues.index_map()[..., None], 3, axis=2)
        for direction in ('horizontal', 'vertical', 'diagonal'):
            results = LoadCues()(RandomFlip(1., direction)(
                loaded(cue_file, img=image)))
            assert (Cues(results['gt_cues']).index_map() ==
                    results['img'][..., 0]).all()

    def test_a_flip_behind_it_is_refused(self, cue_file):
        results = RandomFlip(1.)(LoadCues()(loaded(cue_file)))
        with pytest.raises(UserError, match='a.jpg: mirrored after its cues'):
            PackWSSSInputs()(results)
        results = RandomFlip(0.)(LoadCues()(loaded(cue_file)))
        assert 'data_samples' in PackWSSSInputs()(results)

    def test_mistakes(self, cue_file):
        with pytest.raises(UserError, match=r'a.png: a grid of \(2, 3\)'):
            LoadCues(size=(41, 41))(loaded(cue_file))
        assert LoadCues(size=[2, 3])(loaded(cue_file))
        with pytest.raises(UserError, match='index 2 is out of range'):
            LoadCues(num_classes=2)(loaded(cue_file))
        with pytest.raises(UserError, match='no cue_path for a.jpg'):
            LoadCues()(dict(img_path='a.jpg', num_foreground=2))
        with pytest.raises(UserError, match='number of classes is unknown'):
            LoadCues()(dict(img_path='a.jpg', cue_path=cue_file))


class TestLoadGradientMap:

    def test_round(self, tmp_path):
        path = str(tmp_path / 'a.npz')
        GradientMap(np.eye(3), (8, 9)).save(path)
        results = LoadGradientMap()(dict(gradient_path=path,
                                         ori_shape=(8, 9)))
        assert (results['gradient_map'].values == np.eye(3)).all()
        with pytest.raises(UserError, match=r'a.npz: made .*\(8, 9\)'):
            LoadGradientMap()(dict(gradient_path=path, ori_shape=(9, 8),
                                   img_path='a.jpg'))
        with pytest.raises(UserError, match='map_suffix'):
            LoadGradientMap()(dict(img_path='a.jpg'))


def made_from(maps, labels, gradients=None, **results):
    results = dict(results, num_foreground=3, img_path='a.jpg',
                   class_maps=ClassMaps(np.array(labels, int),
                                        np.array(maps, np.float32), (8, 8)))
    if gradients is not None:
        results['gradient_map'] = GradientMap(np.array(gradients), (8, 8))
    return results


class TestMakeCues:
    maps = [[[1., .5], [0, .1]], [[.15, 1.], [0, 0]]]
    gradients = [[.9, .8], [.1, .2]]

    def test_by_hand(self):
        results = MakeCues(bg_share=.5)(
            made_from(self.maps, [3, 1], self.gradients))
        cues = Cues(results['pred_cues'])
        # Class 3 has two cells, class 1 takes one; then background.
        assert cues.masks.shape == (4, 2, 2)
        assert cues.index_map().tolist() == [[3, 1], [0, 0]]

    def test_scale_of_the_file_is_no_matter(self):
        """Files scale by the maximum and a little; the rule does not care."""
        scaled = np.array(self.maps) / (1 + 1e-5)
        wanted = MakeCues(bg_share=.5)(
            made_from(self.maps, [3, 1], self.gradients))['pred_cues']
        found = MakeCues(bg_share=.5)(
            made_from(scaled, [3, 1], self.gradients))['pred_cues']
        assert (found == wanted).all()

    def test_options_of_conflicts(self):
        made = made_from(self.maps, [3, 1], [[.1, .2], [.3, .9]])
        found = MakeCues(bg_share=.75)(dict(made))['pred_cues']
        assert index_map(found) == [[3, 1], [0, 255]]
        found = MakeCues(bg_share=.75, bg_rank='by_size')(
            dict(made))['pred_cues']
        # Three cells of background: the larger loses to both.
        assert index_map(found) == [[3, 1], [0, 255]]
        found = MakeCues(bg_share=.25, bg_rank='by_size', fg_threshold=0.)(
            made_from([[[1., 1.], [1, 1]]], [2], [[.1, .2], [.3, .9]])
        )['pred_cues']
        assert index_map(found) == [[0, 2], [2, 2]]
        found = MakeCues(bg_share=.75, resolve=False)(dict(made))['pred_cues']
        assert found.sum() == 3 + 2 + 1 and not Cues(found).exclusive

    def test_any_background_index(self):
        made = made_from(self.maps, [3, 0], self.gradients)
        found = MakeCues(bg_share=.5, background=2)(made)['pred_cues']
        assert index_map(found) == [[3, 0], [2, 2]]
        # A map of the background itself is no foreground.
        made = made_from(self.maps, [3, 2], self.gradients)
        found = MakeCues(bg_share=.5, background=2)(made)['pred_cues']
        assert index_map(found) == [[3, 3], [2, 2]]

    def test_no_class(self):
        made = made_from(np.zeros((0, 2, 2)), [], self.gradients)
        found = MakeCues(bg_share=.5)(made)['pred_cues']
        assert index_map(found) == [[255, 255], [0, 0]]

    def test_sizes(self):
        made = made_from(self.maps, [3, 1], np.ones((5, 5)))
        with pytest.raises(UserError, match=r'a.jpg: .*\(5, 5\).*\(2, 2\)'):
            MakeCues()(dict(made))
        assert MakeCues(size=(3, 4))(made)['pred_cues'].shape == (4, 3, 4)
        made = made_from([[[0., 1.]]], [1], [[0., 1.]])
        found = MakeCues(size=(1, 3), fg_threshold=.4, align_corners=True)(
            made)['pred_cues']
        assert found[1].tolist() == [[0, 1, 1]]

    def test_saliency_source(self):
        saliency = np.array([[255, 255, 0, 0], [255, 255, 0, 60]], np.uint8)
        made = made_from([[[0, 1.]]], [1], gt_saliency=saliency)
        option = dict(bg_source='saliency', size=(1, 4), bg_threshold=.1)
        found = MakeCues(fg_threshold=.9, **option)(made)['pred_cues']
        # Means of cells are 1, 1, 0 and .12; the last is foreground.
        assert found[0].tolist() == [[0, 0, 1, 0]]
        del made['gt_saliency']
        with pytest.raises(UserError, match='list LoadDenseMap'):
            MakeCues(**option)(made)

    def test_cam_source(self):
        option = dict(bg_source='cam', bg_threshold=.12)
        found = MakeCues(**option)(made_from(self.maps, [3, 1]))['pred_cues']
        assert index_map(found) == [[3, 1], [0, 0]]
        # Where no class is found nothing is known.
        found = MakeCues(**option)(
            made_from(np.zeros((1, 2, 2)), [3]))['pred_cues']
        assert not found.any()

    @pytest.mark.parametrize('options, text', [
        (dict(bg_rank='first'), "bg_rank='first'"),
        (dict(bg_source='depth'), "bg_source='depth'"),
        (dict(fg_threshold=1.), 'fg_threshold=1.0'),
        (dict(bg_share=-.1), 'bg_share=-0.1'),
        (dict(bg_source='cam'), 'bg_threshold=None'),
        (dict(bg_threshold=.1), 'bg_threshold=0.1'),
        (dict(bg_source='cam', bg_threshold=1.), 'bg_threshold=1.0'),
    ])
    def test_mistakes(self, options, text):
        with pytest.raises(UserError, match=text):
            MakeCues(**options)
        with pytest.raises(UserError, match='list LoadGradientMap'):
            MakeCues()(made_from(self.maps, [3, 1]))


def data_sample(cues, truth, name='a'):
    sample = SegDataSample(metainfo=dict(img_path=f'{name}.jpg',
                                         ori_shape=truth.shape))
    sample.set_data(dict(
        pred_cues=PixelData(data=torch.from_numpy(cues)),
        gt_sem_seg=PixelData(data=torch.from_numpy(truth)[None])))
    return sample.to_dict()


def measured(*samples, classes=META['classes'], **options):
    metric = CueMetric(**options)
    metric.dataset_meta = dict(classes=classes)
    for sample in samples:
        metric.process({}, [sample])
    return metric.evaluate(len(samples))


class TestCueMetric:

    def test_by_hand(self, tmp_path):
        cues = np.zeros((3, 1, 4), np.uint8)
        cues[0, 0, :2] = cues[1, 0, 2] = 1
        truth = np.array([[0, 1, 1, 255]])
        more = np.zeros((3, 1, 2), np.uint8)
        more[2, 0, 0] = more[2, 0, 1] = 1
        found = measured(
            data_sample(cues, truth),
            data_sample(more, np.array([[255, 2]]), 'b'),
            out_file=str(tmp_path / 'cues.json'))
        wanted = dict(accuracy=75., precision_bg=50., precision_fg=100.,
                      recall_bg=100., recall_fg=75., labeled=100 * 5 / 6,
                      share_fg=60., cells_bg=1.)
        assert found == pytest.approx(
            {f'cues/{k}': v for k, v in wanted.items()})
        assert '"dog"' in (tmp_path / 'cues.json').read_text()

    def test_overlapping_cues_all_count(self):
        cues = np.ones((3, 1, 2), np.uint8)
        found = measured(data_sample(cues, np.array([[0, 1]])))
        assert found['cues/accuracy'] == pytest.approx(100 / 3)
        assert found['cues/labeled'] == 100

    def test_background_elsewhere_and_nothing_at_all(self):
        cues = np.zeros((3, 1, 2), np.uint8)
        cues[2] = 1
        sample = data_sample(cues, np.array([[2, 1]]))
        found = measured(sample, background=2,
                         classes=('cat', 'dog', 'background'))
        assert found['cues/precision_bg'] == 50
        assert 'cues/precision_fg' not in found  # 0 / 0
        found = measured(data_sample(cues * 0, np.array([[2, 1]])))
        assert 'cues/accuracy' not in found and found['cues/labeled'] == 0

    def test_sampling(self):
        mask = np.arange(9)[None].repeat(9, axis=0)
        assert sample_mask(mask, (1, 3))[0].tolist() == [0, 4, 8]
        assert sample_mask(mask, (1, 3), 'centers')[0].tolist() == [1, 4, 7]
        assert sample_mask(np.arange(321)[None], (1, 41))[0].tolist() == list(
            range(0, 321, 8))
        assert sample_mask(mask, (9, 9)).tolist() == mask.tolist()

    def test_mistakes(self):
        with pytest.raises(UserError, match="sampling='mean'"):
            CueMetric(sampling='mean')
        with pytest.raises(UserError, match='a.jpg: cues of 2 classes'):
            measured(data_sample(np.zeros((2, 1, 1), np.uint8),
                                 np.zeros((1, 1), int)))


class TestWriters:

    def test_both_kinds_of_cues(self, tmp_path):
        cues = np.zeros((3, 2, 2), np.uint8)
        cues[1, 0] = 1
        for overlapping, suffix in ((False, 'png'), (True, 'npz')):
            writer = CueWriter(str(tmp_path / suffix), overlapping)
            writer.dataset_meta = META
            writer.process({}, [data_sample(cues, np.zeros((2, 2), int))])
            path = tmp_path / suffix / f'a.{suffix}'
            assert path.is_file()
            assert (Cues.load(path, 3).masks == cues).all()
        assert writer.evaluate(1) == dict(written=1)

    def test_overlap_must_be_asked_for(self, tmp_path):
        writer = CueWriter(str(tmp_path / 'cues'))
        writer.dataset_meta = META
        with pytest.raises(UserError, match='a.png: .*overlapping=True'):
            writer.process({}, [data_sample(
                np.ones((3, 2, 2), np.uint8), np.zeros((2, 2), int))])

    def test_gradients_lose_nothing(self, tmp_path):
        values = torch.rand(1, 4, 5) * 1e-12
        sample = SegDataSample(metainfo=dict(img_path='a.jpg',
                                             ori_shape=(32, 40)))
        sample.set_data(dict(pred_gradient=PixelData(data=values)))
        GradientMapWriter(str(tmp_path / 'g')).process({}, [sample.to_dict()])
        again = GradientMap.load(tmp_path / 'g' / 'a.npz')
        assert (again.values == values[0].numpy()).all()
        assert again.size == (32, 40)


def test_packing():
    cues = np.zeros((3, 2, 2), np.uint8)
    cues[1, 0] = 1
    sample = PackWSSSInputs()(dict(
        img=np.zeros((4, 4, 3), np.uint8), pred_cues=cues))['data_samples']
    assert sample.pred_cues.data.dtype == torch.uint8
    assert (sample.pred_cues.data.numpy() == cues).all()
