"""SC-CAM's golden checks find what is wrong."""
import json

import pytest

from wsss_plugins.testing.golden import check_file, check_folder
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('cluster_blobs.npz', 'centers'), ('cluster_random.npz', 'inertia'),
    ('cluster_random.npz', 'file_label_sub'), ('heads_loss.npz', 'loss_sub'),
    ('heads_loss.npz', 'grad_conv6'), ('heads_loss.npz', 'cam_sub'),
    ('cam_infer.npz', 'norm_cam_parent'), ('cam_infer.npz', 'merged_sub'),
    ('cam_infer.npz', 'seg_sub'), ('poly_lr.npz', 'lr_base_at_epoch'),
    ('sub_labels.npz', 'sub_label')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'sccam', name, key,
                            tmp_path / 'files')
    assert not check_file('sccam', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)


def test_wrong_facts_are_found(golden_data, tmp_path, capsys):
    name = 'model_facts.json'
    facts = json.loads((golden_data / 'sccam' / name).read_text())
    facts['groups'] = dict(facts['groups'], counts=[1, 1, 1, 1])
    (tmp_path / name).write_text(json.dumps(facts))
    assert not check_folder('sccam', tmp_path)
    assert 'FAIL' in capsys.readouterr().out
