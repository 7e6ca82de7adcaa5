"""fc6 and fc7 of a LargeFOV head from the classifier of VGG16."""
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from wsss_plugins.models import DeepLabVGG16, SECHead
from wsss_plugins.models.converters.large_fov import convert_large_fov
from wsss_plugins.structures import UserError


def classifier(width=8, size=7):
    """Its two layers, narrower than VGG16's, under torchvision's names."""
    generator = torch.Generator().manual_seed(0)
    shapes = dict(zip(
        ('classifier.0.weight', 'classifier.0.bias', 'classifier.3.weight',
         'classifier.3.bias'),
        ((width, 512 * size**2), (width, ), (width, width), (width, ))))
    return {name: torch.randn(shape, generator=generator)
            for name, shape in shapes.items()}


def caffe(state, size=7):
    """The same with Caffe's names and the shapes of convolutions."""
    fc6 = state['classifier.0.weight']
    return {
        'conv1_1.bias': torch.ones(64),
        'fc6.weight': fc6.reshape(len(fc6), 512, size, size),
        'fc6.bias': state['classifier.0.bias'],
        'fc7.weight': state['classifier.3.weight'][..., None, None],
        'fc7.bias': state['classifier.3.bias']
    }


@pytest.mark.parametrize('names', [dict, caffe])
def test_is_evenly_spaced(names):
    state = classifier()
    found = convert_large_fov(names(state), 'w.pth', channels=4)
    fc6 = state['classifier.0.weight']
    assert found['block.0.weight'].shape == (4, 512, 3, 3)
    for out, channel, y, x in ((0, 0, 0, 0), (3, 511, 2, 1), (1, 7, 0, 2)):
        assert found['block.0.weight'][out, channel, y, x] == fc6[
            2 * out, channel * 49 + 3 * y * 7 + 3 * x]
    assert torch.equal(found['block.0.bias'],
                       state['classifier.0.bias'][[0, 2, 4, 6]])
    fc7 = state['classifier.3.weight']
    assert found['block.3.weight'].shape == (4, 4, 1, 1)
    assert found['block.3.weight'][3, 1, 0, 0] == fc7[6, 2]
    assert torch.equal(found['block.3.bias'],
                       state['classifier.3.bias'][[0, 2, 4, 6]])


def test_the_head_computes_what_is_left_of_the_classifier():
    """At 12 cells of stride 8, where a 7x7 layer has 3 cells of stride 32."""
    state, coarse = classifier(), torch.randn(1, 512, 7, 7)
    kept = torch.zeros(1, 1, 7, 7)
    kept[..., ::3, ::3] = 1
    expected = F.linear((coarse * kept).flatten(1),
                        state['classifier.0.weight'],
                        state['classifier.0.bias'])[0, ::2]
    head = SECHead(512, 3, channels=4)
    head.load_state_dict(
        convert_large_fov(state, 'w.pth', channels=4), strict=False)
    fine = torch.zeros(1, 512, 25, 25)
    fine[..., ::4, ::4] = coarse
    torch.testing.assert_close(
        head.block[0](fine)[0, :, 12, 12], expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize('source', ['fc6', 'features.31'])
def test_thinned_weights_are_renamed(source):
    state = caffe(classifier(width=4, size=3), 3)
    if source == 'features.31':
        state = {name.replace('fc6', source).replace('fc7', 'features.33'):
                 value for name, value in state.items()}
    found = convert_large_fov(state, 'w.pth', channels=4)
    assert torch.equal(found['block.0.weight'], state[f'{source}.weight'])
    assert [tuple(v.shape) for v in found.values()] == [
        (4, 512, 3, 3), (4, ), (4, 4, 1, 1), (4, )]


@pytest.mark.parametrize('change, channels, message', [
    ({'classifier.0.weight': None}, 4, 'fc6 and fc7 are missing.*er.3.bias'),
    ({'classifier.0.weight': torch.ones(8, 512 * 36)}, 4, r'7x7 or 3x3'),
    ({'classifier.0.weight': torch.ones(8, 100)}, 4, r'\(8, 100\)'),
    ({'classifier.0.bias': torch.ones(7)}, 4, r'a bias of \(7,\)'),
    ({'classifier.0.bias': None}, 4, 'bias is NoneType'),
    ({'classifier.3.weight': torch.ones(8, 8).int()}, 4, 'is torch.int32'),
    ({'classifier.3.weight': torch.ones(8, 9)}, 4, 'takes 9 channels'),
    ({}, 3, 'has 8 channels, which 3 do not divide'),
])
def test_refuses(change, channels, message):
    state = dict(classifier(), **change)
    state = {name: value for name, value in state.items()
             if value is not None}
    with pytest.raises(UserError, match=f'w.pth: .*{message}'):
        convert_large_fov(state, 'w.pth', channels)


def test_the_command_makes_what_the_config_starts_from(repo_root, tmp_path):
    state = {name: value.clone() for name, value in
             DeepLabVGG16().state_dict().items()}
    state.update(caffe(classifier(width=1024, size=3), 3))
    del state['conv1_1.bias']
    torch.save(state, tmp_path / 'in.pth')
    done = subprocess.run(
        [sys.executable, 'tools/model_converters/vgg16.py',
         str(tmp_path / 'in.pth'), str(tmp_path / 'vgg16.pth'),
         '--large-fov', str(tmp_path / 'fov.pth')],
        cwd=repo_root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 'vgg16.pth: 26 weights' in done.stdout
    assert 'fov.pth: 4 weights' in done.stdout
    cfg = Config.fromfile(
        repo_root / 'configs/sec/sec_vgg16_1xb15-8k_voc12-321.py')
    options = cfg.model.decode_head.to_dict()
    assert options.pop('type') == 'wsss_plugins.SECHead'
    options['init_cfg'][1]['checkpoint'] = str(tmp_path / 'fov.pth')
    head = SECHead(**options)
    head.init_weights()
    assert torch.equal(head.block[0].weight, state['fc6.weight'])
    assert torch.equal(head.block[3].bias, state['fc7.bias'])
    assert head.conv_seg.weight.std().item() == pytest.approx(.01, rel=.1)
    assert not head.conv_seg.bias.any()
