"""Mean and spread of runs of one pipeline."""
import json
from pathlib import Path

import pytest

from wsss_plugins.reports.spread import markdown_table, spread_of_runs
from wsss_plugins.structures import UserError, write_json
from wsss_plugins.testing.tools import run_tool

TOOL = Path(__file__).parents[1] / 'tools/compare_seeds.py'
PIPELINE = '''
title = 'Two stages'
work_dir = 'work'
stages = [dict(name=name, kind='tool', script='s.py', args=[])
          for name in ('a', 'b')]
report = dict(metrics=[
    dict(stage='a', metric='iou', row='mIoU, %', column='plain',
         percent=True),
    dict(stage='b', metric='iou', row='mIoU, %', column='other',
         percent=True),
    dict(stage='b', metric='speed', title='images per second')])
'''
RUNS = dict(s0=(.5, .6, 3.), s1=(.52, .7, None), s2=(.54, .8, 5.))


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path('pipeline.py').write_text(PIPELINE)
    Path('s.py').write_text('')
    for name, (plain, other, speed) in RUNS.items():
        write_json(Path(name, 'a/metrics.json'), dict(iou=plain, written=7))
        write_json(Path(name, 'b/metrics.json'),
                   dict(iou=other, speed=speed))
    return list(RUNS)


def test_mean_and_deviation(runs):
    plain, other, speed = spread_of_runs('pipeline.py', runs)
    assert plain.values == pytest.approx((50, 52, 54))
    assert plain.mean == pytest.approx(52)
    assert plain.deviation == pytest.approx(2)  # divisor n - 1
    assert (other.column, other.deviation) == ('other', pytest.approx(10))
    # What a run does not have is left out of its mean.
    assert speed.values == (3, 5) and speed.row == 'images per second'
    assert str(spread_of_runs('pipeline.py', ['s0'])[0]) == '50.0'


def test_table(runs):
    text = markdown_table(spread_of_runs('pipeline.py', runs))
    assert '|  | plain | other |  |' in text
    assert '| mIoU, % | 52.0 ± 2.0 | 70.0 ± 10.0 |  |' in text
    assert '| images per second |  |  | 4.0 ± 1.4 |' in text


def test_all_metrics_where_none_are_named(runs):
    text = Path('pipeline.py').read_text()
    Path('plain.py').write_text(text.partition('report')[0])
    found = spread_of_runs('plain.py', runs)
    assert [(one.row, one.column) for one in found] == [
        ('a', 'iou'), ('b', 'iou'), ('b', 'speed')]


def test_tool(runs, capsys):
    assert run_tool(TOOL, 'pipeline.py', *runs, '--json', 'out.json') == 0
    assert capsys.readouterr().out.endswith('3 runs\n')
    values = json.loads(Path('out.json').read_text())[0]['values']
    assert values == pytest.approx([50, 52, 54])


@pytest.mark.parametrize('folders, text', [
    (['s0', './s0'], 'named twice'), (['s0', 'nowhere'], 'no such folder'),
    (['s0', 'empty'], 'no metrics of the stages')])
def test_wrong_folders(runs, folders, text):
    Path('empty').mkdir()
    with pytest.raises(UserError, match=text):
        spread_of_runs('pipeline.py', folders)
