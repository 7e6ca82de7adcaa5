"""A prompted SAM gives masks of objects like any generator."""
import pytest
import torch
from mmengine.structures import BaseDataElement

from wsss_plugins.models.generators.sam_generator import SAMGenerator
from wsss_plugins.structures import UserError

TINY = dict(
    vision_config=dict(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        image_size=64, patch_size=16, global_attn_indexes=[1],
        output_channels=16, window_size=2, mlp_dim=64, num_pos_feats=8),
    prompt_encoder_config=dict(
        hidden_size=16, image_size=64, patch_size=16, mask_input_channels=4),
    mask_decoder_config=dict(
        hidden_size=16, mlp_dim=32, num_hidden_layers=2,
        num_attention_heads=2, iou_head_hidden_dim=16))


def objects(points=True):
    found = []
    for box in ((5, 6, 40, 30), (0, 0, 48, 48)):
        mask = torch.zeros(48, 48)
        mask[box[1]:box[3], box[0]:box[2]] = 1
        data = dict(box_mask=mask)
        if points:
            data['points'] = torch.tensor(
                [[9., box[1]], [box[0], 9.], [9., box[3]], [box[2], 9.]])
        sample = BaseDataElement(
            metainfo=dict(box_area=100., ann_id=7), **data)
        found.append(sample)
    return found


@pytest.mark.parametrize('prompt', ['box', 'points'])
def test_probabilities_keep_to_their_boxes(prompt):
    pytest.importorskip('transformers', reason='SAM needs transformers')
    torch.manual_seed(0)
    model = SAMGenerator(TINY, prompt).eval()
    images = torch.randn(2, 3, 48, 48)
    both = model.predict(dict(teacher=images), objects())
    for number, sample in enumerate(both):
        assert sample.pred_prob.shape == (48, 48)
        outside = sample.pred_prob[sample.box_mask == 0]
        assert not outside.any() and sample.pred_prob.max() > 0
        alone, = model.predict(dict(teacher=images[number][None]),
                               [objects()[number]])
        torch.testing.assert_close(alone.pred_prob, sample.pred_prob)


def test_points_are_asked_for():
    pytest.importorskip('transformers', reason='SAM needs transformers')
    model = SAMGenerator(TINY, 'points')
    with pytest.raises(UserError, match='annotation 7: no extreme points'):
        model.predict(dict(teacher=torch.randn(2, 3, 48, 48)),
                      objects(points=False))


def test_without_the_library(monkeypatch):
    import sys
    monkeypatch.setitem(sys.modules, 'transformers', None)
    model = SAMGenerator()
    with pytest.raises(UserError, match='pip install transformers'):
        model.predict(dict(teacher=torch.zeros(1, 3, 8, 8)), objects()[:1])
    with pytest.raises(UserError, match='pip install transformers'):
        model.load_state_dict({})
    with pytest.raises(ValueError, match='prompt'):
        SAMGenerator(prompt='words')
