import struct

import numpy as np
import pytest
import torch

from wsss_plugins.models import MobileNetV2Top, ResNet38
from wsss_plugins.models.converters.check import check_checkpoint
from wsss_plugins.models.converters.mobilenet_v2 import convert_mobilenet_v2
from wsss_plugins.models.converters.mxnet_params import read_mxnet_params
from wsss_plugins.models.converters.resnet38 import (
    convert_resnet38,
    resnet38_name,
)
from wsss_plugins.structures import UserError

FLAGS = {'float32': 0, 'float64': 1, 'float16': 2, 'uint8': 3, 'int32': 4,
         'int8': 5, 'int64': 6}


def array_bytes(array, version):
    """One NDArray as MXNet writes it."""
    head = b''
    if version == 'legacy':
        head = struct.pack('<I', array.ndim)
        head += struct.pack(f'<{array.ndim}I', *array.shape)
    else:
        head = struct.pack('<I', 0xF993FAC8 + version - 1)
        if version > 1:
            head += struct.pack('<i', 0)
        head += struct.pack('<I', array.ndim)
        head += struct.pack(f'<{array.ndim}q', *array.shape)
    return (head + struct.pack('<iii', 1, 0, FLAGS[array.dtype.name]) +
            array.tobytes())


def params_bytes(arrays, version=2):
    out = struct.pack('<QQQ', 0x112, 0, len(arrays))
    out += b''.join(array_bytes(a, version) for a in arrays.values())
    out += struct.pack('<Q', len(arrays))
    for name in arrays:
        out += struct.pack('<Q', len(name)) + name.encode()
    return out


@pytest.mark.parametrize('version', ['legacy', 1, 2, 3])
@pytest.mark.parametrize('dtype', list(FLAGS))
def test_params_round_trip(tmp_path, version, dtype):
    arrays = {
        'arg:a': np.arange(6).reshape(2, 3).astype(dtype),
        'aux:b': np.ones(1, dtype)
    }
    path = tmp_path / 'x.params'
    path.write_bytes(params_bytes(arrays, version))
    read = read_mxnet_params(path)
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        assert (read[name] == array).all()


def test_params_cut_off_or_damaged(tmp_path):
    path = tmp_path / 'x.params'
    whole = params_bytes({'arg:a': np.ones((2, 3), np.float32)})
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match='x.params'):
            read_mxnet_params(path)
    rng = np.random.default_rng(0)
    for _ in range(500):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            read_mxnet_params(path)
        except UserError as error:
            assert '\n' not in str(error)
    with pytest.raises(UserError, match='cannot be read'):
        read_mxnet_params(tmp_path / 'none')


@pytest.mark.parametrize('theirs, ours', [
    ('arg:conv1a_weight', 'conv1a.weight'),
    ('arg:bn2a_branch2a_gamma', 'b2.bn_branch2a.weight'),
    ('arg:res4b3_branch2a_weight', 'b4_3.conv_branch2a.weight'),
    ('aux:bn5b2_branch2b1_moving_var', 'b5_2.bn_branch2b1.running_var'),
    ('arg:res7a_branch2b2_weight', 'b7.conv_branch2b2.weight'),
    ('arg:res3a_branch1_weight', 'b3.conv_branch1.weight'),
    ('arg:bn7_beta', 'bn7.bias'),
])
def test_resnet38_names(theirs, ours):
    assert resnet38_name(theirs, 'x') == ours


def mxnet_name(key):
    """The inverse of the converter's rule, written on its own."""
    layer, suffix = key.rsplit('.', 1)
    kind = dict(running_mean='moving_mean', running_var='moving_var',
                bias='beta').get(suffix)
    if layer in ('conv1a', 'bn7'):
        name = layer
    else:
        block, unit = layer.split('.')
        stage, _, number = block[1:].partition('_')
        what, branch = unit.split('_', 1)
        name = (f'{"res" if what == "conv" else "bn"}{stage}'
                f'{"b" + number if number else "a"}_{branch}')
    kind = kind or ('gamma' if 'bn' in name else 'weight')
    return ('aux:' if kind.startswith('moving') else 'arg:') + f'{name}_{kind}'


def test_whole_resnet38():
    with torch.device('meta'):
        state = ResNet38().state_dict()
    arrays = {
        mxnet_name(key): np.broadcast_to(np.float32(i), tuple(value.shape))
        for i, (key, value) in enumerate(state.items())
        if not key.endswith('num_batches_tracked')
    }
    arrays['arg:linear1000_weight'] = np.ones((1000, 4096), np.float32)
    converted = convert_resnet38(arrays, 'x')
    for i, (key, value) in enumerate(state.items()):
        if key in converted:
            assert converted[key].shape == value.shape
            assert converted[key].flatten()[0] == i
    missing = dict(arrays)
    del missing['arg:bn7_gamma']
    with pytest.raises(UserError, match=r'bn7\.weight'):
        convert_resnet38(missing, 'x')
    with pytest.raises(UserError, match='strange'):
        convert_resnet38({'arg:strange': np.ones(1)}, 'x')
    wrong = dict(arrays, **{'arg:bn7_gamma': np.ones(3, np.float32)})
    with pytest.raises(UserError, match=r'\(3,\)'):
        convert_resnet38(wrong, 'x')


def test_mobilenet_v2(shared):
    source = shared / 'data' / 'weights' / 'mobilenet_v2_imagenet.pth'
    state = torch.load(source, 'cpu', weights_only=True)
    converted = convert_mobilenet_v2(state, str(source))
    net = MobileNetV2Top(output_stride=32)
    missing, unknown = net.load_state_dict(converted, strict=False)
    assert not unknown
    assert all(key.endswith('num_batches_tracked') for key in missing)
    first = state['features.0.0.weight']
    assert torch.equal(net.conv1.conv.weight, first)
    with pytest.raises(UserError, match='weights, but MobileNetV2 has'):
        convert_mobilenet_v2(dict(list(state.items())[:9]), 'x')
    swapped = dict(state)
    swapped['features.0.0.weight'] = first[:, :1]
    with pytest.raises(UserError, match=r'features\.0\.0\.weight'):
        convert_mobilenet_v2(swapped, 'x')


def test_check_checkpoint():
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1),
                                torch.nn.BatchNorm2d(2))
    state = model.state_dict()
    check_checkpoint(model, state, 'x.pth')
    del state['1.num_batches_tracked']
    check_checkpoint(model, {f'module.{k}': v for k, v in state.items()},
                     'x.pth')
    with pytest.raises(UserError, match=r'x\.pth.*1 missing \(0\.weight\)'):
        check_checkpoint(
            model, {k: v for k, v in state.items() if k != '0.weight'},
            'x.pth')
    with pytest.raises(UserError, match='1 unknown'):
        check_checkpoint(model, dict(state, z=state['0.bias']), 'x.pth')
    with pytest.raises(UserError, match='another shape'):
        check_checkpoint(model, dict(state, **{'0.bias': torch.ones(9)}),
                         'x.pth')


def test_params_scalars_and_empty_arrays(tmp_path):
    """No dimensions: nothing before version 3, a scalar since."""
    path = tmp_path / 'x.params'
    tail = struct.pack('<QQ', 1, 5) + b'arg:a'
    start = struct.pack('<QQQ', 0x112, 0, 1)
    scalar = struct.pack('<IiIiiif', 0xF993FACA, 0, 0, 1, 0, 0, 2.5)
    path.write_bytes(start + scalar + tail)
    assert read_mxnet_params(path)['arg:a'].tolist() == 2.5
    path.write_bytes(start + struct.pack('<IiI', 0xF993FAC9, 0, 0) + tail)
    assert read_mxnet_params(path)['arg:a'].size == 0


@pytest.mark.parametrize('content, message', [
    (params_bytes({'arg:a': np.ones(1)}) + b'\0', 'should end at byte'),
    (params_bytes({}).replace(b'\x12\x01', b'\x13\x01'), 'magic'),
    (struct.pack('<QQQ', 0x112, 0, 2 ** 62), 'entries in 24 bytes'),
    (struct.pack('<QQQIiI', 0x112, 0, 1, 0xF993FAC9, 0, 33),
     '33 dimensions'),
    (struct.pack('<QQQIi', 0x112, 0, 1, 0xF993FAC9, 1), 'not dense'),
    (struct.pack('<QQQII2qiii', 0x112, 0, 1, 0xF993FAC8, 2, 2 ** 40, 2 ** 40,
                 1, 0, 0), 'goes on to'),
    (struct.pack('<QQQIIqiii', 0x112, 0, 1, 0xF993FAC8, 1, -1, 1, 0, 0),
     'shape'),
    (struct.pack('<QQQIIiii', 0x112, 0, 1, 1, 1, 1, 0, 99) + b'\0' * 9,
     'type flag 99'),
])
def test_params_name_the_fault(tmp_path, content, message):
    path = tmp_path / 'x.params'
    path.write_bytes(content)
    with pytest.raises(UserError, match=f'x.params.*{message}'):
        read_mxnet_params(path)
