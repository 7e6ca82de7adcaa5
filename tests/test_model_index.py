"""mim's lists of models: complete, current, and in OpenMMLab's form."""
import shutil
from pathlib import Path

import pytest
import yaml

from wsss_plugins.apis.model_index import metafile_text, texts
from wsss_plugins.structures import UserError
from wsss_plugins.testing.tools import run_tool

ROOT = Path(__file__).resolve().parents[1]
METAFILES = sorted(ROOT.glob('configs/*/metafile.yml'))
# What the packages of OpenMMLab write, https://mmengine.readthedocs.io.
MODEL_KEYS = {'Name', 'In Collection', 'Config', 'Metadata', 'Results',
              'Weights', 'Paper', 'README', 'Code', 'Training log',
              'Framework'}
CONFIG = '''
model = dict(type='EncoderDecoder')
train_dataloader = dict(batch_size=2)
'''
CONVERSION = "model = dict(type='wsss_plugins.PrecomputedModel')\n"
COLLECTION = '''Collections:
  - Name: Mine
    README: configs/mine/README.md
    Paper:
      Title: 'Mine: all mine'
      URL: https://arxiv.org/abs/2000.00000
'''


def read(path):
    return yaml.safe_load(path.read_text(encoding='utf-8'))


def test_lists_are_current():
    stale = [str(path.relative_to(ROOT)) for path, text in texts(ROOT).items()
             if not path.is_file() or path.read_text() != text]
    assert not stale, f'{stale}: run python tools/list_models.py'


@pytest.mark.parametrize('path', METAFILES, ids=lambda p: p.parent.name)
def test_form(path):
    content = read(path)
    assert set(content) == {'Collections', 'Models'}
    names = set()
    for collection in content['Collections']:
        names.add(collection['Name'])
        assert collection['Metadata']['Training Data']
        assert set(collection['Paper']) == {'Title', 'URL'}
        assert collection['Paper']['URL'].startswith('https://')
        assert (ROOT / collection['README']).is_file()
    for model in content['Models']:
        assert set(model) <= MODEL_KEYS
        assert model['In Collection'] in names
        assert (ROOT / model['Config']).is_file()
        assert Path(model['Config']).stem == model['Name']


def test_names_are_unique():
    names = [model['Name'] for path in METAFILES
             for model in read(path)['Models']]
    assert len(names) == len(set(names))
    collections = [one['Name'] for path in METAFILES
                   for one in read(path)['Collections']]
    assert len(collections) == len(set(collections))


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / 'configs' / 'mine'
    folder.mkdir(parents=True)
    (folder / 'mine_voc12.py').write_text(CONFIG)
    (folder / 'make_masks.py').write_text(CONVERSION)
    (folder / 'pipeline_voc12.py').write_text('stages = []\n')
    (tmp_path / 'configs' / '_base_').mkdir()
    return tmp_path


def test_a_new_folder(checkout, capsys, repo_root):
    folder = checkout / 'configs' / 'mine'
    with pytest.raises(UserError, match='metafile.yml: no "Collections".*'
                       'mine_voc12.py'):
        metafile_text(folder)
    (folder / 'metafile.yml').write_text(COLLECTION)
    tool = repo_root / 'tools/list_models.py'
    assert run_tool(tool, '--root', checkout, '--check') == 1
    assert 'metafile.yml' in capsys.readouterr().out
    assert not (checkout / 'model-index.yml').exists()
    assert run_tool(tool, '--root', checkout) == 0
    assert run_tool(tool, '--root', checkout, '--check') == 0
    assert read(checkout / 'model-index.yml') == {
        'Import': ['configs/mine/metafile.yml']}
    assert (folder / 'metafile.yml').read_text().startswith(COLLECTION)
    assert read(folder / 'metafile.yml')['Models'] == [
        {'Name': 'mine_voc12', 'In Collection': 'Mine',
         'Config': 'configs/mine/mine_voc12.py'}]


def test_what_a_person_wrote_stays(checkout):
    folder = checkout / 'configs' / 'mine'
    (folder / 'metafile.yml').write_text(COLLECTION + '''
Models:
  - Name: mine_voc12
    In Collection: Mine
    Config: configs/elsewhere/mine_voc12.py
    Weights: https://example.org/mine.pth
  - Name: gone
    In Collection: Mine
    Config: configs/mine/gone.py
''')
    found = yaml.safe_load(metafile_text(folder))['Models']
    assert found == [
        {'Name': 'mine_voc12', 'In Collection': 'Mine',
         'Config': 'configs/mine/mine_voc12.py',
         'Weights': 'https://example.org/mine.pth'}]
    shutil.rmtree(folder)
    folder.mkdir()
    assert metafile_text(folder) is None
