"""Backbones against forwards written out by hand from the papers' tables."""
import runpy
import sys

import pytest
import torch
import torch.nn.functional as F
from mmseg.models import MobileNetV2

from wsss_plugins.models import DeepLabVGG16, MobileNetV2Top, ResNet38
from wsss_plugins.models.backbones.resnet38 import _Block, _Bottleneck
from wsss_plugins.models.converters.mobilenet_v2 import convert_mobilenet_v2
from wsss_plugins.models.converters.vgg16 import convert_vgg16
from wsss_plugins.models.converters.weight_files import load_weights
from wsss_plugins.structures import UserError

# Expansion, channels, blocks, stride: MobileNetV2 (CVPR 2018), Table 2.
MOBILENET = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
             (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
VGG_BLOCKS = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))


def randomize(module):
    """Weights and statistics that hide nothing behind ones and zeros."""
    generator = torch.Generator().manual_seed(0)
    for name, value in module.state_dict().items():
        if not value.is_floating_point():
            continue
        noise = torch.rand(value.shape, generator=generator)
        if value.dim() == 4:
            value.copy_((noise - .5) * (12 / value[0].numel()) ** .5)
        elif name.endswith(('weight', 'running_var')):
            value.copy_(.5 + noise)
        else:
            value.copy_(noise - .5)
    return module


def norm(x, state, name):
    """Batch norm with kept statistics, epsilon 1e-5, as its formula says."""
    def column(part):
        return state[f'{name}.{part}'].reshape(1, -1, 1, 1)

    scale = column('weight') / (column('running_var') + 1e-5).sqrt()
    return (x - column('running_mean')) * scale + column('bias')


class TestResNet38Blocks:
    """Wu et al. 1611.10080 in AffinityNet's variant: pre-activation."""

    @pytest.mark.parametrize('options, stride, dilations, projected', [
        (dict(in_channels=4, mid_channels=3, out_channels=6, stride=2),
         2, (1, 1), True),
        (dict(in_channels=6, mid_channels=3, out_channels=6),
         1, (1, 1), False),
        (dict(in_channels=4, mid_channels=3, out_channels=6,
              first_dilation=1, dilation=2), 1, (1, 2), True),
    ])
    def test_block(self, options, stride, dilations, projected):
        block = randomize(_Block(**options)).double().eval()
        state = block.state_dict()
        x = torch.randn(2, options['in_channels'], 7, 10, dtype=torch.float64)
        active = norm(x, state, 'bn_branch2a').clamp(min=0)
        shortcut = x
        if projected:
            # The shortcut reads the activated input.
            shortcut = F.conv2d(active, state['conv_branch1.weight'],
                                stride=stride)
        y = F.conv2d(active, state['conv_branch2a.weight'], stride=stride,
                     padding=dilations[0], dilation=dilations[0])
        y = norm(y, state, 'bn_branch2b1').clamp(min=0)
        y = F.conv2d(y, state['conv_branch2b1.weight'],
                     padding=dilations[1], dilation=dilations[1])
        out, seen = block(x)
        torch.testing.assert_close(out, shortcut + y)
        torch.testing.assert_close(seen, active)

    def test_bottleneck(self):
        block = randomize(_Bottleneck(6, 8, 4, .3)).double().eval()
        state = block.state_dict()
        x = torch.randn(2, 6, 9, 5, dtype=torch.float64)
        active = norm(x, state, 'bn_branch2a').clamp(min=0)
        y = F.conv2d(active, state['conv_branch2a.weight'])
        y = norm(y, state, 'bn_branch2b1').clamp(min=0)
        y = F.conv2d(y, state['conv_branch2b1.weight'], padding=4, dilation=4)
        y = norm(y, state, 'bn_branch2b2').clamp(min=0)
        y = F.conv2d(y, state['conv_branch2b2.weight'])
        y = y + F.conv2d(active, state['conv_branch1.weight'])
        torch.testing.assert_close(block(x)[0], y)

    def test_gradient(self):
        block = randomize(_Block(2, 2, 3, stride=2)).double().eval()
        x = torch.randn(1, 2, 5, 4, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda x: block(x)[0], (x, ))


class TestResNet38:

    def test_geometry(self):
        """Dilations and strides of specs psa 2.1, layer by layer."""
        with torch.device('meta'):
            net = ResNet38()
        convs = {name: module for name, module in net.named_modules()
                 if isinstance(module, torch.nn.Conv2d)}
        strided = {name for name, conv in convs.items()
                   if conv.stride == (2, 2)}
        assert strided == {f'b{i}.conv_{branch}' for i in (2, 3, 4)
                           for branch in ('branch1', 'branch2a')}
        dilated = {name: conv.dilation[0] for name, conv in convs.items()
                   if conv.dilation != (1, 1)}
        assert dilated == {
            'b5.conv_branch2b1': 2, 'b5_1.conv_branch2a': 2,
            'b5_1.conv_branch2b1': 2, 'b5_2.conv_branch2a': 2,
            'b5_2.conv_branch2b1': 2, 'b6.conv_branch2b1': 4,
            'b7.conv_branch2b1': 4}
        assert all(conv.bias is None for conv in convs.values())

    @pytest.mark.parametrize('size, cells', [
        ((448, 448), (56, 56)), ((321, 500), (41, 63)), ((9, 17), (2, 3)),
        ((1, 8), (1, 1))])
    def test_ceil_strides(self, size, cells):
        with torch.device('meta'):
            out = ResNet38(out_indices=(2, 0))(torch.empty(1, 3, *size))
        assert [tuple(x.shape) for x in out] == [(1, 4096, *cells),
                                                 (1, 512, *cells)]

    @pytest.mark.parametrize('frozen, first_free', [
        (0, 'conv1a.weight'), (1, 'b2.conv_branch2a.weight'),
        (2, 'b3.conv_branch2a.weight')])
    def test_frozen_stages(self, frozen, first_free):
        with torch.device('meta'):
            net = ResNet38(frozen_stages=frozen).train()
        free = [name for name, p in net.named_parameters() if p.requires_grad]
        assert free[0] == first_free
        assert not any('bn' in name for name in free)
        with torch.device('meta'):
            net = ResNet38(frozen_stages=frozen, norm_eval=False).train()
        assert net.bn7.training and net.bn7.weight.requires_grad

    def test_dropout_rates(self):
        with torch.device('meta'):
            net = ResNet38(dropout=(.1, .2))
        assert (net.b6.dropout_2b1.p, net.b6.dropout_2b2.p) == (.1, .1)
        assert (net.b7.dropout_2b1.p, net.b7.dropout_2b2.p) == (.2, .2)


def vgg_forward(state, x, last_pool):
    """DeepLab's trunk, ICLR 2015: 3x3 pools, the last two of stride 1."""
    for block, layers in enumerate(VGG_BLOCKS):
        dilation = 2 if block == 4 else 1
        for layer in layers:
            x = F.conv2d(x, state[f'features.{layer}.weight'],
                         state[f'features.{layer}.bias'], padding=dilation,
                         dilation=dilation).clamp(min=0)
        if block < 4 or last_pool != 'none':
            x = F.max_pool2d(x, 3, stride=2 if block < 3 else 1, padding=1)
    if last_pool == 'max+avg':
        # Caffe divides by 9 at the border as well: zeros count.
        x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1)), 3, stride=1)
    return x


class TestDeepLabVGG16:

    @pytest.fixture(scope='class')
    def state(self):
        return {name: value.clone() for name, value in randomize(
            DeepLabVGG16()).state_dict().items()}

    @pytest.mark.parametrize('last_pool', ['max', 'max+avg', 'none'])
    def test_forward(self, state, last_pool):
        net = DeepLabVGG16(last_pool=last_pool).eval()
        net.load_state_dict(state)
        torch.manual_seed(0)
        x = torch.randn(1, 3, 41, 30)
        with torch.no_grad():
            out, = net(x)
        assert out.shape == (1, 512, 6, 4)
        torch.testing.assert_close(out, vgg_forward(state, x, last_pool))

    def test_pretrained_weights_are_loaded(self, state, tmp_path):
        # With a classifier behind, as torchvision's file has.
        path = tmp_path / 'vgg16.pth'
        torch.save(dict(state, **{'classifier.6.bias': torch.ones(2)}), path)
        net = DeepLabVGG16(init_cfg=dict(type='Pretrained',
                                         checkpoint=str(path)))
        net.init_weights()
        for name, value in net.state_dict().items():
            assert torch.equal(value, state[name])

    def test_frozen_blocks_get_no_gradient(self, state):
        net = DeepLabVGG16(frozen_stages=2).train()
        net(torch.ones(1, 3, 16, 16))[0].sum().backward()
        with_grad = [name for name, p in net.named_parameters()
                     if p.grad is not None]
        assert with_grad[0] == 'features.10.weight'

    def test_converter(self, state):
        caffe = {}
        for block, layers in enumerate(VGG_BLOCKS, start=1):
            for number, layer in enumerate(layers, start=1):
                for kind in ('weight', 'bias'):
                    caffe[f'conv{block}_{number}.{kind}'] = state[
                        f'features.{layer}.{kind}']
        caffe['fc6.weight'] = torch.ones(1)
        torchvision = dict(state, **{'classifier.0.weight': torch.ones(1)})
        for source in (caffe, torchvision):
            converted = convert_vgg16(source, 'x')
            assert list(converted) == list(state)
            assert all(torch.equal(converted[k], state[k]) for k in state)

    @pytest.mark.parametrize('change, message', [
        ({'features.1.running_mean': torch.ones(64)}, 'features.1.running_m'),
        ({'conv1_3.weight': torch.ones(1)}, 'conv1_3.*does not belong'),
        ({'conv1_1.bias': torch.ones(64)}, 'both stand for features.0.bias'),
        ({'features.0.bias': torch.ones(3)}, r'\(3,\), but VGG16.*\(64,\)'),
        ({'features.0.bias': torch.ones(64, dtype=torch.int8)}, 'int8'),
        ({'features.0.bias': 'text'}, 'is str, not a floating point'),
        ({'features.2.bias': None}, 'is NoneType'),
        ({'features.3.bias': torch.ones(1)}, 'does not belong'),
    ])
    def test_converter_refuses(self, state, change, message):
        with pytest.raises(UserError, match=f'w.pth.*{message}'):
            convert_vgg16(dict(state, **change), 'w.pth')

    def test_converter_names_what_is_missing(self, state):
        part = {k: v for k, v in state.items() if k != 'features.28.bias'}
        with pytest.raises(UserError, match='25 weights.*has 26; '
                                            'features.28.bias is missing'):
            convert_vgg16(part, 'w.pth')


def mobilenet_shapes():
    """Shapes of torchvision's MobileNetV2 1.0, made from the paper's table."""
    shapes = {}

    def unit(conv, bn, out, inside, kernel):
        shapes[f'{conv}.weight'] = out, inside, kernel, kernel
        for part in ('weight', 'bias', 'running_mean', 'running_var'):
            shapes[f'{bn}.{part}'] = out,
        shapes[f'{bn}.num_batches_tracked'] = ()

    unit('features.0.0', 'features.0.1', 32, 3, 3)
    index, channels = 1, 32
    for expansion, out, count, _ in MOBILENET:
        for _ in range(count):
            name, wide = f'features.{index}.conv', channels * expansion
            pairs = []
            if expansion > 1:
                pairs.append((wide, channels, 1))
            pairs.append((wide, 1, 3))
            for i, (o, inside, kernel) in enumerate(pairs):
                unit(f'{name}.{i}.0', f'{name}.{i}.1', o, inside, kernel)
            last = len(pairs)
            unit(f'{name}.{last}', f'{name}.{last + 1}', out, wide, 1)
            index, channels = index + 1, out
    unit('features.18.0', 'features.18.1', 1280, 320, 1)
    shapes['classifier.1.weight'] = 1000, 1280
    shapes['classifier.1.bias'] = 1000,
    return shapes


def same_conv(x, weight, stride, groups=1):
    """TensorFlow's SAME: an odd pixel of padding goes right and bottom."""
    pads = []
    for side, kernel in zip(x.shape[:1:-1], weight.shape[:1:-1]):
        total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        pads += [total // 2, total - total // 2]
    return F.conv2d(F.pad(x, pads), weight, stride=stride, groups=groups)


def mobilenet_forward(state, x):
    """The network as the paper's table says, on torchvision's names."""
    def unit(x, conv, bn, stride=1, groups=1, active=True):
        x = same_conv(x, state[f'{conv}.weight'], stride, groups)
        x = norm(x, state, bn)
        return x.clamp(0, 6) if active else x

    x, index = unit(x, 'features.0.0', 'features.0.1', 2), 1
    for expansion, out, count, first_stride in MOBILENET:
        for repeat in range(count):
            stride = 1 if repeat else first_stride
            name, y, part = f'features.{index}.conv', x, 0
            if expansion > 1:
                y, part = unit(y, f'{name}.0.0', f'{name}.0.1'), 1
            y = unit(y, f'{name}.{part}.0', f'{name}.{part}.1', stride,
                     y.shape[1])
            y = unit(y, f'{name}.{part + 1}', f'{name}.{part + 2}',
                     active=False)
            x = x + y if stride == 1 and x.shape[1] == out else y
            index += 1
    return unit(x, 'features.18.0', 'features.18.1')


class TestMobileNetV2:

    @pytest.fixture(scope='class')
    def state(self):
        generator = torch.Generator().manual_seed(0)
        state = {}
        for name, shape in mobilenet_shapes().items():
            noise = torch.rand(shape, generator=generator)
            if len(shape) == 4:
                fan = shape[1] * shape[2] * shape[3]
                state[name] = (noise - .5) * (24 / fan) ** .5
            else:
                state[name] = noise + .1
        return state

    def build(self, state):
        net = MobileNetV2Top(output_stride=32,
                             conv_cfg=dict(type='Conv2dAdaptivePadding'))
        missing, unknown = net.load_state_dict(
            convert_mobilenet_v2(state, 'x'), strict=False)
        assert not unknown
        assert all(key.endswith('num_batches_tracked') for key in missing)
        return net.eval()

    def test_padding_is_tensorflows(self):
        """One convolution of stride 2 on even sides, cell by cell."""
        x = torch.arange(16.).reshape(1, 1, 4, 4)
        weight = torch.zeros(1, 1, 3, 3)
        weight[0, 0, 0, 0], weight[0, 0, 2, 2] = 1, 100
        out = same_conv(x, weight, 2)
        assert out.tolist() == [[[[1000., 2.], [8., 10.]]]]
        net = MobileNetV2Top(conv_cfg=dict(type='Conv2dAdaptivePadding'))
        conv = net.conv1.conv
        full = torch.zeros(32, 3, 3, 3)
        full[0, 0] = weight
        with torch.no_grad():
            conv.weight.copy_(full)
            got = conv(F.pad(x, (0, 0, 0, 0, 0, 2)))[:, :1]
        assert got.tolist() == out.tolist()

    @pytest.mark.parametrize('size', [(64, 64), (65, 46)])
    def test_forward(self, state, size):
        torch.manual_seed(0)
        x = torch.randn(1, 3, *size)
        with torch.no_grad():
            out, = self.build(state)(x)
        expected = mobilenet_forward(state, x)
        assert expected.std() > .1
        torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-4)

    def test_order_of_the_file_is_no_matter(self, state):
        shuffled = {name: state[name] for name in sorted(state)}
        a = convert_mobilenet_v2(state, 'x')
        b = convert_mobilenet_v2(shuffled, 'x')
        assert list(a) == list(b)
        assert all(torch.equal(a[key], b[key]) for key in a)

    def test_stock_backbone_takes_the_weights(self, shared):
        path = shared / 'data' / 'weights' / 'mobilenet_v2_imagenet.pth'
        state = load_weights(path)
        net = MobileNetV2(conv_cfg=dict(type='Conv2dAdaptivePadding'))
        missing, unknown = net.load_state_dict(
            convert_mobilenet_v2(state, str(path)), strict=False)
        assert all(key.endswith('num_batches_tracked') for key in missing)
        assert {key.split('.')[0] for key in unknown} == {'conv2'}
        torch.manual_seed(0)
        x = torch.rand(1, 3, 64, 96) * 2 - 1
        with torch.no_grad():
            out, = self.build(state)(x)
            expected = mobilenet_forward(state, x)
        assert expected.std() > .1
        torch.testing.assert_close(out, expected, rtol=1e-3, atol=1e-3)

    @pytest.mark.parametrize('name', [
        'features.19.0.weight', 'features.1.conv.3.weight',
        'features.2.conv.2.0.weight', 'features.0.2.weight', 'conv1.weight',
        f'features.{"9" * 5000}.0.weight'])
    def test_refuses_other_names(self, state, name):
        with pytest.raises(UserError, match='does not belong to MobileNetV2'):
            convert_mobilenet_v2(dict(state, **{name: torch.ones(1)}), 'x')


class TestFiles:

    def run_tool(self, monkeypatch, root, name, *words):
        monkeypatch.setattr(sys, 'argv', [name, *map(str, words)])
        with pytest.raises(SystemExit) as done:
            runpy.run_path(str(root / 'tools/model_converters' / name),
                           run_name='__main__')
        return done.value.code

    def test_prefix_and_wrapping(self, tmp_path):
        path = tmp_path / 'a.pth'
        torch.save(dict(state_dict={'module.a': torch.ones(2)}, epoch=3), path)
        state = load_weights(path)
        assert list(state) == ['a'] and state['a'].tolist() == [1, 1]

    @pytest.mark.parametrize('content', [
        b'', b'text', b'PK\x03\x04', b'\x80\x02}q\x00.' * 3, b'\x00' * 999,
        torch.ones(2), [], {}, {1: torch.ones(2)}, dict(state_dict=3)])
    def test_refuses(self, tmp_path, content):
        path = tmp_path / 'a.pth'
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            torch.save(content, path)
        with pytest.raises(UserError, match=r'a\.pth') as caught:
            load_weights(path)
        assert '\n' not in str(caught.value)

    def test_runs_no_code_of_the_file(self, tmp_path):
        class Evil:
            def __reduce__(self):
                return exec, ('raise SystemError',)

        path = tmp_path / 'a.pth'
        torch.save(dict(a=Evil()), path)
        with pytest.raises(UserError, match='not a checkpoint'):
            load_weights(path)

    def test_cut_off(self, tmp_path):
        path = tmp_path / 'a.pth'
        torch.save(dict(a=torch.ones(999)), path)
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(UserError, match='not a checkpoint'):
            load_weights(path)

    def test_tools(self, monkeypatch, capsys, tmp_path, repo_root):
        state = {name: torch.full(shape, .5)
                 for name, shape in mobilenet_shapes().items()}
        source, output = tmp_path / 'in.pth', tmp_path / 'new' / 'out.pth'
        torch.save(state, source)
        assert not self.run_tool(monkeypatch, repo_root, 'mobilenet_v2.py',
                                 source, output)
        net = MobileNetV2Top(init_cfg=dict(type='Pretrained',
                                           checkpoint=str(output)))
        net.init_weights()
        assert net.layer7[0].conv[2].conv.weight.unique().tolist() == [.5]
        before = output.read_bytes()
        capsys.readouterr()
        for tool in ('vgg16.py', 'resnet38.py'):
            code = self.run_tool(monkeypatch, repo_root, tool, source, output)
            assert code == 2
            error = capsys.readouterr().err
            assert error.startswith('error: ') and error.count('\n') == 1
            assert 'in.pth' in error
        code = self.run_tool(monkeypatch, repo_root, 'vgg16.py',
                             tmp_path / 'none.pth', output)
        assert code == 2
        assert 'no such file' in capsys.readouterr().err
        assert output.read_bytes() == before
        assert [path.name for path in output.parent.iterdir()] == ['out.pth']
