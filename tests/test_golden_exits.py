"""EXITS's golden checks find what is wrong."""
import json

import pytest

from wsss_plugins.testing.golden import check_file, check_folder
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('mal_meanfield.npz', 'kernel5'), ('mal_meanfield.npz', 'hard_box_it5'),
    ('mal_meanfield.npz', 'soft_nobox_it100'), ('mal_losses.npz', 'grad_mil'),
    ('mal_losses.npz', 'crf_target'), ('mal_losses.npz', 'total_step250_ep0'),
    ('mal_decoder.npz', 'seg_logits_adjust'), ('mal_lr.npz', 'rows'),
    ('mal_vit_small.npz', 'sim_mean_heads_nocls'),
    ('mal_vit_small.npz', 'pos_embed_32x32_dims0_4'),
    ('mal_pseudo_label.npz', 'mask_flip'), ('exits_n8.npz', 'A_r100'),
    ('exits_n8.npz', 'pi_b_r100_a16'), ('exits_n8.npz', 'zero_K'),
    ('exits_n8.npz', 'huge_area_grad'), ('exits_n8.npz', 'fg'),
    ('exits_scores_n8.npz', 'T_r100_top5_eig'),
    ('mal_crop.npz', 'test1_mask_wrappad')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'exits', name, key,
                            tmp_path / 'files')
    assert not check_file('exits', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)


def test_a_wrong_shape_is_found(golden_data, tmp_path, capsys):
    name = 'mal_vitb_state_dict_shapes.json'
    data = json.loads((golden_data / 'exits' / name).read_text())
    data['shapes']['backbone.norm.weight'] = [767]
    (tmp_path / name).write_text(json.dumps(data))
    assert not check_folder('exits', tmp_path)
    assert 'FAIL' in capsys.readouterr().out
