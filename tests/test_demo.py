"""The demos run: the notebook's cells, and both scripts."""
import json
import subprocess
import sys
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from PIL import Image

from wsss_plugins.testing.configs import config_root
from wsss_plugins.testing.object_tree import TINY_MODEL
from wsss_plugins.testing.segmentor_tree import make_segmentor
from wsss_plugins.testing.tools import run_tool

DEMO = Path(__file__).resolve().parents[1] / 'demo'


def test_notebook(tmp_path):
    """All cells in order, in a process and a folder of their own."""
    book = json.loads((DEMO / 'demo.ipynb').read_text())
    cells = [''.join(cell['source']) for cell in book['cells']
             if cell['cell_type'] == 'code']
    assert not any(cell.get('outputs') for cell in book['cells'])
    code = '\n'.join(cells).replace('STEPS = 30', 'STEPS = 2').replace(
        'num_train=48', 'num_train=16')
    code += ('\nassert mask.shape == pixels.shape[:2] and len(cams)'
             ' == len(classes)\n')
    done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_images(tmp_path, capsys):
    config, weights = make_segmentor(tmp_path, steps=2)
    image = next(iter(sorted(tmp_path.rglob('*.jpg'))))
    assert run_tool(DEMO / 'image_demo.py', config, image, '--weights',
                    weights, '--out-dir', tmp_path / 'drawn') == 0
    assert '%' in capsys.readouterr().out
    with Image.open(tmp_path / 'drawn' / f'{image.stem}.jpg') as drawn:
        assert drawn.size[0] == Image.open(image).size[0]


def test_objects(tmp_path, capsys):
    folder = tmp_path / 'generator'
    folder.mkdir()
    cfg = Config.fromfile(config_root() / 'own_objects/mil.py')
    cfg.merge_from_dict(dict(model=TINY_MODEL))
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model)
    (folder / 'config.py').write_text(cfg.pretty_text)
    (folder / 'classes.json').write_text('{}')
    torch.save(dict(state_dict=model.state_dict()), folder / 'weights.pth')
    Image.new('RGB', (60, 40), (90, 120, 60)).save(tmp_path / 'a.png')
    assert run_tool(DEMO / 'object_demo.py', folder, tmp_path / 'a.png',
                    tmp_path / 'b.png', '--box', 5, 5, 30, 20,
                    '--box', 31, 8, 50, 30) == 0
    assert 'masks of ' in capsys.readouterr().out
    assert Image.open(tmp_path / 'b.png').size[0] == 60
