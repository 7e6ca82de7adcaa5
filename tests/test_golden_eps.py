"""EPS's golden checks find what is wrong."""
import pytest

from wsss_plugins.testing.golden import check_file
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('loss_edge.npz', 'est_saliency'), ('loss_edge.npz', 'grad_cam'),
    ('head_loss.npz', 'grad_weight'), ('infer_eps.npz', 'cam'),
    ('infer_eps.npz', 'pred'), ('evaluate.npz', 'iou'),
    ('poly_lr.npz', 'voc_lr'), ('sgd_trace.npz', 'w_after'),
    ('transforms.npz', 'sal_2')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'eps', name, key,
                            tmp_path / 'files')
    assert not check_file('eps', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)
