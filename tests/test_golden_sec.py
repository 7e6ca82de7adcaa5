"""SEC's golden checks find what is wrong."""
import pytest

from wsss_plugins.testing.golden import check_file
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('softmax.npz', 'probs'), ('seed.npz', 'grad_logits'),
    ('expand.npz', 'gwrp_bg'), ('expand.npz', 'grad_probs'),
    ('crf_train.npz', 'q_iter10'), ('crf_train.npz', 'q_exact_kernel_iter10'),
    ('constrain.npz', 'grad_log_q'), ('total.npz', 'loss_constrain'),
    ('test_time.npz', 'probs_up'), ('cues.npz', 'saliency'),
    ('inputs.npz', 'cue_index_1')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'sec', name, key,
                            tmp_path / 'files')
    assert not check_file('sec', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)
