"""Similarity by features, ground truth of patches, and what is logged."""
import math

import pytest
import torch
from mmengine.structures import BaseDataElement

from wsss_plugins.models import FeatureSimilarity, PointRetriever
from wsss_plugins.models.generators.objects import ObjectBatch
from wsss_plugins.models.generators.retrieval_quality import (
    patch_truth,
    retrieval_quality,
    split_objects,
    true_patches,
)
from wsss_plugins.ops.points.cosine import cosine_similarity
from wsss_plugins.ops.points.seeds import PatchSets, Retrieved
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError


class TestCosine:

    def test_values(self):
        features = torch.tensor([[[3., 0, -1]], [[4., 2, 0]]])[None]
        found = cosine_similarity(features, .5)
        cosines = [[1, .8, -.6], [.8, 1, 0], [-.6, 0, 1]]
        expected = torch.tensor(cosines).sub(1).div(.5).exp()[None]
        torch.testing.assert_close(found, expected)

    def test_half_precision_is_widened(self):
        assert cosine_similarity(torch.ones(1, 2, 2, 2).half()).dtype == (
            torch.float32)

    @pytest.mark.parametrize('shape, temperature', [
        ((1, 2, 3), .1), ((1, 2, 3, 3), 0)])
    def test_refuses(self, shape, temperature):
        with pytest.raises(ValueError, match='temperature='):
            cosine_similarity(torch.ones(shape), temperature)


BACKBONE = dict(type='wsss_plugins.AveragePoolBackbone')


class TestFeatureSimilarity:

    def test_any_backbone(self):
        """The colors of patches, averaged over 8x8 pixels."""
        images = torch.randn(2, 3, 24, 16)
        model = FeatureSimilarity(BACKBONE, temperature=.2)
        found, grid = model.similarity_and_grid(images)
        assert grid == (3, 2)
        pooled = images.unfold(2, 8, 8).unfold(3, 8, 8).mean(dim=(4, 5))
        torch.testing.assert_close(found, cosine_similarity(pooled, .2))
        torch.testing.assert_close(model.similarity(images), found)

    def test_images_get_the_levels_of_the_backbone(self):
        pixels = torch.randint(0, 256, (1, 3, 16, 16)).float()
        model = FeatureSimilarity(
            BACKBONE, mean=(127., ) * 3, std=(128., ) * 3,
            input_mean=(100., 110., 120.), input_std=(50., 60., 70.))
        shape = (1, 3, 1, 1)
        given = (pixels - torch.tensor([100., 110, 120]).view(shape)) / (
            torch.tensor([50., 60, 70]).view(shape))
        (maps, ) = model.features(given)
        torch.testing.assert_close(
            maps, model.backbone((pixels - 127) / 128)[0])
        assert not model.state_dict()

    def test_grid(self):
        images = torch.randn(1, 3, 32, 32)
        coarse = FeatureSimilarity(BACKBONE, grid=(2, 2))
        (maps, ) = coarse.features(images)
        expected = images.unfold(2, 16, 16).unfold(3, 16, 16).mean(dim=(4, 5))
        torch.testing.assert_close(maps, expected)
        fine = FeatureSimilarity(BACKBONE, grid=(8, 8))
        assert fine.similarity_and_grid(images)[1] == (8, 8)

    def test_unknown_level(self):
        with pytest.raises(ValueError, match=r'layers=\(1,\).* 1 outputs'):
            FeatureSimilarity(BACKBONE).features(
                torch.randn(1, 3, 16, 16), (1, ))

    def test_propagates_as_attention_does(self):
        """Two halves of two colors: the object's is retrieved."""
        images = torch.zeros(1, 3, 64, 64)
        images[:, 0, :, :32], images[:, 1, :, 32:] = 1, 1
        similarity, grid = FeatureSimilarity(
            BACKBONE).similarity_and_grid(images)
        retriever = PointRetriever(
            tau_unit='std', delta=0., dropout=0., layers=(-1, ))
        points = torch.tensor([[[20., 12], [12, 20], [20, 52], [28, 30]]])
        boxes = torch.tensor([[8., 8, 56, 56]])
        found = retriever(similarity, points, grid, (64, 64), boxes=boxes)
        columns = found.found.foreground.view(8, 8).any(dim=0)
        assert columns.tolist() == [False] + [True] * 3 + [False] * 4
        assert not found.empty.any()


def sets(*rows):
    return torch.tensor(rows, dtype=torch.bool)


class TestQuality:
    truth = sets([1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0])
    seeds = PatchSets(
        sets([1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),
        sets([0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 1]),
        sets([1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 0]))
    found = Retrieved(
        sets([1, 1, 0, 1, 0, 1], [1, 0, 0, 0, 0, 0]),
        sets([0, 0, 0, 0, 1, 0], [0, 1, 1, 1, 1, 0]))

    def test_counts_within_the_box(self):
        values = retrieval_quality(self.found, self.seeds, self.truth)
        assert {k: v.item() for k, v in values.items()} == pytest.approx(dict(
            precision_fg=3 / 4, recall_fg=3 / 5, precision_bg=4 / 5,
            recall_bg=4 / 5))

    def test_split_objects_apart(self):
        values = retrieval_quality(
            self.found, self.seeds, self.truth, sets(0, 1))
        assert values['precision_fg_split'].item() == 1
        assert values['recall_fg_split'].item() == .5
        assert values['precision_bg_split'].item() == .75
        assert values['recall_bg_split'].item() == 1
        assert values['recall_fg'].item() == pytest.approx(3 / 5)
        none = retrieval_quality(self.found, self.seeds, self.truth,
                                 sets(0, 0))
        assert not any('split' in key for key in none)

    def test_nothing_to_divide_by(self):
        empty = torch.zeros_like(self.truth)
        values = retrieval_quality(
            Retrieved(empty, empty), self.seeds, self.truth)
        assert set(values) == {'recall_fg', 'recall_bg'}
        assert values['recall_fg'].item() == 0

    def test_truth_of_patches(self):
        mask = torch.zeros(1, 8, 8, dtype=torch.uint8)
        mask[0, :4, :6] = 1
        assert patch_truth(mask, (2, 2)).tolist() == [[
            True, True, False, False]]
        mask[0, :4, 5] = 0
        assert patch_truth(mask, (2, 2)).tolist() == [[
            True, False, False, False]]
        mask[0, :3, 7] = 1
        assert split_objects(mask).tolist() == [True]
        assert split_objects(mask[:, :, :5]).tolist() == [False]

    def test_upper_bound_is_the_truth(self):
        found = true_patches(self.truth, self.seeds.box,
                             sets([1, 1, 0, 1, 1, 1], [1] * 6))
        assert found.foreground.tolist() == sets(
            [1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0]).tolist()
        assert found.background.tolist() == sets(
            [0, 0, 0, 1, 1, 0], [0, 0, 1, 1, 1, 0]).tolist()
        values = retrieval_quality(found, self.seeds, self.truth)
        assert values['precision_fg'] == values['precision_bg'] == 1


class TestRetriever:
    points = torch.tensor([[[16., 4], [4, 16], [16, 28], [28, 16]]])
    masks = torch.zeros(1, 32, 32, dtype=torch.uint8)
    masks[0, 4:28, 4:20] = 1

    def call(self, masks, **options):
        torch.manual_seed(0)
        similarity = torch.rand(1, 16, 16) + .1
        retriever = PointRetriever(delta=2., tau_unit='std', **options)
        return retriever(similarity, self.points, (4, 4), (32, 32),
                         masks=masks)

    def test_quality_is_logged_with_ground_truth_only(self):
        plain = self.call(None).statistics()
        assert set(plain) == {'retrieved_fg', 'retrieved_bg',
                              'fallback_rate'}
        more = self.call(self.masks).statistics()
        assert {'precision_fg', 'recall_bg'} < set(more) - set(plain)
        # It changes nothing of the retrieval.
        assert all(torch.equal(more[key], plain[key]) for key in plain)
        assert all(math.isfinite(v) for v in more.values())

    def test_upper_bound(self):
        found = self.call(self.masks, source='truth', dropout=0.)
        assert found.quality['precision_fg'] == 1
        assert found.quality['recall_bg'] == 1
        truth = patch_truth(self.masks, (4, 4)).view(1, 4, 4)
        inside = found.known & ~found.seeds.foreground.view(1, 4, 4)
        assert torch.equal(found.labels & inside, truth & inside)
        with pytest.raises(UserError, match='keep_masks=True'):
            self.call(None, source='truth')
        with pytest.raises(ValueError, match="source='x'"):
            PointRetriever(source='x')


def test_ground_truth_of_a_batch():
    def element(**data):
        sample = BaseDataElement(metainfo=dict(box_area=4., ann_id=1))
        sample.set_data(dict(box_mask=torch.ones(2, 2), **data))
        return sample
    mask = torch.eye(2, dtype=torch.uint8)
    assert ObjectBatch([element(), element(gt_mask=mask)]).true_masks() is None
    batch = ObjectBatch([element(gt_mask=mask), element(gt_mask=1 - mask)])
    assert torch.equal(batch.true_masks(), torch.stack([mask, 1 - mask]))


def test_a_generator_on_any_backbone_takes_it(tmp_path):
    """Student, teacher and extractor are no transformers."""
    side = 32
    model = MODELS.build(dict(
        type='wsss_plugins.ExitsGenerator',
        network=dict(
            type='wsss_plugins.ObjectMaskNet', backbone=BACKBONE,
            decode_head=dict(type='wsss_plugins.MALMaskDecoder',
                             in_channels=3, channels=4)),
        extractor=dict(type='wsss_plugins.FeatureSimilarity',
                       backbone=BACKBONE),
        retriever=dict(type='wsss_plugins.PointRetriever', delta=4.),
        loss_point=dict(type='wsss_plugins.PointLoss')))
    sample = BaseDataElement(
        metainfo=dict(box_area=600., ann_id=1))
    sample.set_data(dict(
        box_mask=torch.ones(side, side), points=TestRetriever.points[0],
        crop_box=torch.tensor([4., 4, 28, 28]),
        gt_mask=TestRetriever.masks[0]))
    images = torch.randn(1, 3, side, side)
    losses = model(dict(student=images, teacher=images, rgb=images),
                   [sample], 'loss')
    assert losses['loss_point'].requires_grad
    assert 0 <= losses['recall_fg'] <= 1
    # A student that starts from another run.
    path = tmp_path / 'mil.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    again = MODELS.build(dict(
        type='wsss_plugins.ExitsGenerator', loss_mil=None,
        network=dict(
            type='wsss_plugins.ObjectMaskNet', backbone=BACKBONE,
            decode_head=dict(type='wsss_plugins.MALMaskDecoder',
                             in_channels=3, channels=4),
            init_cfg=dict(type='Pretrained', prefix='student.',
                          checkpoint=str(path)))))
    again.init_weights()
    for name, value in model.student.state_dict().items():
        assert torch.equal(again.student.state_dict()[name], value)


def test_configs_sweep_thresholds_finely(repo_root):
    from mmengine.config import Config
    for name in ('exits_vitb_coco', 'exits_efficientnet-lite0_coco-256'):
        cfg = Config.fromfile(repo_root / f'configs/exits/{name}.py')
        steps = torch.tensor(cfg.val_evaluator.thresholds).diff()
        assert len(steps) > 15 and steps.max() <= .0501


def test_the_pipeline_shows_the_upper_bound(repo_root):
    from wsss_plugins.pipelines.pipeline import Pipeline
    pipeline = Pipeline(
        repo_root / 'configs/exits/pipeline_coco_mini_efficientnet-lite0.py')
    entries = {entry['name']: entry for entry in pipeline.cfg.stages}
    truth = entries['train_truth']['cfg_options']
    assert truth['train_dataloader.dataset.keep_masks'] is True
    assert truth['train_file'] == '{points_masks}/train.json'
    # Boxes and points only, where no ground truth is to be read.
    for name in ('mil', 'mal'):
        options = entries[f'train_{name}']['cfg_options']
        assert options['train_file'] == '{points}/train.json'
        assert 'train_dataloader.dataset.keep_masks' not in options
    start = entries['train_exits_mil']['cfg_options']['student']
    assert start == '{train_mil}/last_checkpoint'
    columns = {row['column'] for row in pipeline.cfg.report['metrics']}
    assert {'EXITS', 'TRUTH'} <= columns
