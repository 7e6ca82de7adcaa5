"""IRNet's golden checks find what is wrong."""
import pytest

from wsss_plugins.testing.golden import check_file
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('random_walk.npz', 'rw'), ('random_walk.npz', 'rw_inst'),
    ('instances.npz', 'centroids'), ('heads_losses.npz', 'l_dp_fg'),
    ('heads_losses.npz', 'grad_fc_edge6_weight'),
    ('path_index_r5.npz', 'path_indices_3'),
    ('cam_to_ir_label.npz', 'ir_label'), ('poly_optimizer.npz', 'traj')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'irn', name, key,
                            tmp_path / 'files')
    assert not check_file('irn', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)
