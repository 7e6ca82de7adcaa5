"""PSA's and IRNet's stages: labels, training, random walk, instances."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.structures import ClassMaps, read_mask
from wsss_plugins.testing.tools import read_checkpoint
from wsss_plugins.testing.voc_tree import make_voc_tree

ROOT = Path(__file__).resolve().parents[1]
DATA = '''
_base_ = {base!r}
_data = dict(type='wsss_plugins.ImageLevelDataset', data_root={root!r},
             ann_file='train.txt', label_file='image_labels.json')
_loader = dict(num_workers=0, persistent_workers=False)
test_dataloader = dict(dataset=dict(_data, data_prefix=dict(
    img_path='JPEGImages', cam_path='cams')), **_loader)
'''
TRAIN = '''
train_dataloader = dict(batch_size=2, dataset=dict(_data, data_prefix=dict(
    img_path='JPEGImages', seg_map_path={labels!r})), **_loader)
model = dict(
    backbone=dict(base_channels=8, stem_channels=8, init_cfg=None),
    decode_head=dict(in_channels={channels}, num_classes=3,
                     radius=3), **{model!r})
train_cfg = dict(max_iters=2)
default_hooks = dict(checkpoint=dict(interval=1))
'''
NETS = dict(psa='aff_r18-small_1xb16-300_tinyvoc-128',
            irn='irn_r18-small_1xb16-300_tinyvoc-128')
LABELS = dict(psa='make_labels_tinyvoc', irn='make_ir_labels_tinyvoc')
CHANNELS = dict(psa=[8, 16, 32, 64], irn=[8, 8, 16, 32, 64])


def run(*words, check=True):
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, capture_output=True,
        text=True, env=dict(os.environ, OMP_NUM_THREADS='1'))
    if check and done.returncode:
        raise AssertionError(f'{done.stdout[-2000:]}\n{done.stderr[-3000:]}')
    return done


def tool(name, *words, ranks=1, check=True):
    command = [sys.executable]
    if ranks > 1:
        command += ['-m', 'torch.distributed.run', '--nproc_per_node', ranks,
                    '--standalone']
        words = [words[0], *words[1:], 'env_cfg.dist_cfg.backend=gloo']
        at = words.index('--cfg-options')
        words = [*words[:at], '--launcher', 'pytorch', *words[at:]]
    return run(*command, ROOT / 'tools' / f'{name}.py', *words, check=check)


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    """Images, and CAM files that are brightest in the object's middle."""
    root = make_voc_tree(tmp_path_factory.mktemp('walks'))
    for number in range(4):
        image = Image.open(root / 'JPEGImages' / f'pic_{number}.jpg')
        cam = np.full((1, 12, 14), .02, np.float32)
        cam[0, 3:6, 4:8] = .9
        (root / 'cams').mkdir(exist_ok=True)
        ClassMaps(np.array([1 + number % 2]), cam, image.size[::-1]).save(
            root / 'cams' / f'pic_{number}.npz')
    return root


@pytest.fixture(scope='module')
def configs(tree, tmp_path_factory):
    folder = tmp_path_factory.mktemp('configs')
    for kind, net in NETS.items():
        data = dict(root=str(tree))
        (folder / f'{kind}_labels.py').write_text(DATA.format(
            base=str(ROOT / f'configs/{kind}/{LABELS[kind]}.py'),
            **data))
        base = ROOT / f'configs/{kind}/{net}.py'
        (folder / f'{kind}.py').write_text(
            DATA.format(base=str(base), **data) + TRAIN.format(
                labels=str(tree / f'{kind}_labels'), model={},
                channels=CHANNELS[kind]))
    return folder


def outputs(folder, suffix):
    return {p.name: p.read_bytes() for p in sorted(
        Path(folder).glob(f'pic*{suffix}'))}


def make_labels(configs, kind, work, ranks=1, options=(), check=True):
    return tool('test', configs / f'{kind}_labels.py', 'none', '--work-dir',
                work, '--cfg-options',
                f'test_evaluator.0.out_dir={work}/files', *options,
                ranks=ranks, check=check)


@pytest.fixture(scope='module', params=['psa', 'irn'])
def trained(request, configs, tree, tmp_path_factory):
    """Method, and weights of two iterations on the labels of its stage."""
    kind = request.param
    work = tmp_path_factory.mktemp(kind)
    make_labels(configs, kind, work / 'labels')
    files = outputs(work / 'labels/files', '.png')
    assert len(files) == 4
    (tree / f'{kind}_labels').mkdir()
    for name, content in files.items():
        (tree / f'{kind}_labels' / name).write_bytes(content)
    tool('train', configs / f'{kind}.py', '--work-dir', work / 'train')
    return kind, work / 'train/iter_2.pth'


def random_walk(configs, trained, work, ranks=1, options=(), check=True):
    kind, weights = trained
    return tool('test', configs / f'{kind}.py', weights, '--work-dir', work,
                '--cfg-options', f'test_evaluator.0.out_dir={work}/files',
                *options, ranks=ranks, check=check)


@pytest.mark.parametrize('kind', ['psa', 'irn'])
def test_labels_of_one_and_two_processes(configs, kind, tmp_path):
    make_labels(configs, kind, tmp_path / 'one')
    make_labels(configs, kind, tmp_path / 'two', ranks=2)
    one = outputs(tmp_path / 'one/files', '.png')
    assert one == outputs(tmp_path / 'two/files', '.png')
    mask = read_mask(tmp_path / 'one/files/pic_0.png')
    assert set(np.unique(mask)) <= {0, 1, 255}
    assert (mask == 1).any() and (mask == 0).any()


def test_walk_of_one_and_two_processes_and_a_kill(configs, trained, tmp_path):
    random_walk(configs, trained, tmp_path / 'one')
    random_walk(configs, trained, tmp_path / 'two', ranks=2)
    one = outputs(tmp_path / 'one/files', '.png')
    assert len(one) == 4
    assert one == outputs(tmp_path / 'two/files', '.png')
    files = tmp_path / 'one/files'
    (files / 'pic_1.png').unlink()
    (files / 'pic_2.png').unlink()
    (files / '.pic_1.tmp.png').write_bytes(b'half')
    kept = (files / 'pic_0.png').stat().st_mtime_ns
    random_walk(configs, trained, tmp_path / 'one', options=[
        f'test_dataloader.dataset.skip_done.folder={files}',
        'test_dataloader.dataset.skip_done.suffix=.png'])
    assert (files / 'pic_0.png').stat().st_mtime_ns == kept
    assert outputs(files, '.png') == one


def test_mean_displacement_is_in_the_last_weights(trained):
    kind, weights = trained
    if kind != 'irn':
        pytest.skip('PSA has no displacements')
    state = read_checkpoint(weights)['state_dict']
    assert (state['decode_head.displacement.mean'] != 0).all()


def test_walked_maps_for_later_stages(configs, trained, tmp_path):
    random_walk(configs, trained, tmp_path, options=[
        'test_evaluator.0.type=wsss_plugins.CAMWriter'])
    maps = ClassMaps.load(tmp_path / 'files/pic_1.npz')
    background = [0] * (trained[0] == 'psa')
    assert maps.labels.tolist() == [*background, 2]


def instances(configs, trained, work, ranks=1, options=()):
    kind, weights = trained
    config = work / 'instances.py'
    config.parent.mkdir(exist_ok=True)
    config.write_text(f'''
_base_ = {str(configs / 'irn.py')!r}
model = dict(instances=dict(iterations=20))
test_evaluator = [dict(
    type='wsss_plugins.InstanceWriter', out_dir={str(work / 'files')!r},
    out_file={str(work / 'instances.json')!r}, min_score=0.)]
''')
    tool('test', config, weights, '--work-dir', work, '--cfg-options',
         'work_dir=x', *options, ranks=ranks)
    return (work / 'instances.json').read_bytes()


def test_instances_as_one_json(configs, tree, trained, tmp_path):
    if trained[0] != 'irn':
        pytest.skip('PSA has no instances')
    one = instances(configs, trained, tmp_path / 'one')
    assert one == instances(configs, trained, tmp_path / 'two', ranks=2)
    files = tmp_path / 'one/files'
    (files / 'pic_1.json').unlink()
    assert one == instances(configs, trained, tmp_path / 'one', options=[
        f'test_dataloader.dataset.skip_done.folder={files}',
        'test_dataloader.dataset.skip_done.suffix=.json'])
    found = json.loads(one)
    assert [i['file_name'] for i in found['images']] == [
        f'pic_{n}.jpg' for n in range(4)]
    assert found['categories'] == [dict(id=1, name='cat'),
                                   dict(id=2, name='dog')]
    assert found['annotations']
    for annotation in found['annotations']:
        image = found['images'][annotation['image_id'] - 1]
        assert annotation['segmentation']['size'] == [image['height'],
                                                      image['width']]
        assert annotation['category_id'] == 2 - annotation['image_id'] % 2
    run(sys.executable, ROOT / 'tools/measure_instances.py',
        tmp_path / 'one/instances.json', tmp_path / 'one/instances.json',
        tmp_path / 'ap')
    metrics = json.loads((tmp_path / 'ap/metrics.json').read_text())
    assert metrics['instances/ap50'] == pytest.approx(1)


def assert_error(done, *texts):
    assert done.returncode == 2, done.stderr[-3000:]
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith('error: '), done.stderr[-3000:]
    assert 'Traceback' not in done.stderr
    for text in texts:
        assert text in line, line


@pytest.mark.parametrize('change, texts', [
    ('missing', ['pic_2.npz', 'not found']),
    ('class', ['pic_2.npz', 'label 7']),
    ('size', ['pic_2.npz', 'made from an image of size']),
])
def test_bad_cam_files(configs, tree, tmp_path, change, texts):
    cams = tmp_path / 'cams'
    cams.mkdir()
    for path in (tree / 'cams').iterdir():
        (cams / path.name).write_bytes(path.read_bytes())
    maps = ClassMaps.load(cams / 'pic_2.npz')
    if change == 'missing':
        (cams / 'pic_2.npz').unlink()
    elif change == 'class':
        ClassMaps(np.array([7]), maps.maps, maps.size).save(
            cams / 'pic_2.npz')
    else:
        ClassMaps(maps.labels, maps.maps, (9, 9)).save(cams / 'pic_2.npz')
    done = make_labels(configs, 'psa', tmp_path / 'work', check=False,
                       options=[
                           'test_dataloader.dataset.data_prefix.cam_path='
                           f'{cams}'])
    assert_error(done, *texts)
