"""Golden files of PSA and IRNet, and that a wrong value is found."""
import shutil

import numpy as np
import pytest

from wsss_plugins.testing.golden import check_folder


@pytest.mark.parametrize('method, count', [('psa', 30), ('irn', 60)])
def test_golden_files(shared, capsys, method, count):
    assert check_folder(method, shared / 'golden' / method)
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith(', ok') for line in lines) > count
    assert not any(line.endswith('FAIL') for line in lines)


@pytest.mark.parametrize('method, name, key', [
    ('psa', 'infer_aff.npz', 'rw_vec'),
    ('psa', 'affinity_head.npz', 'grad_f9'),
    ('irn', 'random_walk.npz', 'rw'), ('irn', 'random_walk.npz', 'rw_inst'),
    ('irn', 'instances.npz', 'centroids')])
def test_a_wrong_value_is_found(shared, tmp_path, capsys, method, name, key):
    source = shared / 'golden' / method / name
    with np.load(source) as file:
        data = {k: file[k] for k in file.files}
    keys = [k for k in data if k == key] or [
        k for k in data if k.startswith(key)]
    assert keys, f'{name} has {sorted(data)}'
    shutil.copytree(source.parent, tmp_path / 'files')
    broken = tmp_path / 'files' / name
    broken.chmod(0o644)
    values = data[keys[0]]
    data[keys[0]] = values + (1 if values.dtype.kind in 'iu' else
                              1e-2 * np.abs(values).max())
    np.savez(broken, **data)
    for other in broken.parent.iterdir():
        if other.name != name:
            other.unlink()
    assert not check_folder(method, broken.parent)
    assert f'{name} {keys[0]}' in capsys.readouterr().out
