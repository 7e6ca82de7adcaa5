"""EXITS' golden files, and that their check finds what is wrong."""
import json
import shutil

import numpy as np
import pytest

from wsss_plugins.testing.golden import check_folder


def test_exits(shared, capsys):
    assert check_folder('exits', shared / 'golden' / 'exits')
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith(', ok') for line in lines) > 300
    assert not any(line.endswith('FAIL') for line in lines)


def spoiled(array):
    if array.dtype == bool:
        return ~array
    if array.dtype.kind in 'ui':
        return array + 1
    return (array * (1 + 1e-2) + 1e-3).astype(array.dtype)


@pytest.mark.parametrize('name, key', [
    ('mal_meanfield.npz', 'kernel5'), ('mal_meanfield.npz', 'hard_box_it5'),
    ('mal_meanfield.npz', 'soft_nobox_it100'),
    ('mal_losses.npz', 'grad_mil'), ('mal_losses.npz', 'crf_target'),
    ('mal_losses.npz', 'total_step250_ep0'),
    ('mal_decoder.npz', 'seg_logits_adjust'), ('mal_lr.npz', 'rows'),
    ('mal_vit_small.npz', 'sim_mean_heads_nocls'),
    ('mal_vit_small.npz', 'pos_embed_32x32_dims0_4'),
    ('mal_pseudo_label.npz', 'mask_flip'), ('exits_n8.npz', 'A_r3'),
    ('exits_n8.npz', 'pi_b_r100_a16'), ('exits_n8.npz', 'zero_K'),
    ('exits_n8.npz', 'huge_area_grad'), ('exits_n8.npz', 'fg')])
def test_a_wrong_value_is_found(shared, tmp_path, capsys, name, key):
    shutil.copy(shared / 'golden' / 'exits' / name, tmp_path)
    (tmp_path / name).chmod(0o644)
    with np.load(tmp_path / name) as file:
        data = {entry: file[entry] for entry in file.files}
    data[key] = spoiled(data[key])
    np.savez(tmp_path / name, **data)
    assert not check_folder('exits', tmp_path)
    assert 'FAIL' in capsys.readouterr().out


def test_a_wrong_shape_is_found(shared, tmp_path):
    name = 'mal_vitb_state_dict_shapes.json'
    data = json.loads((shared / 'golden' / 'exits' / name).read_text())
    data['shapes']['backbone.norm.weight'] = [767]
    (tmp_path / name).write_text(json.dumps(data))
    assert not check_folder('exits', tmp_path)
