"""What is shown of a running stage."""
import sys

from wsss_plugins.pipelines.process import run_logged
from wsss_plugins.pipelines.progress import Everything, OneBar

STAGE = r'''
import sys
print('building')
print('mmengine - INFO - Iter(train) [ 20/400]  lr: 1', flush=True)
sys.stderr.write('\rfeatures:  50%|###  | 5/10 [00:01<00:01,  3image/s]')
print('\nerror: pic.png: cut off; fetch it again')
'''


class Seen(OneBar):

    def begin(self, title):
        super().begin(title)
        self.seen = []

    def _look(self, line):
        super()._look(line)
        self.seen.append((self._part, self._bar.n, self._bar.total))


def test_a_bar_in_place_of_the_log(tmp_path, capsys):
    bar = Seen()
    bar.begin('train')
    log = tmp_path / 'log'
    assert run_logged([sys.executable, '-c', STAGE], log, tmp_path,
                      display=bar) == 0
    bar.end()
    assert ('train', 20, 400) in bar.seen and ('features', 5, 10) in bar.seen
    shown = capsys.readouterr()
    assert 'building' not in shown.out + shown.err
    assert 'error: pic.png: cut off' in shown.err
    assert 'building' in log.read_text()


def test_everything_is_shown(tmp_path, capsys):
    run_logged([sys.executable, '-c', STAGE], tmp_path / 'log', tmp_path,
               display=Everything())
    assert 'building' in capsys.readouterr().out
