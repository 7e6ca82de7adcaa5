"""Hours of the papers' stages, from times of an image."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

from wsss_plugins.apis.stage_plan import (
    COCO,
    VOC,
    Times,
    plan_table,
    planned_stages,
)
from wsss_plugins.structures import UserError

ROOT = Path(__file__).resolve().parents[1]
EPS = ROOT / 'configs/eps/pipeline_voc12.py'
MASKS = ['LoadImageSize', 'LoadClassMaps', 'MakePseudoMask',
         'PackWSSSInputs', 'PrecomputedModel', 'PseudoMaskWriter']


@pytest.fixture
def times(tmp_path):
    """A file of one stage: two images of half of VOC's pixels in 0.36 s."""
    path = tmp_path / 'times.json'
    row = dict(stage=MASKS, ours_s=.36, images=2, pixels=VOC.pixels // 2)
    path.write_text(json.dumps(dict(name='stages', rows=[row])))
    return path


def test_numbers_of_images(times):
    """The paper's 20,000 batches of 8, and VOC's lists."""
    title, stages = planned_stages(EPS, Times([times]))
    stages = {stage.name: stage for stage in stages}
    assert title.startswith('EPS')
    assert stages['train_eps'].images['VOC'] == 160_000
    assert stages['train_eps'].images['COCO'] == pytest.approx(
        160_000 / 10_582 * 82_783)
    assert stages['cam_eps'].images == dict(VOC=10_582, COCO=82_783)
    assert stages['eval_eps'].images['VOC'] == 1_464
    assert stages['seg_eps'].images == dict(VOC=1_449, COCO=40_504)


def test_hours(times):
    _, stages = planned_stages(EPS, Times([times]))
    stage, = (one for one in stages if one.name == 'masks_eps')
    # 0.36 s an image of all of VOC's pixels.
    assert stage.hours('VOC', 1) == pytest.approx(10_582 * .36 / 3600)
    assert stage.hours('COCO', 8) == pytest.approx(
        82_783 * .36 * COCO.pixels / VOC.pixels / 8 / 3600)
    assert all(one.hours('VOC', 1) is None
               for one in stages if one is not stage)


def test_table(times):
    title, stages = planned_stages(EPS, Times([times]))
    lines = plan_table(title, stages, ('VOC', ), (1, 32)).splitlines()
    assert lines[0] == '## EPS'
    assert len({line.count('|') for line in lines[2:]}) == 1
    row, = (line for line in lines if '`masks_eps`' in line)
    cells = [cell.strip() for cell in row.strip('|').split('|')]
    assert cells == ['`masks_eps`', '10,582', '0.36', '1.06', '0.0331']


@pytest.mark.parametrize('text, words', [
    ('{"rows": []}', 'no times of stages'), ('[]', 'no times of stages'),
    ('{', 'run.py')])
def test_other_files_are_refused(tmp_path, text, words):
    path = tmp_path / 'bad.json'
    path.write_text(text)
    with pytest.raises(UserError, match=words):
        Times([path])


def test_command(times):
    done = subprocess.run(
        [sys.executable, ROOT / 'tools/dev/plan_stages.py', times,
         '--pipelines', EPS, '--cores', '1'],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '`masks_eps`' in done.stdout and 'COCO, 1' in done.stdout
