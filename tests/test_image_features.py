"""Features of training images, and networks that they are taken from."""
import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import DATASETS, DefaultScope

from wsss_plugins.engine.image_features import extract_features
from wsss_plugins.engine.image_set import LabeledImageSet
from wsss_plugins.engine.restart import load_backbone
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError
from wsss_plugins.testing.voc_tree import make_voc_tree

PIPELINE = (dict(type='LoadImageFromFile'),
            dict(type='wsss_plugins.PackWSSSInputs'))


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    """Six images of different sizes, in reverse order and twice."""
    tree = make_voc_tree(tmp_path_factory.mktemp('features'), count=6)
    names = (tree / 'train.txt').read_text().split()
    (tree / 'mixed.txt').write_text('\n'.join(names[::-1]))
    with DefaultScope.overwrite_default_scope('mmseg'):
        dataset = DATASETS.build(dict(
            type='RepeatDataset', times=2, dataset=dict(
                type='wsss_plugins.ImageLevelDataset', data_root=str(tree),
                ann_file='mixed.txt', label_file='image_labels.json',
                data_prefix=dict(img_path='JPEGImages'), pipeline=[])))
        return LabeledImageSet(dataset, PIPELINE)


def network(dropout=.5):
    cfg = dict(
        type='wsss_plugins.CAMSegmentor',
        data_preprocessor=dict(
            type='wsss_plugins.WSSSDataPreProcessor', mean=[9., 8., 7.],
            std=[2., 3., 4.], bgr_to_rgb=True),
        backbone=dict(
            type='ResNet', depth=18, base_channels=8, stem_channels=8,
            norm_cfg=dict(type='BN')),
        decode_head=dict(
            type='wsss_plugins.SubCategoryHead', num_sub=2,
            parent=dict(type='wsss_plugins.CAMHead', in_channels=64,
                        num_classes=3, dropout_ratio=dropout)))
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg)
    model.init_weights()
    return model.train()


@pytest.mark.parametrize('batch_size', [1, 4])
def test_features_are_means_of_whole_images(images, batch_size):
    """Nothing of padding, dropout, batch statistics or the batch size."""
    model = network()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    found = extract_features(model, images, batch_size, num_workers=0)
    assert found.shape == (6, 64) and found.dtype == torch.float32
    assert images.names == [f'pic_{i}' for i in range(6)]
    assert model.training and not found.requires_grad
    assert all(torch.equal(v, before[k])
               for k, v in model.state_dict().items())
    model.eval()
    shift = torch.tensor([9., 8., 7.]).view(3, 1, 1)
    scale = torch.tensor([2., 3., 4.]).view(3, 1, 1)
    for row in range(6):
        bgr = images[row][1]['inputs'].float()
        with torch.no_grad():
            maps = model.backbone(((bgr.flip(0) - shift) / scale)[None])[-1]
        torch.testing.assert_close(found[row], maps[0].mean(dim=(1, 2)),
                                   rtol=1e-4, atol=1e-5)


def test_features_are_what_is_classified(images):
    """The mean of the maps of a linear classifier is its score."""
    model = network(dropout=0.).eval()
    found = extract_features(model, images, 2, num_workers=0)
    weight = model.decode_head.parent.conv_seg.weight[..., 0, 0]
    data = model.data_preprocessor(dict(inputs=[images[3][1]['inputs']]))
    with torch.no_grad():
        maps = model.decode_head(model.extract_feat(data['inputs']))
    torch.testing.assert_close(
        F.linear(found[3:4], weight), model.decode_head.scores(maps),
        rtol=1e-4, atol=1e-5)
    assert not model.training


def test_backbone_of_another_training(images, tmp_path):
    model, other = network(), network()
    with torch.no_grad():
        for value in other.backbone.parameters():
            value.mul_(1.5)
    whole, bare = tmp_path / 'whole.pth', tmp_path / 'bare.pth'
    torch.save(dict(state_dict=other.state_dict()), whole)
    torch.save(other.backbone.state_dict(), bare)
    expected = extract_features(other, images, 4, num_workers=0)
    for path in (whole, bare):
        copied = load_backbone(model, str(path))
        assert torch.equal(
            extract_features(copied, images, 4, num_workers=0), expected)
    # The network in training stays as it was.
    assert torch.equal(model.backbone.conv1.weight * 1.5,
                       other.backbone.conv1.weight)


def test_backbones_that_do_not_fit(tmp_path):
    model = network()
    with pytest.raises(UserError, match='feature_checkpoint to a'):
        load_backbone(model, str(tmp_path), 'feature_checkpoint')
    state = model.backbone.state_dict()
    state['conv1.weight'] = torch.zeros(9, 3, 7, 7)
    torch.save(state, tmp_path / 'wide.pth')
    with pytest.raises(UserError, match='wide.pth.*backbone.conv1.weight'):
        load_backbone(model, str(tmp_path / 'wide.pth'))
