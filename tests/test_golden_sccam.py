"""SC-CAM's golden files, and that their check finds what is wrong."""
import json
import shutil

import numpy as np
import pytest

from wsss_plugins.testing.golden import check_folder


def failed_lines(capsys):
    return [line for line in capsys.readouterr().out.splitlines()
            if line.endswith('FAIL')]


def test_sccam(shared, capsys):
    assert check_folder('sccam', shared / 'golden' / 'sccam')
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith(', ok') for line in lines) > 80
    assert not any(line.endswith('FAIL') for line in lines)


@pytest.mark.parametrize('name, key', [
    ('cluster_blobs.npz', 'centers'), ('cluster_random.npz', 'inertia'),
    ('cluster_random.npz', 'file_label_sub'), ('heads_loss.npz', 'loss_sub'),
    ('heads_loss.npz', 'grad_conv6'), ('heads_loss.npz', 'cam_sub'),
    ('cam_infer.npz', 'norm_cam_parent'), ('cam_infer.npz', 'merged_sub'),
    ('cam_infer.npz', 'seg_sub'), ('poly_lr.npz', 'lr_base_at_epoch'),
    ('sub_labels.npz', 'sub_label')])
def test_a_wrong_value_is_found(shared, tmp_path, capsys, name, key):
    with np.load(shared / 'golden' / 'sccam' / name) as file:
        data = {entry: file[entry] for entry in file.files}
    wrong = data[key].copy()
    if wrong.dtype.kind in 'iu':
        wrong.flat[0] += 1
    else:
        # An inertia may exceed the reference's by 1 %, not by 5.
        wrong = wrong * .95 - 1e-4
    np.savez(tmp_path / name, **dict(data, **{key: wrong}))
    assert not check_folder('sccam', tmp_path)
    failed = failed_lines(capsys)
    assert failed and all(line.startswith(name) for line in failed)


def test_wrong_facts_are_found(shared, tmp_path, capsys):
    name = 'model_facts.json'
    shutil.copy(shared / 'golden' / 'sccam' / name, tmp_path)
    (tmp_path / name).chmod(0o644)
    facts = json.loads((tmp_path / name).read_text())
    facts['groups'] = dict(facts['groups'], counts=[1, 1, 1, 1])
    (tmp_path / name).write_text(json.dumps(facts))
    assert not check_folder('sccam', tmp_path)
    assert failed_lines(capsys)
