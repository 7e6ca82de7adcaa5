"""Checkpoints are read without running code, by the readers of all torches."""
import functools
import os
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from wsss_plugins.models.converters import checkpoint_files
from wsss_plugins.structures import UserError

pytestmark = pytest.mark.family

RAN = []


@pytest.fixture(params=['this torch', 'torch 2.1'])
def read(request, monkeypatch):
    """The reader of this version of torch, and our own for older ones."""
    if request.param == 'torch 2.1':
        if checkpoint_files._TORCH >= (2, 6):  # which has another default
            load = functools.partial(torch.load, weights_only=False)
            monkeypatch.setattr(torch, 'load', load)
        monkeypatch.setattr(checkpoint_files, '_TORCH', (2, 1))
    return checkpoint_files.read_checkpoint


def resumable():
    """What mmengine saves for resuming: more than weights."""
    buffer = HistoryBuffer([.5, .25], [1, 2])
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(3))])
    return dict(
        meta=dict(epoch=0, iter=7, seed=np.int64(3), classes=('cat', 'dog'),
                  CLASSES=np.array([1.5, 2.5], np.float32)),
        state_dict=OrderedDict(
            weight=torch.arange(6.).reshape(2, 3),
            half=torch.ones(2, dtype=torch.bfloat16),
            count=torch.tensor(4), mask=torch.tensor([True, False])),
        message_hub=dict(log_scalars=OrderedDict(loss=buffer),
                         runtime_info=OrderedDict(iter=7),
                         resumed_keys=OrderedDict(loss=True)),
        optimizer=optimizer.state_dict(), param_schedulers=[])


@pytest.mark.parametrize('zipped', [True, False])
def test_what_mmengine_saves_is_read(tmp_path, read, zipped):
    path = tmp_path / 'iter_7.pth'
    saved = resumable()
    torch.save(saved, path, _use_new_zipfile_serialization=zipped)
    got = read(path)
    for name, value in saved['state_dict'].items():
        assert got['state_dict'][name].dtype == value.dtype
        assert torch.equal(got['state_dict'][name], value)
    assert got['meta']['seed'] == 3 and got['meta']['iter'] == 7
    assert got['meta']['CLASSES'].tolist() == [1.5, 2.5]
    buffer = got['message_hub']['log_scalars']['loss']
    assert buffer.data[0].tolist() == [.5, .25]
    assert buffer.mean(2) == .25
    assert got['optimizer'] == saved['optimizer']


def ran(*_):
    RAN.append(True)


class Calls:
    """Pickled as a call of any function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('value', [
    Calls(ran), Calls(os.system, 'true'), Calls(eval, '1'),
    Calls(getattr, HistoryBuffer, 'register_statistics'),
    Calls(getattr, 'ab', 'upper')],
    ids=['own', 'system', 'eval', 'getattr of a class', 'getattr of text'])
def test_code_is_refused(tmp_path, read, value, zipped):
    path = tmp_path / 'evil.pth'
    torch.save(dict(state_dict=dict(w=torch.ones(1)), meta=value), path,
               _use_new_zipfile_serialization=zipped)
    RAN.clear()
    with pytest.raises(UserError, match='evil.pth: not a checkpoint'):
        read(path)
    assert not RAN


def test_classes_keep_their_methods(tmp_path, read):
    path = tmp_path / 'changed.pth'
    kept = HistoryBuffer.mean
    # GLOBAL HistoryBuffer, {'mean': 1}, BUILD
    body = (b'\x80\x02cmmengine.logging.history_buffer\nHistoryBuffer\n'
            b'}X\x04\x00\x00\x00meanK\x01sb.')
    torch.save({}, path)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, 'w') as new:
        for name, content in parts.items():
            new.writestr(name, body if name.endswith('data.pkl') else content)
    with pytest.raises(UserError, match='changed.pth: not a checkpoint'):
        read(path)
    assert HistoryBuffer.mean is kept


@pytest.mark.parametrize('cut', [1, 100, -20])
def test_a_file_cut_off_is_told(tmp_path, read, cut):
    path = tmp_path / 'cut.pth'
    torch.save(resumable(), path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UserError, match='cut.pth: not a checkpoint'):
        read(path)
