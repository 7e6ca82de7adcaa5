"""CLIP-ES' golden checks find what is wrong."""
import pytest

from wsss_plugins.testing.golden import check_file
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('boxes.npz', 'const/mask_0.4'), ('preprocess.npz', 'gray/out'),
    ('pos_embed.npz', 'pos_g14_7x5'), ('text_voc.npz', 'fg_text_features'),
    ('text_voc.npz', 'tokens_bg'), ('voc_a2.npz', 'grads'),
    ('voc_a2.npz', 'cam_scaled'), ('voc_a2.npz', 'box_mask'),
    ('voc_a2.npz', 'T_sq'), ('voc_a2.npz', 'refined_fullres'),
    ('voc_a2.npz', 'crf_unary'), ('voc_a2.npz', 'pseudo_mask'),
    ('eval_voc.npz', 'cam_miou_pow1'), ('eval_voc.npz', 'crf_fwiou')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'clip_es', name, key,
                            tmp_path / 'files')
    assert not check_file('clip_es', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)
