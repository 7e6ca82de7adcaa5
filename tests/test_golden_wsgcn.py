"""WSGCN's golden checks find what is wrong."""
import pytest

from wsss_plugins.testing.golden import check_file
from wsss_plugins.testing.spoil import copy_with_error


@pytest.mark.parametrize('name, key', [
    ('preprocess_adj.npz', 'A_hat'), ('graph_data.npz', 'T256'),
    ('graph_data.npz', 'label_fg'), ('losses.npz', 'l_ent'),
    ('losses.npz', 'gW1'), ('partial_label.npz', 'label_0.3'),
    ('train250_nodropout.npz', 'final_logp'), ('final_crf.npz', 'crf')])
def test_a_wrong_value_is_found(golden_data, tmp_path, capsys, name, key):
    wrong = copy_with_error(golden_data / 'wsgcn', name, key,
                            tmp_path / 'files')
    assert not check_file('wsgcn', wrong)
    failed = [line for line in capsys.readouterr().out.splitlines()
              if line.endswith('FAIL')]
    assert failed and all(line.startswith(name) for line in failed)
