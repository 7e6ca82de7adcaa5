"""PSA's golden checks find what is wrong."""
import pytest

from wsss_plugins.testing.golden import check_file
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('infer_aff.npz', 'rw_vec'), ('infer_aff.npz', 'T256'),
    ('affinity_head.npz', 'grad_f9'), ('affinity_labels.npz', 'neg'),
    ('la_ha_merge.npz', 'crf_ha'), ('cam_merge.npz', 'norm_cam')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'psa', name, key,
                            tmp_path / 'files')
    assert not check_file('psa', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)
