"""Golden checks of proposals find what is wrong."""
import pytest

from wsss_plugins.testing.golden import check_file
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('p1.npz', 'main_pow0.7/score'), ('p1.npz', 'main_pow1/seed'),
    ('p1.npz', 'main_pow0.7_area/order'), ('p1.npz', 'b_strict'),
    ('p1.npz', 'b_fma'), ('p1.npz', 'level_filter_0.3_kept'),
    ('p3_single_mask.npz', 'double_pow0.7/label'),
    ('p4_no_foreground.npz', 'main_pow1/score'),
    ('p1.npz', 'mean_relu_cam')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'proposals', name, key,
                            tmp_path / 'files')
    assert not check_file('proposals', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)
