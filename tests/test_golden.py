import shutil

import numpy as np
import pytest

from wsss_plugins.structures import UserError
from wsss_plugins.testing.checks import compare
from wsss_plugins.testing.golden import check_folder


def test_eps(shared, capsys):
    assert check_folder('eps', shared / 'golden' / 'eps')
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith(', ok') for line in lines) > 80
    assert not any(line.endswith('FAIL') for line in lines)


def spoil(path, key):
    with np.load(path) as file:
        data = {name: file[name] for name in file.files}
    data[key] = data[key] * (1 + 1e-3) + 1e-4
    np.savez(path, **data)


@pytest.mark.parametrize('name, key', [
    ('loss_voc.npz', 'est_saliency'), ('loss_edge.npz', 'grad_cam'),
    ('head_loss.npz', 'grad_weight'), ('infer_eps.npz', 'cam'),
    ('evaluate.npz', 'iou'), ('poly_lr.npz', 'voc_lr')])
def test_a_wrong_value_is_found(shared, tmp_path, capsys, name, key):
    shutil.copy(shared / 'golden' / 'eps' / name, tmp_path)
    (tmp_path / name).chmod(0o644)
    assert check_folder('eps', tmp_path)
    spoil(tmp_path / name, key)
    assert not check_folder('eps', tmp_path)
    assert f'{name} {key}' in capsys.readouterr().out


def test_unknown_and_broken_files_fail(tmp_path, capsys):
    (tmp_path / 'strange.npz').write_bytes(b'')
    (tmp_path / 'loss_x.npz').write_bytes(b'not a file')
    assert not check_folder('eps', tmp_path)
    out = capsys.readouterr().out
    assert 'strange.npz: no check knows this file, FAIL' in out
    assert out.count('FAIL') == 2
    with pytest.raises(UserError, match='no such folder'):
        check_folder('eps', tmp_path / 'none')


def test_compare():
    assert compare('x', [1., np.nan], [1., np.nan]).passed
    assert not compare('x', [1., np.nan], [1., 2.]).passed
    assert not compare('x', [1.], [1., 1.]).passed
    check = compare('x', [1.1], [1.])
    assert not check.passed and check.max_rel == pytest.approx(.1)
    assert str(check).startswith('x: max abs 0.1')
