"""SEC's golden files, and that their check finds what is wrong."""
import shutil

import numpy as np
import pytest

from wsss_plugins.testing.golden import check_folder


def test_sec(shared, capsys):
    assert check_folder('sec', shared / 'golden' / 'sec')
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith(', ok') for line in lines) > 50
    assert not any(line.endswith('FAIL') for line in lines)


@pytest.mark.parametrize('name, key', [
    ('softmax.npz', 'probs'), ('seed.npz', 'grad_logits'),
    ('expand.npz', 'gwrp_bg'), ('expand.npz', 'grad_probs'),
    ('crf_train.npz', 'q_iter10'), ('constrain.npz', 'grad_log_q'),
    ('total.npz', 'loss_constrain'), ('test_time.npz', 'probs_up')])
def test_a_wrong_value_is_found(shared, tmp_path, capsys, name, key):
    folder = shared / 'golden' / 'sec'
    for needed in {'inputs.npz', 'crf_train.npz', name}:
        shutil.copy(folder / needed, tmp_path)
        (tmp_path / needed).chmod(0o644)
    with np.load(tmp_path / name) as file:
        data = {entry: file[entry] for entry in file.files}
    data[key] = data[key] * (1 + 1e-2) + 1e-4
    np.savez(tmp_path / name, **data)
    assert not check_folder('sec', tmp_path)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)
